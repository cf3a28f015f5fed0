"""The content of one workbook, as values: which figures stand where. No layout, no database.

Two contents that are equal make workbooks that say the same; `fingerprint` tells whether a file must be renewed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from zaehlbar.categorize import UNMAPPED_CATEGORY
from zaehlbar.publish.attributes import Names
from zaehlbar.publish.details import Attribute, Details, Event
from zaehlbar.publish.exchange import Exchange
from zaehlbar.publish.source import ALL, Category, Cell, Count, Coverage, Source, Span, WithoutConsent

LAYOUT = 3
"""Raise it when words or looks change, so that the next run renews the files that stand."""

_COURSE_MONTHS = 12
_TOP_CATEGORIES = 5
_SPANS = {"quartal": 8, "zwoelf_monate": 4, "jahr": 3}
"""Periods shown: the latest so many."""


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
    twelve: Cell | None = None
    """In the twelve months of `Report.twelve`."""
    course: tuple[tuple[date, Cell], ...] = ()
    """The months of `Report.course`."""


@dataclass(frozen=True, slots=True)
class VorhabenLine:
    """A Vorhaben. Its coverage is not here: a Vorhaben may have one partner only, and it would be that partner's."""

    vorhaben_id: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class SpanLine:
    """A quarter, twelve months or a year, counted as itself."""

    span: Span
    cell: Cell
    coverage: Coverage
    final: bool

    @property
    def state(self) -> str:
        return "endgültig" if self.final else "vorläufig"


@dataclass(frozen=True, slots=True)
class AttributeLine:
    """An answer in the month and in the twelve months; None: nobody gave it then, or there are no twelve months yet."""

    auspraegung: str
    month: Attribute | None
    twelve: Attribute | None


@dataclass(frozen=True, slots=True)
class EventLine:
    """Events or steps of one code in the month and in the twelve months."""

    art: str
    code: str
    zaehlweise: str
    month: Event | None
    twelve: Event | None


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
    vorhaben: tuple[VorhabenLine, ...]
    count: Count
    spans: tuple[SpanLine, ...] = ()
    """Quarters, twelve months and years that ended with the month or before, the latest first within each kind."""
    twelve: SpanLine | None = None
    """The latest twelve months that ended with the month or before."""
    attributes: tuple[tuple[str, tuple[AttributeLine, ...]], ...] = ()
    """Angabe → its answers, sorted by name and code; the order of reports is a matter of their words."""
    events: tuple[EventLine, ...] = ()
    legal_basis: str | None = None
    """On what counting persons without consent rests."""
    vorhaben_names: Mapping[str, str] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    """What codes are called on the last day of the month."""
    exchange: Exchange = field(default_factory=Exchange)
    """What partners and Jobcenter agreed, gave back, offer; official figures of the month."""

    def vorhaben_name(self, vorhaben_id: str) -> str:
        """Return the name of a Vorhaben with its number, the number alone where the site has no name."""
        name = self.vorhaben_names.get(vorhaben_id)
        return f"{name} ({vorhaben_id})" if name else vorhaben_id

    @property
    def top_categories(self) -> list[CategoryLine]:
        """What most persons did, among the categories that count persons or participations."""
        counted = [line for line in self.categories if line.category.unit in ("TN", "PERS") and line.cell.personen]
        return sorted(counted, key=lambda line: -line.cell.personen)[:_TOP_CATEGORIES]

    def fingerprint(self) -> str:
        """SHA-256 of what is said, without number and time of the count."""
        same = replace(self.count, lauf_id=0, gezaehlt_am=datetime.min.replace(tzinfo=UTC))
        return hashlib.sha256(f"{LAYOUT} {replace(self, count=same)!r}".encode()).hexdigest()


