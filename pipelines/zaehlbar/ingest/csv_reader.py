"""Reading a CSV file in its declared dialect into columns of bytes, with every line accounted for.

Clean lines go to pyarrow in one piece; lines whose quotes are out of place are read one by one (csv_records.py). The
number of records is counted on the bytes (csv_lines.py) and compared with what the parsers returned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from zaehlbar.contract import Severity
from zaehlbar.ingest import csv_records, header
from zaehlbar.ingest.csv_dialect import Prepared, is_utf8, looks_like_cp1252, prepare
from zaehlbar.ingest.csv_lines import LONG_LINE, Dialect, Kind, Lines, classify, find_lines
from zaehlbar.ingest.header import Expected, Match
from zaehlbar.ingest.raw import RawTable
from zaehlbar.ingest.result import ReadCount
from zaehlbar.ingest.rules import Issue, Rule, rows_of
from zaehlbar.ingest.totals import TotalsPattern
from zaehlbar.site import CsvFormat

_HEADER_LINES = 20
"""A header whose names contain line ends is looked for in at most that many lines."""
_BLOCK_SIZE = 16 * LONG_LINE


def read_csv(data: bytes, declared: CsvFormat, wanted: Expected, totals: TotalsPattern | None = None) -> RawTable:
    """Read `data`, the content of one CSV file. Never raises for bad content: see the issues and `fatal`.

    `wanted` says which columns to return; rows that `totals` recognises are counted apart.
    """
    file = prepare(data, declared)
    if file.fatal:
        return RawTable(issues=file.issues, declared=declared.zeichensatz, fatal=True)
    return _Reader(file, declared, wanted, totals).read()


@dataclass(slots=True)
class _Parsed:
    """Rows in file order, with all columns that were asked for."""

    columns: dict[int, pa.Array]
    index: npt.NDArray[np.int64]
    """Index of the first line of each row."""
    wrong_count: list[tuple[int, list[bytes]]] = field(default_factory=list)
    bad_quote: list[int] = field(default_factory=list)
    continuation: int = 0
    blank: int = 0


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a record must look like: number of values, which of them to return, and whether all bytes are UTF-8."""

    width: int
    wanted: list[int]
    utf8: bool


