"""Einschränkung (Art. 18 DSGVO): declaring and lifting one, by token.

Belongs here: which tokens a restriction remembers. Does not belong here: what it does to rows and figures
(load.restriction, sql/sources).
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from zaehlbar.pseudonymize import KeyRing
from zaehlbar.rights.find import Found, PersonTokens


def restrict(connection: Connection, keys: KeyRing, tokens: PersonTokens, found: Found) -> int:
    """Restrict the person from the next run on; return the number of the restriction. The caller commits.

    Works for a person of whom nothing is stored (yet), too: what is delivered later is restricted when it comes.
    """
    number = int(
        connection.execute(
            text("insert into abgleich.einschraenkung default values returning einschraenkung_nr")
        ).scalar_one()
    )
    rows = {(token, "exakt", version) for version, token in tokens.exact.items()}
    rows |= {(token, "exakt", version) for version, token in stored_exact(connection, found)}
    rows |= {(one.tn_token, "tn", 0) for one in found.identities}
    if tokens.number is not None:
        rows.add((tokens.number, "tn", 0))
    for token, kind, version in sorted(rows, key=lambda row: (row[1], row[2], row[0])):
        connection.execute(
            text("""
                insert into abgleich.einschraenkung_token (
                    einschraenkung_nr, token, art, normalisierer_version, schluessel_id
                )
                values (:nr, :token, :art, :version, :schluessel_id)
                """),
            {"nr": number, "token": token, "art": kind, "version": version, "schluessel_id": keys.key_id},
        )
    return number


def restrictions_of(connection: Connection, tokens: PersonTokens, found: Found) -> list[int]:
    """Return the restrictions that hold for this person."""
    own = {*tokens.exact.values(), *(one.tn_token for one in found.identities)}
    own |= {token for _, token in stored_exact(connection, found)}
    if tokens.number is not None:
        own.add(tokens.number)
    rows = connection.execute(
        text("""
            select distinct einschraenkung_nr from abgleich.einschraenkung_token
            where token = any(cast(:tokens as bytea[])) order by 1
            """),
        {"tokens": list(own)},
    )
    return [int(number) for number in rows.scalars()]


def lift(connection: Connection, numbers: list[int]) -> None:
    """Lift these restrictions from the next run on; their tokens go, the dates stay. The caller commits."""
    values = {"numbers": numbers}
    connection.execute(
        text("update abgleich.einschraenkung set aufgehoben_am = now() where einschraenkung_nr = any(:numbers)"), values
    )
    connection.execute(
        text("delete from abgleich.einschraenkung_token where einschraenkung_nr = any(:numbers)"), values
    )


def stored_exact(connection: Connection, found: Found) -> list[tuple[int, bytes]]:
    """Return (normaliser version, token) of the exact tokens that the person's identities have."""
    rows = connection.execute(
        text("""
            select distinct normalisierer_version, exakt_token from abgleich.merkmal
            where exakt_token is not null and identitaet_id = any(:ids)
            """),
        {"ids": found.ids},
    )
    return [(int(row.normalisierer_version), bytes(row.exakt_token)) for row in rows]
