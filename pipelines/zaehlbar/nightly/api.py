"""The doors that the DAG's tasks and the command line call; every one finds its context by the run's number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import text

from zaehlbar.categorize import RulesChanged, is_registered
from zaehlbar.contract import Verdict
from zaehlbar.hardening import clean_errors
from zaehlbar.nightly import plan, records, setwise, stages
from zaehlbar.nightly.context import Night, NightFailed, open_night
from zaehlbar.nightly.records import Due
from zaehlbar.pseudonymize.keys import KeyRingError
from zaehlbar.settings import load_settings
from zaehlbar.site import SiteError
from zaehlbar.store import StoreError
from zaehlbar.warehouse.connect import engine as connect
from zaehlbar.warehouse.errors import WarehouseError
from zaehlbar.warehouse.lock import LoadLock

_door = clean_errors((NightFailed, SiteError, RulesChanged, KeyRingError, StoreError, WarehouseError))
"""What a task lets out ends in Airflow's logs: errors a person can act on as they are, all others by kind and place."""


@_door
def open_run(*, trigger: str, inbox: str, site: str, external_id: str | None = None, again: bool = False) -> int:
    """Open a run and plan its batches; return its number. Opening the same Airflow run again continues it.

    Raises warehouse.lock.Busy when another load is under way, SiteError, KeyRingError, RulesChanged or a WarehouseError
    when nothing may be loaded.
    """
    night = open_night(load_settings(), Path(site), f"zaehlbar {trigger}")
    try:
        opened = plan.open_(
            night, trigger=trigger, inbox=Path(inbox), site_folder=Path(site), external_id=external_id, again=again
        )
    finally:
        night.engine.dispose()
    return opened.lauf_id


@_door
def batches(lauf_id: int) -> list[int]:
    """Return the numbers of the run's batches; empty when nothing is due."""
    with _working(lauf_id) as (night, _), night.engine.connect() as connection:
        rows = connection.execute(
            text("select distinct stapel from betrieb.eingang where lauf_id = :id and stapel is not null order by 1"),
            {"id": lauf_id},
        )
        return [int(nr) for nr in rows.scalars()]


@_door
def ingest_batch(lauf_id: int, batch: int) -> None:
    """Read the deliveries of a batch into the staging."""
    with _working(lauf_id) as (night, _):

        def step(item: Due) -> None:
            night.staging.put_ingested(stages.read(night, item))

        _each(night, lauf_id, _due(night, lauf_id, batch), step)


@_door
def validate_batch(lauf_id: int, batch: int) -> None:
    """Judge the deliveries of a batch; what a delivery holds back or refuses ends here."""
    with _working(lauf_id) as (night, regelwerk_nr):

        def step(item: Due) -> None:
            ingested = night.staging.get_ingested(item.lieferung_id)
            validated = stages.judge(night, lauf_id, regelwerk_nr, item, ingested)
            if validated.verdict in (Verdict.HELD, Verdict.REFUSED):
                night.staging.drop(item.lieferung_id)
            else:
                night.staging.put_validated(validated)

        _each(night, lauf_id, _due(night, lauf_id, batch), step)


@_door
def pseudonymize_batch(lauf_id: int, batch: int) -> None:
    """Take the names off the accepted deliveries of a batch."""
    with _working(lauf_id) as (night, _):

        def step(item: Due) -> None:
            validated = night.staging.get_validated(item.lieferung_id)
            night.staging.put_pseudonymized(stages.protect(night, validated))

        _each(night, lauf_id, _judged(night, lauf_id, batch), step)


@_door
def load_batch(lauf_id: int, batch: int) -> None:
    """Load the accepted deliveries of a batch, each in a transaction of its own."""
    with _working(lauf_id) as (night, regelwerk_nr):

        def step(item: Due) -> None:
            validated = night.staging.get_validated(item.lieferung_id)
            data = night.staging.get_pseudonymized(item.lieferung_id)
            if data.key_id != night.keys.key_id:  # the key was rotated between two tasks
                data = stages.protect(night, validated)
            final = stages.store(night, lauf_id, item, data, stages.balances_after_judging(validated))
            stages.write_reports(night, validated.ingested.delivery, validated, list(final.values()))
            night.staging.drop(item.lieferung_id)
            stages.reload_waiting(night, lauf_id, regelwerk_nr, item.lieferung_nr)

        _each(night, lauf_id, _judged(night, lauf_id, batch), step)


