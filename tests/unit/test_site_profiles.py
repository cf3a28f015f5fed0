"""Profiles of the example sites read what they are for: the filled-in template, and exports nobody wrote for us."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
from openpyxl.workbook import Workbook

from zaehlbar.contract import Severity, contract
from zaehlbar.contract.template import NAMES_ROW, write_template
from zaehlbar.ingest import delivery_from_files, discover, ingest
from zaehlbar.site import code_lists, load_site

EXAMPLES = Path(__file__).parents[2] / "examples"


def fill(book: Workbook, table: str, *rows: dict[str, str | int | date]) -> None:
    """Type `rows` into the sheet of `table`, as a person would: below the labels, in the columns as they are."""
    sheet = book[contract().table(table).title]
    columns = {str(cell.value): cell.column or 0 for cell in sheet[NAMES_ROW]}
    for number, row in enumerate(rows, start=NAMES_ROW + 1):
        for name, value in row.items():
            sheet.cell(number, columns[name], value)


def filled_template(path: Path) -> Path:
    site = load_site(EXAMPLES / "site")
    write_template(path, code_lists(site, "V9001"))
    book = openpyxl.load_workbook(path)
    fill(
        book,
        "lieferung",
        {
            "vorhaben_id": "V9001",
            "tvp_id": "T01",
            "zeitraum_von": date(2025, 7, 1),
            "zeitraum_bis": date(2025, 12, 31),
            "version": 2,
            "umfang": "voll",
        },
    )
    fill(
        book,
        "teilnahme",
        {
            "tn_nr": "007",
            "eintritt_datum": date(2025, 8, 4),
            "einwilligung_stufe": "1",
            "nachname": "Testperson-Šćžłø",
            "vorname": "Erfunden",
            "plz": "01067",
            "ags": "01002000",
            "nerw_bildung": "nein",
            "hemmnisse_anzahl_eintritt": 3,
        },
        {"tn_nr": "008", "eintritt_datum": "05.08.2025", "einwilligung_stufe": "0", "austritt_datum": date(2025, 9, 1)},
    )
    activity: dict[str, str | int | date] = {
        "tn_nr": "007",
        "aktivitaet_code": "C01",
        "datum": date(2025, 8, 5),
        "periode": "T",
        "dauer_min": 90,
    }
    fill(book, "aktivitaet", activity)
    book.save(path)
    return path


def test_a_filled_template_is_read_as_it_was_typed(tmp_path: Path) -> None:
    path = filled_template(tmp_path / "BIWAQ-Vorlage_V9001_T01_2025-12_v2.xlsx")
    site = load_site(EXAMPLES / "site")
    (delivery,) = delivery_from_files([path], site)
    assert delivery.profile == "vorlage"
    assert not delivery.missing_parts

    read = ingest(delivery, site)

    assert not [finding for finding in read.findings if finding.severity is Severity.ERROR]
    scope = read.delivery.scope
    assert scope is not None
    assert (scope.vorhaben_id, scope.tvp_id, scope.start, scope.end) == (
        "V9001",
        "T01",
        date(2025, 7, 1),
        date(2025, 12, 31),
    )
    assert read.delivery.version == 2
    first, second = read.tables["teilnahme"].to_pylist()
    assert (first["tn_nr"], first["plz"], first["ags"]) == ("007", "01067", "01002000")
    assert (first["nachname"], first["einwilligung_stufe"], first["nerw_bildung"]) == ("Testperson-Šćžłø", "1", False)
    assert (first["eintritt_datum"], first["hemmnisse_anzahl_eintritt"]) == (date(2025, 8, 4), 3)
    assert (first["vorhaben_id"], first["tvp_id"]) == ("V9001", "T01")
    assert (second["eintritt_datum"], second["austritt_datum"]) == (date(2025, 8, 5), date(2025, 9, 1))
    (activity,) = read.tables["aktivitaet"].to_pylist()
    assert (activity["tn_nr"], activity["dauer_min"], activity["periode"]) == ("007", 90, "T")
    assert read.counts["teilnahme"].found == 2
    assert read.counts["aktivitaet"].found == 1


def test_an_untouched_template_has_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "BIWAQ-Vorlage_V9001_T01_2025-12.xlsx"
    write_template(path)
    site = load_site(EXAMPLES / "site")
    read = ingest(delivery_from_files([path], site)[0], site)
    assert {count.found for count in read.counts.values()} == {0}


def test_foreign_exports_in_one_folder_are_told_apart_by_name(tmp_path: Path) -> None:
    head = "Teilnahme-Nr;Personen-Nr;Nachname;Vorname;Geburtsdatum;Eintritt;Austritt;Haushalt;Stellung;Einzug"
    for tvp in ("242", "808"):
        rows = [
            head,
            f"{tvp}1_9;77;Schrödinger;Erfunden;;01.05.2020;01.08.2021;1;1;",
            f"{tvp}2;78;Test;A;02.03.1980;04.05.2021;;2;1;",
        ]
        (tmp_path / f"traeger_{tvp}.csv").write_bytes("\r\n".join([*rows, ""]).encode("cp1252"))
    site = load_site(EXAMPLES / "site_exports")
    found = discover(tmp_path, site)
    assert not found.strangers
    assert not found.unfinished
    assert len(found.deliveries) == 2
    for delivery in found.deliveries:
        read = ingest(delivery, site)
        assert not read.findings
        assert read.delivery.scope is not None
        assert (read.delivery.scope.start, read.delivery.scope.end) == (date(2020, 10, 1), date(2021, 9, 30))
        first, second = read.tables["teilnahme"].to_pylist()
        assert (first["tn_nr"], first["nachname"]) == (f"{read.delivery.scope.tvp_id}1_9", "Schrödinger")
        assert (first["geburtsdatum"], first["eintritt_datum"]) == (None, date(2020, 5, 1))
        assert (second["austritt_datum"], second["einwilligung_stufe"], second["jobcenter_nr"]) == (None, "1", "99909")
