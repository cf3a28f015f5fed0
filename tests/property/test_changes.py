"""Why a figure changed: the parts add up exactly, whatever happened, and what did not happen has no part."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
from tests.conftest import Warehouse
from tests.support.changing import House, Number, other
from tests.support.facts import Participation, Sent, Unit

from zaehlbar.changes.causes import Cause
from zaehlbar.changes.explain import Change, changes
from zaehlbar.changes.path import Only
from zaehlbar.changes.states import NOTHING, Span, State, counts
from zaehlbar.changes.tally import Tally
from zaehlbar.count.engine import SETS

PARTNERS = [("V1", "T1"), ("V1", "T2"), ("V2", "T1")]
PERSONS = {"n0": "p1", "n1": "p2", "n2": None}
"""Who is which person, at whatever partner: so that persons change by decisions and removals alone."""
NUMBERS: list[Number] = [(*partner, tn) for partner in PARTNERS for tn in PERSONS]
ENTRIES = [date(2026, 1, 5), date(2026, 1, 28), date(2026, 2, 12)]
ENDS = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
SPANS = [Span("monat", date(2026, 1, 1)), Span("monat", date(2026, 2, 1)), Span("quartal", date(2026, 3, 1))]


@dataclass
class Night:
    """What happens before and in a night, and which causes that may bring."""

    sent: tuple[Sent, ...] = ()
    released: tuple[Sent, ...] = ()
    dies: bool = False
    actions: list[tuple[Any, ...]] = field(default_factory=list)

    @property
    def causes(self) -> set[Cause]:
        found: set[Cause] = set()
        deliveries = (*self.sent, *self.released)
        if self.sent:
            found |= {Cause.LATE, Cause.CORRECTED}
        if self.released:
            found.add(Cause.RELEASED)
        for action in self.actions:
            found |= _CAUSES[action[0]]
        if any(sent.withdrawals for sent in deliveries):
            found |= {Cause.RIGHTS, Cause.PERSONS}
        return found


_CAUSES = {
    "decide": {Cause.PERSONS},
    "correct": {Cause.CORRECTED},
    "restrict": {Cause.RIGHTS},
    "lift": {Cause.RIGHTS},
    "remove": {Cause.RIGHTS, Cause.PERSONS},  # who was one person only by the removed one is parted
    "mapping": {Cause.MAPPING},
    "rules": {Cause.RULES},
    "calendar": {Cause.CALENDAR},
}


@st.composite
def _sent(draw: st.DrawFn) -> Sent:
    participations, units = [], []
    for tn, person in PERSONS.items():
        for ein in draw(st.lists(st.sampled_from(ENTRIES), unique=True, max_size=2)):
            stay = draw(st.none() | st.integers(0, 50))
            participations.append(
                Participation(
                    tn,
                    ein,
                    None if stay is None else ein + timedelta(days=stay),
                    person,
                    jobcenter=draw(st.sampled_from([None, "10001", "10002"])),
                    status=draw(st.sampled_from([None, None, None, "STORNO"])),
                )
            )
        days = st.tuples(st.dates(date(2026, 1, 3), date(2026, 3, 20)), st.sampled_from(["A02", "C01", "C02", "Z9"]))
        units += [
            Unit(tn, day, code, draw(st.sampled_from([60, 240, 480])))
            for day, code in draw(st.lists(days, unique=True, max_size=3))
        ]
    vorhaben, tvp = draw(st.sampled_from(PARTNERS))
    withdrawn = draw(st.sampled_from([(), (), (), (("n1", date(2026, 2, 1)),)]))
    return Sent(
        date(2026, 1, 1),
        draw(st.sampled_from(ENDS)),
        draw(st.integers(1, 3)),
        tuple(row for row in participations if row.tn not in dict(withdrawn)),
        tuple(units),
        draw(st.sampled_from(["voll", "voll", "zuwachs"])),
        vorhaben,
        tvp,
        withdrawn,
    )


_ACTIONS = st.one_of(
    st.tuples(
        st.just("decide"),
        st.sampled_from(NUMBERS),
        st.sampled_from(NUMBERS),
        st.sampled_from(["gleich", "gleich", "verschieden", "zurueckgenommen"]),
    ),
    st.tuples(
        st.just("correct"),
        st.sampled_from(NUMBERS),
        st.sampled_from(ENTRIES),
        st.sampled_from([("austritt_datum", "2026-02-20"), ("jobcenter_nr", "10002"), ("jobcenter_nr", None)]),
    ),
    st.tuples(st.just("restrict"), st.sampled_from(NUMBERS)),
    st.tuples(st.just("lift")),
    st.tuples(st.just("remove"), st.sampled_from(NUMBERS), st.sampled_from(["loeschung", "loeschung", "aufbewahrung"])),
    st.tuples(st.sampled_from(["mapping", "rules", "calendar"])),
)


@st.composite
def _night(draw: st.DrawFn) -> Night:
    sent = draw(
        st.lists(_sent(), max_size=2, unique_by=lambda one: (one.vorhaben_id, one.tvp_id, one.end, one.version))
    )
    released = sent[1:] if draw(st.booleans()) else []
    return Night(
        tuple(one for one in sent if one not in released),
        tuple(released),
        draw(st.sampled_from([False, False, False, True])),
        draw(st.lists(_ACTIONS, max_size=2)),
    )


def _live(house: House, night: Night) -> None:
    book = house.rulebook
    for kind, *rest in night.actions:
        if kind in ("mapping", "rules", "calendar"):
            book = other(book, kind)
        elif kind == "lift":
            house.lift_all()
        elif house.identity(rest[0]) is None:
            continue
        elif kind == "correct":
            house.correct(rest[0], rest[1], *rest[2])
        else:
            {"decide": house.decide, "restrict": house.restrict, "remove": house.remove}[kind](*rest)
    house.night(*night.sent, released=night.released, rulebook=book, dies=night.dies)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=_sent().filter(lambda sent: bool(sent.participations)),
    nights=st.lists(_night(), min_size=2, max_size=4),
    places=st.sampled_from(SETS),
    span=st.sampled_from(SPANS),
    picks=st.lists(st.integers(0, 11), min_size=3, max_size=3, unique=True),
)
def test_the_parts_add_up_and_nothing_else_has_a_part(
    warehouse: Warehouse,
    first: Sent,
    nights: list[Night],
    places: tuple[str, ...],
    span: Span,
    picks: list[int],
) -> None:
    nights = [Night((first,)), *nights, Night()]
    with warehouse.engine.connect() as connection:
        happened = _live_through(House(connection), nights)
        states = counts(connection)
        one, two, three = sorted(([NOTHING, *states][pick % (len(states) + 1)] for pick in picks), key=_run)
        whole, early, late = (
            changes(connection, states, start, end, span, places, Only())
            for start, end in ((one, three), (one, two), (two, three))
        )
        connection.rollback()
    for change in (whole, early, late):
        _check_sum(change)
        passed = [lauf_id for lauf_id in happened if change.start.lauf_id < lauf_id <= change.end.lauf_id]
        allowed = {cause for lauf_id in passed for cause in happened[lauf_id]} | {Cause.FIRST}
        # What persons did who are gone since is in no other part, whenever they went.
        allowed |= {Cause.RIGHTS} if any(Cause.PERSONS in night.causes for night in nights) else set()
        assert {cause for cause in Cause if _plain(change.parts.of(cause))} <= allowed
    for cause in Cause:
        split = Tally().add(early.parts.of(cause)).add(late.parts.of(cause))
        assert _plain(split) == _plain(whole.parts.of(cause)), cause


def _live_through(house: House, nights: list[Night]) -> dict[int, set[Cause]]:
    """Return what may have happened until each count since the one before."""
    happened: dict[int, set[Cause]] = {}
    waiting: set[Cause] = set()
    for night in nights:
        _live(house, night)
        waiting |= night.causes
        if not night.dies:
            happened[counts(house.connection)[-1].lauf_id] = waiting
            waiting = set()
    return happened


def _plain(figures: Tally) -> dict[Any, dict[str, int]]:
    return {cell: figures.of(cell) for cell in figures.cells()}


def _run(state: State) -> int:
    return state.lauf_id


def _check_sum(change: Change) -> None:
    """before + parts = after, in every cell, with nothing unexplained; parts of deliveries lie within their cause."""
    assert _plain(change.unexplained) == {}
    added = Tally().add(change.before.figures)
    for part in change.parts.causes.values():
        added.add(part)
    assert _plain(added) == _plain(change.after.figures)
    brought = {Cause.LATE, Cause.RELEASED}
    for cause in brought:
        of_deliveries = Tally()
        for (own, _), figures in change.parts.deliveries.items():
            if own is cause:
                of_deliveries.add(figures)
        assert _plain(of_deliveries) == _plain(change.parts.of(cause))
