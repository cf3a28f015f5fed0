"""Counting, slow and obvious: plain loops over rows, no SQL. It must agree with `sql/counts/`.

Rules: domain.md b.3 with (d) 9 and 11, and the definitions in the comments of `zahl.monatszahl`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

from zaehlbar.count.period import Period

ALL = "*"
FOREVER = date.max


@dataclass
class Attended:
    """A unit with its category."""

    datum: date
    kategorie: str
    minuten: int


@dataclass
class Course:
    """One participation with everything that counting wants to know about it."""

    person: str
    jobcenter: str
    vorhaben: str
    tvp: str
    ein: date
    aus: date | None
    units: list[Attended]

    @property
    def end(self) -> date:
        return self.aus or FOREVER

    def runs_in(self, period: Period) -> bool:
        return self.ein <= period.bis and self.end >= period.von

    def countable_from(self, threshold: int | None) -> date:
        """The day the attended time reaches the threshold (minutes), not before the Eintritt or after the Austritt."""
        if threshold is None:
            return self.ein
        total = 0
        for day in sorted({unit.datum for unit in self.units}):
            total += sum(unit.minuten for unit in self.units if unit.datum == day)
            if total >= threshold:
                return max(min(day, self.end), self.ein)
        return FOREVER

    def first_of(self, kategorie: str) -> date | None:
        days = [unit.datum for unit in self.units if kategorie in (ALL, unit.kategorie)]
        return max(min(days), self.ein) if days else None


def count(
    courses: list[Course], period: Period, *, threshold: int | None, active_days: int | None
) -> dict[tuple[str, str, str, str], dict[str, int | None]]:
    """Return all measures of all cells (jobcenter, vorhaben, tvp, category; '*' = all) that are not empty."""
    result = {}
    categories = {unit.kategorie for course in courses for unit in course.units}
    for jc, vh, tvp in product(
        _values(courses, lambda c: c.jobcenter),
        _values(courses, lambda c: c.vorhaben),
        _values(courses, lambda c: c.tvp),
    ):
        chosen = [
            course
            for course in courses
            if jc in (ALL, course.jobcenter) and vh in (ALL, course.vorhaben) and tvp in (ALL, course.tvp)
        ]
        result[jc, vh, tvp, ALL] = _cell(chosen, ALL, period, threshold, active_days)
        for kategorie in categories:
            result[jc, vh, tvp, kategorie] = _cell(chosen, kategorie, period, threshold, active_days)
    return {key: cell for key, cell in result.items() if any(cell.values())}


def _values(courses: list[Course], attribute: Callable[[Course], str]) -> list[str]:
    return [ALL, *sorted({attribute(course) for course in courses})]


def _cell(
    courses: list[Course], kategorie: str, period: Period, threshold: int | None, active_days: int | None
) -> dict[str, int | None]:
    def in_flow(day: date) -> bool:
        return period.fluss_von < day <= period.fluss_bis

    entry: dict[int, date] = {}
    exit_: dict[int, date] = {}
    for number, course in enumerate(courses):
        first = course.ein if kategorie == ALL else course.first_of(kategorie)
        if first is not None:
            entry[number] = first
            exit_[number] = course.end if kategorie == ALL else max(course.end, first)
    running = [
        course
        for course in courses
        if (course.runs_in(period) if kategorie == ALL else any(_in(u, kategorie, period) for u in course.units))
    ]
    stock = [courses[n] for n in entry if entry[n] <= period.stichtag < exit_[n]]
    left, stayed = _leavers(running, period)
    below = {course.person for course in running} - {
        course.person for course in running if course.countable_from(threshold) <= period.bis
    }
    return {
        "teilnahmen": len(running),
        "personen": len({course.person for course in running}),
        "eintritte": sum(in_flow(day) for day in entry.values()),
        "eintritte_zaehlbar": sum(in_flow(max(day, courses[n].countable_from(threshold))) for n, day in entry.items()),
        "austritte": sum(in_flow(day) for day in exit_.values()),
        "bestand": len(stock),
        "bestand_personen": len({course.person for course in stock}),
        "bestand_aktiv": None if active_days is None else _active(courses, kategorie, period, active_days),
        "personen_unter_schwelle": None if threshold is None else len(below),
        "ausgetreten": left,
        "geblieben": stayed,
        "dauer_min": sum(unit.minuten for course in courses for unit in course.units if _in(unit, kategorie, period)),
    }


def _in(unit: Attended, kategorie: str, period: Period) -> bool:
    return kategorie in (ALL, unit.kategorie) and period.von <= unit.datum <= period.bis


def _active(courses: Iterable[Course], kategorie: str, period: Period, days: int) -> int:
    since = period.stichtag - timedelta(days=days)
    return sum(
        course.ein <= period.stichtag < course.end
        and any(kategorie in (ALL, u.kategorie) and since < u.datum <= period.stichtag for u in course.units)
        for course in courses
    )


def _leavers(running: list[Course], period: Period) -> tuple[int, int]:
    """A person's last participation decides; at equal Eintritt one that still runs is the last."""
    left = stayed = 0
    for person in {course.person for course in running}:
        own = [course for course in running if course.person == person]
        last = max(own, key=lambda course: (course.ein, course.end > period.bis))
        if last.end <= period.bis:
            left += 1
        else:
            stayed += 1
    return left, stayed
