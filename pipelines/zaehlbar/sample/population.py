"""The invented people: who they are, at which providers, and from when to when; as columns.

Belongs here: persons, identities (a person at a provider) and participations. Does not belong here: what they do there
(events), what a delivery shows of them (tables).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from zaehlbar.sample.dice import Dice, Floats, Ints, Mask
from zaehlbar.sample.misspelling import MISTAKES, Misspelling
from zaehlbar.sample.names import GIVEN, SURNAMES
from zaehlbar.sample.plan import Plan

NEVER = np.int64(1 << 40)
"""A day that never comes: no exit, no withdrawal."""
UNKNOWN = np.int64(-(1 << 40))
"""A birth date that nobody gave."""

_CARRY_IN = 90
"""Some take part already when the first period begins."""
_DURATION = ((0.0, 5), (0.1, 25), (0.45, 95), (0.8, 210), (1.0, 400))
"""Share of participations that last at most so many days."""


@dataclass(frozen=True, slots=True)
class Persons:
    """One element per person."""

    female: Mask
    given: Ints
    surname: Ints
    birth: Ints
    """Days since 1970, or UNKNOWN."""
    consent: Ints
    """0, 1 or 2."""

    def __len__(self) -> int:
        return len(self.given)


@dataclass(frozen=True, slots=True)
class Identities:
    """One element per person and provider, sorted by provider, then by running number."""

    person: Ints
    provider: Ints
    number: Ints
    """Running number at the provider, from 1: what its tn_nr is made of."""
    misspelling: Ints
    """What this provider does to name or birth date (misspelling.Misspelling)."""
    plz: Ints

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True, slots=True)
class Participations:
    """One element per participation, sorted by identity, then by entry."""

    identity: Ints
    entry: Ints
    exit: Ints
    """Last day, or NEVER."""
    reentry: Mask
    withdrawal: Ints
    """Day on which the consent was withdrawn, or NEVER."""

    def __len__(self) -> int:
        return len(self.identity)


@dataclass(frozen=True, slots=True)
class Population:
    plan: Plan
    persons: Persons
    identities: Identities
    participations: Participations


def days(day: date) -> int:
    """Return the days since 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


def populate(plan: Plan) -> Population:
    """Make the people of `plan`."""
    dice = Dice(plan.seed)
    first, second, misspelling = _providers(plan, dice)
    person = np.concatenate([np.arange(plan.persons), np.flatnonzero(second >= 0)])
    provider = np.concatenate([first, second[second >= 0]])
    other = np.concatenate([np.zeros(plan.persons, dtype=np.int64), misspelling[second >= 0]])
    entry = _entries(plan, dice, provider)
    order = np.lexsort((person, entry, provider))
    person, provider, other, entry = person[order], provider[order], other[order], entry[order]
    starts = np.searchsorted(provider, provider, side="left")
    number = np.arange(len(provider)) - starts + 1
    youngest = np.full(plan.persons, NEVER)
    np.minimum.at(youngest, person, entry)
    persons, plz = _persons(plan, dice, youngest)
    identities = Identities(person, provider, number, other, plz[person])
    return Population(plan, persons, identities, _participations(plan, dice, identities, entry))


def _providers(plan: Plan, dice: Dice) -> tuple[Ints, Ints, Ints]:
    """Return each person's provider, its second provider (-1: none), and how the second one misspells the person."""
    count = len(plan.providers)
    first = dice.pick("provider", [3 + position % 2 for position in range(count)], plan.persons)
    drawn = dice.uniform("second provider", plan.persons)
    both = drawn < plan.second_provider + plan.respelled + plan.misspelt
    mistake = np.array(MISTAKES)[dice.below("misspelling", len(MISTAKES), plan.persons)]
    misspelling = np.where(drawn < plan.second_provider + plan.respelled, int(Misspelling.SOUND), mistake)
    misspelling = np.where(both & (drawn >= plan.second_provider), misspelling, int(Misspelling.NONE))
    # The next provider in the list is most often one of the same Vorhaben.
    second = np.where(both & (count > 1), (first + 1) % count, -1)
    return first, second, misspelling


def _entries(plan: Plan, dice: Dice, provider: Ints) -> Ints:
    start = np.array([days(item.start) for item in plan.providers])
    end = np.array([days(item.end) for item in plan.providers])
    run = np.array([days(item.vorhaben.von) for item in plan.providers])
    earliest = np.maximum(start - _CARRY_IN, run)[provider]
    # More enter early than late, else the stock would only grow.
    early = dice.uniform("entry", len(provider))
    early = early * (0.5 + 0.5 * early)
    drawn: Ints = earliest + np.floor(early * (end[provider] - 3 - earliest)).astype(np.int64)
    return drawn


