"""Reading a sheet of a workbook into columns of bytes, with every row accounted for.

Typed cells become text in one fixed form (dates ISO, numbers with the profile's decimal sign), so that casting is the
same as for CSV.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import numpy as np
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from zaehlbar.contract import Severity
from zaehlbar.ingest import header, xlsx_package
from zaehlbar.ingest.header import Expected, Match
from zaehlbar.ingest.raw import RawTable
from zaehlbar.ingest.result import ReadCount
from zaehlbar.ingest.rules import Issue, Rule, rows_of
from zaehlbar.ingest.text import BLANKS
from zaehlbar.ingest.totals import TotalsPattern
from zaehlbar.ingest.xlsx_package import PackageError, open_package
from zaehlbar.site import XlsxFormat

_ERROR_TEXT = "#REF!"
_HEADER_ROWS = 100
"""A header that the profile does not place is looked for in that many rows."""

Row = tuple[int, list[str]]


class Workbook:
    """A workbook whose sheets are read when they are asked for. Raises PackageError when it is none."""

    def __init__(self, data: bytes) -> None:
        self.package = open_package(data)
        try:
            self._book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        except (CalamineError, OSError, ValueError):
            raise PackageError("beschaedigt") from None

    def sheet_name(self, wanted: str) -> str | None:
        """Return the sheet's name as written in the workbook, or None; case and blanks do not matter."""
        names = {header.normalize(name): name for name in reversed(self._book.sheet_names)}
        return names.get(header.normalize(wanted))

    def cells(self, name: str) -> list[list[object]]:
        """Return the typed cells of a sheet, from its first row and column on."""
        try:
            sheet = self._book.get_sheet_by_name(name)
            rows: list[list[object]] = [list(row) for row in sheet.to_python(skip_empty_area=False)]
            merged = sheet.merged_cell_ranges or []
        except (CalamineError, OSError, ValueError, KeyError):
            raise PackageError("beschaedigt") from None
        for (top, left), (bottom, right) in merged:
            if left == right and bottom < len(rows) and left < len(rows[top]):
                for row in range(top + 1, bottom + 1):  # a name merged downwards stands in every row of the merge
                    rows[row][left] = rows[row][left] or rows[top][left]
        return rows


