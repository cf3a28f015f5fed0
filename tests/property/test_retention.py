"""Retention leaves exactly the rows that a slow reference keeps; what expires does not depend on order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import Connection, text
from tests.conftest import Warehouse
from tests.support.facts import Participation, Sent, Unit, mark_loaded, new_delivery, new_run, pseudonymized, token

from zaehlbar.load import load_delivery
from zaehlbar.load.expiry import Expired, add_months, remove_expired
from zaehlbar.load.forget import IDENTITY_TABLES

MONTHS = 18
TODAY = date(2026, 3, 1)
START = date(2023, 1, 1)
ENDS = [date(2023, 12, 31), date(2024, 6, 30), date(2025, 2, 28), TODAY]
PERSONS = ["a", "b", "c"]

# 31 August 2024 and 18 months are 28 February 2026: the first that may go on 1 March; a day later stays.
BORDER = [date(2024, 8, 30), date(2024, 8, 31), date(2024, 9, 1), date(2024, 2, 29)]
DAYS = st.sampled_from(BORDER) | st.dates(START, date(2026, 1, 31))


@dataclass(frozen=True)
class Course:
    """A participation as it really was; a delivery knows of it what had happened by the end of its period."""

    tn: str
    ein: date
    aus: date | None
    status: str | None

    def known_at(self, end: date) -> Participation:
        aus = self.aus if self.aus is not None and self.aus <= end else None
        return Participation(self.tn, self.ein, aus, person=self.tn, status=self.status)


@st.composite
def _courses(draw: st.DrawFn) -> list[Course]:
    result = []
    for tn in PERSONS:
        for ein in sorted(draw(st.sets(DAYS, max_size=2))):
            aus = draw(st.none() | DAYS.filter(lambda day, ein=ein: day >= ein))
            result.append(Course(tn, ein, aus, draw(st.sampled_from([None, None, None, "STORNO"]))))
    return result


@st.composite
def _deliveries(draw: st.DrawFn, courses: list[Course], dropped: bool) -> list[Sent]:
    """Full deliveries of one partner; units are reported in the delivery whose period has them.

    `dropped`: a delivery may lack persons that an earlier one had.
    """
    units = [
        Unit(tn, day) for tn, day in draw(st.lists(st.tuples(st.sampled_from(PERSONS), DAYS), max_size=10, unique=True))
    ]
    sent = []
    first = START
    for end in ENDS:
        missing = draw(st.sets(st.sampled_from(PERSONS), max_size=2)) if dropped else set()
        known = tuple(course.known_at(end) for course in courses if course.ein <= end and course.tn not in missing)
        own = tuple(unit for unit in units if first <= unit.datum <= end and unit.tn in {row.tn for row in known})
        sent.append(Sent(first, end, participations=known, units=own))
        first = end + timedelta(days=1)
    return sent


def _load(connection: Connection, sent: Sent, lauf_id: int, months: int | None) -> bool:
    """Load as the night does; return whether rows wait for their participation."""
    nr = new_delivery(connection, sent, lauf_id)
    data = pseudonymized(sent)
    loaded = load_delivery(connection, data, lieferung_nr=nr, lauf_id=lauf_id, person_months=months)
    mark_loaded(connection, nr, lauf_id, list(data.tables))
    return any(loaded.waiting.values())


def _load_all(warehouse: Warehouse, order: list[Sent], months: int | None) -> None:
    with warehouse.engine.begin() as connection:
        for table, _ in IDENTITY_TABLES:
            connection.execute(text(f"delete from {table}"))
        for table in ("betrieb.bilanz", "betrieb.lieferung", "betrieb.aufbewahrung_sperre"):
            connection.execute(text(f"delete from {table}"))
    waiting: list[Sent] = []
    for sent in order:
        with warehouse.engine.begin() as connection:
            lauf_id = new_run(connection)
            again = [sent, *waiting]
            waiting = [item for item in again if _load(connection, item, lauf_id, months)]


def _rows(connection: Connection, *, current: bool = False) -> dict[str, set[Any]]:
    """Return the rows of person tables with the number of the person in place of the identity."""
    names = {token("V1", "T1", tn): tn for tn in PERSONS}
    only = "where f.bekannt_bis is null" if current else ""
    result = {}
    for table, columns in {
        "kern.teilnahme": "f.eintritt_datum, f.austritt_datum, f.status, f.bekannt_bis is null, f.bekannt_von",
        "kern.aktivitaet": "f.datum, f.bekannt_bis is null, f.bekannt_von",
    }.items():
        rows = connection.execute(
            text(f"""
                select k.tn_token, {columns} from {table} as f
                inner join abgleich.identitaet_token as k on f.identitaet_id = k.identitaet_id {only}
                """)
        )
        result[table] = {(names[bytes(row[0])], *(row[1:-1] if current else row[1:])) for row in rows}
    tokens = connection.execute(text("select tn_token from abgleich.identitaet_token")).scalars()
    if not current:
        result["identitaet"] = {(names[bytes(one)],) for one in tokens}
    return result


def _kept(before: dict[str, set[Any]]) -> dict[str, set[Any]]:
    """What must be left at TODAY, by loops over rows. The latest version of a participation says when it ended."""
    last: dict[tuple[str, date], tuple[date | None, str | None, bool]] = {}
    for tn, ein, aus, status, current, _ in sorted(before["kern.teilnahme"], key=lambda row: (row[4], row[5])):
        last[tn, ein] = (aus, status, current)
    units = {(row[0], row[1]) for row in before["kern.aktivitaet"]}

    def end_of(tn: str, ein: date) -> date | None:
        aus, status, current = last[tn, ein]
        if status == "STORNO":
            return ein
        if aus is not None or current:
            return aus
        later = min((other for person, other in last if person == tn and other > ein), default=date.max)
        return max((day for person, day in units if person == tn and ein <= day < later), default=ein)

    ends = {key: end_of(*key) for key in last}
    gone = {key for key, end in ends.items() if end is not None and add_months(end, MONTHS) < TODAY}
    persons = {tn for tn, ein in last if (tn, ein) not in gone}

    def unit_stays(tn: str, day: date) -> bool:
        own = sorted(ein for person, ein in last if person == tn)
        begun = [ein for ein in own if ein <= day]
        owner = (tn, begun[-1] if begun else own[0])
        inside = any(
            person == tn and ein <= day <= (ends[person, ein] or date.max)
            for person, ein in last
            if (person, ein) not in gone
        )
        return owner not in gone or inside

    return {
        "kern.teilnahme": {row for row in before["kern.teilnahme"] if (row[0], row[1]) not in gone},
        "kern.aktivitaet": {row for row in before["kern.aktivitaet"] if row[0] in persons and unit_stays(*row[:2])},
        "identitaet": {(tn,) for tn in persons},
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_retention_leaves_exactly_what_the_reference_keeps(warehouse: Warehouse, data: st.DataObject) -> None:
    sent = data.draw(_deliveries(data.draw(_courses()), dropped=True))
    _load_all(warehouse, sent, None)
    with warehouse.engine.begin() as connection:
        before = _rows(connection)
        remove_expired(connection, MONTHS, TODAY)
        assert _rows(connection) == _kept(before)
        assert remove_expired(connection, MONTHS, TODAY) == Expired(), "a second run finds nothing"
        left = connection.execute(text("select count(*) from kern.identitaet")).scalar_one()
        assert left == len(_kept(before)["identitaet"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_expires_while_loading_does_not_depend_on_the_order(warehouse: Warehouse, data: st.DataObject) -> None:
    sent = data.draw(_deliveries(data.draw(_courses()), dropped=False))
    _load_all(warehouse, sent, MONTHS)
    with warehouse.engine.begin() as connection:
        expected = _rows(connection, current=True)
    _load_all(warehouse, data.draw(st.permutations(sent)), MONTHS)
    with warehouse.engine.begin() as connection:
        assert _rows(connection, current=True) == expected
        # Nothing is there that the retention of the last period end would remove.
        assert remove_expired(connection, MONTHS, ENDS[-1]).participations == 0


@pytest.mark.parametrize("late", [False, True])
def test_an_older_delivery_that_knew_no_end_brings_nothing_back(warehouse: Warehouse, late: bool) -> None:
    course = Course("a", date(2024, 3, 1), date(2024, 8, 31), None)
    older = Sent(
        date(2024, 1, 1), ENDS[1], participations=(course.known_at(ENDS[1]),), units=(Unit("a", date(2024, 5, 5)),)
    )
    newer = Sent(ENDS[2], TODAY, participations=(course.known_at(TODAY),), units=())
    _load_all(warehouse, [newer, older] if late else [older, newer], MONTHS)
    with warehouse.engine.connect() as connection:
        assert _rows(connection) == {"kern.teilnahme": set(), "kern.aktivitaet": set(), "identitaet": set()}


@pytest.mark.parametrize("months", [1, 6, 12, 18, 24])
def test_months_are_added_as_the_database_adds_them(warehouse: Warehouse, months: int) -> None:
    days = [date(2023, 12, 1) + timedelta(days=number) for number in range(800)]
    with warehouse.engine.connect() as connection:
        rows = connection.execute(
            text("select d, (d + make_interval(months => :m))::date from unnest(cast(:days as date[])) as d"),
            {"days": days, "m": months},
        )
        assert [(day, end) for day, end in rows if add_months(day, months) != end] == []
    assert add_months(date(2024, 8, 31), 18) == date(2026, 2, 28)
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert add_months(date(2022, 8, 31), 18) == date(2024, 2, 29)
