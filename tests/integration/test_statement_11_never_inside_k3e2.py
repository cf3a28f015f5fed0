"""Supplementary figures stand beside official Kennzahlen, labelled, never added, never under one of their names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openpyxl import load_workbook
from sqlalchemy import text
from tests.support import figures, reports

from zaehlbar.count.engine import MEASURES
from zaehlbar.count.figures import DISTINCTION
from zaehlbar.overview import figure_cells, figures_excerpt
from zaehlbar.publish.files import write_report

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from tests.conftest import Warehouse
    from tests.integration.conftest import ExampleNight

SENTENCE = "Ergänzende Größe: Teilnahmen an BIWAQ (freiwillig; nicht Teil von K3E2 nach § 48a SGB II; nicht addierbar)"
OFFICIAL = re.compile(
    r"aktivierung|eingliederungsquote|integrationsquote|(?<!nie )langzeitleistungsbe(?!zug nicht)|\bLZB\b", re.I
)
"""Names of official Kennzahlen, which our figures never bear."""
_OF_THE_OFFICIAL_TABLE = re.compile(r"K\d(E\d)?: ")
"""Rows of official values, in a table of their own, which says that ours are not in them."""


def workbook(warehouse: Warehouse, tmp_path: Path) -> Workbook:
    with warehouse.engine.begin() as connection:
        figures.fill(connection)
    with warehouse.engine.connect() as connection:
        write_report(connection, jobcenter_nr="99901", month=figures.LAST_MONTH, targets={"xlsx": tmp_path / "a.xlsx"})
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
            if "K3E2" in words and not _OF_THE_OFFICIAL_TABLE.match(words):
                assert not [value for value in row if isinstance(value, int | float)], "a number beside the name K3E2"
                assert re.search(r"nicht Teil von K3E2|nie zu ihr addiert", words)


def test_no_label_of_ours_is_the_name_of_an_official_figure(warehouse: Warehouse, tmp_path: Path) -> None:
    book = workbook(warehouse, tmp_path)
    labels = [str(cell.value) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value]
    labels = [label for label in labels if not _OF_THE_OFFICIAL_TABLE.match(label)]
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
                assert said == [(SENTENCE, "intern, nicht zur Weitergabe")] or (not said and view != "figuren"), view


def test_statement_11_every_report_says_what_it_is_not(example_night: ExampleNight) -> None:
    with example_night.engine.connect() as connection:
        views = reports.columns_of_views(connection)
        assert reports.lacking(views, reports.MARKS) == {}
        for view, columns in views.items():
            if columns >= reports.MARKS:
                said = connection.execute(text(f"select distinct abgrenzung, hinweis from bericht.{view}")).all()
                assert said == [(SENTENCE, "intern, nicht zur Weitergabe")], view


def test_official_values_stand_beside_ours_and_in_no_sum(example_night: ExampleNight) -> None:
    """Theirs and ours are columns of their own; nothing but this view and its own residual reads an official value."""
    with example_night.engine.connect() as connection:
        readers = connection.execute(
            text("""
                select viewname from pg_views
                where schemaname in ('bericht', 'zahl') and definition ~ 'amtliche_kennzahl|amtlicher_bestand'
                """)
        ).scalars()
        assert set(readers) == {"amtliche_kennzahlen", "amtlicher_bestand"}
        definition = connection.execute(
            text("select pg_get_viewdef('bericht.amtliche_kennzahlen'::regclass)")
        ).scalar_one()
        assert not re.search(r"wert\s*[-+*/]|[-+*/]\s*\(?w\.wert", definition)
        rows = connection.execute(text("select * from bericht.amtliche_kennzahlen")).mappings().all()
        assert {row["kennzahl"] for row in rows if row["amtlicher_wert"] is not None} == {"K3E2", "K2"}
        assert all(row["quelle"] for row in rows)
        listed = connection.execute(
            text("select zaehlt, gelesen from katalog.k3e2_massnahme where rechtsgrundlage like 'BIWAQ%'")
        ).one()
        assert listed.zaehlt is False and "nicht gelesen" in listed.gelesen
