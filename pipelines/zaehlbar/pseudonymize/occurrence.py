"""Running number `nr` of rows with equal primary keys, where the contract allows them (`zaehlbar.wiederholbar`)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zaehlbar.pseudonymize.columns import codes_of, pack

# Numbers that a file gives its rows: they decide last, as a file that was sorted anew counts anew.
_COUNTERS = frozenset({"aktivitaet_lfd"})
_MOST = int(np.iinfo(np.int16).max)


class TooManyOccurrences(ValueError):
    """More rows of one primary key than `nr` (int16) can number."""


def occurrence_numbers(table: pa.Table, key: tuple[str, ...]) -> npt.NDArray[np.int16]:
    """Return 0, 1, 2… within equal values of `key`, ordered by the values of all other columns of `table`.

    The numbers do not depend on the order of the rows: rows that no column tells apart may be numbered either way.
    Raises TooManyOccurrences (numbers only) beyond 32,768 rows of one key.
    """
    numbers = np.zeros(table.num_rows, dtype=np.int16)
    if not table.num_rows:
        return numbers
    keys = pack([codes_of(table[name]) for name in key])
    ordered = np.sort(keys)
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(repeated):
        return numbers
    rows = np.flatnonzero(np.isin(keys, repeated))
    numbers[rows] = _number(table.take(rows), keys[rows], key)
    return numbers


def _number(table: pa.Table, keys: npt.NDArray[np.int64], key: tuple[str, ...]) -> npt.NDArray[np.int16]:
    """Number the rows of `table`, all of which share their key with another one."""
    others = [name for name in table.column_names if name not in key]
    others.sort(key=lambda name: name in _COUNTERS)
    # Column names of our own: the sort keys must not meet a field called like them.
    columns = {"key": pa.array(keys)} | {f"field {name}": table[name] for name in others}
    order = np.asarray(pc.sort_indices(pa.table(columns), [(name, "ascending") for name in columns]))
    ordered = keys[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    running = np.arange(len(ordered)) - np.repeat(starts, np.diff(np.r_[starts, len(ordered)]))
    if running.max() > _MOST:
        raise TooManyOccurrences(f"{int(running.max()) + 1} rows of one delivery have the same primary key")
    numbers = np.empty(len(ordered), dtype=np.int16)
    numbers[order] = running
    return numbers
