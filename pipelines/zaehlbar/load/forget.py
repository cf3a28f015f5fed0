"""Taking persons out of the warehouse: every table that knows an identity, in one place.

Belongs here: which tables those are, and deleting from all of them. Does not belong here: whom to forget and why
(withdrawal: identity; erasure: rights; expiry: expiry), which months it touches (removed), remembered withdrawals (they
stay).
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from zaehlbar.load import removed
from zaehlbar.load.removed import Cause
from zaehlbar.load.spec import fact_tables
from zaehlbar.load.untangle import untangle

IDENTITY_TABLES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("kern.teilnahme", ("identitaet_id",)),
    ("kern.aktivitaet", ("identitaet_id",)),
    ("kern.zwischenschritt", ("identitaet_id",)),
    ("kern.person_zuordnung", ("identitaet_id",)),
    ("kern.einschraenkung", ("identitaet_id",)),
    ("kern.berichtigung", ("identitaet_id",)),
    ("abgleich.merkmal", ("identitaet_id",)),
    ("abgleich.ausstehend", ("identitaet_id",)),
    ("abgleich.haeufig", ("identitaet_id",)),
    ("abgleich.paar", ("identitaet_a", "identitaet_b")),
    ("abgleich.paar_entscheidung", ("identitaet_a", "identitaet_b")),
    ("abgleich.widerspruch", ("identitaet_a", "identitaet_b")),
    ("abgleich.identitaet_token", ("identitaet_id",)),
    ("kern.identitaet", ("identitaet_id",)),
)
"""Tables that name identities, with the columns that do (a test compares them with the warehouse)."""

PARTICIPATION_TABLES = ("kern.teilnahme", "kern.berichtigung")
"""Tables that name a participation by identity and `eintritt_datum`."""


def forget(connection: Connection, selected: str, cause: Cause) -> dict[str, int]:
    """Delete all rows, with all their history, of the identities in the temporary table `selected` (identitaet_id).

    The months in which they were counted are noted with `cause`; the history of others knows them no more (untangle).
    What a Jobcenter was told of them on a list is marked, so that it can be told to delete it (transmission). Returns
    the number of deleted rows by table. The caller commits.
    """
    removed.note_identities(connection, selected, cause)
    untangle(connection, selected)
    connection.execute(
        text(f"""
            update abgleich.uebermittlung_zeile as z set entfernt_am = coalesce(z.entfernt_am, now())
            from abgleich.identitaet_token as t
            where z.tn_token = t.tn_token and t.identitaet_id in (select identitaet_id from {selected})
            """)
    )
    counts: dict[str, int] = {}
    for table, columns in IDENTITY_TABLES:
        named = " or ".join(f"{column} in (select identitaet_id from {selected})" for column in columns)
        counts[table] = connection.execute(text(f"delete from {table} where {named}")).rowcount
    return counts


def forget_participations(connection: Connection, participations: str, units: str, cause: Cause) -> dict[str, int]:
    """Delete single participations with all their history; their identities stay.

    `participations`: temporary table (identitaet_id, eintritt_datum, ende); `units`: temporary table (identitaet_id,
    datum) of the days whose activities and steps go with them. Months are noted with `cause`. Returns the number of
    deleted rows by table. The caller commits.
    """
    removed.note_participations(connection, participations, units, cause)
    counts: dict[str, int] = {}
    for table in PARTICIPATION_TABLES:
        same = "g.identitaet_id = t.identitaet_id and g.eintritt_datum = t.eintritt_datum"
        counts[table] = connection.execute(
            text(f"delete from {table} as t using {participations} as g where {same}")
        ).rowcount
    for fact in fact_tables().values():
        if fact.persons and fact.sql_name not in PARTICIPATION_TABLES:
            same = f"g.identitaet_id = t.identitaet_id and g.datum = t.{fact.position}"
            counts[fact.sql_name] = connection.execute(
                text(f"delete from {fact.sql_name} as t using {units} as g where {same}")
            ).rowcount
    return counts