def build(source: Source, jobcenter_nr: str, month: date, details: Details | None = None) -> Report:
    """Return the content for a Jobcenter of the site and a counted month; KeyError for others."""
    current = _month(source, jobcenter_nr, month)
    if current is None:
        raise KeyError(month)
    details = details or Details()
    course = [_month(source, jobcenter_nr, back) for back in _months_back(month, _COURSE_MONTHS)]
    spans = tuple(_span_lines(source, jobcenter_nr, month))
    twelve = next((line for line in spans if line.span.zeitraum == "zwoelf_monate"), None)
    return Report(
        jobcenter_nr=jobcenter_nr,
        jobcenter=source.jobcenters[jobcenter_nr],
        current=current,
        previous=_month(source, jobcenter_nr, _previous(month)),
        year_ago=_month(source, jobcenter_nr, _year_ago(month)),
        course=tuple(item for item in reversed(course) if item is not None),
        categories=tuple(_category_lines(source, jobcenter_nr, month, twelve)),
        vorhaben=tuple(_vorhaben_lines(source, jobcenter_nr, month)),
        count=source.count,
        spans=spans,
        twelve=twelve,
        attributes=tuple(_attribute_lines(details, month, twelve)),
        events=tuple(_event_lines(details, month, twelve)),
        legal_basis=source.legal_basis,
        vorhaben_names=source.vorhaben,
        names=_names(source, month),
        exchange=details.exchange_of(month),
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
    cell = source.cells.get((month, jobcenter_nr, ALL, ALL), _zero(source))
    coverage = Coverage.total(found for (covered, _), found in source.coverage.items() if covered == month)
    apart = None
    if source.legal_basis is not None:
        apart = source.without_consent.get((month, jobcenter_nr), WithoutConsent())
    return Month(month, stichtag, cell, coverage, _is_final(source, month), apart, source.notes.get(month))


def _zero(source: Source) -> Cell:
    """Nothing counted; sub-lines that are switched off stay unknown."""
    rules = source.count.rules
    return Cell(
        bestand_aktiv=None if rules.aktiv_tage is None else 0,
        personen_unter_schwelle=None if rules.schwelle_minuten is None else 0,
    )


def _is_final(source: Source, month: date) -> bool:
    """Whether so many whole months had passed since its end on the day of reading (as `zahl.rahmen` says)."""
    total = month.year * 12 + month.month + source.count.rules.vorlaeufig_monate
    return date(total // 12, total % 12 + 1, 1) <= source.read_on


def _category_lines(source: Source, jobcenter_nr: str, month: date, twelve: SpanLine | None) -> Iterable[CategoryLine]:
    """Every category that persons can have, zeros too; "nicht zugeordnet" always; others where something counted."""
    for category in _with_unmapped(source.categories):
        always = category.unit in ("TN", "PERS") or (category.unit == "keine" and category.mapped)
        counted = (month, jobcenter_nr, ALL, category.code) in source.cells
        if counted or always or category.code == UNMAPPED_CATEGORY:
            cells = {
                day: source.cells.get((day, jobcenter_nr, ALL, category.code), _zero(source))
                for day in (*_months_back(month, _COURSE_MONTHS), _year_ago(month))
                if day in source.stichtage
            }
            yield CategoryLine(
                category,
                cells[month],
                cells.get(_previous(month)),
                cells.get(_year_ago(month)),
                source.spans.get((twelve.span, jobcenter_nr, category.code), _zero(source)) if twelve else None,
                tuple((day, cell) for day, cell in sorted(cells.items()) if day != _year_ago(month)),
            )


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


def _names(source: Source, month: date) -> Names:
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    labels = {
        (item.kind, item.code): item.name
        for item in source.labels
        if item.valid_from <= last and (item.valid_to is None or item.valid_to >= last)
    }
    return Names(source.titles, labels)


def _vorhaben_lines(source: Source, jobcenter_nr: str, month: date) -> Iterable[VorhabenLine]:
    for vorhaben_id in source.vorhaben_of(jobcenter_nr, month):
        yield VorhabenLine(vorhaben_id, source.cells[month, jobcenter_nr, vorhaben_id, ALL])


def _span_lines(source: Source, jobcenter_nr: str, month: date) -> Iterable[SpanLine]:
    spans = sorted({span for span, _, _ in source.spans}, key=lambda span: span.ende, reverse=True)
    for zeitraum, number in _SPANS.items():
        own = [span for span in spans if span.zeitraum == zeitraum and span.ende.replace(day=1) <= month]
        for span in own[:number]:
            cell = source.spans.get((span, jobcenter_nr, ALL), _zero(source))
            coverage = Coverage.total(
                one for (day, _), one in source.coverage.items() if span.beginn <= day <= span.ende
            )
            yield SpanLine(span, cell, coverage, _is_final(source, span.ende.replace(day=1)))


def _attribute_lines(
    details: Details, month: date, twelve: SpanLine | None
) -> Iterable[tuple[str, tuple[AttributeLine, ...]]]:
    keys = [("monat", month), *([(twelve.span.zeitraum, twelve.span.beginn)] if twelve else [])]
    for name in sorted({name for key, name in details.attributes if key in keys}):
        both = [{item.auspraegung: item for item in details.attributes.get((key, name), ())} for key in keys]
        answers = sorted({answer for items in both for answer in items})
        yield (
            name,
            tuple(
                AttributeLine(answer, both[0].get(answer), both[1].get(answer) if twelve else None)
                for answer in answers
            ),
        )


def _event_lines(details: Details, month: date, twelve: SpanLine | None) -> Iterable[EventLine]:
    def of(key: tuple[str, date]) -> dict[tuple[str, str, str], Event]:
        return {(item.art, item.code, item.zaehlweise): item for item in details.events.get(key, ())}

    now, year = of(("monat", month)), of((twelve.span.zeitraum, twelve.span.beginn)) if twelve else {}
    for key in sorted({*now, *year}):
        yield EventLine(*key, now.get(key), year.get(key))
