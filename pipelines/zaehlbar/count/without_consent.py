"""Persons without consent, as they were counted in the trusted zone (domain.md (d) 18): a line of its own.

Belongs here: reading it for a span of months, all partners together. Does not belong here: counting (pseudonymize),
adding it to anything. Per partner it would be a rate of consent, so nothing here knows partners.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from zaehlbar.count.period import months_between

LABEL = "ohne Einwilligung, nicht entdoppelt"
MEASURES = ("teilnahmen", "eintritte", "austritte", "bestand")
APART = (
    "In keiner anderen Zahl enthalten und zu keiner zu addieren. Wer bei zwei Partnern oder unter zwei Nummern "
    "teilnimmt, zählt zweimal; Personen, zählbare Eintritte, Stunden und Kategorien gibt es dafür nicht."
)


def legal_basis(connection: Connection, regelwerk_nr: int) -> str | None:
    """Return on what the site of that `regelwerk` bases this count; None: it does not count."""
    query = text("select ohne_einwilligung from betrieb.regelwerk where regelwerk_nr = :nr")
    found: str | None = connection.execute(query, {"nr": regelwerk_nr}).scalar_one()
    return found


def without_consent(
    connection: Connection, regelwerk_nr: int, von: date, bis: date, *, by_jobcenter: bool
) -> dict[str, Any] | None:
    """Return the whole calendar months from that of `von` to that of `bis`; None where the site has no legal basis.

    `monate` has one entry per month, and per Jobcenter with a figure if that is asked for. Numbers are those of the
    deliveries known now; they have no history.
    """
    basis = legal_basis(connection, regelwerk_nr)
    if basis is None:
        return None
    rows = connection.execute(
        text(f"""
            select monat, jobcenter_nr, stichtag, {", ".join(MEASURES)} from bericht.ohne_einwilligung
            where monat between date_trunc('month', cast(:von as date)) and :bis
                and (jobcenter_nr <> '*') = :einzeln
            order by monat, jobcenter_nr
            """),
        {"von": von, "bis": bis, "einzeln": by_jobcenter},
    ).mappings()
    found = [_entry(row, by_jobcenter) for row in rows]
    if not by_jobcenter:
        there = {entry["monat"]: entry for entry in found}
        empty = {"stichtag": None, **dict.fromkeys(MEASURES, 0)}
        months = [f"{month:%Y-%m}" for month in months_between(von, bis)]
        found = [there.get(month, {"monat": month, **empty}) for month in months]
    return {"bezeichnung": LABEL, "hinweis": APART, "rechtsgrundlage": basis, "monate": found}


def _entry(row: Any, by_jobcenter: bool) -> dict[str, Any]:
    own = {"jobcenter": row["jobcenter_nr"]} if by_jobcenter else {}
    numbers = {name: int(row[name]) for name in MEASURES}
    return {"monat": f"{row['monat']:%Y-%m}", **own, "stichtag": row["stichtag"].isoformat(), **numbers}
