"""One load at a time: the lock that the DAG and the command line share.

The lock belongs to a session of the database, so it vanishes with its holder, however that ends. It does not survive a
connection pooler in transaction mode. A whole load takes it `exclusive`; tasks of one DAG run, which are processes of
their own, take it `shared` among themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from zaehlbar.warehouse.connect import raw_connection
from zaehlbar.warehouse.errors import WarehouseError

if TYPE_CHECKING:
    import sqlalchemy as sa

_KEY = int.from_bytes(hashlib.sha256(b"zaehlbar load").digest()[:8], "big", signed=True)


@dataclass(frozen=True, slots=True)
class Holder:
    """A session that holds the lock. `since` is when it connected, None when this role may not see it."""

    application_name: str
    pid: int
    since: datetime | None
    exclusive: bool


class Busy(WarehouseError):
    """Another load holds the lock. `holders` may be empty when it ended in this moment."""

    def __init__(self, holders: tuple[Holder, ...]) -> None:
        self.holders = holders
        who = ", ".join(
            f"{holder.application_name or 'unbenannt'} (Prozess {holder.pid}"
            + (f", verbunden seit {holder.since:%d.%m.%Y %H:%M}" if holder.since else "")
            + ")"
            for holder in holders
        )
        super().__init__(f"Es läuft schon ein Ladelauf: {who or 'unbekannt'}. Sein Ende abwarten und neu versuchen.")


class LoadLock:
    """The load lock of the database that a connection leads to."""

    @contextmanager
    def exclusive(self, connection: sa.Connection) -> Iterator[None]:
        """Hold the lock alone while the block runs, on this connection; raise Busy at once when anyone holds it."""
        with _held(connection, ""):
            yield

    @contextmanager
    def shared(self, connection: sa.Connection) -> Iterator[None]:
        """Hold the lock together with other `shared` holders; raise Busy at once when someone holds it alone."""
        with _held(connection, "_shared"):
            yield

    def holders(self, connection: sa.Connection) -> tuple[Holder, ...]:
        """Return who holds the lock now."""
        raw = raw_connection(connection)
        rows = raw.execute(
            "SELECT coalesce(a.application_name, ''), l.pid, a.backend_start, l.mode = 'ExclusiveLock' "
            "FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid) "
            "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 "
            "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND (l.classid::bigint << 32 | l.objid::bigint) = %s ORDER BY a.backend_start, l.pid",
            (_KEY,),
        ).fetchall()
        return tuple(Holder(*row) for row in rows)


@contextmanager
def _held(connection: sa.Connection, kind: Literal["", "_shared"]) -> Iterator[None]:
    import psycopg

    raw = raw_connection(connection)
    fresh = not connection.in_transaction()
    try:
        row = raw.execute(f"SELECT pg_try_advisory_lock{kind}(%s)".encode(), (_KEY,)).fetchone()
        if row != (True,):
            raise Busy(LoadLock().holders(connection))
    finally:
        if fresh:
            raw.commit()  # a transaction open as long as the load would keep vacuum from its work
    try:
        yield
    finally:
        try:
            raw.rollback() if raw.info.transaction_status == psycopg.pq.TransactionStatus.INERROR else None
            raw.execute(f"SELECT pg_advisory_unlock{kind}(%s)".encode(), (_KEY,))
            if fresh and not connection.in_transaction():
                raw.commit()
        except psycopg.Error:
            connection.invalidate()  # closing the session releases the lock as well
