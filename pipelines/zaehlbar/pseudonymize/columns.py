"""Small tools on Arrow columns that several modules of this room need: days as numbers, rows as one number.

Belongs here: what knows neither contract nor keys. Does not belong here: any rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Column: TypeAlias = pa.Array | pa.ChunkedArray
Days = npt.NDArray[np.datetime64]
Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

_LIMIT = 2**62


def days_of(dates: Column) -> Days:
    """Return a date32 column as datetime64[D]; null becomes NaT."""
    numbers = np.asarray(pc.fill_null(dates.cast(pa.int32()), 0)).astype(np.int64)
    days = numbers.astype("datetime64[D]")
    days[np.asarray(pc.is_null(dates))] = np.datetime64("NaT")
    return days


def codes_of(column: Column) -> tuple[Numbers, int]:
    """Return per row a number below the returned size, equal exactly where the values are equal; null is a value."""
    if pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    if pa.types.is_integer(column.type) and column.null_count < len(column):
        low, high = (bound.as_py() for bound in pc.min_max(column).values())
        if high - low < 2**31:
            numbers = np.asarray(pc.fill_null(column.cast(pa.int64()), low - 1))
            return numbers - (low - 1), high - low + 2
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = flat.dictionary_encode(null_encoding="encode")
    return np.asarray(encoded.indices).astype(np.int64), max(1, len(encoded.dictionary))


def pack(parts: Iterable[tuple[Numbers, int]]) -> Numbers:
    """Return one number per row, equal exactly where all `parts` (numbers, size) are equal; order follows the parts."""
    packed: Numbers | None = None
    room = 1
    for numbers, size in parts:
        if packed is None:
            packed, room = numbers, size
            continue
        if room * size >= _LIMIT:
            distinct, packed = np.unique(packed, return_inverse=True)
            room = len(distinct)
        packed, room = packed * size + numbers, room * size
    if packed is None:
        raise ValueError("pack needs at least one part")
    return packed
