"""DESIGN.md, statement 4: the same deliveries in any order give the same current facts.

The reference says what is current as a pure function of the set of deliveries: slow, obvious, without any history.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import text
from tests.conftest import Warehouse
from tests.support.facts import Participation, Sent, Unit, mark_loaded, new_delivery, new_run, pseudonymized, token

from zaehlbar.load import load_delivery

MONTHS = [
    (date(2026, 1, 1), date(2026, 1, 31)),
    (date(2026, 2, 1), date(2026, 2, 28)),
    (date(2026, 3, 1), date(2026, 3, 31)),
]
DAYS = [date(2026, month, day) for month in (1, 2, 3) for day in (5, 20)]
PERSONS = ["a", "b", "c"]


@st.composite
def _sent(draw: st.DrawFn) -> Sent:
    first = draw(st.integers(0, 2))
    last = draw(st.integers(first, 2))
    start, end = MONTHS[first][0], MONTHS[last][1]
    entries = draw(
        st.lists(
            st.tuples(st.sampled_from(PERSONS), st.sampled_from([day for day in DAYS if day <= end])),
            unique=True,
            max_size=4,
        )
    )
    participations = tuple(
        Participation(tn, day, aus=draw(st.sampled_from([None, date(2026, 4, 1), date(2026, 5, 1)])))
        for tn, day in entries
    )
    inside = [day for day in DAYS if start <= day <= end]
    units = draw(
        st.none() | st.lists(st.tuples(st.sampled_from(PERSONS), st.sampled_from(inside)), unique=True, max_size=4)
    )
    return Sent(
        start,
        end,
        version=draw(st.integers(1, 2)),
        participations=participations,
        units=None
        if units is None
        else tuple(Unit(tn, day, minuten=draw(st.sampled_from([30, 60]))) for tn, day in units),
        increment=draw(st.sampled_from(["voll", "voll", "voll", "zuwachs"])),
    )


def _current_by_definition(sent: list[Sent]) -> tuple[set[Any], set[Any]]:
    """What the highest-ranked full delivery covering a position says, overlaid by higher-ranked increments."""
    participations = {(row.tn, row.ein) for item in sent for row in item.participations}
    known = {tn for tn, _ in participations}
    units = {(row.tn, row.datum) for item in sent for row in item.units or () if row.tn in known}
    current_participations = set()
    for tn, day in participations:
        chosen = _chosen(sent, lambda item, day=day: day <= item.end, lambda item: item.participations, (tn, day))
        if chosen is not None:
            current_participations.add((tn, day, chosen.aus))
    current_units = set()
    with_units = [item for item in sent if item.units is not None]
    for tn, day in units:
        chosen = _chosen(
            with_units, lambda item, day=day: item.start <= day <= item.end, lambda item: item.units, (tn, day)
        )
        if chosen is not None:
            current_units.add((tn, day, chosen.minuten))
    return current_participations, current_units


def _chosen(sent: list[Sent], covers: Any, rows: Any, key: tuple[str, date]) -> Any:
    full = [item for item in sent if item.increment == "voll" and covers(item)]
    governing = max(full, key=lambda item: item.rank, default=None)
    found = None if governing is None else _row(rows(governing), key)
    for item in sorted(sent, key=lambda item: item.rank):
        above = governing is None or item.rank > governing.rank
        if item.increment == "zuwachs" and above and _row(rows(item), key) is not None:
            found = _row(rows(item), key)
    return found


def _row(rows: Any, key: tuple[str, date]) -> Any:
    return next((row for row in rows if (row.tn, getattr(row, "ein", None) or row.datum) == key), None)


def _load(warehouse: Warehouse, order: list[Sent], runs: list[bool]) -> tuple[set[Any], set[Any]]:
    with warehouse.engine.begin() as connection:
        for table in (
            "kern.teilnahme",
            "kern.aktivitaet",
            "kern.identitaet",
            "abgleich.identitaet_token",
        ):
            connection.execute(text(f"delete from {table}"))
        connection.execute(text("delete from betrieb.bilanz"))
        connection.execute(text("delete from betrieb.lieferung"))
    waiting: list[Sent] = []
    lauf_id = 0
    for sent, new_night in zip(order, runs, strict=True):
        if new_night or not lauf_id:
            with warehouse.engine.begin() as connection:
                lauf_id = new_run(connection)
        again = [*waiting, sent]
        waiting = []
        for item in [sent, *(other for other in again if other is not sent)]:
            with warehouse.engine.begin() as connection:
                nr = new_delivery(connection, item, lauf_id)
                data = pseudonymized(item)
                loaded = load_delivery(connection, data, lieferung_nr=nr, lauf_id=lauf_id)
                mark_loaded(connection, nr, lauf_id, list(data.tables))
            if any(loaded.waiting.values()):
                waiting.append(item)
    names = {token("V1", "T1", tn): tn for tn in PERSONS}
    with warehouse.engine.connect() as connection:
        participations = connection.execute(
            text("""
                select s.tn_token, t.eintritt_datum, t.austritt_datum
                from kern.teilnahme as t inner join abgleich.identitaet_token as s using (identitaet_id)
                where t.bekannt_bis is null
                """)
        ).all()
        units = connection.execute(
            text("""
                select s.tn_token, t.datum, t.dauer_min
                from kern.aktivitaet as t inner join abgleich.identitaet_token as s using (identitaet_id)
                where t.bekannt_bis is null
                """)
        ).all()
    return (
        {(names[bytes(row[0])], row[1], row[2]) for row in participations},
        {(names[bytes(row[0])], row[1], row[2]) for row in units},
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_statement_04_order_does_not_matter(warehouse: Warehouse, data: st.DataObject) -> None:
    sent = data.draw(st.lists(_sent(), min_size=1, max_size=5, unique_by=lambda item: item.delivery_id))
    expected = _current_by_definition(sent)
    order = data.draw(st.permutations(sent))
    runs = data.draw(st.lists(st.booleans(), min_size=len(sent), max_size=len(sent)))
    assert _load(warehouse, list(order), runs) == expected


@pytest.mark.parametrize("late", [True, False])
def test_late_older_delivery_changes_nothing_current(warehouse: Warehouse, late: bool) -> None:
    old = Sent(*MONTHS[0], participations=(Participation("a", DAYS[0]),), units=())
    new = Sent(MONTHS[0][0], MONTHS[1][1], participations=(Participation("a", DAYS[0], date(2026, 2, 10)),), units=())
    order = [new, old] if late else [old, new]
    assert _load(warehouse, order, [True, True])[0] == {("a", DAYS[0], date(2026, 2, 10))}


JANUARY = MONTHS[0]


def _increment(version: int, minutes: int) -> Sent:
    return Sent(*JANUARY, version=version, units=(Unit("a", DAYS[0], minuten=minutes),), increment="zuwachs")


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (0, 1, 3, 2), (0, 3, 2, 1), (0, 3, 1, 2)])
def test_an_increment_that_changes_nothing_still_outranks_an_older_one(
    warehouse: Warehouse, order: tuple[int, ...]
) -> None:
    sent = [
        Sent(*JANUARY, participations=(Participation("a", DAYS[0]),)),
        _increment(2, 60),
        _increment(3, 30),
        _increment(4, 60),
    ]
    assert _load(warehouse, [sent[0], *(sent[index] for index in order[1:])], [True] * 4)[1] == {("a", DAYS[0], 60)}


def test_a_late_full_delivery_does_not_close_what_a_higher_increment_brought(warehouse: Warehouse) -> None:
    first = Sent(*JANUARY, participations=(Participation("a", DAYS[0]),))
    order = [
        first,
        _increment(3, 60),
        Sent(*JANUARY, version=2, participations=(Participation("a", DAYS[0]),), units=()),
    ]
    assert _load(warehouse, order, [True] * 3)[1] == {("a", DAYS[0], 60)}
