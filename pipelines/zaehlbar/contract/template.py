"""The template workbook for providers: one sheet per table, drop-down lists, field help, formats Excel leaves alone.

Belongs here: what follows from the contract; a site's own lists come in as `lists`.
Does not belong here: reading a filled template (the site's profile `vorlage` does that like any other file).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zaehlbar.contract.docs import PRIVACY_CLASSES, form
from zaehlbar.contract.model import Field, Table, contract

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Lists = Mapping[str, Mapping[str, str]]
"""Code → label per name of `codes_aus` in the contract; a field whose list is missing takes any text."""

NAMES_ROW = 2
"""Row (1-based) with the technical field names; hidden. Row 1 has the labels, data starts in row 3."""

LAST_ROW = 20_000
"""Formats hold for whole columns; drop-down lists and checks down to this row."""

_IN_FILE_NAME = frozenset({"vorhaben_id", "tvp_id"})
_README = (
    "Diese Mappe ist die Vorlage für Lieferungen nach dem Datenvertrag, Version {version}.",
    "",
    "1. Blatt „Lieferung“ ausfüllen: genau eine Zeile mit Vorhaben, Träger, Zeitraum und Version.",
    "2. Blatt „Teilnahme“ ausfüllen: eine Zeile je Person und Eintritt. Rot überschriebene Spalten sind Pflicht.",
    "3. Die übrigen Blätter ausfüllen, soweit vereinbart. Leere Blätter und leere Spalten sind in Ordnung.",
    "4. Codes aus der Liste in der Zelle wählen; was sie bedeuten, steht im Blatt „Codes“.",
    "5. Speichern als BIWAQ-Vorlage_<Vorhaben>_<TVP>_<JJJJ-MM>.xlsx, der Monat ist der letzte des Zeitraums.",
    "6. Vor dem Senden prüfen:  zaehlbar check <Datei>",
    "",
    "Eine Korrektur ist die ganze Mappe noch einmal, mit der nächsten Version im Blatt „Lieferung“.",
    "Was bis zum Ende des Zeitraums fehlt, gilt als nicht mehr vorhanden.",
    "Spalten und Blätter bitte nicht umbenennen; Reihenfolge und Breite dürfen sich ändern. Zeile 2 ist ausgeblendet.",
    "",
    "Nie eintragen: Kundennummer oder BG-Nummer des Jobcenters, Freitext zu Personen, Fehlzeiten,",
    "Angaben zu Gesundheit, Sucht, Schulden, Behinderung oder Minderheit einer Person.",
    "Ohne Einwilligung (Stufe 0) wird die Zeile einer Person nicht gespeichert. Die Teilnahme hängt nicht davon ab.",
)


def sheet_fields(table: Table, basis: bool = False) -> tuple[Field, ...]:
    """Return the columns of a table's sheet, required ones first.

    Vorhaben and TVP stand once, in the sheet `Lieferung`; counts and checksums of files mean nothing in a workbook.
    """
    if table.name == "lieferung":
        return tuple(field for field in table.fields if not field.name.startswith(("anzahl_", "sha256_")))
    fields = [field for field in table.fields if field.name not in _IN_FILE_NAME]
    chosen = [field for field in fields if field.zaehlbar.basis] if basis else fields
    return tuple(sorted(chosen, key=lambda field: not field.required))


def write_template(path: Path, lists: Lists | None = None, *, basis: bool = False) -> None:
    """Write the template workbook to `path`; with `basis` only what a Basislieferung needs."""
    from xlsxwriter import Workbook

    tables = [
        table for table in contract().tables if not basis or table.name in ("lieferung", "teilnahme", "aktivitaet")
    ]
    # Nothing is guessed: a text that looks like a number or a link stays text.
    with Workbook(str(path), {"strings_to_numbers": False, "strings_to_urls": False}) as book:
        _readme(book)
        sheets = [(table, book.add_worksheet(table.title)) for table in tables]
        ranges = _codes(book, [field for table in tables for field in sheet_fields(table, basis)], lists or {})
        for table, sheet in sheets:
            _sheet(book, sheet, sheet_fields(table, basis), ranges)


def _readme(book: Workbook) -> None:
    sheet = book.add_worksheet("Lies mich")
    sheet.set_column(0, 0, 120, book.add_format({"text_wrap": True, "valign": "top"}))
    sheet.hide_gridlines(2)
    sheet.write_string(
        0, 0, "Zählbar: Vorlage für Teilvorhabenpartner", book.add_format({"bold": True, "font_size": 14})
    )
    lines = [line.format(version=contract().version) for line in _README]
    lines += ["", "Datenschutzklassen der Felder (im Kommentar jeder Überschrift):"]
    lines += [f"{key}  {text}" for key, text in PRIVACY_CLASSES.items()]
    for row, line in enumerate(lines, start=2):
        sheet.write_string(row, 0, line)


def _options(field: Field, lists: Lists) -> dict[str, str]:
    if field.type == "boolean":
        return {"ja": "ja", "nein": "nein"}
    source = field.zaehlbar.codes_from
    own = dict(lists.get(source, {})) if source else {}
    return own | field.codes if own or not source else {}


def _codes(book: Workbook, fields: Iterable[Field], lists: Lists) -> dict[str, str]:
    """Write the sheet `Codes`, one block of rows per list, and return the range of each field's codes."""
    sheet = book.add_worksheet("Codes")
    bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, 1, 18, text)
    sheet.set_column(2, 2, 80)
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(("Feld", "Code", "Bedeutung")):
        sheet.write_string(0, column, title, bold)
    sharing: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    for field in fields:
        options = tuple(_options(field, lists).items())
        if options:
            sharing.setdefault(options, {})[field.name] = field.title
    row, ranges = 1, dict[str, str]()
    for options, users in sharing.items():
        titles = ", ".join(dict.fromkeys(users.values()))
        for offset, (code, label) in enumerate(options):
            for column, value in enumerate((titles, code, label)):
                sheet.write_string(row + offset, column, value, text if column == 1 else wrapped)
        ranges |= dict.fromkeys(users, f"=Codes!$B${row + 1}:$B${row + len(options)}")
        row += len(options) + 1
    sheet.ignore_errors({"number_stored_as_text": f"B1:B{row + 1}"})
    return ranges


