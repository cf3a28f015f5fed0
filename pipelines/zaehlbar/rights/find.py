"""Finding a person without storing a name: the tokens of a person file against those of the warehouse.

Belongs here: which identities are the person and why, and who may be without being counted in. Does not belong here:
raw deliveries (raw), what is done about the person.

Only the number (tn) and the exact token find. Whoever is one person with what was found belongs to it. Weaker Merkmale
are reported for a person to look at, and never acted upon by themselves.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, text

from zaehlbar.contract import contract
from zaehlbar.pseudonymize import NORMALIZER_VERSION, KeyRing
from zaehlbar.pseudonymize.merkmale import EXACT, KINDS, merkmale
from zaehlbar.pseudonymize.parts import parts_of
from zaehlbar.pseudonymize.tokens import canonical, tn_tokens
from zaehlbar.rights.personfile import PersonFile


class PersonUnclearError(LookupError):
    """What the person file says does not fit together, or an identity given by hand is not the person's."""


@dataclass(frozen=True, slots=True)
class PersonTokens:
    """All tokens of a person file: of the number, and per normaliser version those of the names by Merkmalsart."""

    number: bytes | None = field(repr=False)
    by_version: dict[int, dict[str, bytes]] = field(repr=False)

    @property
    def exact(self) -> dict[int, bytes]:
        """The exact tokens by normaliser version; none without a full birth date."""
        return {version: kinds[EXACT] for version, kinds in self.by_version.items() if EXACT in kinds}


@dataclass(frozen=True, slots=True)
class FoundIdentity:
    """One identity of the person. `how`: nummer, namen, gruppe (one person with one of those) or auch (by hand)."""

    identitaet_id: int
    vorhaben_id: str
    tvp_id: str
    how: str
    tn_token: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Similar:
    """An identity that shares weaker Merkmale with the person, and is not counted in. `kinds`: the agreeing ones;
    `pairs`: those the warehouse knows of it and the person's identities."""

    identitaet_id: int
    kinds: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The person's identities, in order, and who may be the person too."""

    identities: tuple[FoundIdentity, ...]
    similar: tuple[Similar, ...]

    @property
    def ids(self) -> list[int]:
        return [one.identitaet_id for one in self.identities]


def person_tokens(keys: KeyRing, person: PersonFile, versions: Sequence[int]) -> PersonTokens:
    """Return the tokens of the person under the active key for these normaliser versions."""
    number = None
    if person.tn_nr is not None:
        assert person.vorhaben_id is not None
        assert person.tvp_id is not None
        digests = tn_tokens(keys, person.vorhaben_id, person.tvp_id, [canonical(person.tn_nr)])
        number = digests[0].tobytes()
    table = as_participation(person)
    first = np.zeros(1, dtype=np.int64)
    by_version: dict[int, dict[str, bytes]] = {}
    for version in versions:
        made = merkmale(keys, version, parts_of(table, version), first, first).to_pylist()
        values = made[0] if made else {}
        by_version[version] = {kind: values[f"{kind}_token"] for kind in KINDS if values.get(f"{kind}_token")}
    return PersonTokens(number, by_version)


def as_participation(person: PersonFile) -> pa.Table:
    """Return the names, birth date and postcode of the person as one row of `teilnahme`."""
    row = {
        "nachname": person.last_name,
        "vorname": person.first_name,
        "geburtsdatum": person.birth_date,
        "plz": person.postcode,
    }
    return pa.Table.from_pylist([row], schema=contract().table("teilnahme").arrow_schema)


def versions_in_use(connection: Connection) -> list[int]:
    """Return the normaliser versions of any stored token, and the newest."""
    found = connection.execute(
        text("""
            select normalisierer_version from abgleich.merkmal
            union
            select normalisierer_version from abgleich.widerruf where art = 'exakt'
            union
            select normalisierer_version from abgleich.einschraenkung_token where art = 'exakt'
            """)
    ).scalars()
    return sorted({*found, NORMALIZER_VERSION})


def find(connection: Connection, tokens: PersonTokens, also: Sequence[int] = ()) -> Found:
    """Return the person's identities. PersonUnclearError when number and names are those of different people.

    `also`: identities that a person adds by hand; each must share a Merkmal with the person.
    """
    by_number = set(_ids(connection, _BY_NUMBER, {"token": tokens.number})) if tokens.number else set()
    by_names = set(_ids(connection, _BY_NAMES, _exact_values(tokens))) if tokens.exact else set()
    similar = {one.identitaet_id: one for one in _similar(connection, tokens)}
    _refuse_strangers(connection, by_number, tokens, set(similar) | by_names)
    found = {**dict.fromkeys(by_names, "namen"), **dict.fromkeys(by_number, "nummer")}
    for identity in _group(connection, list(found)):
        found.setdefault(identity, "gruppe")
    for identity in also:
        if identity not in found and identity not in similar:
            raise PersonUnclearError(
                f"Die Identität {identity} teilt kein Merkmal mit der Personendatei und wird nicht hinzugenommen."
            )
        found.setdefault(identity, "auch")
    identities = [
        FoundIdentity(row.identitaet_id, row.vorhaben_id, row.tvp_id, found[row.identitaet_id], bytes(row.tn_token))
        for row in connection.execute(text(_IDENTITIES), {"ids": list(found)})
    ]
    others = [one for identity, one in sorted(similar.items()) if identity not in found]
    return Found(tuple(identities), tuple(_with_pairs(connection, others, list(found))))


