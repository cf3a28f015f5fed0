"""DESIGN.md, statement 14: every figure says on how many of the expected deliveries it rests; never per TVP.

On how many of the known participants an internal figure rests is not told yet.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook
from tests.conftest import Warehouse
from tests.support import figures
from typer.testing import CliRunner

from zaehlbar import cli
from zaehlbar.publish.workbook import write_workbook


def test_statement_14_every_sheet_of_a_workbook_says_its_coverage(warehouse: Warehouse, tmp_path: Path) -> None:
    with warehouse.engine.begin() as connection:
        figures.fill(connection)
    with warehouse.engine.connect() as connection:
        write_workbook(connection, jobcenter_nr="99901", month=figures.LAST_MONTH, path=tmp_path / "a.xlsx")
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
