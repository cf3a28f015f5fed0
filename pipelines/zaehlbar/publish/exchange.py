"""What goes back and forth between Vorhaben and Jobcenter: agreements, free places, feedback; official figures beside.

Read from the views of schema `bericht`; nothing here is per partner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Official:
    """An official Kennzahl of the month: beside our figures, never in them. No value: the site names none."""

    kennzahl: str
    name: str
    value: float | None
    unit: str
    source: str
    read_on: date | None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the Jobcenter gave back, beside what arrived."""

    name: str
    number: int
    beside: str
    beside_number: int
    source: str


@dataclass(frozen=True, slots=True)
class Place:
    """Whether an offer had free places at the end of the month: ja, wenige, nein or unbekannt, never a number."""

    vorhaben_id: str
    quartier: str
    title: str
    free: str


@dataclass(frozen=True, slots=True)
class Cooperation:
    """State of the cooperation of a Vorhaben with the Jobcenter: agreed, held, next date."""

    month: date
    """Of the last delivery that says so."""
    vorhaben_id: str
    agreements: int
    presentations_agreed: int | None
    presentations_held: int | None
    meetings_agreed: int | None
    meetings_held: int | None
    next_date: date | None
    plan_aligned: int
    """Agreements whose contents are aligned with the Kooperationsplan."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """All of it for one month."""

    official: tuple[Official, ...] = ()
    feedback: tuple[Feedback, ...] = ()
    places: tuple[Place, ...] = ()
    cooperation: tuple[Cooperation, ...] = ()


def fetch_exchange(connection: Connection, jobcenter_nr: str) -> dict[date, Exchange]:
    """Fetch everything that belongs to a month, by month; the state of the cooperation has no month of its own."""
    found: dict[date, Exchange] = {}
    values: Mapping[str, str] = {"nr": jobcenter_nr}
    official = connection.execute(
        text("""
            select monat, kennzahl, kennzahl_name, amtlicher_wert, coalesce(einheit, ''), quelle, abruf
            from bericht.amtliche_kennzahlen where jobcenter_nr = :nr order by monat, kennzahl
            """),
        values,
    )
    for month, kennzahl, name, value, *rest in official:
        one = Official(kennzahl, name, None if value is None else float(value), *rest)
        base = found.get(month, Exchange())
        found[month] = replace(base, official=(*base.official, one))
    feedback = connection.execute(
        text("""
            select monat, groesse_name, jobcenter_anzahl, biwaq_groesse_name, biwaq_anzahl, quelle
            from bericht.rueckmeldung where jobcenter_nr = :nr order by monat, groesse
            """),
        values,
    )
    for month, *row in feedback:
        base = found.get(month, Exchange())
        found[month] = replace(base, feedback=(*base.feedback, Feedback(*row)))
    places = connection.execute(
        text("""
            select p.monat, p.vorhaben_id, coalesce(q.name, p.quartier_id), coalesce(p.titel, ''), p.freie_plaetze
            from bericht.plaetze as p
            left join katalog.quartier as q on p.vorhaben_id = q.vorhaben_id and p.quartier_id = q.quartier_id
            where p.jobcenter_nr = :nr order by 1, 3, 4, 2, 5
            """),
        values,
    )
    for month, *row in places:
        base = found.get(month, Exchange())
        found[month] = replace(base, places=(*base.places, Place(*row)))
    return found


def fetch_cooperation(connection: Connection, jobcenter_nr: str) -> tuple[Cooperation, ...]:
    """Fetch the state of the cooperation as it is known now, by Vorhaben."""
    rows = connection.execute(
        text("""
            select monat, vorhaben_id, vereinbarungen, vorstellungen_vereinbart, vorstellungen_stattgefunden,
                austausch_vereinbart, austausch_stattgefunden, naechster_termin, kooplan_abgestimmt
            from bericht.zusammenarbeit where jobcenter_nr = :nr order by vorhaben_id
            """),
        {"nr": jobcenter_nr},
    )
    return tuple(Cooperation(*row) for row in rows)
