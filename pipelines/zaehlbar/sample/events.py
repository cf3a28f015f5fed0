"""What the invented people do: activities and steps; and what happens without persons: open offers and referrals.

Belongs here: columns of events. Does not belong here: people (population), what a delivery shows (tables).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from zaehlbar.sample.dice import Dice, Ints
from zaehlbar.sample.population import Population, days

FORMATS = pa.array(["EINZEL", "GRUPPE", "AUFSUCHEND", "DIGITAL", "BETRIEB"])
_SINGLE, _GROUP, _OUTREACH, _DIGITAL, _COMPANY = range(5)

_ACTIVITIES = (
    ("A02", 6, 60, 2, _SINGLE), ("A04", 3, 90, 2, _OUTREACH), ("B01", 5, 90, 3, _SINGLE), ("B02", 5, 90, 3, _GROUP),
    ("B03", 4, 45, 2, _SINGLE), ("C01", 14, 45, 3, _SINGLE), ("C02", 6, 90, 2, _GROUP), ("C03", 8, 30, 3, _SINGLE),
    ("C04", 5, 45, 2, _SINGLE), ("C05", 3, 30, 2, _SINGLE), ("D01", 10, 90, 3, _GROUP), ("D02", 3, 60, 3, _GROUP),
    ("D03", 7, 60, 4, _GROUP), ("D04", 3, 90, 2, _GROUP), ("E01", 9, 180, 5, _GROUP), ("E02", 2, 240, 5, _GROUP),
    ("E03", 2, 180, 5, _GROUP), ("F01", 1, 240, 5, _COMPANY), ("F02", 4, 300, 5, _COMPANY), ("G01", 6, 60, 3, _SINGLE),
    ("G02", 5, 90, 3, _GROUP), ("G03", 5, 45, 3, _SINGLE), ("H01", 4, 60, 3, _GROUP), ("I01", 1, 30, 2, _DIGITAL),
    ("J01", 4, 120, 4, _GROUP), ("X99", 1, 30, 2, _SINGLE),
)  # fmt: skip
"""Code, weight, shortest duration in minutes, how many further quarters of an hour, how it takes place."""

ACTIVITY_CODES = pa.array([item[0] for item in _ACTIVITIES])
RESULTS = pa.array(["OFFEN", "ERLEDIGT", "BESCHEINIGUNG"])
STEP_CODES = pa.array(
    ["KIND_PFLEGE", "UNTERLAGEN", "ANERKENNUNG", "SPRACHE", "ZERTIFIKAT", "REGELMAESSIG", "PRAXIS", "ANSCHLUSS_JC",
     "DISTANZ"]
)  # fmt: skip
OFFER_CODES = pa.array(["A03", "C06", "C07", "C08", "X01"])
REFERRALS = pa.array(["SCHULDNER", "PSYCHOSOZ", "MIGBERAT"])

_FIRST_CODE = 0
_PER_DAY = 600
"""No day has more attended minutes than that (rule ZB-Z-012 and ZB-T-003)."""
_INTENSITY = (0.12, 0.5, 1.0, 1.0, 2.0)
"""Some come once in a while and stay below the threshold of hours, some come every other day."""


@dataclass(frozen=True, slots=True)
class Activities:
    """One element per activity, sorted by participation, then by day."""

    participation: Ints
    day: Ints
    code: Ints
    minutes: Ints
    form: Ints
    result: Ints
    """Position in RESULTS, -1: none."""


@dataclass(frozen=True, slots=True)
class Steps:
    """One element per step, sorted by participation, then by day."""

    participation: Ints
    day: Ints
    code: Ints


@dataclass(frozen=True, slots=True)
class Offers:
    """One element per event, sorted by provider, then by day."""

    provider: Ints
    day: Ints
    code: Ints
    place: Ints
    """Which of the Quartiere of the provider's Vorhaben."""
    total: Ints
    women: Ints


