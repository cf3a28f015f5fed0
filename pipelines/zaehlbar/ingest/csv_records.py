"""The tolerant reader for the lines of a CSV file that the fast parser must not see.

A line with an odd number of quotes either begins a value that goes on in the next lines, or lacks a quote. Each line
gets exactly one fate: a record of its own, part of a record of several lines, or rejected. An unclosed quote costs its
own line only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from zaehlbar.ingest.csv_lines import Dialect, Kind, Lines, blank_bytes

MAX_RECORD_LINES = 1000
MAX_RECORD_BYTES = 1 << 20
_MAX_TRIALS = 40


class State(Enum):
    """How a record ended."""

    OK = "ok"
    UNCLOSED = "unclosed"
    STRAY = "stray"  # text behind a closing quote


def split(record: bytes, dialect: Dialect) -> tuple[list[bytes], State]:
    """Split one record into its values.

    A quote is a quote only at the beginning of a value; elsewhere it is an ordinary character. An escape character
    protects quote, delimiter, line end and itself; before anything else it is an ordinary character.
    """
    if not dialect.quote and not dialect.escape:
        return record.split(dialect.delimiter), State.OK
    values: list[bytes] = []
    position = 0
    while True:
        if dialect.skip_space:
            while record[position : position + 1] == b" ":
                position += 1
        if dialect.quote and record[position : position + 1] == dialect.quote:
            value, position, state = _quoted(record, position + 1, dialect)
        else:
            start = position
            value, position = _plain(record, position, dialect)
            state = State.STRAY if _breaks(record[start:position], dialect) else State.OK
        values.append(value)
        if state is not State.OK:
            return values, state
        if position >= len(record):
            return values, State.OK
        position += 1


def _plain(record: bytes, position: int, dialect: Dialect) -> tuple[bytes, int]:
    start = position
    while True:
        end = record.find(dialect.delimiter, position)
        end = len(record) if end < 0 else end
        if not dialect.escape or dialect.escape not in record[start:end]:
            return record[start:end], end
        if not _escaped(record, start, end, dialect):
            return _unescape(record[start:end], dialect), end
        if end == len(record):
            return _unescape(record[start:end], dialect), end
        position = end + 1


def _breaks(value: bytes, dialect: Dialect) -> bool:
    """Whether a value without quotes goes over a line end, which none may."""
    if dialect.escape:
        value = value.replace(dialect.escape + b"\r\n", b"").replace(dialect.escape + b"\n", b"")
    return b"\n" in value or b"\r" in value


def _escaped(record: bytes, start: int, end: int, dialect: Dialect) -> bool:
    """Whether the byte at `end` is protected: an odd number of escape characters stands before it."""
    run = 0
    while end - run - 1 >= start and record[end - run - 1 : end - run] == dialect.escape:
        run += 1
    return run % 2 == 1


def _unescape(value: bytes, dialect: Dialect) -> bytes:
    if dialect.escape not in value:
        return value
    protected = {dialect.quote, dialect.escape, dialect.delimiter, b"\n", b"\r"}
    pieces, position = [], 0
    while (at := value.find(dialect.escape, position)) >= 0:
        keep = value[at + 1 : at + 2] in protected and at + 1 < len(value)
        pieces.append(value[position:at] + (value[at + 1 : at + 2] if keep else value[at : at + 2]))
        position = at + 2
    return b"".join(pieces) + value[position:]


def _quoted(record: bytes, start: int, dialect: Dialect) -> tuple[bytes, int, State]:
    """Read a quoted value that begins at `start`; return it, the position of the delimiter behind it, and the state."""
    quote, position = dialect.quote, start
    while True:
        at = record.find(quote, position)
        if at < 0:
            return record[start:], len(record), State.UNCLOSED
        if dialect.escape and _escaped(record, start, at, dialect):
            position = at + 1
        elif record[at + 1 : at + 2] == quote:
            position = at + 2
        else:
            break
    value = record[start:at].replace(quote * 2, quote)
    if dialect.escape:
        value = _unescape(record[start:at], dialect)
    behind = at + 1
    while record[behind : behind + 1] == b" ":
        behind += 1
    if behind < len(record) and record[behind : behind + 1] != dialect.delimiter:
        return value, behind, State.STRAY
    return value, behind, State.OK


@dataclass(slots=True)
class Slow:
    """What became of the lines read one by one."""

    records: list[tuple[int, list[bytes]]] = field(default_factory=list)
    """Index of the first line, values."""
    wrong_count: list[tuple[int, list[bytes]]] = field(default_factory=list)
    bad_quote: list[int] = field(default_factory=list)
    continuation: int = 0
    """Lines that belong to a record begun on an earlier line; blank ones among them are counted in `blank`."""
    blank: int = 0


def read_slow(
    data: bytes, lines: Lines, kinds: npt.NDArray[np.uint8], dialect: Dialect, width: int
) -> tuple[Slow, npt.NDArray[np.bool_]]:
    """Read every ODD and ODDBALL line. Returns what became of them, and which lines are done with (length = lines)."""
    slow = Slow()
    done = (kinds == Kind.ODD) | (kinds == Kind.ODDBALL)
    odd = np.flatnonzero(kinds == Kind.ODD).tolist()
    next_odd = dict(pairwise(odd))
    until = -1
    for index in np.flatnonzero(done).tolist():
        if index <= until:
            continue
        values, state = split(_line(data, lines, index, index), dialect)
        if state is State.OK and len(values) == width:
            slow.records.append((index, values))
            continue
        last = next_odd.get(index)
        joined = _join(data, lines, index, last, dialect, width) if last is not None else None
        if joined is not None and last is not None:
            slow.records.append((index, joined))
            blank = int(np.count_nonzero(kinds[index + 1 : last + 1] == Kind.BLANK))
            slow.continuation += last - index - blank
            slow.blank += blank
            done[index : last + 1] = True
            until = last
        elif state is State.OK:
            slow.wrong_count.append((index, values))
        else:
            slow.bad_quote.append(index)
    return slow, done


def _line(data: bytes, lines: Lines, first: int, last: int) -> bytes:
    return data[int(lines.begin[first]) : int(lines.end[last])]


def _join(data: bytes, lines: Lines, first: int, last: int, dialect: Dialect, width: int) -> list[bytes] | None:
    """Return the values of the record made of the lines `first` to `last`, or None when they are no record.

    They are none, although the quotes would fit, when every line can stand alone: then two quotes are missing, and what
    lies between must not be swallowed.
    """
    if last - first >= MAX_RECORD_LINES or int(lines.end[last] - lines.begin[first]) > MAX_RECORD_BYTES:
        return None
    values, state = split(_line(data, lines, first, last), dialect)
    if state is not State.OK or len(values) != width:
        return None
    if width > 1 and all(_stands_alone(_line(data, lines, i, i), dialect, width) for i in range(first, last + 1)):
        return None
    return values


def _stands_alone(line: bytes, dialect: Dialect, width: int) -> bool:
    """Whether the line has the right number of columns by itself, as it is or with one quote less."""
    if _fits(line, dialect, width):
        return True
    places = [at for at in range(len(line)) if line[at : at + 1] == dialect.quote][:_MAX_TRIALS]
    return any(_fits(line[:at] + line[at + 1 :], dialect, width) for at in places)


def _fits(line: bytes, dialect: Dialect, width: int) -> bool:
    values, state = split(line, dialect)
    return state is State.OK and len(values) == width and bool(line.strip(blank_bytes(dialect)))
