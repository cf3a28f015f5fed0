"""States of the figures: which counts there were, what each of them stored, under which rules.

Belongs here: reading what the nights left. Does not belong here: counting anew (path, explain).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

import pyarrow as pa
from sqlalchemy import Connection, text

from zaehlbar.changes.tally import Tally, tally_of
from zaehlbar.count.engine import COLUMNS, MEASURES
from zaehlbar.count.period import Kind, Period, Rules, load_calendar, load_rules

_SWITCHED = {"bestand_aktiv": "aktiv_tage", "personen_unter_schwelle": "schwelle_minuten"}
"""Measures that a counting rule can switch off, and the rule."""


@dataclass(frozen=True, slots=True)
class State:
    """The figures after a count; `lauf_id` 0: before the first one, with the rules of none."""

    lauf_id: int
    regelwerk_nr: int | None = None
    gezaehlt_am: datetime | None = None


NOTHING = State(0)


@dataclass(frozen=True, slots=True)
class Span:
    """A period that is counted every night, by its kind and the first day of its last month."""

    kind: Kind
    last_month: date


@dataclass(frozen=True, slots=True)
class Counting:
    """How a state counts: the rules, and the period with its Stichtag."""

    rules: Rules
    period: Period


@dataclass(frozen=True, slots=True)
class Stored:
    """The figures of a period and a combination of dimensions in a state.

    `missing`: measures that were not counted then, as Zählbar did not know them yet.
    """

    figures: Tally = field(default_factory=Tally)
    missing: frozenset[str] = frozenset()


def counts(connection: Connection) -> list[State]:
    """Return the states after all counts, the oldest first."""
    rows = connection.execute(text("select lauf_id, regelwerk_nr, gezaehlt_am from zahl.zaehlung order by lauf_id"))
    return [State(*row) for row in rows]


def counting(connection: Connection, state: State, span: Span) -> Counting:
    """Return how the state counts the period."""
    assert state.regelwerk_nr is not None
    rules = load_rules(connection, state.regelwerk_nr)
    return Counting(rules, load_calendar(connection, rules).period(0, span.kind, span.last_month))


def first_count(connection: Connection, period: Period, places: tuple[str, ...]) -> int | None:
    """Return the run since which figures of the period are stored by these dimensions; None: they never were."""
    query = f"select min(bekannt_von) from zahl.figur as z where {_of(places)}"
    found: int | None = connection.execute(text(query), _key(period)).scalar_one()
    return found


def stored(connection: Connection, state: State, counting: Counting, places: tuple[str, ...]) -> Stored:
    """Return the figures as they were stored in the state."""
    period, rules = counting.period, counting.rules
    columns = ", ".join(f"{column} as {name}" for name, column in COLUMNS.items())
    rows = connection.execute(
        text(f"""
            select {columns}, {", ".join(MEASURES)} from zahl.figur as z
            where {_of(places)} and bekannt_von <= :stand and (bekannt_bis is null or bekannt_bis > :stand)
            """),
        _key(period) | {"stand": state.lauf_id},
    ).mappings()
    schema = pa.schema(
        [*((name, pa.string()) for name in COLUMNS), *((name, pa.int64()) for name in MEASURES)],
    )
    table = pa.Table.from_pylist([dict(row) for row in rows], schema=schema)
    missing = {
        name
        for name in MEASURES
        if table.column(name).null_count and (name not in _SWITCHED or getattr(rules, _SWITCHED[name]) is not None)
    }
    return Stored(tally_of(table), frozenset(missing))


def frozen_since(connection: Connection, period: Period) -> int | None:
    """Return the last run that counted a period with months that are kept as they were; None: it is still counted."""
    found: int | None = connection.execute(
        text("""
            select min(coalesce(
                (select max(z.lauf_id) from zahl.zaehlung as z where z.gezaehlt_am = f.gezaehlt_am),
                (select max(z.lauf_id) from zahl.zaehlung as z where z.gezaehlt_am <= f.seit_am)
            ))
            from zahl.eingefroren as f where f.monat between :beginn and :ende
            """),
        {"beginn": period.von, "ende": period.bis},
    ).scalar_one()
    return found


def removed_since(connection: Connection, state: State, period: Period) -> bool:
    """Whether persons were removed since the state who may have counted in the period."""
    since = "coalesce(cast(:am as timestamptz), '-infinity')"
    query = f"select exists (select from zahl.entfernt where monat <= :ende and zuletzt_am >= {since})"
    values = {"ende": period.bis, "am": state.gezaehlt_am}
    return bool(connection.execute(text(query), values).scalar_one())


def _of(places: tuple[str, ...]) -> str:
    """Return the condition on `zahl.figur as z` for a period and exactly these dimensions."""
    cell = (f"z.{column} {'<>' if name in places else '='} '*'" for name, column in COLUMNS.items() if name != "kat")
    return " and ".join(["z.zeitraum = :zeitraum", "z.beginn = :beginn", *cell])


def _key(period: Period) -> dict[str, object]:
    return {"zeitraum": period.zeitraum, "beginn": period.von}
