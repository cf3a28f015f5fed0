"""Consent decides (DESIGN.md, statement 6; domain.md 6.1 with (d) 18 and 23): who may have person-level rows.

Belongs here: the rule within one delivery. Does not belong here: withdrawals known from earlier deliveries (load).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zaehlbar.pseudonymize.columns import Days, Mask, days_of

LEVELS_WITH_CONSENT = ("1", "2")
"""One of them is needed in every operating model; what a site's legal basis adds are aggregates ((d) 18 and 23)."""

FIELDS = ("einwilligung_stufe", "einwilligung_am", "einwilligung_bis", "widerruf_am")

# A declaration without a date is older than every dated one; one whose date cannot be read is newer, if it refuses.
_UNDATED = np.datetime64("0000-01-01", "D")
_UNREADABLE = np.datetime64("9999-12-31", "D")


@dataclass(frozen=True, slots=True)
class Decision:
    """Per person number: no consent; and the day of the withdrawal or dated "no" that decided (NaT: none did)."""

    refused: Mask
    withdrawn: Days


def decide(
    rows: pa.Table,
    person: npt.NDArray[np.int64],
    group: npt.NDArray[np.int64],
    *,
    period_end: date,
    rejected: Mask,
    unreadable: dict[str, Mask],
) -> Decision:
    """Decide over every person by the rows of `teilnahme`.

    `rows`: all rows of the delivery with the columns FIELDS; `person`: number of each row's person (-1: unknown);
    `group`: for each person the number of the group that is decided together (equal exact token, else the person
    alone). `rejected`: rows that validation rejected: they can still refuse, never consent. `unreadable`: per field of
    FIELDS the rows whose value was there and could not be read.

    Each row is one declaration: a withdrawal at `widerruf_am` where that is set, else its level at `einwilligung_am` (a
    refusal: no level, level 0, or expired before `period_end`). The latest day of the group decides, at equal day the
    stricter. A withdrawal counts also when it came after the period: what is not loaded yet must not be loaded then.
    """
    day, refuses, withdraws = _declarations(rows, period_end, unreadable)
    speaks = np.flatnonzero((person >= 0) & (refuses | ~rejected))
    day, refuses, withdraws, groups = day[speaks], refuses[speaks], withdraws[speaks], group[person[speaks]]

    latest = np.full(len(group), np.iinfo(np.int64).min)
    np.maximum.at(latest, groups, day.astype(np.int64))
    deciding = day.astype(np.int64) == latest[groups]
    refused = np.zeros(len(group), dtype=bool)
    refused[groups[deciding & refuses]] = True
    withdrawn = np.full(len(group), np.datetime64("NaT"), dtype="datetime64[D]")
    remembered = deciding & withdraws & (day < _UNREADABLE)
    withdrawn[groups[remembered]] = day[remembered]
    return Decision(refused[group], withdrawn[group])


def _declarations(rows: pa.Table, period_end: date, unreadable: dict[str, Mask]) -> tuple[Days, Mask, Mask]:
    """Return per row the day of its declaration, whether it refuses, and whether that is remembered with its day."""
    withdrawal = days_of(rows["widerruf_am"])
    withdrawal[unreadable["widerruf_am"] & np.isnat(withdrawal)] = _UNREADABLE
    withdraws = ~np.isnat(withdrawal)
    allowed = pc.is_in(rows["einwilligung_stufe"], value_set=pa.array(LEVELS_WITH_CONSENT))  # null is in no set
    expired = days_of(rows["einwilligung_bis"]) < np.datetime64(period_end)  # NaT compares false: it does not expire
    refuses = withdraws | ~np.asarray(allowed) | expired | unreadable["einwilligung_bis"]
    declared = days_of(rows["einwilligung_am"])
    unknown = np.isnat(declared)
    declared[unknown] = _UNDATED
    declared[unknown & unreadable["einwilligung_am"] & refuses] = _UNREADABLE
    day = np.where(withdraws, withdrawal, declared)
    # A dated "no" (level 0) is remembered like a withdrawal: the latest declaration decides, whoever delivered it.
    declines = np.asarray(pc.fill_null(pc.equal(rows["einwilligung_stufe"], "0"), False)) & ~unknown
    return day, refuses, withdraws | declines


def groups_of(person: npt.NDArray[np.int64], token: npt.NDArray[np.int64], persons: int) -> npt.NDArray[np.int64]:
    """Return for each person the number of its group: persons that share an exact token belong together.

    `person` and `token` are numbers per row (-1: none). A group is named by its smallest person number.
    """
    linked = (person >= 0) & (token >= 0)
    person, token = person[linked], token[linked]
    group = np.arange(persons)
    if not len(token):
        return group
    by_token = np.empty(int(token.max()) + 1, dtype=np.int64)
    while True:
        # A person may link two tokens (a name that changed), so the smallest number is passed on until nothing moves.
        by_token.fill(persons)
        np.minimum.at(by_token, token, group[person])
        moved = group.copy()
        np.minimum.at(moved, person, by_token[token])
        if (moved == group).all():
            return group
        group = moved
