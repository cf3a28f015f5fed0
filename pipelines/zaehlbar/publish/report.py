"""The content of one workbook, as values: which figures stand where. No layout, no database.

Two contents that are equal make workbooks that say the same; `fingerprint` tells whether a file must be renewed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from zaehlbar.categorize import UNMAPPED_CATEGORY
from zaehlbar.publish.source import ALL, Category, Cell, Count, Coverage, Source, WithoutConsent

LAYOUT = 2
"""Raise it when words or looks change, so that the next run renews the files that stand."""

_COURSE_MONTHS = 12
_TOP_CATEGORIES = 5


@dataclass(frozen=True, slots=True)
class Month:
    """The Jobcenter's totals of one counted month, and on what they rest."""

    month: date
    stichtag: date
    cell: Cell
    coverage: Coverage
    final: bool
    without_consent: WithoutConsent | None = None
    """Counted apart, never part of `cell`; None where the site does not count them."""
    note: str | None = None
    """What is to be said where persons of the month were removed since; internal, like the workbook."""

    @property
    def state(self) -> str:
        return "endgültig" if self.final else "vorläufig"


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """A category in the month, the previous month and the same month a year ago; None: a month without delivery."""

    category: Category
    cell: Cell
    previous: Cell | None
    year_ago: Cell | None


@dataclass(frozen=True, slots=True)
class PartnerLine:
    """A Vorhaben (`tvp` None, with its coverage) or one of its partners."""

    vorhaben: str
    tvp: str | None
    cell: Cell
    coverage: Coverage | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that one workbook shows. `previous` and `year_ago` are None for months without delivery."""

    jobcenter_nr: str
    jobcenter: str
    current: Month
    previous: Month | None
    year_ago: Month | None
    course: tuple[Month, ...]
    categories: tuple[CategoryLine, ...]
    partners: tuple[PartnerLine, ...]
    count: Count
    legal_basis: str | None = None
    """On what counting persons without consent rests."""

    @property
    def top_categories(self) -> list[CategoryLine]:
        """What most persons did, among the categories that count persons or participations."""
        counted = [line for line in self.categories if line.category.unit in ("TN", "PERS") and line.cell.personen]
        return sorted(counted, key=lambda line: -line.cell.personen)[:_TOP_CATEGORIES]

    def fingerprint(self) -> str:
        """SHA-256 of what is said, without number and time of the count."""
        same = replace(self.count, lauf_id=0, gezaehlt_am=datetime.min.replace(tzinfo=UTC))
        return hashlib.sha256(f"{LAYOUT} {replace(self, count=same)!r}".encode()).hexdigest()


def build(source: Source, jobcenter_nr: str, month: date) -> Report:
    """Return the content for a Jobcenter of the site and a counted month; KeyError for others."""
    current = _month(source, jobcenter_nr, month)
    if current is None:
        raise KeyError(month)
    course = [_month(source, jobcenter_nr, back) for back in _months_back(month, _COURSE_MONTHS)]
    return Report(
        jobcenter_nr=jobcenter_nr,
        jobcenter=source.jobcenters[jobcenter_nr],
        current=current,
        previous=_month(source, jobcenter_nr, _previous(month)),
        year_ago=_month(source, jobcenter_nr, _year_ago(month)),
        course=tuple(item for item in reversed(course) if item is not None),
        categories=tuple(_category_lines(source, jobcenter_nr, month)),
        partners=tuple(_partner_lines(source, jobcenter_nr, month)),
        count=source.count,
        legal_basis=source.legal_basis,
    )


def _months_back(month: date, number: int) -> Iterable[date]:
    for _ in range(number):
        yield month
        month = _previous(month)


def _month(source: Source, jobcenter_nr: str, month: date) -> Month | None:
    """A month without a figure of this Jobcenter is zero; a month without any delivery is unknown: None."""
    stichtag = source.stichtage.get(month)
    if stichtag is None:
        return None
    cell = source.cells.get((month, jobcenter_nr, ALL, ALL, ALL), _zero(source))
    own = [found for (covered, _), found in source.coverage.items() if covered == month]
    coverage = Coverage(sum(item.expected for item in own), sum(item.loaded for item in own))
    apart = None
    if source.legal_basis is not None:
        apart = source.without_consent.get((month, jobcenter_nr), WithoutConsent())
    return Month(month, stichtag, cell, coverage, _is_final(source.count, month), apart, source.notes.get(month))


def _zero(source: Source) -> Cell:
    """Nothing counted; sub-lines that are switched off stay unknown."""
    rules = source.count.rules
    return Cell(
        bestand_aktiv=None if rules.aktiv_tage is None else 0,
        personen_unter_schwelle=None if rules.schwelle_minuten is None else 0,
    )


def _is_final(count: Count, month: date) -> bool:
    """Whether so many whole months had passed since its end when it was counted (as `bericht.monatszahlen` says)."""
    total = month.year * 12 + month.month + count.rules.vorlaeufig_monate
    return date(total // 12, total % 12 + 1, 1) <= count.gezaehlt_am.date()


def _category_lines(source: Source, jobcenter_nr: str, month: date) -> Iterable[CategoryLine]:
    """Every category that persons can have, zeros too; "nicht zugeordnet" always; others where something counted."""
    for category in _with_unmapped(source.categories):
        always = category.unit in ("TN", "PERS") or (category.unit == "keine" and category.mapped)
        counted = (month, jobcenter_nr, ALL, ALL, category.code) in source.cells
        if counted or always or category.code == UNMAPPED_CATEGORY:
            cells = [
                source.cells.get((day, jobcenter_nr, ALL, ALL, category.code), _zero(source))
                if day in source.stichtage
                else None
                for day in (month, _previous(month), _year_ago(month))
            ]
            yield CategoryLine(category, cells[0] or _zero(source), cells[1], cells[2])


def _with_unmapped(categories: Sequence[Category]) -> list[Category]:
    """A site may leave "nicht zugeordnet" out of its list; it is counted and shown all the same (statement 12)."""
    if any(category.code == UNMAPPED_CATEGORY for category in categories):
        return list(categories)
    unmapped = Category(UNMAPPED_CATEGORY, "Nicht zugeordnet", "nicht gezählt", "keine", "keine", mapped=False)
    return [*categories, unmapped]


def _previous(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def _year_ago(month: date) -> date:
    return month.replace(year=month.year - 1)


def _partner_lines(source: Source, jobcenter_nr: str, month: date) -> Iterable[PartnerLine]:
    for vorhaben_id, tvp_id in source.partners.get((month, jobcenter_nr), ()):
        cell = source.cells[month, jobcenter_nr, vorhaben_id, tvp_id, ALL]
        name = source.vorhaben.get(vorhaben_id)
        vorhaben = f"{name} ({vorhaben_id})" if name else vorhaben_id
        if tvp_id == ALL:
            coverage = source.coverage.get((month, vorhaben_id), Coverage(0, 0))
            yield PartnerLine(vorhaben, None, cell, coverage)
        else:
            partner = source.tvp.get((vorhaben_id, tvp_id))
            yield PartnerLine(vorhaben, f"{partner} ({tvp_id})" if partner else tvp_id, cell)
