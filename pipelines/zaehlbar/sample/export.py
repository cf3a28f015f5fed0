"""Canonical tables in a provider's own form: the site's profile read backwards.

Belongs here: CSV and XLSX files that ingest reads back to the same canonical values. Does not belong here: content.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from zaehlbar.sample.plan import Period
from zaehlbar.site import CsvFormat, FilePart

_NO_BASE = {"Ł": "L", "ł": "l", "ı": "i", "Đ": "D", "đ": "d", "Ø": "O", "ø": "o"}  # noqa: RUF001
# Fixed, so that equal content is equal bytes; workbooks know no time zones.
_CREATED = datetime(2026, 1, 1)  # noqa: DTZ001

Rows = list[dict[str, Any]]
"""Provider's column name → value, per row; columns that are not delivered are missing."""


def rows_of(part: FilePart, table: pa.Table, extra: Mapping[str, Sequence[Any]] | None = None) -> Rows:
    """Return `table` with the column names, codes, dates and units of `part`; `extra` adds columns of the provider.

    For CSV all values are text; for XLSX dates and numbers stay what they are.
    """
    assert isinstance(part.spalten, dict)
    as_text = isinstance(part.format, CsvFormat)
    columns: dict[str, list[Any]] = {}
    for field, name in part.spalten.items():
        values = table[field].to_pylist() if field in table.column_names else [None] * table.num_rows
        back: dict[Any, str] = {code: theirs for theirs, code in part.uebersetzung.get(field, {}).items()}
        columns[name] = [_value(part, field, back.get(value, value), as_text) for value in values]
    columns |= {name: list(values) for name, values in (extra or {}).items()}
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _value(part: FilePart, field: str, value: Any, as_text: bool) -> Any:
    if value is None:
        return "" if as_text else None
    if isinstance(value, date):
        return value.strftime(part.datumsformate[-1]) if as_text else value
    if field == "dauer_min" and part.dauer_einheit == "h":
        hours = f"{value / 60:.2f}".rstrip("0").rstrip(".")
        return hours.replace(".", part.dezimaltrenner) if as_text else value / 60
    return str(value) if as_text else value


def monthly(activities: pa.Table) -> pa.Table:
    """Return the month totals of a Basislieferung: per person, month and code the attended minutes, on the last day."""
    end = pc.ceil_temporal(activities["datum"].cast(pa.timestamp("s")), unit="month", ceil_is_strictly_greater=True)
    last = pc.subtract(end, pa.scalar(86_400, pa.duration("s"))).cast(pa.date32())
    keyed = activities.set_column(activities.column_names.index("datum"), "datum", last)
    sums = keyed.group_by(["tn_nr", "datum", "aktivitaet_code"], use_threads=False).aggregate([("dauer_min", "sum")])
    return sums.rename_columns(["tn_nr", "datum", "aktivitaet_code", "dauer_min"]).sort_by(
        [("tn_nr", "ascending"), ("datum", "ascending"), ("aktivitaet_code", "ascending")]
    )


def csv_file(part: FilePart, rows: Rows) -> bytes:
    """Return the rows as a CSV file in the form of `part`, lines ending as Windows writes them.

    Letters that the character set does not have become the nearest ones, as old programs do.
    """
    form = part.format
    assert isinstance(form, CsvFormat)
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]), delimiter=form.trennzeichen, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    text = buffer.getvalue()
    if form.zeichensatz == "utf-8":
        return text.encode("utf-8")
    strangers = {sign for sign in set(text) if sign.encode(form.zeichensatz, "ignore") == b""}
    nearest = {ord(sign): _NO_BASE.get(sign) or unicodedata.normalize("NFKD", sign)[0] for sign in strangers}
    return text.translate(nearest).encode(form.zeichensatz)


def xlsx_file(
    path: Path,
    parts: Mapping[str, FilePart],
    rows: Mapping[str, Rows],
    titles: Sequence[str],
    period: Period,
    version: int,
) -> None:
    """Write a workbook of the kind profile `xlsx` describes: cover, title lines, header in row 4, totals row."""
    from xlsxwriter import Workbook

    with Workbook(str(path), {"default_date_format": "dd.mm.yyyy"}) as book:
        book.set_properties({"created": _CREATED, "title": titles[0]})
        bold = book.add_format({"bold": True, "font_size": 14})
        head = book.add_format({"bold": True, "bg_color": "#DDE6F0", "border": 1})
        cover = book.add_worksheet("Deckblatt")
        cover.set_column(0, 1, 24)
        cover.write_string(0, 0, titles[0], bold)
        cover.write_string(1, 0, titles[1])
        labels = ("Zeitraum von", "Zeitraum bis", "Version")
        for row, (label, value) in enumerate(zip(labels, (period.start, period.end, version), strict=True), start=3):
            cover.write_string(row, 0, label)
            if isinstance(value, date):
                cover.write_datetime(row, 1, value)
            else:
                cover.write_number(row, 1, value)
        for name, part in parts.items():
            _sheet(book, part, rows[name], titles, (bold, head))


def _sheet(book: Any, part: FilePart, rows: Rows, titles: Sequence[str], formats: tuple[Any, Any]) -> None:
    sheet = book.add_worksheet(part.format.blatt)  # type: ignore[union-attr]
    bold, head = formats
    sheet.write_string(0, 0, f"{titles[0]}: {sheet.get_name()}", bold)
    sheet.write_string(1, 0, titles[1])
    names = list(rows[0]) if rows else list(part.spalten)
    sheet.set_column(0, len(names) - 1, 14)
    for column, name in enumerate(names):
        sheet.write_string(3, column, name, head)
        for row, values in enumerate(rows, start=4):
            if values[name] is not None:
                sheet.write(row, column, values[name])
    if part.summenzeile is not None:
        last = 4 + len(rows)
        sheet.write_string(last, names.index(part.summenzeile.spalte), "Summe", head)
        for name in ("Minuten", "Bedarfe aktuell"):
            if name in names:
                sheet.write_number(last, names.index(name), sum(values[name] or 0 for values in rows), head)
