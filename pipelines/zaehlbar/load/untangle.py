"""What the history of other identities says about removed ones: that they were one person for a time.

Belongs here: rewriting that part of `kern.person_zuordnung` as if the removed identities had never been. Does not
belong here: who is one person now (identify). Of identities that only a removed one held together nobody knows that any
more: they stay together for the time in which they were counted so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import Connection, text

FOREVER = 2**31 - 1
_ALONE = "allein"


@dataclass(frozen=True, slots=True)
class Span:
    """One row: from which run up to (not including) which run an identity was which person, and why."""

    identity: int
    person: int
    reason: str
    start: int
    end: int


def untangle(connection: Connection, selected: str) -> int:
    """Rewrite the rows of other identities that name a person of those in the temporary table `selected`
    (identitaet_id); return how many identities. Call it before these are deleted. The caller commits."""
    rows = connection.execute(text(_CONCERNED.format(selected=selected))).all()
    if not rows:
        return 0
    spans = [
        Span(row.identitaet_id, row.person_id, row.grund, row.bekannt_von, row.bekannt_bis or FOREVER) for row in rows
    ]
    named = set(connection.execute(text(_PERSONS.format(selected=selected))).scalars())
    identities = sorted({one.identity for one in spans})
    anew = joined([*(span for span in spans if span.person not in named), *without(spans, named)])
    connection.execute(text("delete from kern.person_zuordnung where identitaet_id = any(:ids)"), {"ids": identities})
    connection.execute(
        text("""
            insert into kern.person_zuordnung (identitaet_id, person_id, grund, bekannt_von, bekannt_bis)
            values (:identity, :person, :reason, :start, :end)
            """),
        [
            {
                "identity": one.identity,
                "person": one.person,
                "reason": one.reason,
                "start": one.start,
                "end": None if one.end == FOREVER else one.end,
            }
            for one in anew
        ],
    )
    return len(identities)


def without(spans: Sequence[Span], named: set[int]) -> Iterator[Span]:
    """Yield the spans of persons in `named` anew: at any time the smallest identity left stands for the person."""
    by_person: dict[int, list[Span]] = {}
    for span in spans:
        if span.person in named:
            by_person.setdefault(span.person, []).append(span)
    for members in by_person.values():
        edges = sorted({edge for span in members for edge in (span.start, span.end)})
        for start, end in pairwise(edges):
            present = [span for span in members if span.start <= start and end <= span.end]
            for span in present:
                reason = span.reason if len(present) > 1 else _ALONE
                yield Span(span.identity, min(one.identity for one in present), reason, start, end)


def joined(spans: Sequence[Span]) -> Iterator[Span]:
    """Yield the spans in order, neighbours that say the same as one."""
    last: Span | None = None
    for span in sorted(spans, key=lambda one: (one.identity, one.start)):
        same = last is not None and (last.identity, last.person, last.reason, last.end) == (
            span.identity,
            span.person,
            span.reason,
            span.start,
        )
        if last is not None and same:
            last = Span(last.identity, last.person, last.reason, last.start, span.end)
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


_PERSONS = """
    select distinct person_id from kern.person_zuordnung
    where identitaet_id in (select identitaet_id from {selected})
"""

_CONCERNED = """
    with genannt as materialized (
        select distinct person_id from kern.person_zuordnung
        where identitaet_id in (select identitaet_id from {selected})
    ),
    betroffen as (
        select q.identitaet_id
        from genannt as g inner join kern.person_zuordnung as q on g.person_id = q.person_id
        where q.bekannt_bis is null
        union
        select q.identitaet_id
        from genannt as g inner join kern.person_zuordnung as q on g.person_id = q.person_id
        where q.bekannt_bis is not null
    )
    select identitaet_id, person_id, grund, bekannt_von, bekannt_bis
    from kern.person_zuordnung
    where identitaet_id in (select identitaet_id from betroffen)
        and identitaet_id not in (select identitaet_id from {selected})
    order by 1, 4
"""
"""Two halves, as each has an index of its own."""
