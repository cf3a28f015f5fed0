"""Rotation from beginning to end: a further key in the ring, all tokens under it, no trace of the earlier ones.

Each step can be killed at any point; called again, it goes on where it stood and never adds a second key:

1. The ring has no later key than the warehouse: one is added (a file in one piece, a secret store by a person).
2. All tokens are rewritten in one transaction, which also makes the key the warehouse's.
3. Traces: raw files are encrypted with it, staging and working copies deleted, and what PostgreSQL keeps of old tokens
   beside the tables. `geraeumt_am` says that this is done.

Belongs here: the order of the steps, lock included. Does not belong here: how tokens are rewritten (load.rotation).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import sqlalchemy as sa
from sqlalchemy import text

from zaehlbar.load import keyring, rotation
from zaehlbar.nightly import context, plan
from zaehlbar.pseudonymize.keys import KeyRing, KeyRingError, write_key_ring
from zaehlbar.pseudonymize.keysource import FileSource, KeySource, key_source
from zaehlbar.settings import Settings
from zaehlbar.store import Archive, Staging
from zaehlbar.warehouse import migrate
from zaehlbar.warehouse.connect import embedded_server, engine, raw_connection
from zaehlbar.warehouse.lock import LoadLock


@dataclass
class Rotated:
    """What was done: from which key to which, rows by table (empty when only traces were left to remove)."""

    from_id: str
    to_id: str
    rows: dict[str, int] = field(default_factory=dict)
    resealed: int = 0
    refused: list[str] = field(default_factory=list)
    """Statements that this role may not run: an administrator of the server runs them."""


@dataclass(frozen=True)
class State:
    """Ring and warehouse side by side. `ring` is None when it cannot be used; `problems` say what and what to do."""

    where: str
    ring: KeyRing | None
    known: tuple[keyring.KnownKey, ...]
    rows: dict[str, dict[str, int]]
    problems: tuple[str, ...]

    @property
    def active(self) -> str | None:
        return self.known[-1].schluessel_id if self.known else None


def source_of(settings: Settings) -> KeySource:
    """Return where the key ring of this instance lies."""
    return key_source(settings.key_source, settings.key_file)


def state(connection: sa.Connection, settings: Settings) -> State:
    """Return ring and warehouse side by side; changes nothing. KeyRingError when ZAEHLBAR_KEYS is not understood."""
    source = source_of(settings)
    known = keyring.known_keys(connection)
    rows = rotation.rows_by_key(connection)
    problems: list[str] = []
    ring: KeyRing | None = None
    try:
        ring = source.load()
        ring = keyring.fitting(ring, known, source.where) if known else ring
    except KeyRingError as error:
        problems.append(str(error.args[0]))
    active = known[-1].schluessel_id if known else None
    for table, by_key in rows.items():
        strange = {key: number for key, number in by_key.items() if key != active}
        if strange:
            told = ", ".join(f"{number} mit {key}" for key, number in strange.items())
            problems.append(
                f"{table} hat Zeilen, deren Token nicht mit dem aktiven Schlüssel {active} gebildet sind ({told}). "
                "Bitte melden; bis dahin nichts laden."
            )
    if ring is not None and known and ring.key_ids[-1] != active:
        problems.append(
            f"Der Schlüsselbund reicht weiter ({ring.key_ids[-1]}) als das Warehouse ({active}): eine Drehung ist "
            "begonnen, oder das Warehouse stammt aus einem älteren Abzug. Zu Ende bringen: zaehlbar keys rotate"
        )
    if known and known[-1].geraeumt_am is None:
        problems.append(
            f"Die Drehung auf {active} ist vollzogen, aber Spuren der früheren Token sind noch nicht beseitigt. "
            "Zu Ende bringen: zaehlbar keys rotate"
        )
    return State(source.where, ring, known, rows, tuple(problems))


def rotate(settings: Settings, told: Callable[[str], None] = lambda _: None) -> Rotated:
    """Rotate to the next key, or finish a rotation that was begun.

    Raises Busy while a load is under way, KeyRingError when the ring does not fit or cannot be extended here.
    """
    with _alone(settings) as (warehouse, connection):
        source = source_of(settings)
        ring = context.ensure_keys(warehouse, settings)
        result = Rotated(ring.key_id, ring.key_ids[-1])
        with warehouse.begin() as other:
            unfinished = keyring.known_keys(other)[-1].geraeumt_am is None
        if ring.key_ids[-1] == ring.key_id and not unfinished:
            result.to_id = source.extend().key_ids[-1]
            ring = source.load().at(ring.key_id)
        if ring.key_ids[-1] != ring.key_id:
            with warehouse.connect() as reader:
                result.rows = rotation.rewrite(connection, reader, ring, result.to_id, told)
                connection.commit()
        _clear(settings, warehouse, ring.at(result.to_id), result)
    return result


def new_ring(settings: Settings, path: Path) -> KeyRing:
    """Write the ring with one more key to the new file `path` (0600), for a secret store that only people write to.

    Without a ring and with a warehouse that knows no key, it is the first ring. KeyRingError when the ring in place
    is a file, has a later key already, or does not fit.
    """
    source = source_of(settings)
    if isinstance(source, FileSource):
        raise KeyRingError(f"Der Schlüsselbund ist {source.where}: `zaehlbar keys rotate` verlängert ihn selbst.")
    with _alone(settings) as (_, connection):
        known = keyring.known_keys(connection)
        if not known and not source.exists():
            ring = KeyRing.fresh()
        else:
            ring = source.load()
            ring = keyring.fitting(ring, known, source.where) if known else ring
            if ring.key_ids[-1] != ring.key_id:
                raise KeyRingError(
                    f"{source.where} hat schon den späteren Schlüssel {ring.key_ids[-1]}; "
                    "rufen Sie `zaehlbar keys rotate`."
                )
            ring = ring.extended()
        write_key_ring(ring, path, private_folder=False)
    return ring


@contextmanager
def _alone(settings: Settings) -> Iterator[tuple[sa.Engine, sa.Connection]]:
    """Yield the migrated warehouse and a connection that holds the load lock; Busy when a run is under way."""
    warehouse = engine(settings, application_name="zaehlbar keys")
    try:
        migrate.upgrade(warehouse)
        with warehouse.connect() as connection, LoadLock().exclusive(connection):
            plan.refuse_while_open(connection)
            connection.rollback()
            yield warehouse, connection
            connection.rollback()
    finally:
        warehouse.dispose()


def _clear(settings: Settings, warehouse: sa.Engine, ring: KeyRing, result: Rotated) -> None:
    """Step 3; may be repeated."""
    result.resealed = Archive(settings.archive_url, ring).reseal()
    night = Staging(settings.staging_url, ring)
    for delivery_id in night.delivery_ids():
        night.drop(delivery_id)
    with _most_rights(settings, warehouse) as raw:
        result.refused = rotation.clear_traces(lambda statement: raw.execute(statement.encode()))
    with warehouse.begin() as connection:
        connection.execute(
            text("update betrieb.schluessel set geraeumt_am = now() where aktiv and geraeumt_am is null")
        )


@contextmanager
def _most_rights(settings: Settings, warehouse: sa.Engine) -> Iterator[psycopg.Connection[object]]:
    """Yield an autocommit connection: the superuser's where the server is our own."""
    if settings.warehouse_url is None:
        with embedded_server(settings).superuser_connection() as raw:
            yield raw
        return
    with warehouse.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield raw_connection(connection)
