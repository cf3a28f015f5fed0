"""Which workbooks a run writes, and the command `zaehlbar report`."""

from __future__ import annotations

import os
import stat
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from tests.support import figures
from typer.testing import CliRunner

from zaehlbar.publish import publish
from zaehlbar.publish.cli import app
from zaehlbar.publish.files import LATEST_MONTHS
from zaehlbar.publish.workbook import write_file
from zaehlbar.settings import Settings, load_settings

if TYPE_CHECKING:
    from tests.conftest import Warehouse

ALL = ("99901", "*", "*", "*")


@pytest.fixture
def settings(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("ZAEHLBAR_WAREHOUSE_URL", warehouse.url)
    monkeypatch.setenv("ZAEHLBAR_HOME", str(tmp_path / "home"))
    return load_settings()


def run_publish(warehouse: Warehouse, settings: Settings, lauf_id: int) -> list[str]:
    with warehouse.engine.connect() as connection:
        paths = publish(connection, settings, lauf_id)
    return [path.relative_to(settings.workbooks).as_posix() for path in paths]


def test_the_first_run_writes_the_latest_months_of_every_jobcenter(warehouse: Warehouse, settings: Settings) -> None:
    with warehouse.engine.begin() as connection:
        run = figures.fill(connection)
        figures.add_cell(connection, run, figures.LAST_MONTH, ("OHNE", "*", "*", "*"), teilnahmen=1)
    written = run_publish(warehouse, settings, run)
    assert len([name for name in written if "99901" in name]) == LATEST_MONTHS
    assert [name for name in written if "99902" in name] == [
        "2026-05/jobcenter_99902.xlsx",
        "2026-06/jobcenter_99902.xlsx",
    ]
    assert not [name for name in written if "OHNE" in name]
    if sys.platform != "win32":
        folder = settings.workbooks / "2026-06"
        modes = {stat.S_IMODE(path.stat().st_mode) for path in (settings.workbooks, folder)}
        assert modes == {0o700}
        assert stat.S_IMODE((folder / "jobcenter_99901.xlsx").stat().st_mode) == 0o600
    assert not list(settings.workbooks.rglob("*.tmp"))


def test_a_run_without_a_change_touches_nothing(warehouse: Warehouse, settings: Settings) -> None:
    with warehouse.engine.begin() as connection:
        run = figures.fill(connection, 4)
    run_publish(warehouse, settings, run)
    before = {path: path.stat().st_mtime_ns for path in settings.workbooks.rglob("*.xlsx")}
    with warehouse.engine.begin() as connection:
        second = figures.new_run(connection, at="2026-07-03 02:10:00+02")
    assert run_publish(warehouse, settings, second) == []
    assert {path: path.stat().st_mtime_ns for path in settings.workbooks.rglob("*.xlsx")} == before


def test_a_change_renews_every_workbook_that_shows_it(warehouse: Warehouse, settings: Settings) -> None:
    with warehouse.engine.begin() as connection:
        run = figures.fill(connection, 4)
    run_publish(warehouse, settings, run)
    with warehouse.engine.begin() as connection:
        second = figures.new_run(connection, at="2026-07-03 02:10:00+02")
        figures.change_cell(connection, second, date(2026, 4, 1), ALL, bestand=107)
    # April itself, and the later months that show it as previous month and in their course.
    assert run_publish(warehouse, settings, second) == [f"2026-0{month}/jobcenter_99901.xlsx" for month in (4, 5, 6)]


def test_a_missing_or_broken_file_is_written_again(warehouse: Warehouse, settings: Settings) -> None:
    with warehouse.engine.begin() as connection:
        run = figures.fill(connection, 4)
    run_publish(warehouse, settings, run)
    (settings.workbooks / "2026-06" / "jobcenter_99901.xlsx").unlink()
    (settings.workbooks / "2026-05" / "jobcenter_99901.xlsx").write_bytes(b"PK half a file")
    assert run_publish(warehouse, settings, run) == ["2026-05/jobcenter_99901.xlsx", "2026-06/jobcenter_99901.xlsx"]


def test_a_month_that_becomes_final_is_renewed_without_any_figure_changing(
    warehouse: Warehouse, settings: Settings
) -> None:
    with warehouse.engine.begin() as connection:
        run = figures.fill(connection, 4)
    run_publish(warehouse, settings, run)
    with warehouse.engine.begin() as connection:
        later = figures.new_run(connection, at="2026-08-03 02:10:00+02")
    assert "2026-04/jobcenter_99901.xlsx" in run_publish(warehouse, settings, later)


def test_before_the_first_count_nothing_is_written(warehouse: Warehouse, settings: Settings) -> None:
    assert run_publish(warehouse, settings, 1) == []
    assert not settings.workbooks.exists()


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.xlsx"
    write_file(path, b"old")

    def fail(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="space"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert [item.name for item in tmp_path.iterdir()] == ["a.xlsx"]


def test_report_writes_where_it_is_told_and_says_that_it_is_internal(
    warehouse: Warehouse, settings: Settings, tmp_path: Path
) -> None:
    with warehouse.engine.begin() as connection:
        figures.fill(connection, 4)
    target = tmp_path / "mappe.xlsx"
    result = CliRunner().invoke(app, ["--month", "2026-03", "--jobcenter", "99901", "--out", str(target)])
    assert result.exit_code == 0, result.output
    assert target.read_bytes().startswith(b"PK")
    assert "Intern, nicht zur Weitergabe" in result.output
    result = CliRunner().invoke(app, ["--month", "2026-03", "--jobcenter", "99901"])
    assert (settings.workbooks / "2026-03" / "jobcenter_99901.xlsx").exists()


@pytest.mark.parametrize(
    "arguments, expected",
    [
        (["--month", "2026-13", "--jobcenter", "99901"], "JJJJ-MM"),
        (["--month", "2026-06", "--jobcenter", "1"], "99902  Jobcenter Kreis Beispielland"),
        (["--month", "2027-06", "--jobcenter", "99901"], "zaehlbar run"),
        (["--month", "2026-06", "--jobcenter", "99901", "--out", "/nirgends/a.xlsx"], "vorhandenen Ordner"),
    ],
)
def test_report_explains_wrong_use(
    warehouse: Warehouse, settings: Settings, arguments: list[str], expected: str
) -> None:
    with warehouse.engine.begin() as connection:
        figures.fill(connection, 4)
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert expected in result.output


def test_report_on_an_empty_warehouse_says_what_to_run(warehouse: Warehouse, settings: Settings) -> None:
    with warehouse.engine.begin() as connection:
        connection.execute(text("drop schema zahl cascade"))
    result = CliRunner().invoke(app, ["--month", "2026-06", "--jobcenter", "99901"])
    assert result.exit_code == 2
    assert "noch leer" in result.output
