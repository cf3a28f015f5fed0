"""Any table in any dialect reads back equal; any bytes keep the balance; damage to one line costs that line."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st
from tests.support.ingest import ingest_file, read, rows, steps

from zaehlbar.site import CsvFormat

NAMES = ("alpha", "beta", "gamma")
FILLER = " \t\r\n\x0b\x0c;,|\"'"
Rows = list[tuple[str, str, str]]
SIGNS = ";,|\t\"' \\aZ09äßÿ-\n"


def tables(alphabet: str) -> st.SearchStrategy[Rows]:
    """Tables of three columns without blank rows and without a second header."""
    cell = st.text(alphabet, max_size=6)
    row = st.tuples(cell, cell, cell).filter(lambda row: bool("".join(row).strip(FILLER)))
    return st.lists(row, max_size=8)


def write(table: Rows, dialect: CsvFormat, *, quoting: int = csv.QUOTE_MINIMAL, end: str = "\n") -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(
        stream,
        delimiter=dialect.trennzeichen,
        quotechar=dialect.anfuehrung,
        escapechar=dialect.fluchtzeichen or None,
        doublequote=not dialect.fluchtzeichen,
        quoting=quoting,  # type: ignore[arg-type]
        lineterminator=end,
    )
    writer.writerows([NAMES, *table])
    return stream.getvalue().encode(dialect.zeichensatz)


dialects = st.builds(
    CsvFormat,
    zeichensatz=st.sampled_from(["utf-8", "cp1252", "utf-8-sig", "utf-16"]),
    trennzeichen=st.sampled_from([";", ",", "|", "\t"]),
    anfuehrung=st.sampled_from(['"', "'"]),
    fluchtzeichen=st.sampled_from(["", "\\"]),
)


@settings(max_examples=300, deadline=None)
@given(
    tables(SIGNS), dialects, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.sampled_from(["\n", "\r\n", "\r"])
)
@example([("a;\n;b", "", '"'), ("\n", "x", "\\")], CsvFormat(), csv.QUOTE_MINIMAL, "\r\n")
def test_any_table_reads_back_equal(table: Rows, dialect: CsvFormat, quoting: int, end: str) -> None:
    if quoting == csv.QUOTE_MINIMAL and (dialect.fluchtzeichen or end == "\r"):  # the writer does not quote these
        table = [(a.replace("\n", " "), b.replace("\n", " "), c.replace("\n", " ")) for a, b, c in table]
        table = [row for row in table if "".join(row).strip(FILLER)]
    raw = read(write(table, dialect, quoting=quoting, end=end), NAMES, dialect)
    assert not raw.fatal
    if any("\n" in cell and dialect.trennzeichen in cell for row in table for cell in row) and raw.count.rejected:
        # Each line of such a value can look like a row; then it is not guessed which of the two it is.
        assert raw.count.found == len(raw.lines) + raw.count.rejected
        return
    assert rows(raw) == table
    assert (raw.count.found, raw.count.rejected) == (len(table), 0)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.lists(st.sampled_from([*SIGNS, "\r", "\0", ";".join(NAMES)])).map(lambda texts: "".join(texts).encode()),
    ),
    dialects,
    st.booleans(),
)
def test_any_bytes_keep_the_balance(content: bytes, dialect: CsvFormat, header: bool) -> None:
    start = dialect.trennzeichen.join(NAMES).encode(dialect.zeichensatz) + b"\n" if header else b""
    raw = read(start + content, NAMES, dialect)
    assert raw.count.found == len(raw.lines) + raw.count.rejected
    assert all(len(column) == len(raw.lines) for column in raw.columns.values())
    assert not any(issue.rule == "ZB-D-008" for issue in raw.issues)
    numbers = raw.lines.tolist()
    assert numbers == sorted(set(numbers))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=300), st.text(SIGNS, max_size=300).map(str.encode)), header=st.booleans())
def test_any_file_of_a_delivery_keeps_the_balance(tmp_path: Path, content: bytes, header: bool) -> None:
    result = ingest_file(tmp_path / "x.csv", (b"tn_nr;datum;code\n" if header else b"") + content, steps())
    for name, table in result.tables.items():
        assert result.counts[name].found == table.num_rows + result.counts[name].rejected
        assert len(result.unreadable[name]) == table.num_rows


def damage(line: bytes, how: int, at: int) -> bytes:
    """Insert a quote, a delimiter or a bad byte, or cut the line."""
    at = at % (len(line) + 1)
    return (line[:at] + b'"' + line[at:], line[:at] + b";" + line[at:], line[:at] + b"\xff" + line[at:], line[:at])[how]


@settings(max_examples=300, deadline=None)
@given(
    tables(';,"aZ09äßÿ-').filter(lambda table: len(table) > 2), st.integers(0, 7), st.integers(0, 3), st.integers(0, 40)
)
def test_damage_to_one_line_costs_that_line(table: Rows, which: int, how: int, at: int) -> None:
    lines = write(table, CsvFormat()).splitlines(keepends=True)
    which = 1 + which % len(table)
    lines[which] = damage(lines[which].rstrip(b"\n"), how, at) + b"\n"
    raw = read(b"".join(lines), NAMES)
    kept = dict(zip(raw.lines.tolist(), zip(*(c.to_pylist() for c in raw.columns.values()), strict=True), strict=True))
    for number, row in enumerate(table, start=2):
        if number != which + 1:
            assert kept[number] == tuple(cell.encode() for cell in row)
    assert raw.count.found == len(raw.lines) + raw.count.rejected
    assert raw.count.found >= len(table) - 1


@settings(max_examples=150, deadline=None)
@given(tables(';,"aZ09-\n').filter(lambda table: len(table) > 2), st.integers(0, 60), st.integers(0, 40))
def test_a_stray_quote_among_values_of_several_lines_loses_no_line(table: Rows, which: int, at: int) -> None:
    lines = write(table, CsvFormat(), quoting=csv.QUOTE_ALL).splitlines(keepends=True)
    which = 1 + which % (len(lines) - 1)
    lines[which] = damage(lines[which].rstrip(b"\n"), 0, at) + b"\n"
    raw = read(b"".join(lines), NAMES)
    assert raw.count.found == len(raw.lines) + raw.count.rejected
    if raw.count.found == len(raw.lines):
        assert len(lines) >= len(raw.lines)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_all_lines_after_an_unclosed_quote_are_read(count: int) -> None:
    body = [b"T%d;x;y" % number for number in range(20_000)]
    for number in range(count):
        body[number * 3000 + 7] = b'T;"x;y'
    raw = read(b"alpha;beta;gamma\n" + b"\n".join(body), NAMES)
    assert (len(raw.lines), raw.count.rejected) == (20_000 - count, count)