def _persons(plan: Plan, dice: Dice, youngest: Ints) -> tuple[Persons, Ints]:
    """Return the persons, each of full age on `youngest` (day of the first entry), and the number of each one's PLZ.

    No two have equal names and birth dates, nor equal names and PLZ: known answers must not depend on chance.
    """
    size = plan.persons
    female = dice.chance("female", 0.54, size)
    plz = dice.below("plz", 1000, size)
    surname = dice.below("surname", len(SURNAMES), size)
    given = _given(dice, 0, female)
    birth = _births(plan, dice, youngest)
    for attempt in range(1, 20):
        name = given * len(SURNAMES) + surname
        again = _repeated(name * 1000 + plz) | (_repeated(name * 100_000 + birth % 100_000) & (birth != UNKNOWN))
        if not again.any():
            break
        given = np.where(again, _given(dice, attempt, female), given)
        surname = np.where(again, dice.below(f"surname {attempt}", len(SURNAMES), size), surname)
        plz = np.where(again, dice.below(f"plz {attempt}", 1000, size), plz)
    level = dice.uniform("consent", size)
    consent = np.where(level < plan.no_consent, 0, np.where(level < 0.84, 1, 2))
    return Persons(female, given, surname, birth, consent), plz


def _given(dice: Dice, attempt: int, female: Mask) -> Ints:
    half = len(GIVEN) // 2
    return dice.below(f"given {attempt}", half, len(female)) + np.where(female, 0, half)


def _births(plan: Plan, dice: Dice, youngest: Ints) -> Ints:
    size = len(youngest)
    age = np.interp(dice.uniform("age", size), (0.0, 0.15, 0.5, 0.85, 1.0), (18.3, 25.0, 37.0, 54.0, 66.0))
    birth: Ints = youngest - np.floor(age * 365.25).astype(np.int64)
    if not plan.unusual_births:
        return birth
    first_of_january = birth.astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    drawn = dice.uniform("birth date", size)
    birth = np.where(drawn < 0.05, first_of_january, birth)
    return np.where(drawn < 0.02, UNKNOWN, birth)


def _repeated(keys: Ints) -> Mask:
    """Return for each key whether an equal one stands before it."""
    repeated = np.ones(len(keys), dtype=bool)
    repeated[np.unique(keys, return_index=True)[1]] = False
    return repeated


def _participations(plan: Plan, dice: Dice, identities: Identities, entry: Ints) -> Participations:
    size = len(identities)
    end = np.array([days(item.end) for item in plan.providers])[identities.provider]
    leaves = entry + _durations(dice, "duration", size)
    leaves = np.where(leaves > end, NEVER, leaves)
    eligible = leaves < end - 40
    share = min(1.0, plan.reentry * size / max(int(eligible.sum()), 1))
    again = np.flatnonzero(eligible & dice.chance("re-entry", share, size))
    second = leaves[again] + 14 + dice.below("gap", end[again] - 15 - leaves[again])
    second_exit = second + _durations(dice, "second duration", len(again))
    second_exit = np.where(second_exit > end[again], NEVER, second_exit)
    identity = np.concatenate([np.arange(size), again])
    entries = np.concatenate([entry, second])
    exits = np.concatenate([leaves, second_exit])
    order = np.lexsort((entries, identity))
    withdrawal = _withdrawals(dice, identities, entry, end)
    return Participations(
        identity[order],
        entries[order],
        exits[order],
        np.concatenate([np.zeros(size, dtype=bool), np.ones(len(again), dtype=bool)])[order],
        withdrawal[identity][order],
    )


def _durations(dice: Dice, label: str, size: int) -> Ints:
    shares, lengths = zip(*_DURATION, strict=True)
    drawn: Floats = np.interp(dice.uniform(label, size), shares, lengths)
    return np.floor(drawn).astype(np.int64)


def _withdrawals(dice: Dice, identities: Identities, entry: Ints, end: Ints) -> Ints:
    size = len(identities)
    day = entry + 10 + dice.below("withdrawal day", 90, size)
    return np.where(dice.chance("withdrawal", 0.004, size) & (day <= end), day, NEVER)