class _Reader:
    """One file on its way; the lines of the whole file, of which those before `first` are titles and header."""

    def __init__(self, file: Prepared, declared: CsvFormat, wanted: Expected, totals: TotalsPattern | None) -> None:
        self.file, self.declared, self.wanted, self.totals = file, declared, wanted, totals
        self.lines = find_lines(file.data)
        self.utf8 = file.data.isascii() or (file.encoding == "utf-8" and is_utf8(file.data))
        self.raw = RawTable(
            issues=file.issues, encoding=file.encoding, declared=declared.zeichensatz, ascii=_plain_ascii(file.data)
        )

    def read(self) -> RawTable:
        names, first = self._header()
        kinds = classify(self.file.data, self.lines, self.file.dialect)
        kinds[:first] = Kind.BLANK
        found = header.match(names, self.wanted)
        if found.fatal or not names:
            return self._refuse(names, found, kinds)
        self.raw.issues += found.issues
        parsed, width = self._parse(kinds, names, found)
        self._account(parsed, kinds, names, found, width)
        return self.raw

    def _header(self) -> tuple[list[str], int]:
        """Return the column names and the index of the first line behind the header."""
        at = self.declared.kopfzeile - 1
        if at >= len(self.lines):
            return [], len(self.lines)
        dialect, begin = self.file.dialect, int(self.lines.begin[at])
        values, state = csv_records.split(self._bytes(at, at), dialect)
        if state is not csv_records.State.OK:
            for last in range(at + 1, min(at + _HEADER_LINES, len(self.lines))):
                joined, whole = csv_records.split(self.file.data[begin : int(self.lines.end[last])], dialect)
                names = [self._text(value) for value in joined]
                if whole is csv_records.State.OK and header.hits(names, self.wanted) > 1:
                    return names, last + self.declared.kopfzeilen
            values = self._bytes(at, at).split(dialect.delimiter)
            self._issue(Rule.QUOTE, Severity.WARNING, [at], {"grund": "kopfzeile"})
        return [self._text(value) for value in values], at + self.declared.kopfzeilen

    def _bytes(self, first: int, last: int) -> bytes:
        return self.file.data[int(self.lines.begin[first]) : int(self.lines.end[last])]

    def _text(self, value: bytes) -> str:
        """Decode a column name; names in a foreign code page are understood, their values become findings."""
        for codec in (self.file.encoding, "cp1252"):
            try:
                return value.decode(codec)
            except UnicodeDecodeError:
                continue
        return value.decode("latin-1")

    def _issue(self, rule: Rule, severity: Severity, at: Sequence[int], params: dict[str, str | int]) -> None:
        if len(at):
            rows = rows_of([index + 1 for index in at])
            self.raw.issues.append(Issue(rule, severity, rows, params=params))

    def _refuse(self, names: list[str], found: Match, kinds: npt.NDArray[np.uint8]) -> RawTable:
        """The header is not what the profile says: every record counts as rejected, and the reason is given."""
        other = self._other_delimiter(names)
        if other:
            sign = {"trennzeichen": self.declared.trennzeichen, "trennzeichen_vermutet": other}
            params = {"grund": "trennzeichen", **sign}
            self.raw.issues.append(Issue(Rule.FILE, Severity.ERROR, count=1, params=params))
        else:
            self.raw.issues += [_with_guess(issue, self._header_guess()) for issue in found.issues]
        records = int(np.count_nonzero(kinds != Kind.BLANK))
        self.raw.count = ReadCount(records, titles=len(kinds) - records, rejected=records)
        self.raw.fatal = True
        return self.raw

    def _other_delimiter(self, names: list[str]) -> str:
        """Return the delimiter the header seems to use when the declared one does not occur in it, else ''."""
        if len(names) != 1 or len(self.wanted.known) < 2:
            return ""
        scores = {sign: header.hits(names[0].split(sign), self.wanted) for sign in (";", ",", "\t", "|")}
        best = max(scores, key=lambda sign: (scores[sign], names[0].count(sign)))
        return best if names[0].count(best) else ""

    def _header_guess(self) -> int:
        """Return the number of the line, among the first 20, that looks most like the header; 0 for none."""
        best, line = 0, 0
        for at in range(min(_HEADER_LINES, len(self.lines))):
            names = [self._text(value) for value in csv_records.split(self._bytes(at, at), self.file.dialect)[0]]
            if (score := header.hits(names, self.wanted)) > best:
                best, line = score, at + 1
        return line if line != self.declared.kopfzeile else 0

    def _parse(self, kinds: npt.NDArray[np.uint8], names: list[str], found: Match) -> tuple[_Parsed, int]:
        """Parse all records; when every one has one column too many or too few at its end, take that as a habit.

        A delimiter at the end of every row but not of the header (or the reverse) is common and harmless. In single
        rows it is not: there it may be a shift of all values.
        """
        width = len(names)
        wanted = sorted({*found.positions.values(), *found.unnamed, *(again for _, again in found.duplicates)})
        wanted += [found.totals] if found.totals is not None and found.totals not in wanted else []
        parsed = self._parse_as(width, wanted, kinds)
        if len(parsed.index) or not parsed.wrong_count:
            return parsed, width
        counts = {len(values) for _, values in parsed.wrong_count}
        if counts == {width + 1} and not any(values[-1].strip() for _, values in parsed.wrong_count):
            return self._parse_as(width + 1, wanted, kinds), width + 1
        if counts == {width - 1} and width - 1 in found.unnamed:
            wanted.remove(width - 1)
            found.unnamed.remove(width - 1)
            return self._parse_as(width - 1, wanted, kinds), width - 1
        return parsed, width

    def _parse_as(self, width: int, wanted: list[int], kinds: npt.NDArray[np.uint8]) -> _Parsed:
        shape = _Shape(width, wanted, self.utf8)
        return _parse(self.file.data, self.lines, kinds, self.file.dialect, shape)

    def _account(
        self, parsed: _Parsed, kinds: npt.NDArray[np.uint8], names: list[str], found: Match, width: int
    ) -> None:
        """Take totals and repeated headers out, report the rejected lines, and compare parser and counter."""
        repeated = self._repeated_headers(parsed, names, found)
        totals = self._totals(parsed, found) & ~repeated
        keep = ~(repeated | totals)
        again = [index for index, values in parsed.wrong_count if _is_header(values, names, self._text)]
        sums = [
            index for index, values in parsed.wrong_count if index not in again and self._is_total(values, found.totals)
        ]
        wrong = [item[0] for item in parsed.wrong_count if item[0] not in {*again, *sums}]
        again += parsed.index[repeated].tolist()
        self._issue(Rule.REPEATED_HEADER, Severity.WARNING, again, {})
        self._issue(Rule.COLUMN_COUNT, Severity.ERROR, wrong, {"erwartet": width})
        self._issue(Rule.QUOTE, Severity.ERROR, parsed.bad_quote, {"grund": "zeile"})
        number_totals = int(np.count_nonzero(totals)) + len(sums)
        blank = int(np.count_nonzero(kinds == Kind.BLANK)) - parsed.blank
        not_blank = len(self.lines) - blank - parsed.blank
        counted = not_blank - parsed.continuation - len(again) - number_totals
        rejected = len(wrong) + len(parsed.bad_quote)
        self.raw.count = ReadCount(counted, titles=blank + len(again), totals=number_totals, rejected=rejected)
        self._fill(parsed, names, found, keep)
        if counted != len(self.raw.lines) + rejected:
            self._lost(counted)

    def _lost(self, counted: int) -> None:
        """Parser and counter disagree: nothing of the file is used, every record counts as rejected."""
        params: dict[str, str | int] = {"gezaehlt": counted, "gelesen": len(self.raw.lines)}
        self.raw.issues.append(Issue(Rule.LOST, Severity.ERROR, count=1, params=params))
        self.raw.count = ReadCount(counted, self.raw.count.titles, self.raw.count.totals, rejected=counted)
        self.raw.columns, self.raw.lines, self.raw.fatal = {}, np.empty(0, dtype=np.int32), True

    def _fill(self, parsed: _Parsed, names: list[str], found: Match, keep: npt.NDArray[np.bool_]) -> None:
        columns = parsed.columns
        if not keep.all():
            mask = pa.array(keep)
            columns = {position: column.filter(mask) for position, column in columns.items()}
        for first, again in found.duplicates:
            differs = first in columns and not columns[first].equals(columns[again])
            self.raw.issues.append(header.duplicate_issue(names[again], again, differs=differs))
        for position in found.unnamed:
            if position in columns and pc.any(pc.greater(pc.binary_length(columns[position]), 0)).as_py():
                params: dict[str, str | int] = {"_spalte": "", "spalte_nr": position + 1}
                self.raw.issues.append(Issue(Rule.UNKNOWN_COLUMN, Severity.WARNING, count=1, params=params))
        self.raw.columns = {name: columns[position] for name, position in found.positions.items()}
        self.raw.titles = {name: names[position].strip() for name, position in found.positions.items()}
        self.raw.lines = (parsed.index[keep] + 1).astype(np.int32)
        if self.file.encoding == "utf-8" and not self.raw.ascii and _no_utf8(self.file.data):
            self.raw.issues.append(looks_like_cp1252(self.declared.zeichensatz))

    def _repeated_headers(self, parsed: _Parsed, names: list[str], found: Match) -> npt.NDArray[np.bool_]:
        """Rows in which every column that was read bears its own name."""
        repeated = np.ones(len(parsed.index), dtype=bool)
        for position in sorted(set(found.positions.values())):
            rows = np.flatnonzero(repeated)
            if not len(rows):
                break
            column, name = parsed.columns[position], names[position].strip().encode(self.file.encoding, "replace")
            same = pc.equal(pc.binary_length(column), len(name)).to_numpy(zero_copy_only=False)
            rows = rows[same[rows]]
            values = column.take(pa.array(rows)).to_pylist()
            repeated[:] = False
            repeated[rows] = [value == name for value in values]
        return repeated

    def _totals(self, parsed: _Parsed, found: Match) -> npt.NDArray[np.bool_]:
        if self.totals is None or found.totals is None:
            return np.zeros(len(parsed.index), dtype=bool)
        return self.totals.mask(parsed.columns[found.totals], self.file.encoding)

    def _is_total(self, values: list[bytes], position: int | None) -> bool:
        if self.totals is None or position is None or position >= len(values):
            return False
        return self.totals.matches(self._text(values[position]))


