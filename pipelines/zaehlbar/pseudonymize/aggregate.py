"""Persons without consent, counted where their rows are and nowhere else (domain.md (d) 18): a table of numbers leaves.

Belongs here: counting the participations of one delivery by month and Jobcenter. Does not belong here: who counts
(consent, and the site's legal basis), which delivery speaks for a partner (load).

The definitions are those of the figures (sql/counts) as far as they need no activity and no person across providers:
Teilnahmen of the calendar month, formal Eintritte and Austritte from Stichtag to Stichtag, Bestand at the Stichtag.
There are no persons (nobody is told apart across numbers or providers), no countable Eintritte, hours or categories.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zaehlbar.pseudonymize.columns import Mask, days_of
from zaehlbar.pseudonymize.result import WITHOUT_CONSENT
from zaehlbar.site import Calendar

_MAX_MONTHS = 240
_UNKNOWN_JOBCENTER = "OHNE"


def without_consent(rows: pa.Table, counted: Mask, end: date, calendar: Calendar) -> pa.Table:
    """Return the counts (schema WITHOUT_CONSENT) of the `counted` rows of `teilnahme`, up to the month of `end`.

    A cancelled participation was none. Cells without any participation or movement are left out.
    """
    cancelled = np.asarray(pc.fill_null(pc.equal(rows["status"], "STORNO"), False))
    rows = rows.filter(pa.array(counted & ~cancelled & np.asarray(pc.is_valid(rows["eintritt_datum"]))))
    if not rows.num_rows:
        return WITHOUT_CONSENT.empty_table()
    entry, left = days_of(rows["eintritt_datum"]), days_of(rows["austritt_datum"])
    left[np.isnat(left)] = np.datetime64(date.max)
    place = pc.fill_null(rows["jobcenter_nr"], _UNKNOWN_JOBCENTER).combine_chunks().dictionary_encode()
    where, names = np.asarray(place.indices), place.dictionary.to_pylist()

    months = _months(entry.min().item(), end)
    days = calendar.days([_before(months[0]), *months])
    cells = []
    for month, previous, stichtag in zip(months, days, days[1:], strict=False):
        first, last = np.datetime64(month), np.datetime64(_after(month) - timedelta(days=1))
        since, until = np.datetime64(previous), np.datetime64(stichtag)
        measures = (
            (entry <= last) & (left >= first),
            (entry > since) & (entry <= until),
            (left > since) & (left <= until),
            (entry <= until) & (left > until),
        )
        counts = [np.bincount(where[mask], minlength=len(names)).tolist() for mask in measures]
        cells += [(month, name, stichtag, *numbers) for name, *numbers in zip(names, *counts, strict=True)]
    kept = [cell for cell in cells if any(cell[3:])]
    return pa.Table.from_pylist([dict(zip(WITHOUT_CONSENT.names, cell, strict=True)) for cell in kept], WITHOUT_CONSENT)


def _months(first: date, end: date) -> list[date]:
    months = [first.replace(day=1)]
    while _after(months[-1]) <= end:
        months.append(_after(months[-1]))
    return months[-_MAX_MONTHS:]


def _after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)
