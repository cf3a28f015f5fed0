"""Consent decides (DESIGN.md, statement 6; domain.md 6.1 with (d) 18, 23 and 25): who may have person-level rows.

Belongs here: the rule within one delivery. Does not belong here: refusals known from earlier deliveries and consents
that end after loading (load/identity, load/consent_state): the same rule over all deliveries.

The rule: a refusal speaks for the person (all numbers with the same exact token), a consent for the number under which
it was declared. A number may have rows when its newest consent is newer than every refusal of its person; at equal day
the refusal counts, and a declaration without a day is older than every dated one. So the latest declaration decides,
whether declarations come in one delivery or in many, in any order; and every number that has rows has a consent
of its own to show (Art. 7 Abs. 1 DSGVO).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zaehlbar.pseudonymize.columns import Days, Mask, Numbers, days_of

FIELDS = ("einwilligung_stufe", "einwilligung_am", "einwilligung_bis", "einwilligung_zweck", "widerruf_am")

UNDATED = date(1, 1, 1)
"""The day of a declaration without one: older than every other."""
_UNDATED = np.datetime64(UNDATED, "D")
# One whose date was there and cannot be read is newer than every other in its delivery, if it refuses.
_UNREADABLE = np.datetime64("9999-12-31", "D")
_NEVER = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Decision:
    """Per person number: no person-level rows; the newest refusal to remember (NaT: none); counted as an aggregate.

    `countable`: refused, and nobody of the group withdrew: level 0, no declaration or one that ended ((d) 18).
    """

    refused: Mask
    withdrawn: Days
    countable: Mask


@dataclass(frozen=True, slots=True)
class _Declarations:
    """One per row: its day, whether it refuses, the day to remember a refusal by (NaT: not), whether it withdraws."""

    day: Days
    refuses: Mask
    remembered: Days
    withdraws: Mask


def decide(
    rows: pa.Table,
    person: Numbers,
    group: Numbers,
    *,
    period_end: date,
    today: date,
    minimum_level: int,
    rejected: Mask,
    unreadable: dict[str, Mask],
) -> Decision:
    """Decide over every person by the rows of `teilnahme`.

    `rows`: all rows of the delivery with the columns FIELDS; `person`: number of each row's person (-1: unknown);
    `group`: for each person the number of the group that is one person (equal exact token, else the number alone).
    `rejected`: rows that validation rejected: they can still refuse, never consent. `unreadable`: per field of FIELDS
    the rows whose value was there and could not be read. `minimum_level`: what the operating model needs.

    Each row is one declaration: a withdrawal at `widerruf_am` where that is set, else its level at `einwilligung_am`.
    It refuses when the level is too low for the operating model, its purpose is another one, it ended before the
    period's end or before `today`, or its day lies in the future. A withdrawal counts also when it came after the
    period: what is not loaded yet must not be loaded then.
    """
    said = _declarations(rows, period_end, max(period_end, today), minimum_level, unreadable)
    day = said.day.astype(np.int64)
    consent = np.full(len(group), _NEVER)
    agreed = np.flatnonzero((person >= 0) & ~said.refuses & ~rejected)
    np.maximum.at(consent, person[agreed], day[agreed])
    refusal = np.full(len(group), _NEVER)
    refused = np.flatnonzero((person >= 0) & said.refuses)
    np.maximum.at(refusal, group[person[refused]], day[refused])

    remembered = np.full(len(group), _NEVER)
    kept = np.flatnonzero((person >= 0) & ~np.isnat(said.remembered))
    np.maximum.at(remembered, group[person[kept]], said.remembered[kept].astype(np.int64))
    withdrew = np.zeros(len(group), dtype=bool)
    withdrew[group[person[(person >= 0) & said.withdraws]]] = True

    out = (refusal[group] > _NEVER) & (consent <= refusal[group])
    # numpy reads the smallest integer as NaT.
    return Decision(out, remembered[group].astype("datetime64[D]"), out & ~withdrew[group])


def _declarations(
    rows: pa.Table, period_end: date, latest_day: date, minimum_level: int, unreadable: dict[str, Mask]
) -> _Declarations:
    withdrawal = days_of(rows["widerruf_am"])
    withdrawal[unreadable["widerruf_am"] & np.isnat(withdrawal)] = _UNREADABLE
    withdraws = ~np.isnat(withdrawal)
    declared = days_of(rows["einwilligung_am"])
    undated = np.isnat(declared)
    declared[undated] = _UNDATED

    stated = _stated_level(rows)
    level = np.where(unreadable["einwilligung_zweck"], 0, _level(rows, stated))
    ended = days_of(rows["einwilligung_bis"]) < np.datetime64(latest_day)  # NaT compares false: it does not end
    future = declared > np.datetime64(latest_day)
    refuses = withdraws | (level < minimum_level) | ended | unreadable["einwilligung_bis"] | future
    declared[undated & unreadable["einwilligung_am"] & refuses] = _UNREADABLE
    day = np.where(withdraws, withdrawal, declared)
    # What the person said is remembered, whoever delivered it: "no", "no longer", "only until", "not that much". What
    # the provider failed to say (no level, an unreadable value, a consent from the future) stops these rows only.
    meant = withdraws | (stated == 0) | ended & (level > 0) | (level > 0) & (level < minimum_level)
    remembered = np.where(day == _UNREADABLE, np.datetime64(period_end), np.minimum(day, np.datetime64(latest_day)))
    remembered[~meant] = np.datetime64("NaT")
    return _Declarations(day, refuses, remembered, withdraws)


def _stated_level(rows: pa.Table) -> Numbers:
    """Return the level that each row states, -1 for none."""
    found = pc.index_in(rows["einwilligung_stufe"], value_set=pa.array(["0", "1", "2"]))
    return np.asarray(pc.fill_null(found, -1)).astype(np.int64)


def _level(rows: pa.Table, stated: Numbers) -> Numbers:
    """Return the level that the purpose leaves of the stated one: for statistics only it is 1; 1 is statistics."""
    purpose = rows["einwilligung_zweck"]
    statistics = np.asarray(pc.fill_null(pc.equal(purpose, "STATISTIK"), False))
    single_case = np.asarray(pc.fill_null(pc.equal(purpose, "EINZELFALL"), False))
    level = np.maximum(stated, 0)
    level[(stated == 2) & statistics] = 1
    level[(stated == 1) & single_case] = 0
    return level


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