def _with_guess(issue: Issue, line: int) -> Issue:
    if not line or issue.params.get("grund") != "keine_kopfzeile":
        return issue
    return Issue(issue.rule, issue.severity, count=1, params={**issue.params, "zeile_vermutet": line})


def _plain_ascii(data: bytes) -> bool:
    """Whether there are only printable ASCII characters, tabs and line ends."""
    if not data.isascii():
        return False
    array = np.frombuffer(data, dtype=np.uint8)
    control = np.count_nonzero(array < 32) + np.count_nonzero(array == 127)
    return bool(control == sum(np.count_nonzero(array == harmless) for harmless in b"\n\r\t"))


def _no_utf8(data: bytes) -> bool:
    """Whether characters beyond ASCII are there, and none of them is UTF-8."""
    text = data.decode("utf-8", "ignore")
    return not data.isascii() and text.isascii()


def _is_header(values: list[bytes], names: list[str], text: Callable[[bytes], str]) -> bool:
    known = {header.normalize(name) for name in names}
    given = [header.normalize(text(value)) for value in values]
    filled = [name for name in given if name]
    return len(filled) > 1 and len(set(filled)) == len(filled) and all(name in known for name in filled)


def _parse(data: bytes, lines: Lines, kinds: npt.NDArray[np.uint8], dialect: Dialect, shape: _Shape) -> _Parsed:
    """Parse all lines that are not blank; return the wanted columns of the records with the right number of values."""
    slow, done = csv_records.read_slow(data, lines, kinds, dialect, shape.width)
    wanted, clean = shape.wanted, np.flatnonzero(~done & (kinds != Kind.BLANK))
    piece = _without_other_lines(data, lines, clean)
    wrong_lines = clean[:0]
    if not shape.utf8 and (foreign := _wrong_widths(piece, lines, clean, dialect, shape.width)):
        wrong_lines, clean = clean[foreign], np.delete(clean, foreign)
        piece = _without_other_lines(data, lines, clean)
    if dialect.skip_space and dialect.quote:
        piece = _close_up(piece, dialect)
    columns, bad = _parse_clean(piece, dialect, shape)
    wrong_lines = np.concatenate([wrong_lines, clean[bad]])
    index = np.delete(clean, bad)
    texts = ((at, data[int(lines.begin[at]) : int(lines.end[at])]) for at in wrong_lines.tolist())
    wrong = [(at, csv_records.split(text, dialect)[0]) for at, text in texts]
    if slow.records:
        index = np.concatenate([index, np.array([at for at, _ in slow.records], dtype=np.int64)])
        order = np.argsort(index, kind="stable")
        take = pa.array(order)
        for position in wanted:
            extra = pa.array([values[position] for _, values in slow.records], pa.binary())
            columns[position] = pa.concat_arrays([columns[position], extra]).take(take)
        index = index[order]
    wrong = sorted([*wrong, *slow.wrong_count], key=lambda item: item[0])
    return _Parsed(columns, index, wrong, slow.bad_quote, slow.continuation, slow.blank)