def text_of(cell: object, separator: str = ",") -> str:
    """Return a typed cell as text; `separator` is the decimal sign."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        return np.format_float_positional(cell, trim="-").replace(".", separator)
    return _moment_text(cell)


def _moment_text(cell: object) -> str:
    if isinstance(cell, datetime):
        if cell.year < 1900:  # a bare time of day: a duration
            return cell.strftime("%H:%M:%S")
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "seconds")
    if isinstance(cell, timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
    if isinstance(cell, date | time):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def read_sheet(
    book: Workbook,
    declared: XlsxFormat,
    wanted: Expected,
    totals: TotalsPattern | None = None,
    *,
    separator: str = ",",
    required: bool = True,
) -> RawTable | None:
    """Read one sheet. Never raises for bad content: see the issues and `fatal`. None: an optional sheet is missing."""
    name = book.sheet_name(declared.blatt)
    if name is None:
        if not required:
            return None
        issue = Issue(Rule.PART, Severity.ERROR, count=1, params={"_blatt": declared.blatt, "grund": "blatt"})
        return RawTable(issues=[issue], fatal=True, spreadsheet=True)
    try:
        cells = book.cells(name)
        xml = book.package.read(book.package.sheets.get(name, ""))
    except PackageError as error:
        return unreadable(error)
    for row, column in xlsx_package.error_cells(xml):
        if row <= len(cells) and column <= len(cells[row - 1]):
            cells[row - 1][column - 1] = _ERROR_TEXT
    rows = [(at, [text_of(cell, separator).strip(BLANKS) for cell in row]) for at, row in enumerate(cells, start=1)]
    rows = [(at, row) for at, row in rows if any(row)]
    counted = xlsx_package.rows_with_values(xml)
    counted -= xlsx_package.truly_empty(book.package, xml, counted - {at for at, _ in rows})
    return _table(rows, counted, declared, wanted, totals)


def unreadable(error: PackageError) -> RawTable:
    """Return the fatal result for a file that is no readable workbook."""
    issue = Issue(Rule.FILE, Severity.ERROR, count=1, params={"grund": "arbeitsbuch", "format": error.reason})
    return RawTable(issues=[issue], fatal=True, spreadsheet=True)


def _table(
    rows: list[Row], counted: set[int], declared: XlsxFormat, wanted: Expected, totals: TotalsPattern | None
) -> RawTable:
    raw = RawTable(spreadsheet=True)
    at, names = _header(rows, declared, wanted)
    found = header.match(names, wanted)
    last = max(counted, default=0)
    below = {number for number in counted if number > at}
    raw.issues = found.issues
    if found.fatal:
        raw.count = ReadCount(len(below), titles=last - len(below), rejected=len(below))
        raw.fatal = True
        return raw
    body = [(number, row) for number, row in rows if number > at]
    again = {number for number, row in body if _same_names(row, names)}
    sums = {number for number, row in body if totals and _is_total(row, found.totals, totals)} - again
    body = [(number, row) for number, row in body if number not in again and number not in sums]
    if again:
        raw.issues.append(Issue(Rule.REPEATED_HEADER, Severity.WARNING, rows_of(sorted(again))))
    records = below - again - sums
    lost = records - {number for number, _ in body}
    if lost:
        raw.issues.append(Issue(Rule.LOST, Severity.ERROR, rows_of(sorted(lost))))
    raw.count = ReadCount(len(records), titles=last - len(records) - len(sums), totals=len(sums), rejected=len(lost))
    body = [(number, row) for number, row in body if number in records]
    _fill(raw, body, names, found)
    return raw


def _header(rows: list[Row], declared: XlsxFormat, wanted: Expected) -> tuple[int, list[str]]:
    """Return number and names of the header: the declared row, else the first with all required columns, else the best
    among the first rows.
    """
    if declared.kopfzeile is not None:
        return declared.kopfzeile, next((row for at, row in rows if at == declared.kopfzeile), [])
    required = {header.normalize(wanted.names[name]) for name in wanted.required}
    best: tuple[int, int, list[str]] = (0, 0, [])
    for at, row in rows[:_HEADER_ROWS]:
        names = {header.normalize(name) for name in row}
        score = header.hits(row, wanted)
        if score and required and required <= names:
            return at, row
        if score > best[0]:
            best = (score, at, row)
    return best[1], best[2]


def _same_names(row: Sequence[str], names: Sequence[str]) -> bool:
    filled = [header.normalize(value) for value in row if value]
    return len(filled) > 1 and filled == [header.normalize(name) for name in names if name]


def _is_total(row: Sequence[str], position: int | None, totals: TotalsPattern) -> bool:
    return position is not None and position < len(row) and totals.matches(row[position])


def _fill(raw: RawTable, body: list[Row], names: list[str], found: Match) -> None:
    def column(position: int) -> list[str]:
        return [row[position] for _, row in body]

    for first, again in found.duplicates:
        differs = column(first) != column(again)
        raw.issues.append(header.duplicate_issue(names[again], again, differs=differs))
    for position in found.unnamed:
        if any(column(position)):
            params: dict[str, str | int] = {"_spalte": "", "spalte_nr": position + 1}
            raw.issues.append(Issue(Rule.UNKNOWN_COLUMN, Severity.WARNING, count=1, params=params))
    for name, position in found.positions.items():
        raw.columns[name] = pa.array([value.encode() for value in column(position)], pa.binary())
        raw.titles[name] = names[position].strip()
    raw.lines = np.array([number for number, _ in body], dtype=np.int32)
