"""Workbooks as they come: titles, totals, merged names, typed cells, and files that are none."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from tests.support.ingest import ingest_file, profile, rows, rules, site_with, wanted

from zaehlbar.contract import Scope
from zaehlbar.ingest import Ingested, delivery_from_files, ingest, xlsx_package
from zaehlbar.ingest.totals import TotalsPattern
from zaehlbar.ingest.xlsx_package import PackageError
from zaehlbar.ingest.xlsx_reader import Workbook, read_sheet, text_of
from zaehlbar.site import FilePart, PeriodSource, XlsxFormat
from zaehlbar.site.profile import TotalsRow

NAMES = ("Nummer", "Datum", "Schritt")
SPALTEN = {"tn_nr": "Nummer", "datum": "Datum", "code": "Schritt"}
STEPS = FilePart(
    tabelle="zwischenschritt",
    muster=r".*\.xlsx",
    format=XlsxFormat(blatt="Schritte"),
    spalten=SPALTEN,
    summenzeile=TotalsRow(spalte="Nummer"),
)
Cells = dict[tuple[int, int], Any]


def workbook(sheets: dict[str, Cells], merge: str | None = None) -> bytes:
    """A workbook with these cells, by (row, column) from 1; dates get a date format."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "nan_inf_to_errors": True})
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    for name, cells in sheets.items():
        sheet = book.add_worksheet(name)
        if merge:
            sheet.merge_range(merge, "")
        for (row, column), value in cells.items():
            formats = [day] if isinstance(value, date) else []
            sheet.write(row - 1, column - 1, value, *formats)
    book.close()
    return stream.getvalue()


def table(*body: tuple[Any, ...], top: int = 1) -> Cells:
    cells = {(top, column): name for column, name in enumerate(NAMES, start=1)}
    for row, values in enumerate(body, start=top + 1):
        cells |= {(row, column): value for column, value in enumerate(values, start=1) if value is not None}
    return cells


def load(tmp_path: Path, content: bytes, part: FilePart = STEPS, **options: Any) -> Ingested:
    return ingest_file(tmp_path / "schritte.xlsx", content, part, **options)


def test_titles_totals_and_blank_rows_are_counted_apart(tmp_path: Path) -> None:
    cells = {(1, 1): "Beratungsstelle", (2, 1): "Stand", (2, 2): date(2026, 3, 31)}
    cells |= table(("T1", date(2026, 1, 5), "SPRACHE"), ("  ", None), ("T2", date(2026, 1, 6), "ZERTIFIKAT"), top=4)
    cells |= {(9, 1): "Summe", (9, 3): 2, (30, 2): " "}
    result = load(tmp_path, workbook({"Anderes": {(1, 1): "x"}, " schritte ": cells}))
    count = result.counts["zwischenschritt"]
    assert (count.found, count.totals, count.rejected, result.findings) == (2, 1, 0, [])
    assert result.tables["zwischenschritt"].select(["tn_nr", "datum", "code", "_zeile"]).to_pylist() == [
        {"tn_nr": "T1", "datum": date(2026, 1, 5), "code": "SPRACHE", "_zeile": 5},
        {"tn_nr": "T2", "datum": date(2026, 1, 6), "code": "ZERTIFIKAT", "_zeile": 7},
    ]


def test_typed_cells_become_the_text_people_mean(tmp_path: Path) -> None:
    body = ((3.0, 43952, "SPRACHE"), (12345678901.0, "05.01.2026", "SPRACHE"), ("007", 2020, "SPRACHE"))
    result = load(tmp_path, workbook({"Schritte": table(*body)}))
    got = result.tables["zwischenschritt"]
    assert got.column("tn_nr").to_pylist() == ["3", "12345678901", "007"]
    assert got.column("datum").to_pylist() == [date(2020, 5, 1), date(2026, 1, 5), None]
    assert {(f.rule, tuple(f.rows.tolist())) for f in result.findings} == {("ZB-D-010", (2,)), ("ZB-F-002", (4,))}
    assert result.unreadable["zwischenschritt"].tolist() == [False, False, True]