@_door
def identify(lauf_id: int) -> None:
    """Say who is one person."""
    with _working(lauf_id) as (night, regelwerk_nr):
        setwise.identify(night, lauf_id, regelwerk_nr)


@_door
def categorize(lauf_id: int) -> None:
    """Find the codes without a category."""
    with _working(lauf_id) as (night, regelwerk_nr):
        setwise.categorize(night, regelwerk_nr)


@_door
def count(lauf_id: int) -> None:
    """Count all months, unless nothing has changed since the last count."""
    with _working(lauf_id) as (night, regelwerk_nr):
        setwise.count(night, lauf_id, regelwerk_nr)


@_door
def publish(lauf_id: int) -> None:
    """Write the internal reports whose figures changed."""
    with _working(lauf_id) as (night, _):
        setwise.publish(night, lauf_id)


@_door
def close_run(lauf_id: int) -> dict[str, int]:
    """End the run; return how many of the deliveries it worked on have which verdict.

    Raises NightFailed, with the ids of the deliveries, when some failed by a fault of the system.
    """
    with _working(lauf_id) as (night, _):
        return setwise.close(night, lauf_id)


@_door
def last_completed() -> datetime | None:
    """Return when the last load came to a good end, None when there was none.

    A run without inbox only counted again (a decision, an erasure, the end of retention): no load.
    """
    warehouse = connect(load_settings(), application_name="zaehlbar watch")
    try:
        with warehouse.connect() as connection:
            query = text("select max(beendet_am) from betrieb.lauf where status = 'fertig' and eingang is not null")
            found: datetime | None = connection.execute(query).scalar_one()
            return found
    finally:
        warehouse.dispose()


@contextmanager
def _working(lauf_id: int) -> Iterator[tuple[Night, int]]:
    """Yield the run's context while holding the shared lock: no other load can begin meanwhile."""
    settings = load_settings()
    warehouse = connect(settings, application_name=f"zaehlbar Lauf {lauf_id}")
    try:
        with warehouse.connect() as connection:
            row = connection.execute(
                text("select regelwerk_nr, site_ordner from betrieb.lauf where lauf_id = :id and status = 'laeuft'"),
                {"id": lauf_id},
            ).one_or_none()
            connection.rollback()
            if row is None:
                raise NightFailed(f"Lauf {lauf_id} ist nicht offen; ein anderer Lauf hat ihn übernommen")
            with LoadLock().shared(connection):
                night = open_night(settings, Path(row.site_ordner), f"zaehlbar Lauf {lauf_id}")
                try:
                    _check_in(night, lauf_id, row.regelwerk_nr)
                    yield night, row.regelwerk_nr
                finally:
                    night.engine.dispose()
    finally:
        warehouse.dispose()


def _check_in(night: Night, lauf_id: int, regelwerk_nr: int) -> None:
    """Give a sign of life; NightFailed when the site is no longer the one the run began with."""
    with night.engine.begin() as connection:
        if not is_registered(connection, night.site, regelwerk_nr):
            raise NightFailed(f"Lauf {lauf_id}: die Site wurde während des Laufs geändert; der nächste Lauf nimmt sie")
        records.heartbeat(connection, lauf_id)


def _due(night: Night, lauf_id: int, batch: int) -> list[Due]:
    with night.engine.connect() as connection:
        return records.due(connection, lauf_id, batch)


def _judged(night: Night, lauf_id: int, batch: int) -> list[Due]:
    with night.engine.connect() as connection:
        return records.judged(connection, lauf_id, batch)


def _each(night: Night, lauf_id: int, items: list[Due], step: Callable[[Due], None]) -> None:
    """Do `step` for every delivery; one that fails is recorded, what was staged of it goes, and the others go on."""
    for item in items:
        if not stages.guarded(night, lauf_id, item, partial(step, item)):
            night.staging.drop(item.lieferung_id)
