"""Figures of many cells that can be added and subtracted; what is switched off (null) adds nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zaehlbar.count.engine import COLUMNS, MEASURES

Cell = tuple[str, ...]
"""Values of the dimensions, in the order of `COLUMNS`; '*' = all."""
_Numbers = npt.NDArray[np.int64]


class Tally:
    """Cell → its measures in the order of `MEASURES`; a cell that is not there is all zero."""

    def __init__(self) -> None:
        self._cells: dict[Cell, _Numbers] = {}

    def add(self, other: Tally, factor: int = 1) -> Tally:
        """Add `other` to this one, so many times; return this one."""
        for cell, numbers in other._cells.items():
            self.put(cell, numbers * factor)
        return self

    def put(self, cell: Cell, numbers: _Numbers) -> None:
        """Add measures to a cell."""
        known = self._cells.get(cell)
        self._cells[cell] = numbers.copy() if known is None else known + numbers

    def cells(self) -> Iterator[Cell]:
        """Yield the cells that are not all zero."""
        return (cell for cell, numbers in self._cells.items() if numbers.any())

    def of(self, cell: Cell) -> dict[str, int]:
        """Return the measures of a cell."""
        numbers = self._cells.get(cell)
        return dict.fromkeys(MEASURES, 0) if numbers is None else dict(zip(MEASURES, numbers.tolist(), strict=True))


def total(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of all."""
    result = Tally()
    for one in tallies:
        result.add(one)
    return result


def rows_of(counted: pa.Table) -> Iterator[tuple[Cell, _Numbers]]:
    """Yield cell and measures of every row (columns of `COLUMNS` and `MEASURES`)."""
    keys = [counted.column(name).to_pylist() for name in COLUMNS]
    numbers = np.stack([counted.column(name).fill_null(0).to_numpy() for name in MEASURES], axis=1)
    yield from zip(zip(*keys, strict=True), numbers.astype(np.int64), strict=True)


def tally_of(counted: pa.Table) -> Tally:
    """Return the counted cells."""
    result = Tally()
    for cell, numbers in rows_of(counted):
        result.put(cell, numbers)
    return result