def activities(population: Population) -> Activities:
    """Spread the activities of the plan over the attended days of its participations; exactly as many as it says.

    Points in even strata on one line of all attended days, weighted by intensity: no loop, and hardly two on one day.
    """
    plan, part = population.plan, population.participations
    dice = Dice(plan.seed)
    first, length = _attended(population)
    weight = length * np.asarray(_INTENSITY)[dice.below("intensity", len(_INTENSITY), len(part))]
    line = np.cumsum(weight)
    count = plan.activities if len(line) and line[-1] > 0 else 0
    point = (np.arange(count) + dice.uniform("activity", count)) * (line[-1] / max(count, 1) if len(line) else 0.0)
    number = np.minimum(np.searchsorted(line, point, side="right"), len(part) - 1)
    inside = (point - (line[number] - weight[number])) / weight[number]
    day = first[number] + np.minimum(np.floor(inside * length[number]).astype(np.int64), length[number] - 1)
    code = dice.pick("code", [item[1] for item in _ACTIVITIES], count)
    begins = np.diff(number, prepend=-1) != 0
    code = np.where(begins, _FIRST_CODE, code)
    base, quarters, form = (np.array([item[position] for item in _ACTIVITIES])[code] for position in (2, 3, 4))
    minutes = base + 15 * dice.below("minutes", quarters + 1)
    form = np.where(dice.chance("digital", 0.05, count), _DIGITAL, form)
    result = np.where(begins, 1, dice.pick("result", (6, 3, 1), count))
    result = np.where(dice.chance("no result", 0.4, count), -1, result)
    return Activities(number, day, code, _at_most_per_day(number, day, minutes), form, result)


def _attended(population: Population) -> tuple[Ints, Ints]:
    """Return first day and number of days of each participation within the time its provider delivers for."""
    part, providers = population.participations, population.plan.providers
    provider = population.identities.provider[part.identity]
    start = np.array([days(item.start) for item in providers])[provider]
    end = np.array([days(item.end) for item in providers])[provider]
    first = np.maximum(part.entry, start)
    return first, np.maximum(np.minimum(part.exit, end) - first + 1, 0)


def _at_most_per_day(participation: Ints, day: Ints, minutes: Ints) -> Ints:
    if not len(day):
        return minutes
    begins = np.flatnonzero((np.diff(participation, prepend=-1) != 0) | (np.diff(day, prepend=-1) != 0))
    sums = np.add.reduceat(minutes, begins)
    counts = np.diff(np.append(begins, len(day)))
    limit = np.where(sums > _PER_DAY, _PER_DAY // counts, _PER_DAY)
    capped: Ints = np.minimum(minutes, np.repeat(limit, counts))
    return capped


def steps(population: Population) -> Steps:
    """Let two thirds of the participations of eight weeks and more reach one step, and some of them a second one."""
    dice = Dice(population.plan.seed)
    first, length = _attended(population)
    long_enough = length >= 60
    one = np.flatnonzero(long_enough & dice.chance("step", 0.66, len(length)))
    two = one[dice.chance("second step", 0.4, len(one))]
    number = np.concatenate([one, two])
    code = dice.below("step code", len(STEP_CODES), len(length))[number]
    code[len(one) :] = (code[len(one) :] + 3) % len(STEP_CODES)
    day = first[number] + 56 + dice.below("step day", length[number] - 56)
    order = np.lexsort((code, day, number))
    return Steps(number[order], day[order], code[order])


def offers(population: Population) -> Offers:
    """Let each provider hold an open offer every week, and make a few referrals."""
    providers = population.plan.providers
    dice = Dice(population.plan.seed)
    weeks = np.array([(days(item.end) - days(item.start) + 1) // 7 for item in providers])
    provider = np.repeat(np.arange(len(providers)), weeks)
    week = np.arange(len(provider)) - np.repeat(np.cumsum(weeks) - weeks, weeks)
    begin = np.array([days(item.start) for item in providers])[provider] + 7 * week
    extra = np.flatnonzero(dice.chance("referral", 0.6, len(provider)))
    size = len(provider) + len(extra)
    code = np.concatenate([np.zeros(len(provider), np.int64), 1 + dice.below("referral code", 4, len(extra))])
    owner = np.concatenate([provider, provider[extra]])
    day = np.concatenate([begin + 2, begin[extra] + dice.below("referral day", 7, len(extra))])
    places = np.array([max(len(item.vorhaben.quartiere), 1) for item in providers])[owner]
    total = np.where(code == 0, 6 + dice.below("visits", 24, size), 1 + dice.below("referred", 4, size))
    women = dice.below("women", total + 1)
    order = np.lexsort((code, day, owner))
    place = dice.below("place", places)
    return Offers(owner[order], day[order], code[order], place[order], total[order], women[order])
