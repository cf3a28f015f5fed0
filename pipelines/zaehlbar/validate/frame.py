"""Arrow in, pandas out, as Great Expectations is fast with it; and the helper columns of rules across tables.

Belongs here: conversion and helper columns (names start with `_`). Does not belong here: any rule.
Default dtypes on purpose: on Arrow-backed dtypes Great Expectations takes three times as long. Dates are
datetime64[ms], because nanoseconds cannot hold 31.12.9999.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import pandas as pd

PARTICIPATION_FROM = "_teilnahme_von"
PARTICIPATION_TO = "_teilnahme_bis"
"""Helper columns of `aktivitaet` and `zwischenschritt`, dates: the participation of this person in this delivery that
the row's date falls into or comes nearest after; null where the delivery has no participation of that number. For
month totals both are widened to whole months."""

HELPERS = (PARTICIPATION_FROM, PARTICIPATION_TO)

Days = npt.NDArray[np.int64]
_OPEN = 4_000_000  # days since 1970 for "no exit"; the year 12921
_WIDTH = 1 << 23  # days of one person's number range in the combined key; above _OPEN


def to_frame(table: pa.Table, columns: Collection[str]) -> pd.DataFrame:
    """Return `columns` of `table` as a frame with index 0..n-1.

    int32 becomes int64, or float64 where values are missing; boolean becomes bool, or object where values are missing;
    date32 becomes datetime64[ms]; string becomes pandas' own str.
    """
    chosen = table.select([name for name in table.column_names if name in columns])
    for index, column in enumerate(chosen.schema):
        if pa.types.is_integer(column.type):
            wide = pa.float64() if chosen.column(index).null_count else pa.int64()
            chosen = chosen.set_column(index, column.name, chosen.column(index).cast(wide))
    frame: pd.DataFrame = chosen.to_pandas(date_as_object=False, split_blocks=True)
    return frame


def add_participation(table: pa.Table, participations: pa.Table | None) -> pa.Table:
    """Add the helper columns to `table` (needs `tn_nr`, `datum`; `periode` if it has one), or return it unchanged when
    the delivery has no participations."""
    if participations is None or not participations.num_rows or not table.num_rows:
        return table
    known = participations.filter(
        pc.and_(pc.is_valid(participations["tn_nr"]), pc.is_valid(participations["eintritt_datum"]))
    )
    if not known.num_rows:
        return table
    numbers = pc.unique(known["tn_nr"])
    start, first, last = _intervals(known, numbers)
    code = pc.index_in(table["tn_nr"], value_set=numbers)
    usable = pc.and_(pc.is_valid(code), pc.is_valid(table["datum"]))
    person = pc.fill_null(code, 0).to_numpy().astype(np.int64)
    day = _days(table["datum"], 0)
    # The last participation of this person that began up to that day; else the person's first one.
    place = np.searchsorted(start, person * _WIDTH + day, side="right") - 1
    place = np.where((place >= 0) & (start[np.maximum(place, 0)] // _WIDTH == person), place, place + 1)
    place = np.minimum(place, len(start) - 1)
    begin, end = first[place], np.minimum(last[place], _OPEN)
    monthly = _monthly(table)
    begin = np.where(monthly, _month_start(begin), begin)
    end = np.where(monthly & (end < _OPEN), _month_end(end), end)
    missing = ~np.asarray(usable.to_numpy(), dtype=np.bool_)
    for name, values in ((PARTICIPATION_FROM, begin), (PARTICIPATION_TO, end)):
        table = table.append_column(name, pa.array(values.astype(np.int32), mask=missing).cast(pa.date32()))
    return table


def _intervals(known: pa.Table, numbers: pa.Array) -> tuple[Days, Days, Days]:
    """Return, sorted by person and entry: combined key, first day, and the latest last day of that or an earlier
    participation of the same person (a longer earlier one may cover a shorter later one)."""
    person = pc.index_in(known["tn_nr"], value_set=numbers).to_numpy().astype(np.int64)
    first = _days(known["eintritt_datum"], 0)
    last = _days(known["austritt_datum"], _OPEN)
    order = np.lexsort((first, person))
    person, first, last = person[order], first[order], last[order]
    running = np.maximum.accumulate(person * _WIDTH + last) - person * _WIDTH
    return person * _WIDTH + first, first, running


def _days(column: pa.ChunkedArray, missing: int) -> Days:
    return np.asarray(pc.fill_null(column.cast(pa.int32()), missing).to_numpy(), dtype=np.int64)


def _monthly(table: pa.Table) -> npt.NDArray[np.bool_]:
    if "periode" not in table.column_names:
        return np.zeros(table.num_rows, dtype=np.bool_)
    return np.asarray(pc.fill_null(pc.equal(table["periode"], "M"), False).to_numpy(), dtype=np.bool_)


def _month_start(days: Days) -> Days:
    return days.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def _month_end(days: Days) -> Days:
    following = days.astype("datetime64[D]").astype("datetime64[M]") + 1
    return following.astype("datetime64[D]").astype(np.int64) - 1
