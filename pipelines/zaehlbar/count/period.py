"""Periods to count: calendar months with their Stichtag, or any span of days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, text


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
    """`von` and `bis` inclusive; flows run from the day after `fluss_von` to `fluss_bis` inclusive ((d) 11)."""

    nummer: int
    von: date
    bis: date
    fluss_von: date
    fluss_bis: date
    stichtag: date


class Calendar:
    """Stichtage by month: those of the site's calendar, else the fallback rule."""

    def __init__(self, connection: Connection, rules: Rules) -> None:
        rows = connection.execute(
            text("select monat, stichtag from katalog.stichtag where version = :version"),
            {"version": rules.kalender_version},
        )
        self._days: dict[date, date] = {row.monat: row.stichtag for row in rows}
        self._rule = rules.stichtag_ersatzregel

    def stichtag(self, month: date) -> date:
        """Return the Stichtag of the month that begins on `month`."""
        fallback = month.replace(day=15) if self._rule == "monatsmitte" else month_end(month)
        return self._days.get(month, fallback)

    def month(self, number: int, month: date) -> Period:
        """Return the period of the month that begins on `month`."""
        previous = self.stichtag((month - timedelta(days=1)).replace(day=1))
        day = self.stichtag(month)
        return Period(number, month, month_end(month), previous, day, day)


def month_end(month: date) -> date:
    """Return the last day of the month of `month`."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def months_between(first: date, last: date) -> list[date]:
    """Return the first days of all months from that of `first` to that of `last`, both inclusive."""
    result = []
    month = first.replace(day=1)
    while month <= last:
        result.append(month)
        month = month_end(month) + timedelta(days=1)
    return result


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
