"""What waits for a person, and the numbers of the whole matching.

Belongs here: reading for people. Does not belong here: deciding (decisions), single pairs in depth (explain).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from zaehlbar import resources
from zaehlbar.identify.words import in_words
from zaehlbar.load import occasion
from zaehlbar.pseudonymize import KINDS


@dataclass(frozen=True, slots=True)
class Question:
    """A pair that waits: `art` regel (a rule leaves it to a person) or widerspruch."""

    identitaet_a: int
    identitaet_b: int
    art: str
    partner_a: str
    partner_b: str
    regel: str | None
    """None where a contradiction is of decisions only."""
    worte: str


@dataclass(frozen=True, slots=True)
class RuleCount:
    regel: str
    wirkung: str
    paare: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Numbers; identitaeten = personen + automatisch + entschieden."""

    identitaeten: int
    personen: int
    automatisch: int
    """Identities fewer by rules alone."""
    entschieden: int
    """Identities fewer for which a decision was needed."""
    entscheidungen: dict[str, int]
    """Standing decisions, gleich and verschieden."""
    zu_pruefen: int
    widersprueche: int
    zu_haeufig: dict[str, int]
    """Merkmale that too many share, and identities that share one."""
    je_regel: tuple[RuleCount, ...]
    aktuell: bool
    """False: a load or a decision has not been followed by a run."""


def questions(connection: Connection, limit: int | None = None) -> list[Question]:
    """Return the waiting pairs, contradictions first, at most `limit`."""
    agreements = ", ".join(f"n.{kind}_gleich as {kind}" for kind in KINDS)
    rows = connection.execute(
        text(f"""
            select
                o.identitaet_a, o.identitaet_b, o.art, n.regel, n.geburtsdatum, {agreements},
                i.vorhaben_id || ' / ' || i.tvp_id as partner_a, j.vorhaben_id || ' / ' || j.tvp_id as partner_b
            from ({_open()}) as o
            inner join kern.identitaet as i on o.identitaet_a = i.identitaet_id
            inner join kern.identitaet as j on o.identitaet_b = j.identitaet_id
            left join abgleich.paar as n on o.identitaet_a = n.identitaet_a and o.identitaet_b = n.identitaet_b
            order by o.art desc, o.identitaet_a, o.identitaet_b
            limit :limit
            """),
        {"limit": limit},
    ).mappings()
    return [_question(row) for row in rows]


def _question(row: Mapping[Any, Any]) -> Question:
    words = "keine gemeinsamen Merkmale; Entscheidungen widersprechen sich"
    if row["geburtsdatum"] is not None:
        words = in_words({kind: row[kind] for kind in KINDS}, row["geburtsdatum"])
    return Question(
        row["identitaet_a"], row["identitaet_b"], row["art"], row["partner_a"], row["partner_b"], row["regel"], words
    )


def summary(connection: Connection) -> Summary:
    """Return the numbers of the matching as the last run left it."""
    persons = connection.execute(
        text("""
            select
                count(*) as personen,
                coalesce(sum(zahl - 1) filter (where grund <> 'entscheidung'), 0)::bigint as automatisch,
                coalesce(sum(zahl - 1) filter (where grund = 'entscheidung'), 0)::bigint as entschieden
            from (
                select person_id, min(grund) as grund, count(*) as zahl
                from kern.person_zuordnung
                where bekannt_bis is null
                group by person_id
            ) as p
            """)
    ).one()
    open_ = connection.execute(text(f"select art, count(*) from ({_open()}) as o group by art"))
    waiting: dict[str, int] = dict(open_.all())
    told = connection.execute(
        text("select entscheidung, count(*) from abgleich.paar_entscheidung_gilt group by entscheidung")
    )
    by_rule = connection.execute(
        text("""
            select regel, wirkung, count(*) as paare
            from abgleich.paar group by regel, wirkung order by count(*) desc, regel, wirkung
            """)
    ).mappings()
    stale = connection.execute(text("select exists (select from abgleich.ausstehend)")).scalar_one()
    return Summary(
        identitaeten=connection.execute(text("select count(*) from kern.identitaet")).scalar_one(),
        personen=persons.personen,
        automatisch=persons.automatisch,
        entschieden=persons.entschieden,
        entscheidungen={"gleich": 0, "verschieden": 0} | {name: n for name, n in told if name != "zurueckgenommen"},
        zu_pruefen=waiting.get("regel", 0),
        widersprueche=waiting.get("widerspruch", 0),
        zu_haeufig=_too_common(connection),
        je_regel=tuple(RuleCount(**row) for row in by_rule),
        aktuell=not (stale or occasion.pending(connection)),
    )


def _too_common(connection: Connection) -> dict[str, int]:
    tokens = " union all ".join(
        f"""
        select count(distinct (m.normalisierer_version, m.{kind}_token))
        from abgleich.haeufig as h
        inner join abgleich.merkmal as m
            on h.identitaet_id = m.identitaet_id and h.normalisierer_version = m.normalisierer_version
        where h.art = '{kind}'
        """
        for kind in KINDS
    )
    row = connection.execute(
        text(f"""
            select
                (select sum(anzahl)::bigint from ({tokens}) as t (anzahl)) as merkmale,
                (select count(distinct identitaet_id) from abgleich.haeufig) as identitaeten
            """)
    ).one()
    return {"merkmale": row.merkmale, "identitaeten": row.identitaeten}


def _open() -> str:
    return (resources.folder("sql") / "identify" / "40_offen.sql").read_text(encoding="utf-8")
