"""Periods to count: months, quarters, years and twelve months with their Stichtag, or any span of days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import Connection, text

Kind = Literal["monat", "quartal", "zwoelf_monate", "jahr", "frei"]
MONTHS: dict[Kind, int] = {"monat": 1, "quartal": 3, "zwoelf_monate": 12, "jahr": 12}
"""How many months a period of each kind has."""

MAX_MONTHS = 240


@dataclass(frozen=True, slots=True)
class Rules:
    """The counting side of a `betrieb.regelwerk` row; None switches a rule off."""

    regelwerk_nr: int
    kategorien_version: str
    kalender_version: str
    schwelle_minuten: int | None
    aktiv_tage: int | None
    stichtag_ersatzregel: str


@dataclass(frozen=True, slots=True)
class Period:
    """`von` and `bis` inclusive; flows run from the day after `fluss_von` to `fluss_bis` inclusive ((d) 11).

    Periods that end on the same day are each counted as themselves: no figure of a longer one is a sum of shorter ones.
    """

    nummer: int
    von: date
    bis: date
    fluss_von: date
    fluss_bis: date
    stichtag: date
    zeitraum: Kind = "frei"


class Calendar:
    """Stichtage by month: those of the site's calendar, else the fallback rule."""

    def __init__(self, days: Mapping[date, date], rule: str) -> None:
        """`days`: first day of a month → its Stichtag; `rule`: 'monatsmitte' or 'monatsende' for all others."""
        self._days = dict(days)
        self._rule = rule

    def stichtag(self, month: date) -> date:
        """Return the Stichtag of the month that begins on `month`."""
        fallback = month.replace(day=15) if self._rule == "monatsmitte" else month_end(month)
        return self._days.get(month, fallback)

    def period(self, number: int, kind: Kind, last_month: date) -> Period:
        """Return the period of this kind whose last month begins on `last_month`.

        Flows run from the Stichtag of the month before its first one to that of its last one, which is its Stichtag.
        """
        first = months_before(last_month, MONTHS[kind] - 1)
        day = self.stichtag(last_month)
        return Period(number, first, month_end(last_month), self.stichtag(months_before(first, 1)), day, day, kind)

    def periods(self, first: date, last: date) -> list[Period]:
        """Return all periods of the nightly count: the months from that of `first` to that of `last`, at most 20 years.

        With them every quarter, year and twelve months (up to the end of a quarter) whose last month is among them.
        """
        months = months_between(first, last)[-MAX_MONTHS:]
        ends: list[tuple[Kind, date]] = [
            *(("monat", month) for month in months),
            *(("quartal", month) for month in months if month.month % 3 == 0),
            *(("zwoelf_monate", month) for month in months if month.month % 3 == 0),
            *(("jahr", month) for month in months if month.month == 12),
        ]
        return [self.period(number, kind, month) for number, (kind, month) in enumerate(ends)]


def month_end(month: date) -> date:
    """Return the last day of the month of `month`."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def months_before(month: date, number: int) -> date:
    """Return the first day of the month that is `number` months before the one of `month`."""
    index = month.year * 12 + month.month - 1 - number
    return date(index // 12, index % 12 + 1, 1)


def months_between(first: date, last: date) -> list[date]:
    """Return the first days of all months from that of `first` to that of `last`, both inclusive."""
    result = []
    month = first.replace(day=1)
    while month <= last:
        result.append(month)
        month = month_end(month) + timedelta(days=1)
    return result


def load_calendar(connection: Connection, rules: Rules) -> Calendar:
    """Return the stored calendar of these rules."""
    rows = connection.execute(
        text("select monat, stichtag from katalog.stichtag where version = :version"),
        {"version": rules.kalender_version},
    )
    return Calendar({row.monat: row.stichtag for row in rows}, rules.stichtag_ersatzregel)


def load_rules(connection: Connection, regelwerk_nr: int) -> Rules:
    """Return the counting rules of a stored site version."""
    row = connection.execute(
        text("""
            select
                regelwerk_nr, kategorien_version, kalender_version, schwelle_minuten, aktiv_tage,
                stichtag_ersatzregel
            from betrieb.regelwerk where regelwerk_nr = :nr
            """),
        {"nr": regelwerk_nr},
    ).one()
    return Rules(**row._mapping)
