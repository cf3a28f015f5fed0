"""The workbook of a Jobcenter and month, as a reader's program opens it."""

from __future__ import annotations

import re
import time
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from sqlalchemy import text
from tests.support import figures

from zaehlbar.count.figures import NothingCounted
from zaehlbar.publish.details import fetch_details
from zaehlbar.publish.files import NoReport, write_report
from zaehlbar.publish.report import build
from zaehlbar.publish.source import fetch
from zaehlbar.publish.workbook import fingerprint_of_workbook

if TYPE_CHECKING:
    from tests.conftest import Warehouse

COURSE = "Verlauf 12 Monate"


def write(warehouse: Warehouse, path: Path, month: date = figures.LAST_MONTH, nr: str = "99901") -> Workbook:
    with warehouse.engine.connect() as connection:
        write_report(connection, jobcenter_nr=nr, month=month, targets={"xlsx": path})
    return load_workbook(path)


def cells(book: Workbook) -> Iterator[tuple[str, Any]]:
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    yield sheet.title, cell


def row_of(book: Workbook, sheet: str, first: str, column: int = 0) -> list[Any]:
    rows = [[cell.value for cell in row] for row in book[sheet].iter_rows() if row[column].value == first]
    assert len(rows) == 1, f"{first!r} stands {len(rows)} times on {sheet}"
    return rows[0]


@pytest.fixture
def filled(warehouse: Warehouse) -> Warehouse:
    with warehouse.engine.begin() as connection:
        run = figures.fill(connection)
        figures.add_delivery(connection, run, "ab" * 8, zeitraum_von=date(2026, 1, 1), zeitraum_bis=date(2026, 6, 30))
    return warehouse


def test_numbers_are_numbers_and_nothing_is_a_formula(filled: Warehouse, tmp_path: Path) -> None:
    book = write(filled, tmp_path / "a.xlsx")
    found = list(cells(book))
    assert not [cell.coordinate for _, cell in found if cell.data_type == "f"]
    blick = row_of(book, "Auf einen Blick", "Personen im Monat")
    assert blick[1:6] == [122, 116, 6, 85, 37]
    assert row_of(book, "Auf einen Blick", "Bestand am Stichtag")[1:6] == [116, 113, 3, 79, 37]
    assert row_of(book, "Was", "Grundkompetenzen (Sprache, digital, Alltag)")[1:4] == [31 - 1, 30 - 1, 31]
    assert row_of(book, COURSE, "Jun 26")[1:3] == [datetime(2026, 6, 15), 116]  # noqa: DTZ001
    texts = {str(cell.value) for _, cell in found if cell.data_type == "s"}
    assert not [value for value in texts if value.replace(".", "").replace(",", "").isdigit()], (
        "a number stored as text"
    )


def test_every_sheet_bears_the_marker_and_prints_on_a4(filled: Warehouse, tmp_path: Path) -> None:
    book = write(filled, tmp_path / "a.xlsx")
    for sheet in book.worksheets:
        assert any("intern, nicht zur Weitergabe" in str(cell.value) for row in sheet["A1:A3"] for cell in row), (
            sheet.title
        )
        assert "intern, nicht zur Weitergabe" in str(sheet.oddHeader.left.text)
        assert "intern, nicht zur Weitergabe" in str(sheet.oddFooter.left.text)
        assert "&P" in str(sheet.oddFooter.right.text)
        assert sheet.page_setup.paperSize == 9
        assert sheet.print_area and sheet.print_title_rows.startswith("$1:$")
        assert sheet.freeze_panes is not None
        assert any("Vorschlag, nicht abgestimmt" in str(cell.value) for row in sheet["A1:A3"] for cell in row)


def test_the_categories_show_the_unmapped_and_warn_against_adding_up(filled: Warehouse, tmp_path: Path) -> None:
    book = write(filled, tmp_path / "a.xlsx")
    assert row_of(book, "Was", "Nicht zugeordnet (Code ohne Zuordnung) (K-0-NZ)")[1] == 4
    rows = [[cell.value for cell in row] for row in book["Was"].iter_rows()]
    assert any("ergeben nicht die Summe" in str(row[0]) for row in rows)
    assert any("nur dem Vergleich" in str(row[0]) for row in rows)
    groups = [row[0] for row in rows[8:] if row[0] and row[1] is None and "." not in row[0]]
    assert groups[:7] == [
        "Zugang und Feststellung", "Hemmnisse und Gesundheit", "Grundkompetenzen", "Qualifizierung und Praxis",
        "Stellensuche und Stabilisierung", "Teilhabe", "nicht gezählt",
    ]  # fmt: skip


