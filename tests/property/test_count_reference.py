"""Nights of a warehouse: figures, their history and the account of the stock agree with the slow reference.

Several nights deliver, correct and withdraw participations, merge and split persons and switch rules on and off. What
one count says of any facts is tried more often in test_count_laws.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import Connection, text
from tests.conftest import Warehouse
from tests.support.counting import cells_of, difference
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
from tests.support.reference import Attended, Course, account, count

from zaehlbar import resources
from zaehlbar.categorize import register_site
from zaehlbar.count import count_months
from zaehlbar.count.engine import COLUMNS, MEASURES, SETS, count_cells
from zaehlbar.count.period import load_calendar, load_rules, months_between
from zaehlbar.identify import identify
from zaehlbar.identify.decisions import CannotDecide, decide
from zaehlbar.load import load_delivery
from zaehlbar.site import load_site

SITE = load_site(resources.folder("site"))
AUDIT = (resources.folder("sql") / "audits" / "05_bestand_schliesst.sql").read_text(encoding="utf-8")
START, ENDS = date(2024, 1, 1), [date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30), date(2024, 12, 31)]
PARTNERS = [("V9001", "T01", "05"), ("V9001", "T02", "05"), ("V1", "T1", "OHNE")]
MAPPING = {"A02": "K-ZUG", "C01": "K-HEMM", "D01": "K-GRUND", "Z98": "K-0-NZ"}
Numbers = list[tuple[str, str, str]]


@dataclass(frozen=True)
class Night:
    """What is delivered by whom, which pair somebody decides about, under which rules is counted."""

    end: date
    sent: dict[tuple[str, str], Sent]
    decision: tuple[int, int, str]
    threshold: int | None
    active_days: int | None


def _days(end: date) -> st.SearchStrategy[date]:
    edges = [date(2024, 1, 15), date(2024, 1, 16), date(2024, 1, 31), date(2024, 2, 15), date(2024, 2, 29)]
    return st.sampled_from(edges) | st.dates(date(2024, 1, 5), min(end, date(2024, 5, 5)))


@st.composite
def _delivery(draw: st.DrawFn, vorhaben: str, tvp: str, version: int, end: date) -> Sent:
    participations, units = [], []
    for number in range(draw(st.integers(0, 2))):
        person = draw(st.sampled_from([None, "p1", "p2"]))
        for ein in sorted(draw(st.sets(_days(end), min_size=1, max_size=2))):
            stay = draw(st.none() | st.integers(0, 60))
            left = None if stay is None else ein + timedelta(days=stay)
            participations.append(
                Participation(
                    f"n{number}", ein, left, person,
                    jobcenter=draw(st.sampled_from([None, "10001", "10002"])),
                    status=draw(st.sampled_from([None, None, None, "STORNO"])),
                    quartier=draw(st.sampled_from([None, "Q1"])),
                    parallel=draw(st.sampled_from([None, "j", "n"])),
                )
            )  # fmt: skip
        drawn = draw(st.lists(st.tuples(_days(end), st.sampled_from(sorted(MAPPING))), max_size=3, unique=True))
        units += [Unit(f"n{number}", day, code, draw(st.sampled_from([30, 240, 480]))) for day, code in drawn]
    return Sent(START, end, version, tuple(participations), tuple(units), "voll", vorhaben, tvp)


@st.composite
def _nights(draw: st.DrawFn) -> list[Night]:
    nights = []
    ends = sorted(draw(st.lists(st.sampled_from(ENDS), min_size=2, max_size=3)))
    for version, end in enumerate(ends, start=1):
        sent = {
            (vorhaben, tvp): draw(_delivery(vorhaben, tvp, version, end))
            for vorhaben, tvp, _ in PARTNERS
            if version == 1 or draw(st.booleans())
        }
        decision = draw(st.tuples(st.integers(1, 5), st.integers(1, 5), st.sampled_from(["gleich", "verschieden"])))
        rules = draw(st.sampled_from([None, 480])), draw(st.sampled_from([None, 20]))
        nights.append(Night(end, sent, decision, *rules))
    return nights


def _load(connection: Connection, night: Night, lauf_id: int) -> None:
    for sent in night.sent.values():
        nr = new_delivery(connection, sent, lauf_id)
        load_delivery(connection, pseudonymized(sent), lieferung_nr=nr, lauf_id=lauf_id)
        mark_loaded(connection, nr, lauf_id, ["teilnahme", "aktivitaet"])
        connection.execute(text("discard temp"))


def _decide(connection: Connection, night: Night) -> None:
    one, other, verdict = night.decision
    try:
        decide(connection, one, other, verdict, "test", "Test", RULES)  # type: ignore[arg-type]
    except CannotDecide:
        return


def _rules(connection: Connection, night: Night) -> int:
    """The example site with the night's rules."""
    base = register_site(connection, SITE)
    sha256 = f"{night.threshold}/{night.active_days}"
    known = text("select regelwerk_nr from betrieb.regelwerk where sha256 = :sha256")
    if connection.execute(known, {"sha256": sha256}).one_or_none() is None:
        row = connection.execute(text("select * from betrieb.regelwerk where regelwerk_nr = :nr"), {"nr": base})
        values = dict(row.mappings().one()) | {"sha256": sha256, "zaehlregeln_version": sha256}
        values |= {"schwelle_minuten": night.threshold, "aktiv_tage": night.active_days}
        for name in ("regelwerk_nr", "abstimmung"):
            values.pop(name)  # the database makes them
        names, binds = ", ".join(values), ", ".join(f":{name}" for name in values)
        connection.execute(text(f"insert into betrieb.regelwerk ({names}) values ({binds})"), values)
    return int(connection.execute(known, {"sha256": sha256}).scalar_one())