def _without_other_lines(data: bytes, lines: Lines, clean: npt.NDArray[np.int64]) -> bytes | memoryview:
    """Return the bytes of the lines `clean` in one piece; runs of neighbouring lines are copied as a whole."""
    if not len(clean):
        return b""
    cuts = np.flatnonzero(np.diff(clean) > 1)
    starts = lines.begin[clean[np.concatenate(([0], cuts + 1))]].tolist()
    ends = lines.after[clean[np.concatenate((cuts, [len(clean) - 1]))]].tolist()
    view = memoryview(data)
    if len(starts) == 1:
        return view[starts[0] : ends[0]]
    return b"".join([view[start:end] for start, end in zip(starts, ends, strict=True)])


def _wrong_widths(
    piece: bytes | memoryview, lines: Lines, clean: npt.NDArray[np.int64], dialect: Dialect, width: int
) -> list[int]:
    """Return which of the lines `clean` (indices into it) have another number of columns, by counting delimiters.

    pyarrow tells rows of another width itself, but fails on the whole file when such a row is not UTF-8.
    """
    array = np.frombuffer(piece, dtype=np.uint8)
    at = np.flatnonzero(array == dialect.delimiter[0])
    if dialect.quote:
        quotes = np.flatnonzero(array == dialect.quote[0])
        at = at[np.searchsorted(quotes, at) % 2 == 0] if len(quotes) else at
    bounds = np.concatenate(([0], np.cumsum(lines.after[clean] - lines.begin[clean])))
    counts = np.diff(np.searchsorted(at, bounds)) + 1
    return [int(number) for number in np.flatnonzero(counts != width)]


