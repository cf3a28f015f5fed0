"""Supplementary figures stand beside official Kennzahlen, labelled, never added, never under one of their names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openpyxl import load_workbook
from sqlalchemy import text
from tests.support import figures

from zaehlbar.count.engine import MEASURES
from zaehlbar.count.figures import DISTINCTION
from zaehlbar.overview import figure_cells, figures_excerpt
from zaehlbar.publish.workbook import write_workbook

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from tests.conftest import Warehouse

SENTENCE = "Ergänzende Größe: Teilnahmen an BIWAQ (freiwillig; nicht Teil von K3E2 nach § 48a SGB II; nicht addierbar)"
OFFICIAL = re.compile(
    r"aktivierung|eingliederungsquote|integrationsquote|langzeitleistungsbe(?!zug nicht)|\bLZB\b", re.I
)
"""Names of official Kennzahlen, which our figures never bear."""


def workbook(warehouse: Warehouse, tmp_path: Path) -> Workbook:
    with warehouse.engine.begin() as connection:
        figures.fill(connection)
    with warehouse.engine.connect() as connection:
        write_workbook(connection, jobcenter_nr="99901", month=figures.LAST_MONTH, path=tmp_path / "a.xlsx")
    return load_workbook(tmp_path / "a.xlsx")


def test_the_sentence_is_the_agreed_one() -> None:
    assert DISTINCTION == SENTENCE


def test_statement_11_never_inside_k3e2_in_workbooks(warehouse: Warehouse, tmp_path: Path) -> None:
    book = workbook(warehouse, tmp_path)
    for sheet in book.worksheets:
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        assert [row[0] for row in rows[:4] if row[0] == SENTENCE] == [SENTENCE], f"{sheet.title} lacks the sentence"
        for row in rows:
            words = " ".join(str(value) for value in row if isinstance(value, str))
            if "K3E2" in words:
                assert not [value for value in row if isinstance(value, int | float)], "a number beside the name K3E2"
                assert re.search(r"nicht Teil von K3E2|nie zu ihr addiert", words)


def test_no_label_of_ours_is_the_name_of_an_official_figure(warehouse: Warehouse, tmp_path: Path) -> None:
    book = workbook(warehouse, tmp_path)
    labels = [str(cell.value) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value]
    labels += [sheet.title for sheet in book.worksheets]
    with warehouse.engine.connect() as connection:
        labels += list(
            connection.execute(
                text("""
                    select coalesce(col_description(a.attrelid, a.attnum), '') || ' ' || a.attname
                    from pg_attribute as a inner join pg_class as c on a.attrelid = c.oid
                    where a.attnum > 0 and c.relnamespace in ('bericht'::regnamespace, 'zahl'::regnamespace)
                    """)
            ).scalars()
        )
        labels += [key for row in figures_excerpt(connection) for key in figure_cells(row)]
    assert len(labels) > 200
    assert not [label for label in labels if OFFICIAL.search(label)]


def test_statement_11_never_inside_k3e2_in_views(warehouse: Warehouse) -> None:
    with warehouse.engine.begin() as connection:
        figures.fill(connection)
    with warehouse.engine.connect() as connection:
        views: dict[str, Any] = {
            row.viewname: row.definition
            for row in connection.execute(
                text("select viewname, definition from pg_views where schemaname = 'bericht'")
            )
        }
        for view, definition in views.items():
            assert "K3E2" not in definition.replace(SENTENCE, ""), f"bericht.{view} computes with K3E2"
            columns = set(connection.execute(text(f"select * from bericht.{view} limit 0")).keys())
            if columns & {*MEASURES, "stunden"}:
                said = connection.execute(text(f"select distinct abgrenzung, hinweis from bericht.{view}")).all()
                assert said == [(SENTENCE, "intern, nicht zur Weitergabe")], view
