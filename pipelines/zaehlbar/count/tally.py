"""Counting participations by one property at a time: columns of numbers, no join of participations with periods.

A participation enters and leaves once. Counted by cell, value and the day bucket of its Eintritt and of its Austritt,
every measure of every period is a difference of running sums at the days that bound the period. Only persons with
several participations need to be looked at one by one, where two of theirs fall into one period.

Belongs here: periods as day buckets, cells as numbers, sums and distinct persons. Does not belong here: which
properties there are, names of values, storing. Each result is a sum over persons: disjoint sets of persons can be
counted apart and added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zaehlbar.count.period import Period

Numbers = npt.NDArray[np.int64]
NEVER = int(np.iinfo(np.int32).max)
"""The day of an Austritt that has not happened."""
_BOUNDS = ("von", "bis", "fluss_von", "fluss_bis", "stichtag")


class Axis:
    """Periods as numbers: the days that bound them, and orders in which they can be walked."""

    def __init__(self, periods: Sequence[Period]) -> None:
        self.size = len(periods)
        self._days = {name: day_numbers([getattr(period, name) for period in periods]) for name in _BOUNDS}
        self._days["vor"] = self._days["von"] - 1
        self._bounds = np.unique(np.concatenate(list(self._days.values())))
        self.buckets = len(self._bounds) + 1
        self._at = {name: np.searchsorted(self._bounds, days) for name, days in self._days.items()}
        self.chains = self._chains()

    def bucket(self, days: Numbers) -> Numbers:
        """Return the bucket of each day: up to and including bound k are the buckets 0 to k."""
        return np.searchsorted(self._bounds, days)

    def until(self, sums: Numbers, name: str) -> Numbers:
        """Return, of running sums by bucket in the last axis, those up to and including this day of every period."""
        return sums[..., self._at[name]]

    def span(self, chain: Numbers, first: tuple[str, Numbers], last: tuple[str, Numbers]) -> tuple[Numbers, Numbers]:
        """Return the first and last position in the chain of periods whose bound `first` is ≥ its day and `last` ≤."""
        low = np.searchsorted(self._days[first[0]][chain], first[1], side="left")
        high = np.searchsorted(self._days[last[0]][chain], last[1], side="right") - 1
        return low, high

    def _chains(self) -> list[Numbers]:
        """Split the periods into sequences in which every bound only rises, so that each stay is one span of them."""
        table = np.stack([self._days[name] for name in _BOUNDS], axis=1)
        chains: list[list[int]] = []
        for number in np.lexsort(table.T[::-1]):
            fitting = next((chain for chain in chains if (table[chain[-1]] <= table[number]).all()), None)
            if fitting is None:
                chains.append([int(number)])
            else:
                fitting.append(int(number))
        return [np.array(chain) for chain in chains]


@dataclass(frozen=True, slots=True)
class Stays:
    """What counts once for each person in a period: from `first` to `last`, compared with two bounds of the period.

    `bounds`: names of the bounds; the stay is in a period if `first` ≤ its first and `last` ≥ its second.
    """

    person: Numbers
    first: Numbers
    last: Numbers
    bounds: tuple[str, str]


class Overlaps:
    """Persons who would be counted twice in a period, because two of their stays lie in the same cell and value."""

    def __init__(self, axis: Axis, stays: Stays) -> None:
        self._axis = axis
        _, person, times = np.unique(stays.person, return_inverse=True, return_counts=True)
        several = np.flatnonzero(times[person] > 1)
        self._rows = several[np.lexsort((stays.first[several], person[several]))]
        _, self._person = np.unique(person[self._rows], return_inverse=True)
        first, last = stays.first[self._rows], stays.last[self._rows]
        self._spans = [axis.span(chain, (stays.bounds[0], first), (stays.bounds[1], last)) for chain in axis.chains]

    def count(self, key: Numbers, size: int) -> Numbers:
        """Return, by key (0 to `size` - 1; negative: not counted) and period, how many stays are of persons counted."""
        result = np.zeros((size, self._axis.size), dtype=np.int64)
        if not len(self._rows):
            return result
        key = key[self._rows]
        kept = np.flatnonzero(key >= 0)
        person_and_key = self._person[kept] * size + key[kept]
        # Stable: rows of a person stay in the order of their first day, which is that of their positions, too.
        kept = kept[np.argsort(person_and_key, kind="stable")]
        key, group = key[kept], np.sort(person_and_key)
        if not len(kept):
            return result
        again = np.append(False, group[1:] == group[:-1])
        step = self._axis.size + 2
        lift = np.cumsum(~again) * step
        for chain, (low, high) in zip(self._axis.chains, self._spans, strict=True):
            begin, end = low[kept], high[kept]
            before = np.append(-1, (np.maximum.accumulate(end + lift) - lift)[:-1])
            common = np.minimum(end, before)
            found = np.flatnonzero(again & (common >= begin))
            if len(found):
                width = len(chain) + 1
                starts = np.bincount(key[found] * width + begin[found], minlength=size * width)
                stops = np.bincount(key[found] * width + common[found] + 1, minlength=size * width)
                result[:, chain] = (starts - stops).reshape(size, width).cumsum(axis=1)[:, :-1]
        return result


def sums_by_bucket(key: Numbers, size: int, bucket: Numbers, buckets: int) -> Numbers:
    """Return running sums by bucket of the rows of each key (0 to `size` - 1)."""
    counted = np.bincount(key * buckets + bucket, minlength=size * buckets)
    return counted.reshape(size, buckets).cumsum(axis=1)


def day_numbers(days: Sequence[object]) -> Numbers:
    """Return days since 1970-01-01."""
    return np.array(days, dtype="datetime64[D]").astype(np.int64)


def months_later(days: Numbers, months: int) -> Numbers:
    """Return the same day so many months later, the last day of the month if that one is shorter."""
    known = days.astype("datetime64[D]")
    month = known.astype("datetime64[M]")
    day = (known - month.astype("datetime64[D]")).astype(np.int64)
    target = month + months
    begin, end = (value.astype("datetime64[D]").astype(np.int64) for value in (target, target + 1))
    later: Numbers = begin + np.minimum(day, end - begin - 1)
    return later
