"""What is to be made: providers, period, sizes; and which deliveries result.

Belongs here: sizes and periods. Does not belong here: people, files.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from zaehlbar.site import Partner, Vorhaben

Rhythm = Literal["gesamt", "halbjaehrlich", "vierteljaehrlich", "monatlich"]
MONTHS_PER_DELIVERY: dict[Rhythm, int | None] = {
    "gesamt": None,
    "halbjaehrlich": 6,
    "vierteljaehrlich": 3,
    "monatlich": 1,
}


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day of a delivery, both inclusive."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Provider:
    """A partner of a Vorhaben, and the time it delivers for (whole months, both ends inclusive)."""

    vorhaben: Vorhaben
    partner: Partner
    start: date
    end: date
    rhythm: Rhythm = "gesamt"

    def periods(self) -> Iterator[Period]:
        """Yield the period of each delivery, oldest first; the last may be shorter than the rhythm says."""
        step = MONTHS_PER_DELIVERY[self.rhythm]
        first = self.start
        while first <= self.end:
            last = self.end if step is None else min(month_end(add_months(first, step - 1)), self.end)
            yield Period(first, last)
            first = add_months(first.replace(day=1), step or 12_000)


@dataclass(frozen=True, slots=True)
class Plan:
    """One population: `persons` distinct people with `activities` activities altogether, spread over the providers."""

    providers: tuple[Provider, ...]
    persons: int
    activities: int
    seed: int
    second_provider: float = 0.05
    """Share of persons who are at two providers under equal name and birth date."""
    respelled: float = 0.03
    """Share of persons who are at two providers under different spellings of their name."""
    misspelt: float = 0.0
    """Share of persons who are at two providers, the second of which makes a mistake in name or birth date."""
    no_consent: float = 0.04
    reentry: float = 0.10
    unusual_births: bool = True
    """Whether some birth dates are missing and some are 01.01."""


def add_months(day: date, months: int) -> date:
    """Return the first day of the month that lies `months` after the month of `day`."""
    total = min(day.year * 12 + day.month - 1 + months, 9999 * 12)
    return date(total // 12, total % 12 + 1, 1)


def month_end(day: date) -> date:
    """Return the last day of the month of `day`."""
    return day.replace(day=monthrange(day.year, day.month)[1])
