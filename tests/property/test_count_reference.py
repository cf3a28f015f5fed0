"""The counting SQL agrees with the slow reference on generated histories."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import Connection, text
from tests.conftest import Warehouse
from tests.support.facts import RULES, Participation, Sent, Unit, mark_loaded, new_delivery, new_run, pseudonymized
from tests.support.reference import Attended, Course, count

from zaehlbar.count.engine import MEASURES, count_cells
from zaehlbar.count.period import Period, Rules
from zaehlbar.identify import identify
from zaehlbar.load import load_delivery

START, END = date(2024, 1, 1), date(2024, 12, 31)
DAYS = st.dates(date(2024, 1, 25), date(2024, 4, 5))
MAPPING = {"A02": "K-ZUG", "C01": "K-HEMM", "C02": "K-HEMM"}
PERIODS = [
    Period(0, date(2024, 1, 1), date(2024, 1, 31), date(2023, 12, 15), date(2024, 1, 15), date(2024, 1, 15)),
    Period(1, date(2024, 2, 1), date(2024, 2, 29), date(2024, 1, 15), date(2024, 2, 14), date(2024, 2, 14)),
    Period(2, date(2024, 3, 1), date(2024, 3, 31), date(2024, 2, 14), date(2024, 3, 15), date(2024, 3, 15)),
    Period(3, date(2024, 1, 1), date(2024, 12, 31), date(2023, 12, 31), date(2024, 12, 31), date(2024, 12, 31)),
    Period(4, date(2024, 2, 29), date(2024, 2, 29), date(2024, 2, 28), date(2024, 2, 29), date(2024, 2, 29)),
]


@st.composite
def _history(draw: st.DrawFn) -> list[Sent]:
    result = []
    for vorhaben, tvp in (("V1", "T1"), ("V1", "T2"), ("V2", "T1")):
        participations, units = [], []
        for number in range(draw(st.integers(0, 3))):
            person = draw(st.sampled_from([None, "p1", "p2", "p3"]))
            for ein in sorted(draw(st.sets(DAYS, min_size=1, max_size=2))):
                stay = draw(st.none() | st.integers(0, 60))
                participations.append(
                    Participation(
                        f"n{number}",
                        ein,
                        None if stay is None else ein + timedelta(days=stay),
                        person,
                        jobcenter=draw(st.sampled_from([None, "10001", "10002"])),
                        status=draw(st.sampled_from([None, None, None, "STORNO"])),
                    )
                )
            drawn = draw(st.lists(st.tuples(DAYS, st.sampled_from([*MAPPING, "Z98"])), max_size=4, unique=True))
            units += [Unit(f"n{number}", day, code, draw(st.sampled_from([30, 240, 480]))) for day, code in drawn]
        result.append(Sent(START, END, 1, tuple(participations), tuple(units), "voll", vorhaben, tvp))
    return result


def _courses(history: list[Sent]) -> list[Course]:
    courses = []
    for sent in history:
        for number in sorted({row.tn for row in sent.participations}):
            rows = sorted(
                (row for row in sent.participations if row.tn == number and row.status != "STORNO"),
                key=lambda row: row.ein,
            )
            own = [
                Course(
                    person=row.person or f"{sent.vorhaben_id}/{sent.tvp_id}/{number}",
                    jobcenter=row.jobcenter or "OHNE",
                    vorhaben=sent.vorhaben_id,
                    tvp=sent.tvp_id,
                    ein=row.ein,
                    aus=row.aus,
                    units=[],
                )
                for row in rows
            ]
            for unit in sent.units or ():
                if unit.tn == number and own:
                    begun = [course for course in own if course.ein <= unit.datum]
                    target = begun[-1] if begun else own[0]
                    target.units.append(Attended(unit.datum, MAPPING.get(unit.code, "K-0-NZ"), unit.minuten))
            courses += own
    return courses


def _load(connection: Connection, history: list[Sent]) -> int:
    lauf_id = new_run(connection)
    for sent in history:
        nr = new_delivery(connection, sent, lauf_id)
        load_delivery(connection, pseudonymized(sent), lieferung_nr=nr, lauf_id=lauf_id)
        mark_loaded(connection, nr, lauf_id, ["teilnahme", "aktivitaet"])
        connection.execute(text("discard temp"))
    identify(connection, lauf_id, RULES)
    connection.execute(
        text("insert into katalog.kategorie select 'x', k, k, 'TN', '', '' from unnest(cast(:k as text[])) as k"),
        {"k": sorted(set(MAPPING.values()))},
    )
    for code, kategorie in MAPPING.items():
        connection.execute(
            text("insert into katalog.kategorie_zuordnung values ('x', :code, :kategorie, '2000-01-01', null)"),
            {"code": code, "kategorie": kategorie},
        )
    return lauf_id


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    history=_history(),
    threshold=st.sampled_from([None, 480]),
    active_days=st.sampled_from([None, 20]),
)
def test_counting_agrees_with_the_reference(
    warehouse: Warehouse, history: list[Sent], threshold: int | None, active_days: int | None
) -> None:
    with warehouse.engine.connect() as connection:
        lauf_id = _load(connection, history)
        rules = Rules(0, "x", "x", threshold, active_days, "monatsende")
        rows = count_cells(connection, PERIODS, rules, lauf_id).to_pylist()
        connection.rollback()
    courses = _courses(history)
    for period in PERIODS:
        counted: dict[Any, Any] = {
            (row["jc"], row["vh"], row["tvp"], row["kat"]): {
                name: None if row[name] is None else int(row[name]) for name in MEASURES
            }
            for row in rows
            if row["periode"] == period.nummer and any(row[name] for name in MEASURES)
        }
        expected = count(courses, period, threshold=threshold, active_days=active_days)
        assert _difference(counted, expected) == {}


def _difference(counted: dict[Any, Any], expected: dict[Any, Any]) -> dict[Any, Any]:
    """Return cell and measure → (counted, expected) where they differ."""
    nothing = dict.fromkeys(MEASURES, 0)
    return {
        (key, name): (counted.get(key, nothing)[name], expected.get(key, nothing)[name])
        for key in counted.keys() | expected.keys()
        for name in MEASURES
        if (counted.get(key, nothing)[name] or 0) != (expected.get(key, nothing)[name] or 0)
    }
