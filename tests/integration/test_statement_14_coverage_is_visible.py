"""DESIGN.md, statement 14: every figure says on how many of the expected deliveries it rests, internal ones also on how
many of the known participants; never per TVP outside that TVP and the Vorhabenträger.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import text
from tests.conftest import Warehouse
from tests.integration.conftest import ExampleNight
from tests.support import figures, reports
from typer.testing import CliRunner

from zaehlbar import cli
from zaehlbar.publish.files import write_report


def test_statement_14_every_sheet_of_a_workbook_says_its_coverage(warehouse: Warehouse, tmp_path: Path) -> None:
    with warehouse.engine.begin() as connection:
        figures.fill(connection)
    with warehouse.engine.connect() as connection:
        write_report(connection, jobcenter_nr="99901", month=figures.LAST_MONTH, targets={"xlsx": tmp_path / "a.xlsx"})
    book = load_workbook(tmp_path / "a.xlsx")
    assert len(book.worksheets) > 3
    for sheet in book.worksheets:
        head = " ".join(str(cell.value) for row in sheet.iter_rows(max_row=3) for cell in row if cell.value)
        assert re.search(r"\d+ von \d+ Lieferungen", head), sheet.title
        rows = [[str(cell.value) for cell in row if cell.value is not None] for row in sheet.iter_rows(min_row=4)]
        for row in rows:
            named = any(re.search(r"\(T\d+\)", value) for value in row)
            assert not (named and any(re.fullmatch(r"\d+ von \d+", value) for value in row)), "coverage of one partner"


def test_statement_14_figures_for_programs_say_their_coverage(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ZAEHLBAR_WAREHOUSE_URL", warehouse.url)
    monkeypatch.setenv("ZAEHLBAR_HOME", str(tmp_path))
    with warehouse.engine.begin() as connection:
        figures.fill(connection)
    for by in ("", "tvp", "jobcenter"):
        call = ["figures", "--month", f"{figures.LAST_MONTH:%Y-%m}", "--by", by, "--json"]
        result = CliRunner().invoke(cli.app, call)
        assert result.exit_code == 0, result.output
        content = json.loads(result.stdout)
        covered = content["abdeckung"]
        assert covered["lieferungen_erwartet"] >= covered["lieferungen_eingegangen"] > 0
        assert "lieferungen" not in json.dumps({key: value for key, value in content.items() if key != "abdeckung"})


def test_statement_14_every_report_says_its_coverage(example_night: ExampleNight) -> None:
    """Every row of every view: deliveries and, internally, participations; nothing is exempt without a reason."""
    with example_night.engine.connect() as connection:
        views = reports.columns_of_views(connection)
        assert len(views) > 15
        assert reports.lacking(views, reports.DELIVERIES | reports.PARTICIPANTS) == {}
        assert reports.EXCEPTIONS.keys() <= views.keys()
        for view, columns in views.items():
            # Months before the first expected delivery rest on none, and say so by being empty.
            expected = columns & reports.DELIVERIES
            if expected and "ende" in columns:
                query = (
                    f"select count(*) from bericht.{view} where ende > '2025-08-01' and lieferungen_erwartet is null"
                )
                assert connection.execute(text(query)).scalar_one() == 0, view


def test_statement_14_nothing_per_tvp_but_for_the_vorhabentraeger(example_night: ExampleNight) -> None:
    with example_night.engine.connect() as connection:
        views = reports.columns_of_views(connection)
        assert {view for view, columns in views.items() if "tvp_id" in columns} == set(reports.PROVIDERS_ONLY)
        comments = connection.execute(
            text("""
                select c.relname, obj_description(c.oid, 'pg_class') as satz,
                    col_description(c.oid, a.attnum) as spalte
                from pg_class as c inner join pg_attribute as a on a.attrelid = c.oid and a.attname = 'tvp_id'
                where c.relnamespace = 'bericht'::regnamespace
                """)
        )
        # Two say by their name that they are about partners' deliveries: there the view itself forbids it.
        for row in comments:
            if row.relname in ("puenktlichkeit", "vollstaendigkeit"):
                assert "nie für ein Jobcenter" in row.satz, row.relname
        timely = {"frist", "eingang", "tage_nach_ende", "anteil_mit_angabe"}
        telling = {view for view, columns in views.items() if columns & timely}
        assert telling == {"puenktlichkeit", "vollstaendigkeit"}


def test_consent_is_never_told_per_tvp(example_night: ExampleNight) -> None:
    """Who knows found, rejected and loaded of one partner knows its rate of consent ((d) 18)."""
    with example_night.engine.connect() as connection:
        views = reports.columns_of_views(connection)
        for view in reports.PROVIDERS_ONLY.keys() & {"puenktlichkeit", "vollstaendigkeit"}:
            assert not [name for name in views[view] if "einwillig" in name or "zurueckgehalten" in name], view
        alone = connection.execute(
            text("""
                select distinct posten from bericht.abgleich_dates
                where lieferungen = 1 and posten in ('ohne_einwilligung', 'zurueckgewiesen')
                """)
        ).all()
        assert alone == []
