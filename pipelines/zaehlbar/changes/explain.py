"""The door: what changed a figure between two states.

    stored(B) - stored(A) = [recount(B) - recount(A)] + [gone(B) - gone(A)],   gone = stored - recount

The first bracket is walked in steps of one cause each (path, and below for mapping, rules, calendar); the second is
what persons did who are removed by now: nobody can say any more what brought them. What remains must be nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby, pairwise

from sqlalchemy import Connection, text

from zaehlbar.changes import words
from zaehlbar.changes.causes import MEANINGS, NAMES, Cause
from zaehlbar.changes.path import Only, Parts, Step, walk
from zaehlbar.changes.result import DeliveryPart, Explanation, Figures, Part, Point
from zaehlbar.changes.states import (
    NOTHING,
    Counting,
    Span,
    State,
    Stored,
    counting,
    counts,
    first_count,
    frozen_since,
    removed_since,
    stored,
)
from zaehlbar.changes.tally import Cell, Tally, tally_of, total
from zaehlbar.count.engine import COLUMNS, PLACES, SETS, Facts, count_facts, read_facts
from zaehlbar.count.source import read_source


class CannotExplain(LookupError):
    """There are no such figures or states; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Request:
    """Which figure (a stored one: `count.engine.SETS`), and between which states.

    A state is named by a run or a day and is that of the last count until then; without any: from the count before the
    last to the last.
    """

    span: Span
    land: str | None = None
    jobcenter: str | None = None
    vorhaben: str | None = None
    quartier: str | None = None
    tvp: str | None = None
    category: str | None = None
    from_run: int | None = None
    since: date | None = None
    to_run: int | None = None
    until: date | None = None

    @property
    def cell(self) -> Cell:
        """The values of the dimensions, '*' where none is given."""
        given = (self.land, self.jobcenter, self.vorhaben, self.quartier, self.tvp, self.category)
        return tuple("*" if value is None else value for value in given)

    @property
    def places(self) -> tuple[str, ...]:
        """The dimensions that are given, beside the category."""
        return tuple(name for name, value in zip(PLACES, self.cell, strict=False) if value != "*")


@dataclass(slots=True)
class Change:
    """All cells of a period and a combination of dimensions between two states."""

    start: State
    end: State
    before: Stored
    after: Stored
    parts: Parts
    unexplained: Tally
    removed_later: Tally
    """What persons did in the later state who were removed after it."""
    notes: list[str]


def explain(connection: Connection, request: Request) -> Explanation:
    """Return why the figures of a cell changed. Reads only (temporary tables aside).

    Raises CannotExplain when nothing was counted, the states are in the wrong order or the cell is none that is stored.
    """
    places = request.places
    if places not in SETS:
        raise CannotExplain(words.not_stored(SETS))
    states = counts(connection)
    start, end = _chosen(states, request)
    change = changes(connection, states, start, end, request.span, places, _only(request))
    return _explanation(connection, change, request)


def changes(
    connection: Connection,
    states: Sequence[State],
    start: State,
    end: State,
    span: Span,
    places: tuple[str, ...],
    only: Only,
) -> Change:
    """Return what changed all cells of the period by `places` between two states; `only`: whose rows matter."""
    nothing = Change(start, end, Stored(), Stored(), Parts(), Tally(), Tally(), [words.NEVER_COUNTED])
    if not end.lauf_id:
        return nothing
    last = counting(connection, end, span)
    notes: list[str] = []
    begun = first_count(connection, last.period, places)
    if begun is None or begun > end.lauf_id:
        return nothing
    frozen = frozen_since(connection, last.period)
    if frozen is not None:
        notes.append(words.FROZEN)
        start, end = (_latest(states, min(one.lauf_id, frozen)) for one in (start, end))
        last = counting(connection, end, span)
    parts = Parts()
    new = start.lauf_id < begun
    if new:
        start = _latest(states, begun - 1)
        notes.append(words.FIRST_COUNTED)
    first = counting(connection, start, span) if start.lauf_id else last
    before = Stored() if new else stored(connection, start, first, places)
    after = stored(connection, end, last, places)

    passed = [start, *(state for state in states if start.lauf_id < state.lauf_id <= end.lauf_id)]
    _Walk(connection, span, places, only, parts).along(passed)
    removed = removed_since(connection, start, last.period)
    removed_later = Tally()
    known = _recount(connection, start, first, places) if removed or new else None
    if new and known is not None:
        parts.of(Cause.FIRST).add(known)
    if removed:
        removed_later = total([after.figures]).add(_recount(connection, end, last, places), -1)
        gone = parts.of(Cause.RIGHTS).add(removed_later)
        if not new and known is not None:
            gone.add(before.figures, -1).add(known)
    unexplained = total([after.figures]).add(before.figures, -1)
    for part in parts.causes.values():
        unexplained.add(part, -1)
    return Change(start, end, before, after, parts, unexplained, removed_later, notes)


