"""What is to be said of months whose persons are gone (DESIGN.md, statement 8), and the figures that stayed.

Belongs here: the two notes, and reading the figures of a month that is no longer counted. Does not belong here: noting
such months (load/removed.py), counting. `bericht.monatszahlen` says the same with the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
from sqlalchemy import Connection, text

from zaehlbar.count.engine import MEASURES
from zaehlbar.count.period import Period

FROZEN = "Stand vor Ablauf der Aufbewahrung"
RECOUNTED = "Nachzählung ohne inzwischen entfernte Personen"


@dataclass(frozen=True, slots=True)
class Frozen:
    """A month that is no longer counted: under which rules and when it was counted last."""

    month: date
    lauf_id: int | None
    regelwerk_nr: int
    gezaehlt_am: datetime


def frozen_month(connection: Connection, month: date) -> Frozen | None:
    """Return what is known of the month's last count, None when it is still counted."""
    row = connection.execute(
        text("""
            select
                f.monat,
                (select max(z.lauf_id) from zahl.zaehlung as z where z.gezaehlt_am = f.gezaehlt_am) as lauf_id,
                f.regelwerk_nr, f.gezaehlt_am
            from zahl.eingefroren as f where f.monat = :monat
            """),
        {"monat": month},
    ).one_or_none()
    return None if row is None else Frozen(*row)


def frozen_cells(connection: Connection, month: date, periods: Sequence[Period]) -> pa.Table:
    """Return the figures of such a month in the columns of `count_cells`, for itself and its Stichtag."""
    columns = "jobcenter_nr as jc, vorhaben_id as vh, tvp_id as tvp, kategorie as kat"
    query = f"select {columns}, {', '.join(MEASURES)} from zahl.monatszahl where monat = :monat and bekannt_bis is null"
    rows = [dict(row) for row in connection.execute(text(query), {"monat": month}).mappings()]
    schema = pa.schema(
        [
            ("periode", pa.int32()),
            *((name, pa.string()) for name in ("jc", "vh", "tvp", "kat")),
            *((name, pa.int64()) for name in MEASURES),
        ]
    )
    return pa.Table.from_pylist([{"periode": nr, **row} for row in rows for nr in range(len(periods))], schema=schema)


def notes_of_frozen(connection: Connection, frozen: Frozen) -> list[str]:
    """Return what is said of a month that is no longer counted."""
    query = text("select exists (select from zahl.entfernt where monat = :monat and entfernt_am < :am)")
    earlier = connection.execute(query, {"monat": frozen.month, "am": frozen.gezaehlt_am}).scalar_one()
    return [FROZEN, RECOUNTED] if earlier else [FROZEN]


def notes_of_recount(connection: Connection, first: date, last: date, counted: datetime | None = None) -> list[str]:
    """Return what is said of a count of the days `first` to `last` on the facts that are left.

    `counted`: it is a recount as of the count at that time. What was known of a person's end then may have been
    different, so it says the note for every later month too, rather than keep silent once.
    """
    since = "zuletzt_am > :counted" if counted is not None else "monat >= date_trunc('month', cast(:first as date))"
    query = text(f"select exists (select from zahl.entfernt where monat <= :last and {since})")
    touched = connection.execute(query, {"first": first, "last": last, "counted": counted}).scalar_one()
    return [RECOUNTED] if touched else []
