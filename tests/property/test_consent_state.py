"""Whom a list may name ((d) 25), and whose consent has ended: the SQL agrees with a slow, obvious rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from sqlalchemy import text
from tests.conftest import Warehouse

from zaehlbar.load.consent_state import covered, end_consents, expired

HERE, ELSEWHERE = "99901", "99902"
DAY = date(2026, 6, 1)
DAYS = [date(2026, 1, 1), date(2026, 3, 1), date(2026, 5, 31), DAY, date(2026, 6, 2)]


@dataclass(frozen=True)
class Row:
    """One stored participation with its declaration."""

    stufe: str | None = "2"
    zweck: str | None = "EINZELFALL"
    empfaenger: str | None = HERE
    am: date | None = DAYS[1]
    bis: date | None = None
    status: str | None = "AKTIV"
    current: bool = True

    @property
    def day(self) -> date:
        return self.am or date.min

    @property
    def level(self) -> int:
        both = {("2", "STATISTIK"): 1, ("1", "EINZELFALL"): 0}
        return both.get((self.stufe or "", self.zweck or ""), int(self.stufe or 0))


@dataclass(frozen=True)
class Person:
    """One identity: its rows, exact token, person by the table of persons, refusals remembered by its number."""

    rows: tuple[Row, ...]
    exact: str | None = None
    person: int | None = None
    refused: date | None = None
    restricted: bool = False


@dataclass(frozen=True)
class World:
    persons: tuple[Person, ...]
    refused_exact: tuple[tuple[str, date], ...] = ()

    def group(self, at: int) -> set[int]:
        own = self.persons[at]
        return {at} | {
            number
            for number, other in enumerate(self.persons)
            if (own.exact and own.exact == other.exact) or (own.person is not None and own.person == other.person)
        }

    def refusals(self, members: set[int]) -> Iterator[date]:
        for one in (self.persons[number] for number in members):
            if one.refused:
                yield one.refused
            yield from (day for token, day in self.refused_exact if token == one.exact)


ROWS = st.builds(
    Row,
    stufe=st.sampled_from(["2", "2", "2", "1", "0", None]),
    zweck=st.sampled_from(["EINZELFALL", "EINZELFALL", "STATISTIK", None]),
    empfaenger=st.sampled_from([HERE, HERE, ELSEWHERE, None]),
    am=st.sampled_from([*DAYS, None]),
    bis=st.sampled_from([None, None, *DAYS]),
    status=st.sampled_from(["AKTIV", None, "STORNO"]),
    current=st.sampled_from([True, True, True, False]),
)
PERSONS = st.builds(
    Person,
    rows=st.lists(ROWS, max_size=2).map(tuple),
    exact=st.sampled_from(["e1", "e1", "e2", None]),
    person=st.sampled_from([None, None, 1]),
    refused=st.sampled_from([None, None, None, *DAYS]),
    restricted=st.sampled_from([False] * 5 + [True]),
)
WORLDS = st.builds(
    World,
    persons=st.lists(PERSONS, min_size=1, max_size=4).map(tuple),
    refused_exact=st.lists(st.tuples(st.sampled_from(["e1", "e2"]), st.sampled_from(DAYS)), max_size=1).map(tuple),
)


def may_be_named(world: World, at: int) -> bool:
    """The newest thing said that concerns this list is an own declaration that allows it; nothing else is as new."""
    members = world.group(at)
    if any(world.persons[number].restricted for number in members):
        return False
    allows, against = [], list(world.refusals(members))
    for number in members:
        for row in world.persons[number].rows:
            if not row.current or row.status == "STORNO":
                continue
            allowed = (
                (row.level, row.zweck, row.empfaenger) == (2, "EINZELFALL", HERE)
                and row.am is not None
                and row.am <= DAY
                and (row.bis is None or row.bis >= DAY)
            )
            if allowed and number == at:
                allows.append(row.day)
            if not allowed and (number == at or row.empfaenger == HERE or row.level < 2):
                against.append(row.day)
    return any(all(day > other for other in against) for day in allows)


def standing(person: Person) -> list[Row]:
    """What the warehouse goes by: current rows, else those that were current last (all closed ones of one run here)."""
    return [row for row in person.rows if row.current] or list(person.rows)


def has_ended(world: World, at: int, minimum: int) -> bool:
    """No declaration of this number that still stands is newer than all of the person that do not."""
    own = world.persons[at]

    def stands(row: Row) -> bool:
        return row.level >= minimum and (row.bis is None or row.bis >= DAY)

    members = {number for number in world.group(at) if number == at or world.persons[number].exact == own.exact}
    members = {number for number in members if number == at or own.exact is not None}
    ended = [row.day for number in members for row in standing(world.persons[number]) if not stands(row)]
    newest = max((row.day for row in standing(own) if stands(row)), default=None)
    if own.restricted or not own.rows or not ended:
        return False
    return newest is None or newest <= max(ended)


def build(connection: sa.Connection, world: World) -> None:
    """Write `world`; identity numbers are those of its persons."""
    for table in ("kern.teilnahme", "kern.person_zuordnung", "kern.einschraenkung", "kern.identitaet"):
        connection.execute(text(f"delete from {table}"))
    for table in ("abgleich.merkmal", "abgleich.identitaet_token", "abgleich.widerruf"):
        connection.execute(text(f"delete from {table}"))
    refused = [("exakt", 2, token, day) for token, day in world.refused_exact]
    for number, one in enumerate(world.persons):
        _identity(connection, number, one)
        refused += [("tn", 0, f"tn{number}", one.refused)] if one.refused else []
    for art, version, token, day in refused:
        connection.execute(
            text("""
                insert into abgleich.widerruf (art, normalisierer_version, token, widerruf_am, schluessel_id)
                values (:art, :version, :token, :day, 'k1')
                """),
            {"art": art, "version": version, "token": token.encode().ljust(32, b"0"), "day": day},
        )


def _identity(connection: sa.Connection, number: int, one: Person) -> None:
    values: dict[str, Any] = {
        "id": number,
        "tn": f"tn{number}".encode().ljust(32, b"0"),
        "exakt": None if one.exact is None else one.exact.encode().ljust(32, b"0"),
        "person": number + 100 if one.person is None else one.person,
    }
    statements = [
        "insert into kern.identitaet overriding system value values (:id, 'V1', 'T1')",
        "insert into abgleich.identitaet_token (identitaet_id, tn_token, geburtsdatum_voll, schluessel_id,"
        " zeitraum_bis, version, lieferung_nr, geaendert_lauf) values (:id, :tn, true, 'k1', '2026-06-30', 1, 1, 1)",
        "insert into abgleich.merkmal (identitaet_id, normalisierer_version, exakt_token, schluessel_id,"
        " geaendert_lauf) values (:id, 2, :exakt, 'k1', 1)",
        "insert into kern.person_zuordnung (identitaet_id, person_id, grund, bekannt_von)"
        " values (:id, :person, 'allein', 1)",
    ]
    if one.restricted:
        statements.append("insert into kern.einschraenkung (identitaet_id, bekannt_von) values (:id, 1)")
    for statement in statements:
        connection.execute(text(statement), values)
    for at, row in enumerate(one.rows):
        connection.execute(
            text("""
                insert into kern.teilnahme (
                    identitaet_id, eintritt_datum, status, einwilligung_stufe, einwilligung_zweck,
                    einwilligung_empfaenger, einwilligung_am, einwilligung_bis, lieferung_nr, bekannt_von, bekannt_bis
                ) values (
                    :id, date '2026-01-01' + :at, :status, :stufe, :zweck, :empfaenger, :am, :bis, 1, 1, :ended
                )
                """),
            {
                **{name: getattr(row, name) for name in ("status", "stufe", "zweck", "empfaenger", "am", "bis")},
                "id": number,
                "at": at,
                "ended": None if row.current else 2,
            },
        )


def answers(warehouse: Warehouse, world: World, minimum: int) -> tuple[frozenset[int], set[int]]:
    with warehouse.engine.begin() as connection:
        build(connection, world)
    with warehouse.engine.begin() as connection:
        named = covered(connection, range(len(world.persons)), recipient=HERE, day=DAY)
        ended = connection.execute(text(f"select identitaet_id from {expired(connection, DAY, minimum)}")).scalars()
        return named, set(ended)


@settings(
    max_examples=120,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=WORLDS, minimum=st.sampled_from([1, 2]))
def test_lists_and_ends_follow_what_was_said_last(warehouse: Warehouse, world: World, minimum: int) -> None:
    named, ended = answers(warehouse, world, minimum)
    everybody = range(len(world.persons))
    assert named == {at for at in everybody if may_be_named(world, at)}
    assert ended == {at for at in everybody if has_ended(world, at, minimum)}


GOOD = Row()
CASES = {
    "as declared": (World((Person((GOOD,)),)), True),
    "level 1": (World((Person((Row(stufe="1", zweck=None),)),)), False),
    "for statistics": (World((Person((Row(zweck="STATISTIK"),)),)), False),
    "without a purpose": (World((Person((Row(zweck=None),)),)), False),
    "for another Jobcenter": (World((Person((Row(empfaenger=ELSEWHERE),)),)), False),
    "for nobody": (World((Person((Row(empfaenger=None),)),)), False),
    "undated": (World((Person((Row(am=None),)),)), False),
    "declared later": (World((Person((Row(am=date(2026, 6, 2)),)),)), False),
    "last day": (World((Person((Row(bis=DAY),)),)), True),
    "ended": (World((Person((Row(bis=date(2026, 5, 31)),)),)), False),
    "withdrawn since": (World((Person((GOOD,), refused=DAYS[2]),)), False),
    "withdrawn on that day": (World((Person((GOOD,), refused=DAYS[1]),)), False),
    "withdrawn before": (World((Person((GOOD,), refused=DAYS[0]),)), True),
    "withdrawn elsewhere": (World((Person((GOOD,), exact="e1"),), (("e1", DAYS[2]),)), False),
    "lowered elsewhere": (World((Person((GOOD,), "e1"), Person((Row(stufe="1", am=DAYS[2]),), "e1"))), False),
    "lowered on that day": (World((Person((GOOD, Row(stufe="1", zweck=None))),)), False),
    "another one elsewhere": (
        World((Person((GOOD,), "e1"), Person((Row(empfaenger=ELSEWHERE, am=DAYS[2]),), "e1"))),
        True,
    ),
    "restricted": (World((Person((GOOD,), restricted=True),)), False),
}


@pytest.mark.parametrize("world,named", CASES.values(), ids=CASES.keys())
def test_a_list_names_whom_the_consent_names(warehouse: Warehouse, world: World, named: bool) -> None:
    assert (0 in answers(warehouse, world, 1)[0]) == named


def test_an_ended_consent_is_removed_and_remembered_by_its_day(warehouse: Warehouse) -> None:
    ended = Row(stufe="1", zweck=None, am=DAYS[1], bis=DAYS[2])
    older = Row(stufe="1", zweck=None, am=DAYS[0])
    newer = Row(stufe="1", zweck=None, am=DAYS[3])
    world = World((Person((ended,), "e1"), Person((older,), "e1"), Person((newer,), "e1"), Person((older,), "e2")))
    with warehouse.engine.begin() as connection:
        build(connection, world)
    with warehouse.engine.begin() as connection:
        assert end_consents(connection, DAYS[2], 1) == 0  # the last day still counts
        # The same person's older consent at another provider was replaced by the one that ended; the newer one stands.
        assert end_consents(connection, DAY, 1) == 2
        left = connection.execute(text("select identitaet_id from kern.identitaet order by 1")).scalars().all()
        told = connection.execute(text("select art, widerruf_am from abgleich.widerruf order by 1, token")).all()
    assert left == [2, 3]
    assert [tuple(row) for row in told] == [("exakt", DAYS[1]), ("tn", DAYS[1]), ("tn", DAYS[1])]