class _Walk:
    """The steps between neighbouring counts: what happened to the facts, under the rules of before; then the rules."""

    def __init__(self, connection: Connection, span: Span, places: tuple[str, ...], only: Only, parts: Parts) -> None:
        self._connection, self._span, self._places, self._only, self._parts = connection, span, places, only, parts
        self._known: dict[int | None, Counting] = {}

    def along(self, states: Sequence[State]) -> None:
        """Add to the parts what happened on the way through all these states."""
        steps = list(pairwise(states))
        for ways, group in groupby(steps, key=lambda pair: self._counting(pair[0] if pair[0].lauf_id else pair[1])):
            together = [Step(old.lauf_id, new.lauf_id) for old, new in group]
            walk(self._connection, together, ways, self._places, self._only, self._parts)
        for old, new in steps:
            if old.lauf_id and self._counting(old) != self._counting(new):
                self._rules(old, new)

    def _counting(self, state: State) -> Counting:
        """Return how a state counts; states that count alike give equal values."""
        known = self._known.get(state.regelwerk_nr)
        if known is None:
            found = counting(self._connection, state, self._span)
            rules = replace(found.rules, regelwerk_nr=0, kalender_version="", stichtag_ersatzregel="")
            known = self._known[state.regelwerk_nr] = Counting(rules, found.period)
        return known

    def _rules(self, old: State, new: State) -> None:
        """Count all facts of the new state with one change after the other: mapping, rules, calendar."""
        was, now = self._counting(old), self._counting(new)
        facts = read_facts(self._connection, new.lauf_id, was.rules.kategorien_version)
        version = now.rules.kategorien_version
        mapped = Facts(
            facts.teilnahme,
            facts.aktivitaet,
            read_source(self._connection, "kategorie_zuordnung", {"kategorien_version": version}),
        )
        other = replace(was.rules, kategorien_version=version)
        ways = (
            (Cause.MAPPING, Counting(other, was.period)),
            (Cause.RULES, Counting(now.rules, was.period)),
            (Cause.CALENDAR, now),
        )
        how, figures = was, _count(facts, was, self._places)
        for cause, next_ in ways:
            if next_ != how:
                after = _count(mapped, next_, self._places)
                self._parts.of(cause).add(after).add(figures, -1)
                how, figures = next_, after


def _count(facts: Facts, how: Counting, places: tuple[str, ...]) -> Tally:
    return tally_of(count_facts(facts, [how.period], how.rules, [places]))


def _recount(connection: Connection, state: State, how: Counting, places: tuple[str, ...]) -> Tally:
    """Count the state anew on the facts that are left of it; before the first count there was nothing."""
    if not state.lauf_id:
        return Tally()
    return _count(read_facts(connection, state.lauf_id, how.rules.kategorien_version), how, places)


def _latest(states: Sequence[State], lauf_id: int) -> State:
    """Return the last state until this run."""
    return next((state for state in reversed(states) if state.lauf_id <= lauf_id), NOTHING)


def _chosen(states: Sequence[State], request: Request) -> tuple[State, State]:
    if not states:
        raise CannotExplain(words.NOTHING_COUNTED)
    end = _named(states, request.to_run, request.until) or states[-1]
    if not end.lauf_id:
        raise CannotExplain(words.NOTHING_UNTIL_THEN)
    start = _named(states, request.from_run, request.since) or _latest(states, end.lauf_id - 1)
    if start.lauf_id > end.lauf_id:
        raise CannotExplain(words.WRONG_ORDER)
    return start, end


def _named(states: Sequence[State], lauf_id: int | None, day: date | None) -> State | None:
    """Return the state of the last count until the run or day; None when neither is named."""
    if lauf_id is not None:
        return _latest(states, lauf_id)
    if day is None:
        return None
    until = [state for state in states if state.gezaehlt_am is not None and words.day_of(state.gezaehlt_am) <= day]
    return until[-1] if until else NOTHING


