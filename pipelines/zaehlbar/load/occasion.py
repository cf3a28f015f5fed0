"""Occasions to say anew who is one person and to count, although no delivery was loaded.

Belongs here: noting one. Does not belong here: what is done about it (nightly).
"""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection, text

Kind = Literal["entscheidung", "loeschung", "einschraenkung", "berichtigung", "aufbewahrung"]


def note(connection: Connection, kind: Kind) -> None:
    """Note that persons or figures may have changed; the next run identifies and counts. The caller commits."""
    connection.execute(text("insert into betrieb.anlass (art) values (:art)"), {"art": kind})


def pending(connection: Connection) -> bool:
    """Return whether an occasion has not been followed by a count yet."""
    query = text("select exists (select from betrieb.anlass where gezaehlt_lauf is null)")
    return bool(connection.execute(query).scalar_one())


def settle(connection: Connection, lauf_id: int) -> None:
    """Mark all open occasions as counted by run `lauf_id` (in the transaction of the count)."""
    connection.execute(
        text("update betrieb.anlass set gezaehlt_lauf = :lauf_id where gezaehlt_lauf is null"), {"lauf_id": lauf_id}
    )