def _close_up(piece: bytes | memoryview, dialect: Dialect) -> bytes:
    """Remove the blanks between a delimiter and the quote behind it, so that the fast parser sees the quote."""
    array = np.frombuffer(piece, dtype=np.uint8)
    padded = np.concatenate(([10], array))
    at = np.flatnonzero(array == dialect.quote[0])
    lines_before = np.searchsorted(np.flatnonzero((array == 10) | (array == 13)), at)
    first = np.concatenate(([True], np.diff(lines_before) > 0)) if len(at) else np.empty(0, dtype=bool)
    starts = np.flatnonzero(first)
    rank = np.arange(len(at)) - np.repeat(starts, np.diff(np.append(starts, len(at))))
    at = at[(rank % 2 == 0)]
    drop = np.zeros(len(array), dtype=bool)
    while len(at := at[padded[at] == 32]):
        at = at - 1
        drop[at] = True
    return array[~drop].tobytes()


def _parse_clean(piece: bytes | memoryview, dialect: Dialect, shape: _Shape) -> tuple[dict[int, pa.Array], list[int]]:
    """Parse well-formed lines with pyarrow; returns the columns, and the numbers (from 0) of rows of another width."""
    bad: list[int] = []
    if not len(piece):
        return {position: pa.array([], pa.binary()) for position in shape.wanted}, bad

    def skip(row: pacsv.InvalidRow) -> str:
        bad.append(row.number - 1)
        return "skip"

    names = [str(position) for position in range(shape.width)]
    table = pacsv.read_csv(
        pa.BufferReader(pa.py_buffer(piece)),
        read_options=pacsv.ReadOptions(column_names=names, use_threads=False, block_size=_BLOCK_SIZE),
        parse_options=pacsv.ParseOptions(
            delimiter=dialect.delimiter.decode("ascii"),
            quote_char=dialect.quote.decode("ascii") or False,
            invalid_row_handler=skip,
            ignore_empty_lines=False,
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.binary()),
            check_utf8=False,
            strings_can_be_null=False,
            include_columns=[str(position) for position in shape.wanted],
        ),
    )
    return {position: _one_array(table.column(str(position))) for position in shape.wanted}, bad


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    return pa.concat_arrays(combined.chunks) if isinstance(combined, pa.ChunkedArray) else combined