@pytest.mark.parametrize(
    "cell, text",
    [
        (1.125, "1,125"), (0.1, "0,1"), (1e20, "100000000000000000000"), (True, "true"), (time(2, 30), "02:30:00"),
        (timedelta(hours=26, minutes=5), "26:05:00"), (datetime.fromisoformat("1899-12-31T02:30"), "02:30:00"),
        (datetime.fromisoformat("2026-01-05T14:30"), "2026-01-05 14:30:00"),
        (datetime.fromisoformat("2026-01-05"), "2026-01-05"), (None, ""),
    ],
)  # fmt: skip
def test_text_of_a_cell(cell: object, text: str) -> None:
    assert text_of(cell) == text


def test_an_error_cell_is_an_unreadable_value(tmp_path: Path) -> None:
    body = (("T1", float("nan"), "SPRACHE"), (float("inf"), date(2026, 1, 5), "SPRACHE"))
    result = load(tmp_path, workbook({"Schritte": table(*body)}))
    assert [(f.rule, f.field, f.rows.tolist()) for f in result.findings] == [
        ("ZB-F-002", "tn_nr", [3]),
        ("ZB-F-002", "datum", [2]),
    ]


def test_names_merged_over_two_rows(tmp_path: Path) -> None:
    cells = table(("T1", date(2026, 1, 5), "SPRACHE"), top=2)
    cells[1, 1] = cells.pop((2, 1))
    part = STEPS.model_copy(update={"format": XlsxFormat(blatt="Schritte", kopfzeile=2)})
    result = load(tmp_path, workbook({"Schritte": cells}, merge="A1:A2"), part)
    assert result.tables["zwischenschritt"].column("tn_nr").to_pylist() == ["T1"]


def test_a_missing_column_is_named_and_a_key_is_fatal(tmp_path: Path) -> None:
    cells = {at: value for at, value in table(("T1", date(2026, 1, 5), "SPRACHE")).items() if at[1] != 3}
    result = load(tmp_path, workbook({"Schritte": cells}))
    assert result.fatal
    assert [(f.rule, f.field, f.params["_spalte"]) for f in result.findings] == [("ZB-D-002", "code", "Schritt")]
    assert (result.counts["zwischenschritt"].found, result.counts["zwischenschritt"].rejected) == (1, 1)


def test_a_missing_sheet_is_fatal_unless_it_is_optional(tmp_path: Path) -> None:
    content = workbook({"Anderes": {(1, 1): "x"}})
    result = load(tmp_path, content)
    assert result.fatal
    assert result.findings[0].rule == "ZB-D-011"
    optional = load(tmp_path, content, STEPS.model_copy(update={"pflicht": False}))
    assert (optional.fatal, optional.tables, optional.findings) == (False, {}, [])


def test_one_workbook_fills_several_tables(tmp_path: Path) -> None:
    places = {"tabelle": "aktivitaet", "muster": r".*\.xlsx", "format": XlsxFormat(blatt="Tage")}
    days = FilePart(**places, spalten={"tn_nr": "Nr", "aktivitaet_code": "Code", "datum": "Tag", "dauer_min": "Dauer"})
    path = tmp_path / "alles.xlsx"
    tage = {(1, 1): "Nr", (1, 2): "Code", (1, 3): "Tag", (1, 4): "Dauer"}
    tage |= {(2, 1): "T1", (2, 2): "C01", (2, 3): date(2026, 1, 5), (2, 4): 90}
    path.write_bytes(workbook({"Schritte": table(("T1", date(2026, 1, 5), "SPRACHE")), "Tage": tage}))
    site = site_with(profile(STEPS, days))
    (delivery,) = delivery_from_files([path], site)
    result = ingest(delivery, site)
    assert sorted(file.part for file in delivery.files) == ["aktivitaet", "zwischenschritt"]
    assert {name: got.num_rows for name, got in result.tables.items()} == {"aktivitaet": 1, "zwischenschritt": 1}
    assert result.tables["aktivitaet"].column("dauer_min").to_pylist() == [90]


