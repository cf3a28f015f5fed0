"""The nightly figures: every month of the history, stored with their own history."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, text

from zaehlbar.count.engine import MEASURES, count_cells
from zaehlbar.count.period import Calendar, Period, load_rules, months_between
from zaehlbar.load.copy import copy_into

_DIMENSIONS = ("monat", "jobcenter_nr", "vorhaben_id", "tvp_id", "kategorie")
_MAX_MONTHS = 240
_COUNTED = "not exists (select from zahl.eingefroren as f where f.monat = z.monat)"
"""Condition on `zahl.monatszahl as z`: a month that is still counted."""


def count_months(connection: Connection, lauf_id: int, regelwerk_nr: int) -> int:
    """Count all months and store what changed since the last count; return the number of changed cells.

    Months run from the first Eintritt to the end of the last loaded period, at most 20 years. Months whose persons went
    by retention (`zahl.eingefroren`) keep the figures they had.
    """
    rules = load_rules(connection, regelwerk_nr)
    first, last = connection.execute(
        text("""
            select
                (select min(eintritt_datum) from kern.teilnahme where bekannt_bis is null),
                (select max(zeitraum_bis) from betrieb.lieferung where status = 'geladen')
            """)
    ).one()
    changed = 0
    if first is not None and last is not None:
        calendar = Calendar(connection, rules)
        months = months_between(first, last)[-_MAX_MONTHS:]
        periods = [calendar.month(number, month) for number, month in enumerate(months)]
        changed = _store(connection, _cells(count_cells(connection, periods, rules, lauf_id), periods), lauf_id)
    else:
        changed = _end_all(connection, lauf_id)
    connection.execute(
        text("""
            insert into zahl.zaehlung (lauf_id, regelwerk_nr) values (:lauf_id, :nr)
            on conflict (lauf_id) do update set regelwerk_nr = excluded.regelwerk_nr, gezaehlt_am = now()
            """),
        {"lauf_id": lauf_id, "nr": regelwerk_nr},
    )
    return changed


def _end_all(connection: Connection, lauf_id: int) -> int:
    values = {"l": lauf_id}
    connection.execute(
        text(f"delete from zahl.monatszahl as z where bekannt_bis is null and bekannt_von = :l and {_COUNTED}"), values
    )
    statement = text(f"update zahl.monatszahl as z set bekannt_bis = :l where bekannt_bis is null and {_COUNTED}")
    return connection.execute(statement, values).rowcount


def _cells(counted: pa.Table, periods: Sequence[Period]) -> pa.Table:
    """Return the cells that are not empty, named as in `zahl.monatszahl`."""
    empty = pc.equal(pa.scalar(0), pa.scalar(0))
    for name in MEASURES:
        empty = pc.and_(empty, pc.equal(counted.column(name).fill_null(0), 0))
    counted = counted.filter(pc.invert(empty))
    number = counted.column("periode")
    months = pa.array([period.von for period in periods], pa.date32()).take(number)
    days = pa.array([period.stichtag for period in periods], pa.date32()).take(number)
    columns = [months, *(counted.column(name) for name in ("jc", "vh", "tvp", "kat")), days]
    return pa.table(
        dict(zip([*_DIMENSIONS, "stichtag"], columns, strict=True)) | {name: counted.column(name) for name in MEASURES}
    )


def _store(connection: Connection, cells: pa.Table, lauf_id: int) -> int:
    """Write only cells that differ from the stored ones; end those that differ or are gone."""
    dimensions, measures = ", ".join(_DIMENSIONS), ", ".join(MEASURES)
    connection.execute(
        text(
            f"create temporary table z_neu on commit drop as"
            f" select {dimensions}, stichtag, {measures} from zahl.monatszahl with no data"
        )
    )
    copy_into(connection, "z_neu", cells)
    connection.execute(text("delete from z_neu where monat in (select monat from zahl.eingefroren)"))
    connection.execute(text("analyze z_neu"))
    same = " and ".join(f"z.{name} = n.{name}" for name in _DIMENSIONS)
    equal = (
        f"exists (select from z_neu as n where {same} and"
        f" row(z.stichtag, {', '.join(f'z.{name}' for name in MEASURES)}) is not distinct from"
        f" row(n.stichtag, {', '.join(f'n.{name}' for name in MEASURES)}))"
    )
    values = {"lauf_id": lauf_id}
    connection.execute(
        text(
            f"delete from zahl.monatszahl as z"
            f" where bekannt_bis is null and bekannt_von = :lauf_id and {_COUNTED} and not {equal}"
        ),
        values,
    )
    connection.execute(
        text(
            f"update zahl.monatszahl as z set bekannt_bis = :lauf_id"
            f" where bekannt_bis is null and {_COUNTED} and not {equal}"
        ),
        values,
    )
    inserted = connection.execute(
        text(f"""
            insert into zahl.monatszahl ({dimensions}, stichtag, {measures}, bekannt_von)
            select {dimensions}, stichtag, {measures}, :lauf_id
            from z_neu as n
            where not exists (select from zahl.monatszahl as z where z.bekannt_bis is null and {same})
            """),
        values,
    ).rowcount
    connection.execute(text("drop table z_neu"))
    return inserted