def _only(request: Request) -> Only:
    conditions = {
        "vorhaben_id": (request.vorhaben, "i.vorhaben_id = :vorhaben_id"),
        "tvp_id": (request.tvp, "i.tvp_id = :tvp_id"),
        "jobcenter_nr": (request.jobcenter, _IN_JOBCENTER),
    }
    given = {name: (value, how) for name, (value, how) in conditions.items() if value is not None}
    if not given:
        return Only()
    return Only(
        " and ".join(how for _, how in given.values()), {name: str(value) for name, (value, _) in given.items()}
    )


_IN_JOBCENTER = """(
    exists (
        select from kern.teilnahme as j
        where j.identitaet_id = i.identitaet_id and coalesce(j.jobcenter_nr, 'OHNE') = :jobcenter_nr
    )
    or exists (
        select from kern.berichtigung as j where j.identitaet_id = i.identitaet_id and j.feld = 'jobcenter_nr'
    )
)"""
"""Whoever never had a participation there adds nothing to a cell of this Jobcenter."""


def _explanation(connection: Connection, change: Change, request: Request) -> Explanation:
    cell = request.cell
    missing = change.before.missing | change.after.missing
    points = [_point(connection, state) for state in (change.start, change.end)]
    shown = counting(connection, change.end, request.span)
    details = words.versions_changed(*(point.versions for point in points))
    notes = list(change.notes)
    later = change.removed_later.of(cell)
    if any(later.values()):
        notes.append(words.REMOVED_LATER)
    if missing:
        notes.append(words.not_counted_then(missing))

    def known(figures: dict[str, int]) -> dict[str, int]:
        return {name: value for name, value in figures.items() if name not in missing}

    deliveries = _deliveries(connection, change.parts, cell, missing)
    parts = tuple(
        Part(
            cause,
            NAMES[cause],
            MEANINGS[cause],
            known(change.parts.of(cause).of(cell)),
            tuple(deliveries.get(cause, ())),
            details.get(cause, ""),
        )
        for cause in Cause
        if cause is not Cause.UNEXPLAINED
    )
    return Explanation(
        zeitraum=request.span.kind,
        beginn=shown.period.von,
        ende=shown.period.bis,
        cell=dict(zip(COLUMNS.values(), cell, strict=True)),
        von=points[0],
        bis=points[1],
        before=_shown(change.before, cell, missing),
        parts=parts,
        unexplained=known(change.unexplained.of(cell)),
        after=_shown(change.after, cell, missing),
        notes=tuple(notes),
    )


def _shown(stored_figures: Stored, cell: Cell, missing: frozenset[str]) -> Figures:
    return {name: None if name in missing else value for name, value in stored_figures.figures.of(cell).items()}


def _point(connection: Connection, state: State) -> Point:
    row = connection.execute(
        text("""
            select kategorien_version, zaehlregeln_version, kalender_version
            from betrieb.regelwerk where regelwerk_nr = :nr
            """),
        {"nr": state.regelwerk_nr},
    ).one_or_none()
    return Point(state.lauf_id, state.gezaehlt_am, {} if row is None else dict(row._mapping))


def _deliveries(
    connection: Connection, parts: Parts, cell: Cell, missing: frozenset[str]
) -> dict[Cause, list[DeliveryPart]]:
    """Return the deliveries with an effect on the cell, by cause."""
    effects = {key: figures.of(cell) for key, figures in parts.deliveries.items()}
    effects = {
        key: {name: value for name, value in effect.items() if name not in missing} for key, effect in effects.items()
    }
    effects = {key: effect for key, effect in effects.items() if any(effect.values())}
    rows = connection.execute(
        text("""
            select lieferung_nr, lieferung_id, vorhaben_id, tvp_id, zeitraum_von, zeitraum_bis, version
            from betrieb.lieferung where lieferung_nr = any(:numbers)
            """),
        {"numbers": sorted({number for _, number in effects})},
    )
    known = {row.lieferung_nr: row for row in rows}
    result: dict[Cause, list[DeliveryPart]] = {}
    for (cause, number), effect in effects.items():
        if number in known:
            result.setdefault(cause, []).append(DeliveryPart(**known[number]._mapping, figures=effect))
    for found in result.values():
        found.sort(key=lambda one: (-sum(abs(value) for value in one.figures.values()), one.lieferung_nr))
    return result