@pytest.mark.parametrize(
    "cell, end",
    [
        ("03/2026", date(2026, 3, 31)), ("Zeitraum: März 2026", date(2026, 3, 31)),
        (date(2026, 3, 1), date(2026, 3, 31)), ("2026-03", date(2026, 3, 31)),
        ("01.03.2026 - 31.08.2026", date(2026, 8, 31)),
    ],
)  # fmt: skip
def test_the_period_stands_in_a_cell(tmp_path: Path, cell: object, end: date) -> None:
    period = PeriodSource(aus="zelle", blatt="schritte", zelle_von="E1", zelle_version="$E$2")
    cells = table(("T1", date(2026, 3, 5), "SPRACHE"), top=4) | {(1, 5): cell, (2, 5): "Version 3"}
    result = load(tmp_path, workbook({"Schritte": cells}), period=period)
    assert result.delivery.scope == Scope("V9001", "T01", date(2026, 3, 1), end)
    assert result.delivery.version == 3
    assert not result.fatal


@pytest.mark.parametrize("cell", ["", "irgendwann", date(2026, 3, 5), "13/2026"])
def test_a_period_that_cannot_be_read_is_fatal(tmp_path: Path, cell: object) -> None:
    period = PeriodSource(aus="zelle", blatt="Schritte", zelle_von="E1")
    cells = table(("T1", date(2026, 3, 5), "SPRACHE"), top=4) | {(1, 5): cell}
    result = load(tmp_path, workbook({"Schritte": cells}), period=period)
    assert result.fatal
    assert [f.rule for f in result.findings] == ["ZB-D-007"]


def test_a_broken_workbook_is_said_once(tmp_path: Path) -> None:
    days = STEPS.model_copy(update={"tabelle": "aktivitaet", "format": XlsxFormat(blatt="Tage")})
    path = tmp_path / "kaputt.xlsx"
    path.write_bytes(b"PK broken")
    site = site_with(profile(STEPS, days, period=PeriodSource(aus="zelle", blatt="Tage", zelle_von="A1")))
    (delivery,) = delivery_from_files([path], site)
    result = ingest(delivery, site)
    assert result.fatal
    assert [f.rule for f in result.findings] == ["ZB-D-001"]


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"", "leer"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "verschluesselt"),
        (OLE, "xls_alt"),
        (b"<html><table></table></html>", "html"),
        (b"a;b;c\n1;2;3\n", "keine_xlsx"),
        (b"PK\x03\x04 broken", "beschaedigt"),
        (workbook({"Schritte": table()})[:-200], "beschaedigt"),
    ],
)
def test_files_that_are_no_workbook_say_what_they_are(tmp_path: Path, content: bytes, reason: str) -> None:
    result = load(tmp_path, content)
    assert result.fatal
    assert (result.findings[0].rule, result.findings[0].params["format"]) == ("ZB-D-001", reason)


def rewrite(content: bytes, member: str, change: Any) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            data = old.read(item)
            new.writestr(item, change(data) if item.filename == member else data)
    return stream.getvalue()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_package, "MAX_UNPACKED", 1 << 20)
    content = rewrite(workbook({"Schritte": table()}), "xl/styles.xml", lambda data: data + b" " * (2 << 20))
    with pytest.raises(PackageError, match="zu_gross"):
        Workbook(content)


def test_entities_are_refused(tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>'
    content = rewrite(
        workbook({"Schritte": table()}),
        "xl/workbook.xml",
        lambda data: data.replace(b"<workbook", bomb + b"<workbook", 1),
    )
    assert load(tmp_path, content).findings[0].params["format"] == "beschaedigt"


def test_a_row_the_parser_does_not_see_is_a_finding_and_counted() -> None:
    content = workbook({"Schritte": table(("T1", date(2026, 1, 5), "SPRACHE"), ("T2", date(2026, 1, 6), "SPRACHE"))})
    book = Workbook(content)
    cells = book.cells("Schritte")
    book.cells = lambda _: [row if at != 2 else [""] * 3 for at, row in enumerate(cells)]  # type: ignore[method-assign]
    raw = read_sheet(book, XlsxFormat(blatt="Schritte"), wanted(NAMES), TotalsPattern(TotalsRow(spalte="Nummer")))
    assert raw is not None
    assert rules(raw) == {"ZB-D-008": [3]}
    assert (raw.count.found, raw.count.rejected, len(rows(raw))) == (2, 1, 1)


def test_rows_are_counted_on_the_xml_without_row_numbers() -> None:
    xml = b"<sheetData><row><c><v>1</v></c></row><row/><row><c/></row>"
    xml += b"<x:row r='9'><x:c><x:is><x:t>a</x:t></x:is></x:c></x:row></sheetData>"
    assert xlsx_package.rows_with_values(xml) == {1, 9}