def _refuse_strangers(connection: Connection, by_number: set[int], tokens: PersonTokens, alike: set[int]) -> None:
    """Refuse a number whose identity was delivered with names and shares nothing with the names given."""
    if not by_number or not any(tokens.by_version.values()) or by_number & set(_group(connection, list(alike))):
        return
    named = set(_ids(connection, _WITH_NAMES, {"ids": list(by_number)}))
    if named:
        raise PersonUnclearError(
            "Nummer und Namen gehören nach allem, was geliefert wurde, zu verschiedenen Menschen. Bitte beides prüfen; "
            "wer sicher ist, gibt nur die Nummer oder nur die Namen an."
        )


def _exact_values(tokens: PersonTokens) -> dict[str, object]:
    return {"tokens": list(tokens.exact.values()), "versions": list(tokens.exact)}


def _ids(connection: Connection, query: str, values: dict[str, object]) -> list[int]:
    return [int(one) for one in connection.execute(text(query), values).scalars()]


def _group(connection: Connection, ids: list[int]) -> list[int]:
    """Return these identities and all that are one person with them now."""
    return _ids(connection, _GROUP, {"ids": ids}) if ids else []


def _similar(connection: Connection, tokens: PersonTokens) -> list[Similar]:
    """Return who shares a weaker Merkmal with the person, under any normaliser version."""
    agreeing: dict[int, set[str]] = {}
    for version, kinds in tokens.by_version.items():
        weaker = {kind: token for kind, token in kinds.items() if kind != EXACT}
        if not weaker:
            continue
        tests = [f"m.{kind}_token = :{kind}" for kind in weaker]
        agree = ", ".join(f"case when {test} then '{kind}' end" for kind, test in zip(weaker, tests, strict=True))
        rows = connection.execute(
            text(
                f"select m.identitaet_id, array_remove(array[{agree}], null) as arten from abgleich.merkmal as m"
                f" where m.normalisierer_version = :version and ({' or '.join(tests)})"
            ),
            {"version": version, **{kind: uuid.UUID(bytes=token) for kind, token in weaker.items()}},
        )
        for row in rows:
            agreeing.setdefault(row.identitaet_id, set()).update(row.arten)
    return [Similar(identity, tuple(sorted(kinds))) for identity, kinds in sorted(agreeing.items())]


def _with_pairs(connection: Connection, others: list[Similar], ids: list[int]) -> list[Similar]:
    values = {"ids": ids, "others": [one.identitaet_id for one in others]}
    rows = connection.execute(text(_PAIRS), values).all() if others and ids else []
    return [
        replace(one, pairs=tuple((row.a, row.b) for row in rows if one.identitaet_id in (row.a, row.b)))
        for one in others
    ]


_BY_NUMBER = "select identitaet_id from abgleich.identitaet_token where tn_token = :token"

_BY_NAMES = """
    select m.identitaet_id
    from abgleich.merkmal as m
    inner join unnest(cast(:tokens as bytea[]), cast(:versions as integer[])) as t (token, version)
        on m.exakt_token = t.token and m.normalisierer_version = t.version
"""

_WITH_NAMES = "select distinct identitaet_id from abgleich.merkmal where identitaet_id = any(:ids)"

_GROUP = """
    select unnest(cast(:ids as bigint[]))
    union
    select q.identitaet_id
    from kern.person_zuordnung as p
    inner join kern.person_zuordnung as q on p.person_id = q.person_id and q.bekannt_bis is null
    where p.bekannt_bis is null and p.identitaet_id = any(:ids)
"""

_PAIRS = """
    select identitaet_a as a, identitaet_b as b from abgleich.paar
    where (identitaet_a = any(:ids) and identitaet_b = any(:others))
        or (identitaet_b = any(:ids) and identitaet_a = any(:others))
    order by 1, 2
"""

_IDENTITIES = """
    select i.identitaet_id, i.vorhaben_id, i.tvp_id, t.tn_token
    from kern.identitaet as i
    inner join abgleich.identitaet_token as t on i.identitaet_id = t.identitaet_id
    where i.identitaet_id = any(:ids)
    order by i.identitaet_id
"""
