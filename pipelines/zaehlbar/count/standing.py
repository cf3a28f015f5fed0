"""What is to be said of months whose persons are gone (DESIGN.md, statement 8), and the figures that stayed.

Belongs here: the two notes, and reading the figures of a period with a month that is no longer counted. Does not belong
here: noting such months (load/removed.py), counting. `bericht.figuren` says the same with the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
from sqlalchemy import Connection, text

from zaehlbar.count.engine import COLUMNS, MEASURES
from zaehlbar.count.period import Period

FROZEN = "Stand vor Ablauf der Aufbewahrung"
RECOUNTED = "Nachzählung ohne inzwischen entfernte Personen"


@dataclass(frozen=True, slots=True)
class Frozen:
    """A period that is no longer counted: under which rules and when it was counted last."""

    von: date
    bis: date
    lauf_id: int | None
    regelwerk_nr: int
    gezaehlt_am: datetime


def frozen_period(connection: Connection, first: date, last: date) -> Frozen | None:
    """Return what is known of the last count of the period `first` to `last`, None when it is still counted.

    It ended when the first of its months was no longer counted.
    """
    row = connection.execute(
        text("""
            select
                (select max(z.lauf_id) from zahl.zaehlung as z where z.gezaehlt_am = f.gezaehlt_am) as lauf_id,
                f.regelwerk_nr, f.gezaehlt_am
            from zahl.eingefroren as f where f.monat between :first and :last
            order by f.gezaehlt_am limit 1
            """),
        {"first": first, "last": last},
    ).one_or_none()
    return None if row is None else Frozen(first, last, *row)


def frozen_cells(connection: Connection, periods: Sequence[Period], frozen: Frozen) -> pa.Table:
    """Return the stored figures of the first of `periods` in the columns of `count_cells`, none where it has none.

    The others are single days: a Stichtag has the figures of its month, as they were at that last count.
    """
    columns = ", ".join(f"{column} as {name}" for name, column in COLUMNS.items())
    found = f"select {{}} as periode, {columns}, {', '.join(MEASURES)} from zahl.figur where "
    own = connection.execute(
        text(found.format(0) + "bekannt_bis is null and zeitraum = :zeitraum and beginn = :von"),
        {"zeitraum": periods[0].zeitraum, "von": periods[0].von},
    )
    rows = [dict(row) for row in own.mappings()]
    for period in periods[1:] if rows else ():
        of_day = connection.execute(
            text(
                found.format(period.nummer) + "zeitraum = 'monat' and stichtag = :day"
                " and coalesce(bekannt_von <= :stand, true) and (bekannt_bis is null or bekannt_bis > :stand)"
            ),
            {"day": period.stichtag, "stand": frozen.lauf_id},
        )
        rows += [dict(row) for row in of_day.mappings()]
    schema = pa.schema(
        [
            ("periode", pa.int32()),
            *((name, pa.string()) for name in COLUMNS),
            *((name, pa.int64()) for name in MEASURES),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def notes_of_frozen(connection: Connection, frozen: Frozen) -> list[str]:
    """Return what is said of a period that is no longer counted."""
    query = "select exists (select from zahl.entfernt where monat between :von and :bis and entfernt_am < :am)"
    values = {"von": frozen.von, "bis": frozen.bis, "am": frozen.gezaehlt_am}
    earlier = connection.execute(text(query), values).scalar_one()
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
