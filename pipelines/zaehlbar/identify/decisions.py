"""What a person says about a pair of identities: recorded for ever, dated, taken back by a later row.

Belongs here: recording, and refusing what makes no sense. Does not belong here: what follows from it (api: every run).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, text

from zaehlbar.identify.api import links_of
from zaehlbar.identify.explain import Comparison, exists, explain_pair
from zaehlbar.identify.persons import Groups, Links, Pairs, groups_of
from zaehlbar.load import occasion
from zaehlbar.site import MatchFile

Verdict = Literal["gleich", "verschieden", "zurueckgenommen"]


class CannotDecide(ValueError):
    """The decision makes no sense as things stand; the message says why and what to do instead, in German."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What was recorded, and what the person should know about it."""

    identitaet_a: int
    identitaet_b: int
    entscheidung: Verdict
    hinweise: tuple[str, ...] = ()


def decide(
    connection: Connection, one: int, other: int, verdict: Verdict, who: str, reason: str, rules: MatchFile
) -> Decided:
    """Record `verdict` about two identities and note that persons are to be found anew; the caller commits.

    Raises CannotDecide, and records nothing, for one identity twice, an unknown one, what holds already, and what
    contradicts another pair.
    """
    if not reason.strip():
        raise CannotDecide("Eine Entscheidung braucht eine Begründung (--grund).")
    if one == other:
        raise CannotDecide(f"Identität {one} steht zweimal da; nennen Sie zwei verschiedene.")
    # One decision at a time: each is judged against all others.
    connection.execute(text("lock table abgleich.paar_entscheidung in share row exclusive mode"))
    for identity in (one, other):
        if not exists(connection, identity):
            raise CannotDecide(f"Eine Identität {identity} gibt es nicht; zaehlbar identity review zeigt die Nummern.")
    pair = explain_pair(connection, one, other, rules)
    hints = _check(connection, pair, verdict)
    connection.execute(
        text("""
            insert into abgleich.paar_entscheidung (identitaet_a, identitaet_b, entscheidung, entschieden_von, grund)
            values (:a, :b, :entscheidung, :von, :grund)
            """),
        {"a": pair.identitaet_a, "b": pair.identitaet_b, "entscheidung": verdict, "von": who, "grund": reason.strip()},
    )
    occasion.note(connection, "entscheidung")
    return Decided(pair.identitaet_a, pair.identitaet_b, verdict, tuple(hints))


def _standing(pair: Comparison) -> str | None:
    latest = pair.entscheidungen[0].entscheidung if pair.entscheidungen else None
    return None if latest == "zurueckgenommen" else latest


def _named(pair: Comparison) -> str:
    return f"{pair.identitaet_a} und {pair.identitaet_b}"


def _check(connection: Connection, pair: Comparison, verdict: Verdict) -> list[str]:
    """Return what the person should know of the decision's effect; CannotDecide where it makes no sense."""
    if verdict == "gleich":
        return _check_merge(connection, pair)
    if verdict == "verschieden":
        return _check_split(connection, pair)
    if _standing(pair) is None:
        raise CannotDecide(f"Über {_named(pair)} gilt keine Entscheidung, die sich zurücknehmen ließe.")
    return []


def _check_merge(connection: Connection, pair: Comparison) -> list[str]:
    if _standing(pair) == "gleich":
        raise CannotDecide(f"{_named(pair)} sind schon als eine Person entschieden.")
    now = links_of(connection)
    rest = _without(now, pair)
    links = Links(rest.decided + _alone(pair), rest.exact, rest.ruled, rest.parted)
    groups, before = groups_of(links), groups_of(now)
    joined = _members(before, pair.identitaet_a) | _members(before, pair.identitaet_b)
    if len({_person(groups, one) for one in joined}) > 1:
        rivals = _parted_inside(links, pair)
        raise CannotDecide(
            f"{_named(pair)} können nicht eine Person sein, solange andere Paare derselben Gruppe getrennt sind: "
            f"{rivals}. zaehlbar identity explain zeigt sie; eine Entscheidung nimmt identity undo zurück, gegen "
            "eine Regel entscheidet identity merge über eben dieses Paar."
        )
    if pair.eine_person:
        raise CannotDecide(f"{_named(pair)} sind schon eine Person.")
    hints = []
    if pair.wirkung == "nie":
        hints.append(f"Die Regel {pair.regel} sagt für dieses Paar „nie“; Ihre Entscheidung geht vor.")
    if _standing(pair) == "verschieden":
        hints.append("Das Paar war als verschieden entschieden; Ihre Entscheidung ersetzt das.")
    return hints


def _check_split(connection: Connection, pair: Comparison) -> list[str]:
    if _standing(pair) == "verschieden":
        raise CannotDecide(f"{_named(pair)} sind schon als verschieden entschieden.")
    proposed = pair.gespeichert and pair.wirkung != "nie"
    if not pair.eine_person and not proposed and not pair.widerspruch and _standing(pair) is None:
        raise CannotDecide(f"{_named(pair)} sind schon zwei Personen, und keine Regel schlägt vor, dass sie eine sind.")
    before = _without(links_of(connection), pair)
    links = Links(before.decided, before.exact, before.ruled, before.parted + _alone(pair))
    groups = groups_of(links)
    bound = {*groups.contradicting_decisions.a.tolist(), *groups.contradicting_decisions.b.tolist()}
    if {pair.identitaet_a, pair.identitaet_b} <= bound:
        raise CannotDecide(
            f"{_named(pair)} sind durch Entscheidungen über andere Paare verbunden. Nehmen Sie zuerst eine davon "
            "zurück (zaehlbar identity explain zeigt sie, identity undo nimmt sie zurück)."
        )
    waiting = len(groups.contradicting_rules)
    if waiting and pair.eine_person:
        return [
            "Die übrigen Paare ihrer Gruppe verbindet keine Regel mehr von selbst; was davon offen ist, steht unter "
            "zaehlbar identity review."
        ]
    return []


def _alone(pair: Comparison) -> Pairs:
    return Pairs.of([pair.identitaet_a], [pair.identitaet_b])


def _without(links: Links, pair: Comparison) -> Links:
    """Return the links but for this very pair: a decision about it replaces what held of it."""

    def rest(pairs: Pairs) -> Pairs:
        return pairs.where((pairs.a != pair.identitaet_a) | (pairs.b != pair.identitaet_b))

    return Links(rest(links.decided), rest(links.exact), rest(links.ruled), rest(links.parted))


def _person(groups: Groups, identity: int) -> int:
    found = groups.person[groups.identity == identity]
    return int(found[0]) if len(found) else identity


def _members(groups: Groups, identity: int) -> set[int]:
    """Return the identities of the person of `identity`."""
    own: list[int] = groups.identity[groups.person == _person(groups, identity)].tolist()
    return {identity, *own}


def _parted_inside(links: Links, pair: Comparison) -> str:
    """Return the parted pairs inside what would be the group of `pair`, as a person reads them."""
    whole = groups_of(Links(links.decided, links.exact, links.ruled, Pairs.of([], [])))
    person = _person(whole, pair.identitaet_a)
    inside = [
        f"{a}–{b}"
        for a, b in zip(links.parted.a.tolist(), links.parted.b.tolist(), strict=True)
        if _person(whole, a) == person == _person(whole, b)
    ]
    return ", ".join(inside)
