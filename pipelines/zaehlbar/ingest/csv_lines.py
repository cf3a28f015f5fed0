"""Physical lines of a CSV file: where they begin and end, which are blank, which have quotes out of place.

Everything here works on the bytes, without a CSV parser: this is the independent count of DESIGN.md, statement 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import numpy as np
import numpy.typing as npt

LONG_LINE = 1 << 20
"""Lines longer than that are read one by one, so that the block size of the fast reader can stay small."""

_BLOCK = 1 << 22
_LF, _CR = 10, 13


@dataclass(frozen=True, slots=True)
class Dialect:
    """Dialect in bytes; every member is one ASCII byte or empty."""

    delimiter: bytes
    quote: bytes
    escape: bytes
    skip_space: bool = False


class Kind(IntEnum):
    """What the bytes of a line tell without parsing it."""

    CLEAN = 0
    BLANK = 1
    ODD = 2  # odd number of quotes: a value goes on in the next line, or a quote is missing
    ODDBALL = 3  # a quote where none belongs, an escape character, or a very long line


@dataclass(slots=True)
class Lines:
    """Begin and end (line end excluded) of every physical line, and `after`, where the next one begins."""

    begin: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    after: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.begin)


def find_lines(data: bytes) -> Lines:
    """Split at \\n, \\r\\n and lone \\r. A line end at the end of the file begins no further line."""
    array = np.frombuffer(data, dtype=np.uint8)
    feeds = np.flatnonzero(array == _LF)
    after = feeds + 1
    paired = int(np.count_nonzero(array[feeds[feeds > 0] - 1] == _CR))
    if paired != np.count_nonzero(array == _CR):
        positions = np.flatnonzero(array == _CR)
        following = np.append(array, 0)[positions + 1]
        after = np.union1d(after, positions[following != _LF] + 1)
    if len(data) and (not len(after) or after[-1] < len(data)):
        after = np.append(after, len(data))
    begin = np.concatenate(([0], after[:-1])) if len(after) else np.empty(0, dtype=np.int64)
    end = after.copy()
    for byte in (_LF, _CR):
        last = np.where(end > begin, array[np.maximum(end - 1, 0)], 0) if len(end) else end
        end = np.where(last == byte, end - 1, end)
    return Lines(begin, end, after)


def classify(data: bytes, lines: Lines, dialect: Dialect) -> npt.NDArray[np.uint8]:
    """Return the Kind of every line. A blank line has nothing but blanks, delimiters and quotes."""
    kinds = np.zeros(len(lines), dtype=np.uint8)
    if dialect.quote and dialect.quote in data:
        for first, last in _blocks(lines):
            _classify_quotes(data, lines, dialect, kinds, first, last)
    kinds[(lines.end - lines.begin) > LONG_LINE] = np.maximum(
        kinds[(lines.end - lines.begin) > LONG_LINE], np.uint8(Kind.ODDBALL)
    )
    if dialect.escape and dialect.escape in data:
        _classify_escapes(data, lines, dialect, kinds)
    _classify_blank(data, lines, dialect, kinds)
    return kinds


def _blocks(lines: Lines) -> list[tuple[int, int]]:
    """Ranges of lines of some megabytes each, so that the temporary arrays stay small."""
    cuts = [0]
    while cuts[-1] < len(lines):
        limit = int(lines.begin[cuts[-1]]) + _BLOCK
        cuts.append(max(int(np.searchsorted(lines.after, limit, side="right")), cuts[-1] + 1))
    return list(pairwise(cuts))


def _classify_quotes(
    data: bytes, lines: Lines, dialect: Dialect, kinds: npt.NDArray[np.uint8], first: int, last: int
) -> None:
    """Judge each quote by its rank in its line: odd ranks open (or double), even ranks close (or double)."""
    offset, limit = int(lines.begin[first]), int(lines.after[last - 1])
    array = np.frombuffer(data, dtype=np.uint8, count=limit - offset, offset=offset)
    quote = dialect.quote[0]
    at = np.flatnonzero(array == quote)
    if not len(at):
        return
    line = np.searchsorted(lines.after[first:last] - offset, at, side="right")
    number = np.bincount(line, minlength=last - first)
    rank = np.arange(len(at)) - (np.cumsum(number) - number)[line]
    padded = np.concatenate(([_LF], array, [_LF]))
    boundary = np.zeros(256, dtype=bool)
    boundary[[dialect.delimiter[0], quote, _LF, _CR]] = True
    before, behind = boundary[padded[at]], boundary[padded[at + 2]]
    if dialect.skip_space:
        before |= padded[at] == 32
    misplaced = np.where(rank % 2 == 0, ~before, ~behind)
    block = kinds[first:last]
    block[np.unique(line[misplaced])] = Kind.ODDBALL
    block[number % 2 == 1] = Kind.ODD


def _classify_escapes(data: bytes, lines: Lines, dialect: Dialect, kinds: npt.NDArray[np.uint8]) -> None:
    """Lines with an escape character are read one by one; escaped quotes do not count."""
    array = np.frombuffer(data, dtype=np.uint8)
    at = np.flatnonzero(array == dialect.escape[0])
    for index in np.unique(np.searchsorted(lines.after, at, side="right")).tolist():
        line = data[int(lines.begin[index]) : int(lines.end[index])]
        kinds[index] = Kind.ODD if unescaped_quotes(line, dialect) % 2 else Kind.ODDBALL


def unescaped_quotes(line: bytes, dialect: Dialect) -> int:
    """Return the number of quotes in a line that no escape character precedes."""
    if not dialect.quote:
        return 0
    if not dialect.escape or dialect.escape not in line:
        return line.count(dialect.quote)
    bare = line.replace(dialect.escape * 2, b"").replace(dialect.escape + dialect.quote, b"")
    return bare.count(dialect.quote)


def _classify_blank(data: bytes, lines: Lines, dialect: Dialect, kinds: npt.NDArray[np.uint8]) -> None:
    filler = blank_bytes(dialect)
    is_filler = np.zeros(256, dtype=bool)
    is_filler[list(filler)] = True
    array = np.frombuffer(data, dtype=np.uint8)
    empty = lines.end <= lines.begin
    kinds[empty] = Kind.BLANK
    full = np.flatnonzero(~empty & (kinds != Kind.ODD))
    candidates = full[is_filler[array[lines.begin[full]]] & is_filler[array[lines.end[full] - 1]]]
    for index in candidates.tolist():
        if not data[int(lines.begin[index]) : int(lines.end[index])].strip(filler):
            kinds[index] = Kind.BLANK


def blank_bytes(dialect: Dialect) -> bytes:
    """Bytes that alone make no record."""
    return b" \t\x0b\x0c\r\n" + dialect.delimiter + dialect.quote
