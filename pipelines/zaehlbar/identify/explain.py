"""Why two identities are, or are not, one person: which kinds agreed, which rule, who decided what and when.

Belongs here: reading. Does not belong here: any token (they stay in the database), deciding.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from zaehlbar.identify.pairs import compare
from zaehlbar.identify.words import in_words
from zaehlbar.pseudonymize import KINDS
from zaehlbar.site import MatchFile


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody decided about the pair."""

    entscheidung: str
    von: str
    am: datetime
    grund: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two identities side by side; `regel` is None where no rule says anything."""

    identitaet_a: int
    identitaet_b: int
    partner_a: str
    partner_b: str
    gleich: tuple[str, ...] = ()
    verschieden: tuple[str, ...] = ()
    fehlt: tuple[str, ...] = ()
    geburtsdatum: str | None = None
    worte: str = "keine vergleichbaren Merkmale"
    regel: str | None = None
    beschreibung: str | None = None
    wirkung: str | None = None
    zu_haeufig: tuple[str, ...] = ()
    """Kinds in which the two agree but which too many others share."""
    gespeichert: bool = False
    """Whether the pair counts; not, where all that agrees is too common."""
    entscheidungen: tuple[Told, ...] = ()
    """The latest first."""
    eine_person: bool = False
    widerspruch: bool = False
    normalisierer_version: int | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One identity of a person."""

    identitaet: int
    person: int
    partner: str
    grund: str
    seit_lauf: int
    seit: datetime | None


@dataclass(frozen=True, slots=True)
class Explained:
    """A person: its identities and the pairs among them that bind or part."""

    person: int
    identitaeten: tuple[Member, ...]
    paare: tuple[Comparison, ...] = field(default=())


def exists(connection: Connection, identity: int) -> bool:
    """Return whether the warehouse knows this identity."""
    query = text("select exists (select from kern.identitaet where identitaet_id = :id)")
    return bool(connection.execute(query, {"id": identity}).scalar_one())


def explain_pair(connection: Connection, one: int, other: int, rules: MatchFile) -> Comparison:
    """Compare two known, different identities under today's rules."""
    a, b = sorted((one, other))
    found = compare(connection, a, b, rules)
    values = {"a": a, "b": b}
    more = (
        connection.execute(
            text("""
                select
                    i.vorhaben_id || ' / ' || i.tvp_id as partner_a,
                    j.vorhaben_id || ' / ' || j.tvp_id as partner_b,
                    coalesce(p.person_id = q.person_id, false) as eine_person,
                    exists (
                        select from abgleich.paar as n where (n.identitaet_a, n.identitaet_b) = (:a, :b)
                    ) as gespeichert,
                    exists (
                        select from abgleich.widerspruch as w where (w.identitaet_a, w.identitaet_b) = (:a, :b)
                    ) as widerspruch
                from kern.identitaet as i
                cross join kern.identitaet as j
                left join kern.person_zuordnung as p on i.identitaet_id = p.identitaet_id and p.bekannt_bis is null
                left join kern.person_zuordnung as q on j.identitaet_id = q.identitaet_id and q.bekannt_bis is null
                where i.identitaet_id = :a and j.identitaet_id = :b
                """),
            values,
        )
        .mappings()
        .one()
    )
    told = connection.execute(
        text("""
            select entscheidung, entschieden_von as von, entschieden_am as am, grund
            from abgleich.paar_entscheidung
            where identitaet_a = :a and identitaet_b = :b
            order by entscheidung_nr desc
            """),
        values,
    ).mappings()
    decisions = tuple(Told(**row) for row in told)
    details = {} if found is None else _details(connection, found, rules)
    return Comparison(identitaet_a=a, identitaet_b=b, entscheidungen=decisions, **more, **details)


def _details(connection: Connection, found: dict[str, Any], rules: MatchFile) -> dict[str, Any]:
    agreement = {kind: found[f"{kind}_gleich"] for kind in KINDS}
    equal = tuple(kind for kind, same in agreement.items() if same)
    common = connection.execute(
        text("""
            select art from abgleich.haeufig
            where identitaet_id = :a and normalisierer_version = :version and art = any(:arten)
            """),
        {"a": found["identitaet_a"], "version": found["normalisierer_version"], "arten": list(equal)},
    ).scalars()
    described = {rule.name: rule.beschreibung for rule in rules.regeln}
    return {
        "gleich": equal,
        "verschieden": tuple(kind for kind, same in agreement.items() if same is False),
        "fehlt": tuple(kind for kind, same in agreement.items() if same is None),
        "geburtsdatum": found["geburtsdatum"],
        "worte": in_words(agreement, found["geburtsdatum"]),
        "regel": found["regel"],
        "beschreibung": described.get(found["regel"]),
        "wirkung": found["wirkung"],
        "zu_haeufig": tuple(sorted(common)),
        "normalisierer_version": found["normalisierer_version"],
    }


def explain_person(connection: Connection, identity: int, rules: MatchFile) -> Explained:
    """Return the person of a known identity as the last run left it; on its own where no run has followed yet."""
    rows = connection.execute(
        text("""
            select
                i.identitaet_id as identitaet, coalesce(p.person_id, i.identitaet_id) as person,
                i.vorhaben_id || ' / ' || i.tvp_id as partner, coalesce(p.grund, 'allein') as grund,
                coalesce(p.bekannt_von, 0) as seit_lauf, l.beendet_am as seit
            from kern.identitaet as i
            left join kern.person_zuordnung as p on i.identitaet_id = p.identitaet_id and p.bekannt_bis is null
            left join betrieb.lauf as l on p.bekannt_von = l.lauf_id
            where i.identitaet_id = :id or p.person_id = (
                select person_id from kern.person_zuordnung where identitaet_id = :id and bekannt_bis is null
            )
            order by i.identitaet_id
            """),
        {"id": identity},
    ).mappings()
    members = tuple(Member(**row) for row in rows)
    pairs = connection.execute(
        text("""
            select identitaet_a, identitaet_b from abgleich.paar
            where identitaet_a = any(:ids) and identitaet_b = any(:ids)
            union
            select identitaet_a, identitaet_b from abgleich.paar_entscheidung
            where identitaet_a = any(:ids) and identitaet_b = any(:ids)
            order by identitaet_a, identitaet_b
            """),
        {"ids": [member.identitaet for member in members]},
    ).all()
    compared = tuple(explain_pair(connection, row.identitaet_a, row.identitaet_b, rules) for row in pairs)
    own = next(member for member in members if member.identitaet == identity)
    return Explained(own.person, members, compared)