def test_the_course_has_twelve_months_and_native_charts_of_its_cells(filled: Warehouse, tmp_path: Path) -> None:
    book = write(filled, tmp_path / "a.xlsx")
    months = [row[0].value for row in book[COURSE].iter_rows(min_row=7, max_row=18)]
    assert (len(months), months[0], months[-1]) == (12, "Jul 25", "Jun 26")
    assert len(book["Auf einen Blick"]._charts) == 1
    (chart,) = book[COURSE]._charts
    ranges = {series.val.numRef.f for part in chart._charts for series in part.series}
    assert ranges == {f"'{COURSE}'!${column}$7:${column}$18" for column in "CFH"}
    heads = [book[COURSE][f"{column}6"].value for column in "CFH"]
    assert heads == ["Bestand am Stichtag", "Eintritte (formal)", "Austritte"]
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        names = archive.namelist()
    assert not [name for name in names if "externalLink" in name or "vba" in name]


def test_vorhaben_have_their_lines_and_partners_none(filled: Warehouse, tmp_path: Path) -> None:
    book = write(filled, tmp_path / "a.xlsx")
    assert row_of(book, "Vorhaben", "MUSTERMUT (V9001)")[1] == 61
    lines = [row[0].value for row in book["Vorhaben"].iter_rows(min_row=7, max_row=10)]
    assert lines[:3] == ["Alle Vorhaben, jede Person einmal", "MUSTERMUT (V9001)", "NEUERFUNDEN (V9003)"]
    assert not [cell for _, cell in cells(book) if re.search(r"\bT0[0-9]\b|Bildungswerk", str(cell.value))]


def test_a_text_that_looks_like_a_formula_stays_text(filled: Warehouse, tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://x","y")'
    with filled.engine.begin() as connection:
        connection.execute(text("update katalog.jobcenter set name = :n where jobcenter_nr = '99901'"), {"n": evil})
        connection.execute(text("update katalog.kategorie set name = '=2+2', analog = '{=3}'"))
        connection.execute(text("update katalog.vorhaben set akronym = '=4+4'"))
    book = write(filled, tmp_path / "a.xlsx")
    assert not [cell.coordinate for _, cell in cells(book) if cell.data_type == "f"]
    assert row_of(book, "Vorhaben", "=4+4 (V9001)")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert not [
            name for name in archive.namelist() if name.endswith(".rels") and b'"External"' in archive.read(name)
        ]


def test_the_same_figures_give_the_same_bytes(filled: Warehouse, tmp_path: Path) -> None:
    write(filled, tmp_path / "a.xlsx")
    time.sleep(1.1)  # the clock of a zip entry has seconds
    write(filled, tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert load_workbook(tmp_path / "a.xlsx").properties.created == datetime(2026, 7, 2, 0, 10)  # noqa: DTZ001
    with filled.engine.connect() as connection:
        report = build(fetch(connection), "99901", figures.LAST_MONTH, fetch_details(connection, "99901"))
    assert fingerprint_of_workbook(tmp_path / "a.xlsx") == report.fingerprint()


def test_errors_name_the_known_jobcenters_and_what_to_run(filled: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(NoReport, match="99901  Jobcenter Musterhausen"):
        write(filled, tmp_path / "a.xlsx", nr="12345")
    with pytest.raises(NoReport, match=r"Gezählt sind Mai 2024 bis Juni 2026.*zaehlbar run"):
        write(filled, tmp_path / "a.xlsx", month=date(2026, 7, 1))
    assert not list(tmp_path.iterdir())


def test_a_month_that_no_delivery_reaches_is_unknown_not_zero(filled: Warehouse, tmp_path: Path) -> None:
    with filled.engine.begin() as connection:
        connection.execute(text("update betrieb.lieferung set zeitraum_von = '2026-05-20'"))
    book = write(filled, tmp_path / "a.xlsx")
    assert row_of(book, "Auf einen Blick", "Stunden im Monat")[1:6] == [845, 823, 22, "–", "–"]
    assert [row[0].value for row in book[COURSE].iter_rows(min_row=7, max_row=9)] == ["Mai 26", "Jun 26", None]
    with pytest.raises(NoReport, match="Gezählt sind Mai 2026 bis Juni 2026"):
        write(filled, tmp_path / "b.xlsx", month=date(2026, 4, 1))


def test_before_the_first_count_there_is_nothing_to_write(warehouse: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(NothingCounted, match="zaehlbar run"):
        write(warehouse, tmp_path / "a.xlsx")
