"""The path from one state of the facts to the next: one cause and one delivery at a time, of the persons concerned.

Counting is additive over persons, so what a transition does to the figures is the count of the persons it concerns
after it, minus the count of the same persons before it. Both sides of every transition are read at once, as if they
were persons of different Länder (or partners), and counted in one go.

Belongs here: running `sql/changes/` and counting what it gives. Does not belong here: which cause a change falls into
(that SQL), changes of mapping, rules and calendar (explain).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
from sqlalchemy import Connection, text

from zaehlbar import resources
from zaehlbar.changes.causes import STAGES, Cause
from zaehlbar.changes.states import Counting
from zaehlbar.changes.tally import Tally, rows_of
from zaehlbar.count.engine import COLUMNS, Facts, count_facts
from zaehlbar.count.source import SCHEMAS, read_query, read_source

_AT_ONCE = 25
"""Transitions counted together: the sides are cells of their own, and cells are compared with one another."""

_TABLES = (
    *("c_schritt", "c_lauf", "c_geladen", "c_gesprochen", "c_neu", "c_wechsel_teilnahme", "c_wechsel_aktivitaet"),
    *("c_ereignis", "c_uebergang", "c_person", "c_kreis", "c_marke"),
)
_PREPARE = (
    *("10_geladen", "11_gesprochen", "12_neu", "20_wechsel_teilnahme", "21_wechsel_aktivitaet", "30_ereignis"),
    *("31_uebergang", "40_person", "41_kreis", "50_marke"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """From the state after one count to the state after the next; runs in between did not count."""

    before: int
    after: int


@dataclass(slots=True)
class Parts:
    """What the causes did to the figures, and of those that deliveries brought what each delivery (by number) did."""

    causes: dict[Cause, Tally] = field(default_factory=dict)
    deliveries: dict[tuple[Cause, int], Tally] = field(default_factory=dict)

    def of(self, cause: Cause) -> Tally:
        """Return the part of a cause, to be read or added to."""
        return self.causes.setdefault(cause, Tally())


@dataclass(frozen=True, slots=True)
class Only:
    """Whose rows can matter for the cells asked: a condition on `kern.identitaet as i` and its values."""

    condition: str = "true"
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Transition:
    number: int
    cause: Cause
    delivery: int


def walk(
    connection: Connection,
    steps: Sequence[Step],
    counting: Counting,
    places: tuple[str, ...],
    only: Only,
    parts: Parts,
) -> None:
    """Add to `parts` what happened in `steps`, counted as `counting` says, by the dimensions `places`."""
    transitions = _prepare(connection, steps, only)
    for first in range(0, len(transitions), _AT_ONCE):
        chosen = transitions[first : first + _AT_ONCE]
        for transition, side, figures in _counted(connection, chosen, counting, places):
            factor = 1 if side else -1
            parts.of(transition.cause).add(figures, factor)
            if transition.delivery:
                key = (transition.cause, transition.delivery)
                parts.deliveries.setdefault(key, Tally()).add(figures, factor)
    _drop(connection)


def _prepare(connection: Connection, steps: Sequence[Step], only: Only) -> list[_Transition]:
    """Find out what happened in the steps, into temporary tables; return the transitions in their order."""
    _drop(connection)
    connection.execute(
        text("create temporary table c_schritt (schritt integer, von integer, nach integer) on commit drop")
    )
    connection.execute(
        text("insert into c_schritt values (:nr, :von, :nach)"),
        [{"nr": nr, "von": step.before, "nach": step.after} for nr, step in enumerate(steps)],
    )
    connection.execute(
        text("""
            create temporary table c_lauf on commit drop as
            select s.schritt, l.lauf_id
            from c_schritt as s cross join lateral generate_series(s.von + 1, s.nach) as l (lauf_id)
            """)
    )
    for name in _PREPARE:
        statement = _statement(name).replace("{gefragt}", only.condition)
        used = {key: value for key, value in only.values.items() if f":{key}" in statement}
        connection.execute(text(statement), used)
        connection.execute(text(f"analyze c_{name[3:]}"))
    rows = connection.execute(text("select nr, stufe, lieferung_nr from c_uebergang order by nr"))
    return [_Transition(row.nr, STAGES[row.stufe], row.lieferung_nr) for row in rows]


def _counted(
    connection: Connection, transitions: Sequence[_Transition], counting: Counting, places: tuple[str, ...]
) -> Iterator[tuple[_Transition, int, Tally]]:
    """Yield each transition with its side (0 before, 1 after) and the figures of whom it concerns."""
    spare = "land" if "land" not in places else "tvp"
    by_number = {one.number: one for one in transitions}
    marks = (2 * min(by_number), 2 * max(by_number) + 1)
    facts = Facts(
        _read(connection, "60_teilnahme", "teilnahme", spare, marks),
        _read(connection, "61_aktivitaet", "aktivitaet", spare, marks),
        read_source(connection, "kategorie_zuordnung", {"kategorien_version": counting.rules.kategorien_version}),
    )
    counted = count_facts(facts, [counting.period], counting.rules, [(*places, spare)])
    position = list(COLUMNS).index(spare)
    sides: dict[int, Tally] = {}
    for cell, numbers in rows_of(counted):
        own = (*cell[:position], "*", *cell[position + 1 :])
        sides.setdefault(int(cell[position]), Tally()).put(own, numbers)
    for mark, figures in sides.items():
        yield by_number[mark // 2], mark % 2, figures


def _read(connection: Connection, name: str, table: str, spare: str, marks: tuple[int, int]) -> pa.Table:
    own = {"land": "coalesce(v.land, 'OHNE')", "tvp": "i.tvp_id"} | {spare: "f.marke::text"}
    query = _statement(name).replace("{marken}", f"m.marke between {marks[0]} and {marks[1]}")
    query = query.replace("{land}", own["land"]).replace("{tvp_id}", own["tvp"])
    return read_query(connection, query, SCHEMAS[table])


def _statement(name: str) -> str:
    return (resources.folder("sql") / "changes" / f"{name}.sql").read_text(encoding="utf-8")


def _drop(connection: Connection) -> None:
    connection.execute(text(f"drop table if exists {', '.join(_TABLES)}"))
