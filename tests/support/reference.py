"""Counting, slow and obvious: plain loops over rows, no SQL. It must agree with `sql/counts/`.

Rules: domain.md b.3 with (d) 9 and 11, and the definitions in the comments of `zahl.figur`. Nothing here knows how the
SQL goes about it: every cell of every period is counted from all rows again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from zaehlbar.count.period import Period, months_between

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
    land: str = "OHNE"
    quartier: str = "OHNE"
    parallel: bool = False

    @property
    def end(self) -> date:
        """Nobody leaves before having entered."""
        return FOREVER if self.aus is None else max(self.aus, self.ein)

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
    courses: list[Course],
    period: Period,
    *,
    threshold: int | None,
    active_days: int | None,
    sets: Iterable[Iterable[str]],
) -> dict[tuple[str, ...], dict[str, int | None]]:
    """Return the measures of all cells (land, Jobcenter, Vorhaben, Quartier, TVP, category; '*' = all) that have any.

    `sets`: the combinations of dimensions that have cells.
    """
    result = {}
    categories = {unit.kategorie for course in courses for unit in course.units}
    places = {tuple(_place(course, set(chosen))) for chosen in map(tuple, sets) for course in courses}
    for place in places:
        inside = [course for course in courses if _lies_in(course, place)]
        for kategorie in (ALL, *categories):
            result[*place, kategorie] = _cell(inside, kategorie, period, threshold, active_days)
    return {key: cell for key, cell in result.items() if any(cell.values())}


def _place(course: Course, chosen: set[str]) -> list[str]:
    return [value if name in chosen else ALL for name, value in _dimensions(course).items()]


def _lies_in(course: Course, place: Iterable[str]) -> bool:
    return all(wanted in (ALL, value) for wanted, value in zip(place, _dimensions(course).values(), strict=True))


def _dimensions(course: Course) -> dict[str, str]:
    return {
        "land": course.land,
        "jc": course.jobcenter,
        "vh": course.vorhaben,
        "quartier": course.quartier,
        "tvp": course.tvp,
    }


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
    countable = {
        number: max(day, courses[number].countable_from(threshold))
        for number, day in entry.items()
        if courses[number].countable_from(threshold) != FOREVER
    }
    stock = [courses[n] for n in entry if entry[n] <= period.stichtag < exit_[n]]
    left, stayed = _leavers(running, period)
    below = {course.person for course in running} - {
        course.person for course in running if course.countable_from(threshold) <= period.bis
    }
    parallel = [course for course in running if course.parallel]
    return {
        "teilnahmen": len(running),
        "personen": len({course.person for course in running}),
        "eintritte": sum(in_flow(day) for day in entry.values()),
        "eintritte_zaehlbar": sum(in_flow(day) for day in countable.values()),
        "austritte": sum(in_flow(day) for day in exit_.values()),
        "austritte_zaehlbar": sum(in_flow(exit_[n]) for n in countable),
        "bestand": len(stock),
        "bestand_personen": len({course.person for course in stock}),
        "bestand_zaehlbar": sum(countable[n] <= period.stichtag < exit_[n] for n in countable),
        "bestand_aktiv": None if active_days is None else _active(courses, kategorie, period, active_days),
        "personen_unter_schwelle": None if threshold is None else len(below),
        "teilnahmen_parallel": len(parallel),
        "personen_parallel": len({course.person for course in parallel}),
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


def account(told: dict[int, dict[Any, Any]]) -> dict[Any, Any]:
    """Return the account of the stock from what each run told: as `bericht.bestandsrechnung` says, term by term.

    `told`: run → (zeitraum, first day, land, Jobcenter, Vorhaben, Quartier, TVP, category) → measures. The result:
    (month, Jobcenter, Vorhaben, '' or '_zaehlbar') → stock before, Eintritte, Austritte, corrections, stock.
    """
    runs = {
        lauf: {
            (key[1], key[3], key[4]): cell
            for key, cell in cells.items()
            if key[0] == "monat" and (key[2], key[5], key[6], key[7]) == (ALL, ALL, ALL, ALL)
        }
        for lauf, cells in told.items()
    }
    months = months_between(*_ends([month for cells in runs.values() for month, *_ in cells]))
    begun = {month: min(lauf for lauf, cells in runs.items() if any(m >= month for m, *_ in cells)) for month in months}
    result = {}
    closed_before = 0
    for number, month in enumerate(months):
        following = months[number + 1 :]
        closed = max(begun[following[0]] - 1, begun[month]) if following else max(runs)
        for place in {(jc, vh) for cells in runs.values() for _, jc, vh in cells}:
            for kind in ("", "_zaehlbar"):

                def tell(lauf: int, name: str, of: date, place: Any = place, kind: str = kind) -> int:
                    """What was told last up to this run."""
                    known = max((nr for nr in runs if nr <= lauf), default=None)
                    return 0 if known is None else runs[known].get((of, *place), {}).get(f"{name}{kind}") or 0

                earlier = months[:number]
                corrections = sum(
                    tell(closed, "eintritte", of) - tell(closed_before, "eintritte", of)
                    - tell(closed, "austritte", of) + tell(closed_before, "austritte", of)
                    for of in earlier
                )  # fmt: skip
                line = (
                    tell(closed_before, "bestand", earlier[-1]) if earlier else 0,
                    tell(closed, "eintritte", month),
                    tell(closed, "austritte", month),
                    corrections,
                    tell(closed, "bestand", month),
                )
                if any(line):
                    result[month, *place, kind] = line
        closed_before = closed
    return result


def _ends(days: list[date]) -> tuple[date, date]:
    return (min(days), max(days)) if days else (date.max, date.min)
