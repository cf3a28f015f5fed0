"""Which workbooks a run writes, and the command `zaehlbar report`."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from tests.support import figures
from typer.testing import CliRunner

from zaehlbar.publish import publish
from zaehlbar.publish.cli import app
from zaehlbar.publish.files import FORMATS, LATEST_MONTHS, write_file
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


def names(month: int, nr: str = "99901", formats: Sequence[str] = FORMATS) -> list[str]:
    return [f"2026-{month:02}/jobcenter_{nr}.{suffix}" for suffix in formats]


def test_the_first_run_writes_the_latest_months_of_every_jobcenter(warehouse: Warehouse, settings: Settings) -> None:
    with warehouse.engine.begin() as connection:
        run = figures.fill(connection, 14)
        figures.add_cell(connection, run, figures.LAST_MONTH, ("OHNE", "*", "*", "*"), teilnahmen=1)
    written = run_publish(warehouse, settings, run)
    for suffix, number in LATEST_MONTHS.items():
        assert len([name for name in written if name.endswith(f"99901.{suffix}")]) == number
    assert [name for name in written if "99902" in name] == [*names(5, "99902"), *names(6, "99902")]
    assert not [name for name in written if "OHNE" in name]
    if sys.platform != "win32":
        folder = settings.workbooks / "2026-06"
        modes = {stat.S_IMODE(path.stat().st_mode) for path in (settings.workbooks, folder)}
        assert modes == {0o700}
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert not list(settings.workbooks.rglob("*.tmp"))


def test_an_older_month_keeps_its_files_and_they_stay_true(warehouse: Warehouse, settings: Settings) -> None:
    with warehouse.engine.begin() as connection:
        run = figures.fill(connection, 5)
    run_publish(warehouse, settings, run)
    old = settings.workbooks / "2026-02" / "jobcenter_99901.pdf"
    assert not old.exists()
    arguments = ["--month", "2026-02", "--jobcenter", "99901", "--format", "pdf"]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert old.exists()
    assert run_publish(warehouse, settings, run) == []
    with warehouse.engine.begin() as connection:
        second = figures.new_run(connection, at="2026-07-03 02:10:00+02")
        figures.change_cell(connection, second, date(2026, 2, 1), ALL, bestand=107)
    assert "2026-02/jobcenter_99901.pdf" in run_publish(warehouse, settings, second)


def test_a_run_without_a_change_touches_nothing(warehouse: Warehouse, settings: Settings) -> None:
    with warehouse.engine.begin() as connection:
        run = figures.fill(connection, 4)
    run_publish(warehouse, settings, run)
    before = {path: path.stat().st_mtime_ns for path in settings.workbooks.rglob("*.*")}
    with warehouse.engine.begin() as connection:
        second = figures.new_run(connection, at="2026-07-03 02:10:00+02")
    assert run_publish(warehouse, settings, second) == []
    assert {path: path.stat().st_mtime_ns for path in settings.workbooks.rglob("*.*")} == before


def test_a_change_renews_every_workbook_that_shows_it(warehouse: Warehouse, settings: Settings) -> None:
    with warehouse.engine.begin() as connection:
        run = figures.fill(connection, 4)
    run_publish(warehouse, settings, run)
    with warehouse.engine.begin() as connection:
        second = figures.new_run(connection, at="2026-07-03 02:10:00+02")
        figures.change_cell(connection, second, date(2026, 4, 1), ALL, bestand=107)
    # April itself, and the later months that show it as previous month and in their course.
    assert run_publish(warehouse, settings, second) == [*names(4), *names(5), *names(6)]


def test_a_missing_or_broken_file_is_written_again(warehouse: Warehouse, settings: Settings) -> None:
    with warehouse.engine.begin() as connection:
        run = figures.fill(connection, 4)
    run_publish(warehouse, settings, run)
    (settings.workbooks / "2026-06" / "jobcenter_99901.xlsx").unlink()
    for suffix in FORMATS:
        path = settings.workbooks / "2026-05" / f"jobcenter_99901.{suffix}"
        path.write_bytes(path.read_bytes()[:-400])
    assert run_publish(warehouse, settings, run) == [*names(5), *names(6, formats=["xlsx"])]


def test_a_month_that_becomes_final_is_renewed_without_any_figure_changing(
    warehouse: Warehouse, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warehouse.engine.begin() as connection:
        run = figures.fill(connection, 4)
    monkeypatch.setattr("zaehlbar.publish.source.today", lambda: date(2026, 7, 31))
    run_publish(warehouse, settings, run)
    monkeypatch.setattr("zaehlbar.publish.source.today", lambda: date(2026, 8, 1))
    assert "2026-04/jobcenter_99901.xlsx" in run_publish(warehouse, settings, run)


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
    wanted = ["--month", "2026-03", "--jobcenter", "99901"]
    begins = {"xlsx": b"PK", "html": b"<!DOCTYPE html>", "pdf": b"%PDF"}
    for suffix, head in begins.items():
        target = tmp_path / f"mappe.{suffix}"
        result = CliRunner().invoke(app, [*wanted, "--out", str(target)])
        assert result.exit_code == 0, result.output
        assert target.read_bytes().startswith(head)
        assert "Intern, nicht zur Weitergabe" in result.output
    (tmp_path / "ordner").mkdir()
    result = CliRunner().invoke(app, [*wanted, "--out", str(tmp_path / "ordner"), "--json"])
    said = json.loads(result.output)
    assert said["hinweis"] == "intern, nicht zur Weitergabe"
    assert [Path(path).name for path in said["dateien"]] == [f"jobcenter_99901_2026-03.{one}" for one in FORMATS]
    assert CliRunner().invoke(app, [*wanted, "--format", "html"]).exit_code == 0
    assert [path.name for path in (settings.workbooks / "2026-03").iterdir()] == ["jobcenter_99901.html"]


@pytest.mark.parametrize(
    "arguments, expected",
    [
        (["--month", "2026-13", "--jobcenter", "99901"], "JJJJ-MM"),
        (["--month", "2026-06", "--jobcenter", "1"], "99902  Jobcenter Kreis Beispielland"),
        (["--month", "2027-06", "--jobcenter", "99901"], "zaehlbar run"),
        (["--month", "2026-06", "--jobcenter", "99901", "--out", "/nirgends/a.xlsx"], "vorhandenen Ordner"),
        (["--month", "2026-06", "--jobcenter", "99901", "--out", "a.docx"], ".xlsx, .html oder .pdf"),
        (["--month", "2026-06", "--jobcenter", "99901", "--out", "a.pdf", "--format", "html"], "widersprechen"),
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