def _sheet(book: Workbook, sheet: Worksheet, fields: tuple[Field, ...], ranges: Mapping[str, str]) -> None:
    """Row 1 labels with help as comment, row 2 the technical names (hidden), then the data."""
    formats = {
        "date": book.add_format({"num_format": "dd.mm.yyyy"}),
        "integer": book.add_format({"num_format": "0"}),
    }
    as_text = book.add_format({"num_format": "@"})
    for column, field in enumerate(fields):
        sheet.set_column(column, column, _width(field), formats.get(field.type, as_text))
        sheet.write_string(0, column, field.title, _head(book, field))
        sheet.write_comment(0, column, _comment(field), {"x_scale": 2.5, "y_scale": 1.8})
        sheet.write_string(NAMES_ROW - 1, column, field.name)
        sheet.data_validation(NAMES_ROW, column, LAST_ROW - 1, column, _check(field, ranges.get(field.name)))
    sheet.set_row(0, 32)
    sheet.set_row(NAMES_ROW - 1, None, None, {"hidden": True})
    sheet.freeze_panes(NAMES_ROW, 1)
    # Numbers in text columns are meant: no green corner on every Postleitzahl.
    sheet.ignore_errors({"number_stored_as_text": f"A1:CZ{LAST_ROW}"})


def _head(book: Workbook, field: Field) -> Format:
    colour = "#9B1C1C" if field.required else "#1F3A5F" if field.zaehlbar.basis else "#5B6573"
    return book.add_format(
        {"bold": True, "font_color": "white", "bg_color": colour, "text_wrap": True, "valign": "vcenter"}
    )


def _width(field: Field) -> int:
    return max(12, min(len(field.title), 24) + 2)


def _comment(field: Field) -> str:
    help_text = " ".join(field.description.split())
    return (
        f"{help_text}\n\n{form(field).replace('**', '').replace('`', '')}\nKlasse {field.zaehlbar.privacy_class.value}"
    )


def _check(field: Field, codes: str | None) -> dict[str, Any]:
    """Return the data validation of a column; Excel allows 32 characters of title and 255 of message."""
    limits = field.constraints
    check: dict[str, Any] = {"validate": "any"}
    if codes:
        check = {"validate": "list", "source": codes}
    elif field.type == "date":
        check = {"validate": "date", "criteria": ">=", "value": _date(limits.minimum)}
    elif field.type == "integer":
        low = limits.minimum if isinstance(limits.minimum, int) else 0
        high = limits.maximum if isinstance(limits.maximum, int) else 999_999
        check = {"validate": "integer", "criteria": "between", "minimum": low, "maximum": high}
    elif limits.max_length:
        check = {"validate": "length", "criteria": "<=", "value": limits.max_length}
    check["input_title"] = field.title[:32]
    check["input_message"] = _shorten(" ".join(field.description.split()), 255)
    if check["validate"] != "any":
        # Codes that the site may extend are warned of, never blocked: an unknown activity must stay deliverable.
        check["error_type"] = "warning" if field.zaehlbar.codes_from else "stop"
        check["error_title"] = field.title[:32]
        check["error_message"] = _shorten(f"Erwartet: {form(field).replace('**', '').replace('`', '')}", 255)
    return check


def _date(minimum: int | str | None) -> date:
    return date.fromisoformat(minimum) if isinstance(minimum, str) else date(2000, 1, 1)


def _shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
