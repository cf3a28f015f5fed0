"""The door: bring `kern.person_zuordnung` to what Merkmale, rules and decisions say, in the caller's transaction."""

from __future__ import annotations

import pyarrow as pa
from sqlalchemy import Connection, text

from zaehlbar import resources
from zaehlbar.identify.pairs import MANY, update_pairs
from zaehlbar.identify.persons import Groups, Links, Pairs, groups_of
from zaehlbar.load.copy import copy_into
from zaehlbar.site import MatchFile

_WORK_MEM = "256MB"
"""For one hash join over all Merkmale; the server's default would spill them to disk."""


def identify(connection: Connection, lauf_id: int, rules: MatchFile) -> int:
    """Say who is one person; return how many identities got another person (or their first) in run `lauf_id`.

    A pure function of the current Merkmale, `rules` and decisions (DESIGN.md, statements 4 and 7). What no longer holds
    is ended, not deleted, so that an earlier state can be counted again; a state that no night ever ended with leaves
    no trace.
    """
    connection.execute(text(f"set local work_mem = '{_WORK_MEM}'"))
    update_pairs(connection, lauf_id, rules)
    groups = groups_of(links_of(connection))
    _write_contradictions(connection, groups)
    _stage(connection, groups)
    changed = 0
    for name in ("20_anders", "21_beenden_neu", "22_fortsetzen", "23_beenden", "30_eintragen"):
        changed = _run(connection, name, lauf_id)
    if changed > MANY:
        for table in ("kern.person_zuordnung", "abgleich.paar"):
            connection.execute(text(f"analyze {table}"))
    connection.execute(text("drop table i_gruppe, i_anders"))
    return changed


def _run(connection: Connection, name: str, lauf_id: int) -> int:
    statement = text(_statement(name))
    values = {"lauf_id": lauf_id} if ":lauf_id" in statement.text else {}
    return connection.execute(statement, values).rowcount


def _statement(name: str) -> str:
    return (resources.folder("sql") / "identify" / f"{name}.sql").read_text(encoding="utf-8")


def links_of(connection: Connection) -> Links:
    """Return the pairs that bind or part, by the stored pairs and the standing decisions."""
    row = connection.execute(text(_statement("10_verbindungen"))).one()
    return Links(
        decided=Pairs.of(row.gleich_a, row.gleich_b),
        exact=Pairs.of(row.exakt_a, row.exakt_b),
        ruled=Pairs.of(row.regel_a, row.regel_b),
        parted=Pairs.of(row.getrennt_a, row.getrennt_b),
    )


def _stage(connection: Connection, groups: Groups) -> None:
    connection.execute(
        text("create temporary table i_gruppe (identitaet_id bigint, person_id bigint, grund text) on commit drop")
    )
    copy_into(
        connection,
        "i_gruppe",
        pa.table({"identitaet_id": groups.identity, "person_id": groups.person, "grund": pa.array(groups.reason)}),
    )
    connection.execute(text("analyze i_gruppe"))


def _write_contradictions(connection: Connection, groups: Groups) -> None:
    """Bring `abgleich.widerspruch` to these pairs; what stays is not touched."""
    connection.execute(
        text("create temporary table i_widerspruch (identitaet_a bigint, identitaet_b bigint, art text) on commit drop")
    )
    for kind, pairs in (("regel", groups.contradicting_rules), ("entscheidung", groups.contradicting_decisions)):
        columns = {"identitaet_a": pairs.a, "identitaet_b": pairs.b, "art": pa.array([kind] * len(pairs), pa.string())}
        copy_into(connection, "i_widerspruch", pa.table(columns))
    connection.execute(
        text("""
            delete from abgleich.widerspruch
            where (identitaet_a, identitaet_b, art) not in (select identitaet_a, identitaet_b, art from i_widerspruch)
            """)
    )
    connection.execute(text("insert into abgleich.widerspruch select * from i_widerspruch on conflict do nothing"))
    connection.execute(text("drop table i_widerspruch"))