def _courses(connection: Connection, state: dict[tuple[str, str], Sent]) -> list[Course]:
    """Who is one person is taken from the warehouse: it has its own reference."""
    persons = {
        bytes(row.tn_token): row.person_id
        for row in connection.execute(
            text("""
                select i.tn_token, p.person_id from abgleich.identitaet_token as i
                inner join kern.person_zuordnung as p on i.identitaet_id = p.identitaet_id and p.bekannt_bis is null
                """)
        )
    }
    result: list[Course] = []
    for (vorhaben, tvp), sent in state.items():
        land = next(land for partner in PARTNERS if partner[:2] == (vorhaben, tvp) for land in partner[2:])
        for number in sorted({row.tn for row in sent.participations}):
            rows = sorted(
                (row for row in sent.participations if row.tn == number and row.status != "STORNO"),
                key=lambda row: row.ein,
            )
            own = [
                Course(
                    str(persons[token(vorhaben, tvp, number)]), row.jobcenter or "OHNE", vorhaben, tvp, row.ein,
                    row.aus, [], land, row.quartier or "OHNE", row.parallel == "j",
                )
                for row in rows
            ]  # fmt: skip
            for unit in sent.units or ():
                if unit.tn == number and own:
                    begun = [course for course in own if course.ein <= unit.datum]
                    target = begun[-1] if begun else own[0]
                    target.units.append(Attended(unit.datum, MAPPING[unit.code], unit.minuten))
            result += own
    return result


def _expected(connection: Connection, night: Night, state: dict[tuple[str, str], Sent], nr: int) -> dict[Any, Any]:
    """Kind and first day of the period, places, category → measures."""
    courses = _courses(connection, state)
    span = _span(state)
    if span is None:
        return {}
    periods = load_calendar(connection, load_rules(connection, nr)).periods(*span)
    return {
        (period.zeitraum, period.von, *key): cell
        for period in periods
        for key, cell in count(
            courses, period, threshold=night.threshold, active_days=night.active_days, sets=SETS
        ).items()
    }


def _span(state: dict[tuple[str, str], Sent]) -> tuple[date, date] | None:
    """First Eintritt and last day delivered: months outside are not counted, even if units lie there."""
    first = min((row.ein for sent in state.values() for row in sent.participations), default=None)
    return None if first is None else (first, max(sent.end for sent in state.values()))


def _stored(connection: Connection, lauf_id: int) -> dict[Any, Any]:
    rows = connection.execute(
        text("select * from zahl.figur where bekannt_von <= :l and (bekannt_bis is null or bekannt_bis > :l)"),
        {"l": lauf_id},
    ).mappings()
    return {
        (row["zeitraum"], row["beginn"], *(row[name] for name in COLUMNS.values())): {
            name: row[name] for name in MEASURES
        }
        for row in rows
    }


def _account(connection: Connection) -> dict[Any, Any]:
    """The account of the stock, formal and zählbar, without the lines in which nothing happens."""
    rows = connection.execute(text("select * from bericht.bestandsrechnung")).mappings().all()
    assert all(row["rest"] == 0 and row["rest_zaehlbar"] == 0 for row in rows)
    terms = ("bestand_vorher", "eintritte", "austritte", "korrekturen", "bestand")
    return {
        (row["monat"], row["jobcenter_nr"], row["vorhaben_id"], kind): tuple(row[f"{term}{kind}"] for term in terms)
        for row in rows
        for kind in ("", "_zaehlbar")
        if any(row[f"{term}{kind}"] for term in terms)
    }


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nights=_nights())
def test_figures_and_the_account_of_the_stock_agree_with_the_reference(
    warehouse: Warehouse, nights: list[Night]
) -> None:
    with warehouse.engine.connect() as connection:
        _try(connection, nights)
        connection.rollback()


def _try(connection: Connection, nights: list[Night]) -> None:
    state: dict[tuple[str, str], Sent] = {}
    known: dict[int, tuple[int, tuple[date, date] | None, dict[Any, Any]]] = {}
    for night in nights:
        lauf_id = new_run(connection)
        _load(connection, night, lauf_id)
        _decide(connection, night)
        identify(connection, lauf_id, RULES)
        nr = _rules(connection, night)
        count_months(connection, lauf_id, nr)
        connection.execute(text("discard temp"))
        state |= night.sent
        known[lauf_id] = nr, _span(state), _expected(connection, night, state, nr)
        assert connection.execute(text(AUDIT)).all() == []
    for lauf_id, (nr, span, expected) in known.items():
        assert difference(_stored(connection, lauf_id), expected) == {}
        months = {key: cell for key, cell in expected.items() if key[0] == "monat"}
        assert difference(_recounted(connection, lauf_id, nr, span), months) == {}
    told = {lauf_id: expected for lauf_id, (_, _, expected) in known.items()}
    assert _account(connection) == account(told)


def _recounted(connection: Connection, lauf_id: int, nr: int, span: tuple[date, date] | None) -> dict[Any, Any]:
    """The months of a night, counted now as they were known then."""
    if span is None:
        return {}
    rules = load_rules(connection, nr)
    calendar = load_calendar(connection, rules)
    periods = [calendar.period(number, "monat", month) for number, month in enumerate(months_between(*span))]
    cells = cells_of(count_cells(connection, periods, rules, lauf_id))
    return {("monat", periods[key[0]].von, *key[1:]): cell for key, cell in cells.items()}
