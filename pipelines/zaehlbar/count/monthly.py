"""The nightly figures: every period of the history, stored with their own history."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, text

from zaehlbar.count.beside import count_beside
from zaehlbar.count.delta import Affected, add_history, affected, difference, remember
from zaehlbar.count.engine import COLUMNS, MEASURES, count_cells, count_facts, read_facts
from zaehlbar.count.period import Calendar, Period, Rules, load_calendar, load_rules
from zaehlbar.count.store import store_history

DIMENSIONS = ("zeitraum", "beginn", *COLUMNS.values())
SPAN = ("ende", "stichtag")


def count_months(connection: Connection, lauf_id: int, regelwerk_nr: int) -> int:
    """Count all periods and store what changed since the last count; return the number of figures written.

    Months run from the first Eintritt to the end of the last loaded period, at most 20 years; with them all quarters,
    years and twelve months that end there. Periods with a month whose persons went by retention (`zahl.eingefroren`)
    keep the figures they had.
    """
    rules = load_rules(connection, regelwerk_nr)
    periods = nightly_periods(connection, load_calendar(connection, rules))
    part = affected(connection, lauf_id, regelwerk_nr, periods)
    changed = None if part is None else _add_change(connection, part, periods, rules, lauf_id)
    if changed is None:
        part = None
        cells = [figure_rows(count_cells(connection, periods, rules, lauf_id), periods)] if periods else []
        changed = store_figures(connection, cells, lauf_id)
    count_beside(connection, periods, rules, lauf_id, part)
    connection.execute(
        text("""
            insert into zahl.zaehlung (lauf_id, regelwerk_nr, umfang) values (:lauf_id, :nr, :umfang)
            on conflict (lauf_id) do update
            set regelwerk_nr = excluded.regelwerk_nr, gezaehlt_am = now(), umfang = excluded.umfang
            """),
        {"lauf_id": lauf_id, "nr": regelwerk_nr, "umfang": "alles" if part is None else "geaendertes"},
    )
    remember(connection, lauf_id, regelwerk_nr, periods)
    return changed


def _add_change(
    connection: Connection, part: Affected, periods: Sequence[Period], rules: Rules, lauf_id: int
) -> int | None:
    """Count only the persons of `part`, as known then and now, and add the difference; None when that cannot be."""
    after, before = (
        count_facts(read_facts(connection, stand, rules.kategorien_version, part.identities), periods, rules)
        for stand in (lauf_id, part.since)
    )
    change = figure_rows(difference(after, before, ("periode", *COLUMNS), MEASURES), periods)
    return add_history(connection, "zahl.figur", DIMENSIONS, SPAN, MEASURES, change, lauf_id)


def nightly_periods(connection: Connection, calendar: Calendar) -> list[Period]:
    """Return what the night counts; nothing before the first participation or event, or delivery."""
    first, last = connection.execute(
        text("""
            select
                least(
                    (select min(eintritt_datum) from kern.teilnahme where bekannt_bis is null),
                    (select min(datum) from kern.angebot where bekannt_bis is null)
                ),
                (select max(zeitraum_bis) from betrieb.lieferung where status = 'geladen')
            """)
    ).one()
    return [] if first is None or last is None else calendar.periods(first, last)


def figure_rows(counted: pa.Table, periods: Sequence[Period]) -> pa.Table:
    """Return the counted cells that are not empty, with the columns of `zahl.figur`."""
    empty = pc.equal(pa.scalar(0), pa.scalar(0))
    for name in MEASURES:
        empty = pc.and_(empty, pc.equal(counted.column(name).fill_null(0), 0))
    counted = counted.filter(pc.invert(empty))
    index = pc.index_in(counted.column("periode"), pa.array([period.nummer for period in periods], pa.int32()))
    spans = {"zeitraum": "zeitraum", "beginn": "von", "ende": "bis", "stichtag": "stichtag"}
    return pa.table(
        {name: pa.array([getattr(period, own) for period in periods]).take(index) for name, own in spans.items()}
        | {column: counted.column(name) for name, column in COLUMNS.items()}
        | {name: counted.column(name) for name in MEASURES}
    )


def store_figures(connection: Connection, cells: Sequence[pa.Table], lauf_id: int) -> int:
    """Make these the figures as of run `lauf_id` (none: nothing is counted any more)."""
    names = [*DIMENSIONS, *SPAN, *MEASURES]
    new = pa.concat_tables(cells) if cells else pa.table({name: pa.array([], pa.null()) for name in names})
    return store_history(connection, "zahl.figur", DIMENSIONS, (*SPAN, *MEASURES), new, lauf_id)
