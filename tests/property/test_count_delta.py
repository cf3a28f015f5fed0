"""Counting only what changed gives what counting everything gives, after any sequence of nights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings, strategies as st
from sqlalchemy import Connection, text
from tests.conftest import Warehouse
from tests.support.facts import (
    RULES,
    Participation,
    Sent,
    Unit,
    mark_loaded,
    new_delivery,
    new_run,
    pseudonymized,
    token,
)

from zaehlbar import resources
from zaehlbar.categorize import register_site
from zaehlbar.count import count_months, delta
from zaehlbar.count.engine import MEASURES, count_cells
from zaehlbar.count.monthly import DIMENSIONS, SPAN, figure_rows, nightly_periods
from zaehlbar.count.period import load_calendar, load_rules
from zaehlbar.identify import identify
from zaehlbar.load import correction, load_delivery
from zaehlbar.load.expiry import remove_expired
from zaehlbar.load.forget import forget
from zaehlbar.site import load_site

SITE = load_site(resources.folder("site"))
START, ENDS = date(2024, 1, 1), [date(2024, 3, 31), date(2024, 4, 30)]
DAYS = st.dates(date(2024, 1, 20), date(2024, 3, 31))
CODES = ["A02", "C01", "D01", "Z98"]
PARTNERS = [("V1", "T1"), ("V2", "T1")]
NUMBERS = [(vorhaben, tvp, f"n{number}") for vorhaben, tvp in PARTNERS for number in range(2)]
Number = tuple[str, str, str]


@dataclass(frozen=True)
class Course:
    """What a provider says of one number."""

    participations: tuple[Participation, ...] = ()
    units: tuple[Unit, ...] = ()


@dataclass(frozen=True)
class Night:
    """What is delivered, and what else happens before the count."""

    courses: dict[Number, Course]
    end: date
    restricted: frozenset[Number]
    corrected: frozenset[Number]
    erased: frozenset[Number]
    expire: date | None


@st.composite
def _course(draw: st.DrawFn, number: str) -> Course:
    person = draw(st.sampled_from([None, "p1", "p2"]))
    participations = []
    for ein in sorted(draw(st.sets(DAYS, max_size=2))):
        stay = draw(st.none() | st.integers(0, 50))
        participations.append(
            Participation(
                number,
                ein,
                None if stay is None else ein + timedelta(days=stay),
                person,
                jobcenter=draw(st.sampled_from([None, "10001", "10002"])),
                status=draw(st.sampled_from([None, None, None, "STORNO"])),
            )
        )
    drawn = draw(st.lists(st.tuples(DAYS, st.sampled_from(CODES)), max_size=3, unique=True)) if participations else []
    units = tuple(Unit(number, day, code, draw(st.sampled_from([30, 240, 480]))) for day, code in drawn)
    return Course(tuple(participations), units)


@st.composite
def _nights(draw: st.DrawFn) -> list[Night]:
    """Some nights in which a few numbers change."""
    courses: dict[Number, Course] = {}
    nights = []
    rarely = st.sets(st.sampled_from(NUMBERS), max_size=1)
    for index in range(draw(st.integers(2, 4))):
        changing = NUMBERS if index == 0 else sorted(draw(st.sets(st.sampled_from(NUMBERS), max_size=2)))
        courses = courses | {number: draw(_course(number[2])) for number in changing}
        nights.append(
            Night(
                courses,
                draw(st.sampled_from([ENDS[0], ENDS[0], ENDS[0], ENDS[1]])),
                frozenset(draw(rarely)),
                frozenset(draw(rarely)),
                frozenset(draw(rarely)) if draw(st.integers(0, 3)) == 3 else frozenset(),
                draw(st.sampled_from([None, None, None, date(2025, 3, 1)])),
            )
        )
    return nights


def _load(connection: Connection, night: Night, version: int, lauf_id: int, changed: set[Number]) -> None:
    for vorhaben, tvp in PARTNERS:
        mine = [course for number, course in night.courses.items() if number[:2] == (vorhaben, tvp)]
        if not any(number[:2] == (vorhaben, tvp) for number in changed):
            continue
        sent = Sent(
            START,
            night.end,
            version,
            tuple(row for course in mine for row in course.participations),
            tuple(row for course in mine for row in course.units),
            "voll",
            vorhaben,
            tvp,
        )
        nr = new_delivery(connection, sent, lauf_id)
        load_delivery(connection, pseudonymized(sent), lieferung_nr=nr, lauf_id=lauf_id)
        mark_loaded(connection, nr, lauf_id, ["teilnahme", "aktivitaet"])
        connection.execute(text("discard temp"))


def _events(connection: Connection, night: Night, lauf_id: int) -> None:
    """Restrict, correct and erase: whom it concerns is the same whatever was loaded."""
    ids = _ids(connection)
    restricted = [ids[number] for number in sorted(night.restricted) if number in ids]
    connection.execute(
        text("""
            update kern.einschraenkung set bekannt_bis = :lauf_id
            where bekannt_bis is null and not identitaet_id = any(:ids)
            """),
        {"lauf_id": lauf_id, "ids": restricted},
    )
    connection.execute(
        text("""
            insert into kern.einschraenkung (identitaet_id, bekannt_von)
            select i, :lauf_id from unnest(cast(:ids as bigint[])) as i
            where not exists (select from kern.einschraenkung where bekannt_bis is null and identitaet_id = i)
            """),
        {"lauf_id": lauf_id, "ids": restricted},
    )
    connection.execute(
        text("""
            insert into kern.berichtigung (
                identitaet_id, eintritt_datum, feld, wert, nach_zeitraum_bis, nach_version, nach_lieferung_id
            )
            select identitaet_id, eintritt_datum, 'jobcenter_nr', '10003', date '2099-12-31', 1, ''
            from kern.teilnahme where bekannt_bis is null and identitaet_id = any(:ids)
            """),
        {"ids": [ids[number] for number in sorted(night.corrected) if number in ids]},
    )
    correction.apply(connection, lauf_id)


def _between(connection: Connection, night: Night) -> None:
    """What may happen by day: persons are erased, or their time is over."""
    ids = _ids(connection)
    chosen = [ids[number] for number in sorted(night.erased) if number in ids]
    if chosen:
        statement = "create temporary table x_weg as select unnest(cast(:ids as bigint[])) as identitaet_id"
        connection.execute(text(statement), {"ids": chosen})
        forget(connection, "x_weg", "loeschung")
    if night.expire is not None:
        remove_expired(connection, 12, night.expire)
    connection.execute(text("discard temp"))


def _ids(connection: Connection) -> dict[Number, int]:
    rows = connection.execute(text("select tn_token, identitaet_id from abgleich.identitaet_token")).all()
    known = {bytes(row.tn_token): row.identitaet_id for row in rows}
    return {number: known[token(*number)] for number in NUMBERS if token(*number) in known}


COLUMNS = [*DIMENSIONS, *SPAN, *MEASURES]
Cells = dict[tuple[Any, ...], tuple[Any, ...]]


def _keyed(rows: list[dict[str, Any]]) -> Cells:
    return {tuple(row[name] for name in DIMENSIONS): tuple(row[name] for name in [*SPAN, *MEASURES]) for row in rows}


def _stored(connection: Connection, stand: int | None = None) -> Cells:
    """The figures as known now, or after an earlier run."""
    condition = "bekannt_von <= :stand and (bekannt_bis is null or bekannt_bis > :stand)"
    query = f"select {', '.join(COLUMNS)} from zahl.figur where {'bekannt_bis is null' if stand is None else condition}"
    rows = [dict(row) for row in connection.execute(text(query), {"stand": stand} if stand else {}).mappings()]
    cells = _keyed(rows)
    assert len(cells) == len(rows), "one row per cell"
    return cells


def _counted(connection: Connection, lauf_id: int, regelwerk_nr: int) -> Cells:
    rules = load_rules(connection, regelwerk_nr)
    periods = nightly_periods(connection, load_calendar(connection, rules))
    if not periods:
        return {}
    cells = figure_rows(count_cells(connection, periods, rules, lauf_id), periods)
    return _keyed(cells.to_pylist())


def _differing(found: Cells, expected: Cells) -> dict[Any, Any]:
    """Return cell → (found, expected) where they differ."""
    keys = found.keys() | expected.keys()
    return {key: (found.get(key), expected.get(key)) for key in keys if found.get(key) != expected.get(key)}


def _frozen(connection: Connection) -> set[date]:
    return set(connection.execute(text("select monat from zahl.eingefroren")).scalars())


def _unfrozen(cells: Cells, frozen: set[date]) -> Cells:
    """Leave out periods that have a month whose figures stay."""
    begin, end = DIMENSIONS.index("beginn"), SPAN.index("ende")
    return {
        key: value for key, value in cells.items() if not any(key[begin] <= month <= value[end] for month in frozen)
    }


@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking nights takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(nights=_nights())
def test_counting_what_changed_is_counting_everything(warehouse: Warehouse, nights: list[Night]) -> None:
    with pytest.MonkeyPatch.context() as patch, warehouse.engine.connect() as connection:
        patch.setattr(delta, "_AT_MOST", 1.0)
        _run_nights(connection, nights)
        connection.rollback()


def _run_nights(connection: Connection, nights: list[Night]) -> None:
    regelwerk_nr = register_site(connection, SITE)
    past: dict[int, Cells] = {}
    before: Night | None = None
    for version, night in enumerate(nights, start=1):
        if before is not None:
            _between(connection, night)
        lauf_id = new_run(connection)
        changed = {
            number for number, course in night.courses.items()
            if before is None or before.end != night.end or before.courses.get(number) != course
        }  # fmt: skip
        _load(connection, night, version, lauf_id, changed)
        identify(connection, lauf_id, RULES)
        _events(connection, night, lauf_id)
        count_months(connection, lauf_id, regelwerk_nr)
        umfang = connection.execute(
            text("select umfang from zahl.zaehlung where lauf_id = :lauf_id"), {"lauf_id": lauf_id}
        ).scalar_one()
        event(umfang)
        connection.execute(text("discard temp"))
        frozen = _frozen(connection)
        stored = _stored(connection)
        everything = _counted(connection, lauf_id, regelwerk_nr)
        assert _differing(_unfrozen(stored, frozen), _unfrozen(everything, frozen)) == {}, umfang
        for earlier, cells in past.items():
            assert _differing(_stored(connection, earlier), cells) == {}, f"as known after run {earlier}"
        past[lauf_id] = stored
        before = night
