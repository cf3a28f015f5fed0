"""Who is one person: identity → person, dated, undoable, set-based, once per night.

Belongs here: merging identities by their keyed tokens and by decisions. Does not belong here: names (there are none),
facts, counting.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from zaehlbar import resources

__all__ = ["identify"]


def identify(connection: Connection, lauf_id: int) -> int:
    """Bring `kern.person_zuordnung` to what the tokens say; return how many identities changed their person.

    Identities with equal exact tokens are one person (an exact token exists only with a full birth date, DESIGN.md
    statement 7); every other identity is a person of its own. What no longer holds is ended, not deleted, so that an
    earlier state can be counted again; a state that no night ever ended with leaves no trace.
    """
    statements = resources.folder("sql") / "identify"
    connection.execute(text((statements / "10_soll.sql").read_text(encoding="utf-8")))
    connection.execute(text("analyze i_soll"))
    changed = 0
    for name in ("20_beenden_neu.sql", "21_beenden.sql", "30_eintragen.sql"):
        statement = (statements / name).read_text(encoding="utf-8")
        changed = connection.execute(text(statement), {"lauf_id": lauf_id}).rowcount
    connection.execute(text("drop table i_soll"))
    return changed
