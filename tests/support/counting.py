"""Generated histories for counting: as the columns that counting reads, and as the courses that the reference counts.

Facts are made without a warehouse, so that many histories can be tried. Both forms are built from the same rows, apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st
from tests.support.reference import Attended, Course, count

from zaehlbar.count.engine import COLUMNS, MEASURES, SETS, Facts, count_facts
from zaehlbar.count.period import Calendar, Period, Rules

FIRST, LAST = date(2023, 11, 20), date(2025, 1, 12)
"""Days on which something happens: over a leap day, two turns of the year and more than twelve months."""
EDGES = (
    date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 31), date(2024, 2, 14), date(2024, 2, 15), date(2024, 2, 29),
    date(2024, 3, 1), date(2024, 3, 14), date(2024, 3, 31), date(2024, 4, 1), date(2024, 12, 31), date(2025, 1, 1),
)  # fmt: skip
"""Days beside which mistakes are made."""
CODES = ("A02", "C01", "C02", "D01", "Z98")


@dataclass(frozen=True)
class Row:
    """One participation as it is known; `nr` is the identity."""

    nr: int
    person: int
    vorhaben: str
    tvp: str
    ein: date
    aus: date | None
    jobcenter: str
    quartier: str
    parallel: bool

    @property
    def land(self) -> str:
        return "09" if self.vorhaben.startswith("V3") else "05"


@dataclass(frozen=True)
class Attendance:
    """One attended unit of an identity."""

    nr: int
    datum: date
    code: str
    minuten: int


@dataclass(frozen=True)
class Mapping:
    """From when to when a code has a category."""

    code: str
    kategorie: str
    ab: date
    bis: date | None


@dataclass(frozen=True)
class History:
    """What is known at one time, and how it is to be counted."""

    rows: tuple[Row, ...]
    units: tuple[Attendance, ...]
    mapping: tuple[Mapping, ...]
    rules: Rules
    calendar: Calendar


def days() -> st.SearchStrategy[date]:
    return st.sampled_from(EDGES) | st.dates(FIRST, LAST)


@st.composite
def histories(draw: st.DrawFn, most: int = 1) -> History:
    """Draw up to `most` histories that share nothing but rules, each with Vorhaben of its own, as one.

    A history: identities of several partners, some of one person, with re-entries. Rules: some are switched off.
    """
    rows: list[Row] = []
    units: list[Attendance] = []
    for number in range(draw(st.integers(1, most))):
        _draw_history(draw, number, rows, units)
    change = draw(days())
    mapping = (
        Mapping("A02", "K-ZUG", date(2000, 1, 1), None),
        Mapping("C01", "K-HEMM", date(2000, 1, 1), change),
        Mapping("C01", "K-GES", change + timedelta(days=1), None),
        Mapping("C02", "K-HEMM", change, None),
        Mapping("D01", "K-GRUND", date(2000, 1, 1), date(2024, 2, 29)),
    )
    threshold, active = draw(st.sampled_from([None, 480, 31])), draw(st.sampled_from([None, 15, 15, 1]))
    months = st.sampled_from([date(2024, 2, 1), date(2024, 3, 1), date(2024, 12, 1)])
    fixed = draw(st.dictionaries(months, st.integers(1, 28)))
    calendar = Calendar(
        {month: month.replace(day=day) for month, day in fixed.items()},
        draw(st.sampled_from(["monatsmitte", "monatsende"])),
    )
    rules = Rules(0, "x", "x", threshold, active, "monatsmitte")
    return History(tuple(rows), tuple(units), mapping, rules, calendar)


_PARTNERS = (("V1", "T1"), ("V1", "T2"), ("V2", "T1"), ("V3", "T9"))


def _draw_history(draw: st.DrawFn, number: int, rows: list[Row], units: list[Attendance]) -> None:
    for nr in range(10 * number + 1, 10 * number + draw(st.integers(1, 5)) + 1):
        vorhaben, tvp = draw(st.sampled_from(_PARTNERS))
        person = draw(st.sampled_from([nr, 10 * number + 1, 10 * number + 2]))
        for ein in sorted(draw(st.sets(days(), min_size=1, max_size=3))):
            aus = draw(st.none() | st.just(ein) | days())
            place = draw(st.sampled_from(["10001", "10002", "OHNE"])), draw(st.sampled_from(["Q1", "Q2", "OHNE"]))
            rows.append(Row(nr, person, f"{vorhaben}-{number}", tvp, ein, aus, *place, draw(st.booleans())))
        for day in draw(st.lists(days(), max_size=4)):
            units.append(Attendance(nr, day, draw(st.sampled_from(CODES)), draw(st.sampled_from([30, 240, 480]))))


def facts(history: History) -> Facts:
    """Return the columns that counting reads."""
    rows, units, mapping = history.rows, history.units, history.mapping
    return Facts(
        pa.table(
            {
                "identitaet_id": pa.array([row.nr for row in rows], pa.int64()),
                "eintritt_datum": pa.array([row.ein for row in rows], pa.date32()),
                "austritt_datum": pa.array([row.aus for row in rows], pa.date32()),
                "land": pa.array([row.land for row in rows], pa.string()).dictionary_encode(),
                "jobcenter_nr": pa.array([row.jobcenter for row in rows], pa.string()).dictionary_encode(),
                "vorhaben_id": pa.array([row.vorhaben for row in rows], pa.string()).dictionary_encode(),
                "quartier_id": pa.array([row.quartier for row in rows], pa.string()).dictionary_encode(),
                "tvp_id": pa.array([row.tvp for row in rows], pa.string()).dictionary_encode(),
                "person_id": pa.array([row.person for row in rows], pa.int64()),
                "parallel": pa.array([row.parallel for row in rows], pa.bool_()),
            }
        ),
        pa.table(
            {
                "identitaet_id": pa.array([unit.nr for unit in units], pa.int64()),
                "datum": pa.array([unit.datum for unit in units], pa.date32()),
                "aktivitaet_code": pa.array([unit.code for unit in units], pa.string()).dictionary_encode(),
                "dauer_min": pa.array([unit.minuten for unit in units], pa.int32()),
            }
        ),
        pa.table(
            {
                "code": pa.array([line.code for line in mapping], pa.string()),
                "kategorie": pa.array([line.kategorie for line in mapping], pa.string()),
                "gueltig_ab": pa.array([line.ab for line in mapping], pa.date32()),
                "gueltig_bis": pa.array([line.bis for line in mapping], pa.date32()),
            }
        ),
    )


def courses(history: History) -> list[Course]:
    """Return the participations with their units: each belongs to the last one begun by its day, else to the first."""
    result: list[Course] = []
    for nr in sorted({row.nr for row in history.rows}):
        own = [
            Course(
                person=str(row.person), jobcenter=row.jobcenter, vorhaben=row.vorhaben, tvp=row.tvp, ein=row.ein,
                aus=row.aus, units=[], land=row.land, quartier=row.quartier, parallel=row.parallel,
            )
            for row in sorted((row for row in history.rows if row.nr == nr), key=lambda row: row.ein)
        ]  # fmt: skip
        for unit in history.units:
            if unit.nr == nr:
                begun = [course for course in own if course.ein <= unit.datum]
                target = begun[-1] if begun else own[0]
                target.units.append(Attended(unit.datum, _category(history.mapping, unit), unit.minuten))
        result += own
    return result


def _category(mapping: Sequence[Mapping], unit: Attendance) -> str:
    for line in mapping:
        if line.code == unit.code and line.ab <= unit.datum and (line.bis is None or unit.datum <= line.bis):
            return line.kategorie
    return "K-0-NZ"


def periods(history: History) -> list[Period]:
    """All periods of a nightly count, and two spans of days as `figures` counts them."""
    result = history.calendar.periods(FIRST, LAST)
    for first, last in ((date(2024, 2, 29), date(2024, 2, 29)), (date(2024, 1, 20), date(2024, 4, 10))):
        result.append(Period(len(result), first, last, first - timedelta(days=1), last, last))
    return result


def counted(history: History, asked: Sequence[Period], sets: Sequence[Sequence[str]] = SETS) -> dict[Any, Any]:
    """Count with the SQL; cell (period, places, category) → measures, cells that are not empty."""
    return cells_of(count_facts(facts(history), asked, history.rules, sets))


def cells_of(table: pa.Table) -> dict[Any, Any]:
    return {
        (row["periode"], *(row[name] for name in COLUMNS)): {name: row[name] for name in MEASURES}
        for row in table.to_pylist()
        if any(row[name] for name in MEASURES)
    }


def expected(history: History, asked: Sequence[Period], sets: Sequence[Sequence[str]] = SETS) -> dict[Any, Any]:
    """Count with the reference; the result is as that of `counted`."""
    found = courses(history)
    rules = history.rules
    return {
        (period.nummer, *key): cell
        for period in asked
        for key, cell in count(
            found, period, threshold=rules.schwelle_minuten, active_days=rules.aktiv_tage, sets=sets
        ).items()
    }


def difference(one: dict[Any, Any], other: dict[Any, Any]) -> dict[Any, Any]:
    """Return cell and measure → (one, other) where they differ."""
    nothing = dict.fromkeys(MEASURES, 0)
    return {
        (key, name): (one.get(key, nothing)[name], other.get(key, nothing)[name])
        for key in one.keys() | other.keys()
        for name in MEASURES
        if (one.get(key, nothing)[name] or 0) != (other.get(key, nothing)[name] or 0)
    }


def not_closing(cells: dict[Any, Any], asked: Sequence[Period]) -> list[Any]:
    """Return the cells whose Bestand is not the one before + Eintritte - Austritte, formal or zählbar.

    The stock before is that of the period that ends on the day before, each term as it was counted.
    """
    nothing = dict.fromkeys(MEASURES, 0)
    by_stichtag = {period.stichtag: period.nummer for period in asked}
    wrong = []
    for period in asked:
        before = by_stichtag.get(period.fluss_von)
        for key in {key[1:] for key in cells if before is not None and key[0] in (before, period.nummer)}:
            own, last = cells.get((period.nummer, *key), nothing), cells.get((before, *key), nothing)
            for kind in ("", "_zaehlbar"):
                moved = own[f"eintritte{kind}"] - own[f"austritte{kind}"]
                if own[f"bestand{kind}"] != last[f"bestand{kind}"] + moved:
                    wrong.append((period, key, kind))
    return wrong


def only(history: History, persons: set[int]) -> History:
    """Return the history of these persons alone."""
    rows = tuple(row for row in history.rows if row.person in persons)
    kept = {row.nr for row in rows}
    return replace(history, rows=rows, units=tuple(unit for unit in history.units if unit.nr in kept))


def added(one: dict[Any, Any], other: dict[Any, Any]) -> dict[Any, Any]:
    """Add two counts cell by cell."""
    nothing = dict.fromkeys(MEASURES, 0)
    return {
        key: {name: (one.get(key, nothing)[name] or 0) + (other.get(key, nothing)[name] or 0) for name in MEASURES}
        for key in one.keys() | other.keys()
    }
