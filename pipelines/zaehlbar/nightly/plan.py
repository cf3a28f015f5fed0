"""Opening a run: the lock, what lies in the inbox, what of it is due, in which batches."""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection, text

from zaehlbar.categorize import register_site
from zaehlbar.contract import Delivery
from zaehlbar.count import forget_standing
from zaehlbar.ingest import Discovery, discover
from zaehlbar.nightly.context import Night
from zaehlbar.site import Site
from zaehlbar.store import StoreError
from zaehlbar.warehouse.lock import Busy, LoadLock

log = logging.getLogger(__name__)

_ABANDONED_AFTER = "15 minutes"
"""An Airflow run without a sign of life for that long is dead: longer than its retries wait."""
_PER_BATCH = 8
_MAX_BATCHES = 64


@dataclass(frozen=True, slots=True)
class Opened:
    """An open run. `discovery` is None when an earlier attempt had planned it already."""

    lauf_id: int
    regelwerk_nr: int
    discovery: Discovery | None


class RunIsOpen(Busy):
    """Another run is under way between its tasks."""

    def __init__(self, lauf_id: int) -> None:
        super().__init__(())
        self.args = (
            f"Lauf {lauf_id} (Airflow) ist noch nicht zu Ende. Warten Sie auf sein Ende; "
            "ohne Lebenszeichen gilt er nach 15 Minuten als abgebrochen.",
        )


def open_(
    night: Night, *, trigger: str, inbox: Path | None, site_folder: Path, external_id: str | None, again: bool
) -> Opened:
    """Open a run (or continue the Airflow run `external_id`) and plan its batches; without inbox only what is approved.

    Raises Busy when another load is under way.
    """
    night.keys  # noqa: B018 - fail closed before anything is read
    with night.engine.begin() as connection:
        connection.execute(text("lock table betrieb.lauf in exclusive mode"))
        lauf_id, planned = _own_run(connection, trigger, external_id)
        regelwerk_nr = register_site(connection, night.site)
        connection.execute(
            text("""
                update betrieb.lauf set regelwerk_nr = :nr, eingang = :inbox, site_ordner = :site, herzschlag_am = now()
                where lauf_id = :lauf_id
                """),
            {
                "nr": regelwerk_nr,
                "inbox": None if inbox is None else str(inbox),
                "site": str(site_folder),
                "lauf_id": lauf_id,
            },
        )
    _sweep(night, trigger)
    if planned:
        return Opened(lauf_id, regelwerk_nr, None)
    discovery = Discovery((), (), ()) if inbox is None else discover(inbox, night.site)
    with night.engine.begin() as connection:
        due = _due(connection, night, regelwerk_nr, discovery, again=again)
        if again:
            forget_standing(connection)
    discovery = _archived(night, discovery, due)
    folders = [] if inbox is None else [inbox.resolve() / folder for folder in _partner_folders(night.site)]
    with night.engine.begin() as connection:
        _plan(connection, lauf_id, discovery, due, folders)
    return Opened(lauf_id, regelwerk_nr, discovery)


def refuse_while_open(connection: Connection) -> None:
    """Raise Busy when a run is under way, also between the tasks of Airflow, where nobody holds the lock."""
    _dead_run(connection, "cli", None)


def _sweep(night: Night, trigger: str) -> None:
    """Delete what a run that died left behind, unless somebody is still at it."""
    if trigger != "airflow":
        night.sweep()  # the caller holds the load lock alone
        return
    with night.engine.connect() as connection, suppress(Busy), LoadLock().exclusive(connection):
        night.sweep()


def _own_run(connection: Connection, trigger: str, external_id: str | None) -> tuple[int, bool]:
    """Return this run's number and whether it was planned before; Busy when another one is alive.

    A run that died is continued under its own number, not followed by another: what it had loaded was never known at
    the end of a night, and so leaves the same history as an undisturbed one.
    """
    own = connection.execute(
        text("""
            select lauf_id, exists (select from betrieb.eingang as g where g.lauf_id = l.lauf_id) as geplant
            from betrieb.lauf as l where extern_id = :id
            """),
        {"id": external_id},
    ).one_or_none()
    dead = _dead_run(connection, trigger, external_id)
    # What a run loads that was counted before, or followed by a count, is not new to the next one: all is counted.
    continued = {"id": own.lauf_id if own is not None else dead}
    connection.execute(text("delete from zahl.zaehlstand where lauf_id >= :id"), continued)
    if own is not None:
        connection.execute(
            text("update betrieb.lauf set status = 'laeuft', beendet_am = null where lauf_id = :id"),
            {"id": own.lauf_id},
        )
        return own.lauf_id, own.geplant
    values = {"trigger": trigger, "external_id": external_id, "dead": dead}
    if dead is None:
        statement = "insert into betrieb.lauf (ausloeser, extern_id) values (:trigger, :external_id) returning lauf_id"
        return int(connection.execute(text(statement), values).scalar_one()), False
    connection.execute(text("delete from betrieb.eingang where lauf_id = :dead"), values)
    connection.execute(text("delete from zahl.zaehlung where lauf_id = :dead"), values)
    connection.execute(
        text("update betrieb.lauf set ausloeser = :trigger, extern_id = :external_id where lauf_id = :dead"), values
    )
    return dead, False


def _dead_run(connection: Connection, trigger: str, external_id: str | None) -> int | None:
    """Return the run that died without an end, if there is one; raise Busy when it is alive."""
    holders = LoadLock().holders(connection)
    if trigger == "airflow" and any(holder.exclusive for holder in holders):
        raise Busy(holders)
    other = connection.execute(
        text(f"""
            select lauf_id, ausloeser = 'airflow' and herzschlag_am > now() - interval '{_ABANDONED_AFTER}' as lebt
            from betrieb.lauf
            where status = 'laeuft' and (extern_id is null or extern_id is distinct from cast(:id as text))
            order by lauf_id desc limit 1
            """),
        {"id": external_id},
    ).one_or_none()
    if other is not None and other.lebt:
        raise RunIsOpen(other.lauf_id)
    return None if other is None else int(other.lauf_id)


def _due(
    connection: Connection, night: Night, regelwerk_nr: int, discovery: Discovery, *, again: bool
) -> frozenset[str]:
    """Return the ids of the deliveries found that this run works on: new ones, and known ones that are not finished.

    A delivery whose raw files went when its correction window ended is finished for good, wherever they turn up again.
    """
    values = {
        "ids": [delivery.delivery_id for delivery in discovery.deliveries],
        "nr": regelwerk_nr,
        "again": again,
        "tage": night.site.aufbewahrung.roh_tage,
    }
    rows = connection.execute(text(_DUE), values).all()
    known = {row.lieferung_id for row in rows}
    new = (delivery.delivery_id for delivery in discovery.deliveries if delivery.delivery_id not in known)
    return frozenset((*new, *(row.lieferung_id for row in rows if row.faellig)))


def _archived(night: Night, discovery: Discovery, due: Collection[str]) -> Discovery:
    """Copy what is due into the archive; a delivery that changes while it is copied is not whole yet and waits.

    What is finished is not copied again: its raw files may have gone from the archive already.
    """
    kept: list[Delivery] = []
    unfinished = list(discovery.unfinished)
    for delivery in discovery.deliveries:
        try:
            if delivery.delivery_id in due:
                night.archive.keep(delivery)
        except StoreError as error:
            log.warning("%s", error)
            unfinished.append(delivery)
        else:
            kept.append(delivery)
    return replace(discovery, deliveries=tuple(kept), unfinished=tuple(unfinished))


def _plan(
    connection: Connection, lauf_id: int, discovery: Discovery, due_ids: Collection[str], folders: Sequence[Path]
) -> None:
    """Record arrivals and put what is due into batches, all deliveries of one partner's folder into the same one."""
    copies = Counter(delivery.delivery_id for delivery in (*discovery.deliveries, *discovery.repeated))
    due: dict[int, str] = {}
    arrivals: dict[int, int] = {}
    for delivery in discovery.deliveries:
        values = {"id": delivery.delivery_id, "profil": delivery.profile, "lauf_id": lauf_id}
        connection.execute(
            text("""
                insert into betrieb.lieferung (lieferung_id, profil, status, gefunden_lauf)
                values (:id, :profil, 'gefunden', :lauf_id) on conflict (lieferung_id) do nothing
                """),
            values,
        )
        query = text("select lieferung_nr from betrieb.lieferung where lieferung_id = :id")
        number = int(connection.execute(query, values).scalar_one())
        arrivals[number] = copies[delivery.delivery_id]
        if delivery.delivery_id in due_ids:
            due[number] = _folder_of(delivery, folders)
    # Approved deliveries are due even when their files have left the inbox: the archive has them.
    due |= {nr: "" for nr in connection.execute(text(_APPROVED)).scalars() if nr not in arrivals}
    batch_of = in_batches(due)
    for nr in {**arrivals, **dict.fromkeys(due)}:
        connection.execute(
            text("insert into betrieb.eingang values (:lauf_id, :nr, :stapel, :anzahl)"),
            {"lauf_id": lauf_id, "nr": nr, "stapel": batch_of.get(nr), "anzahl": arrivals.get(nr, 1)},
        )
    connection.execute(
        text("update betrieb.lauf set fremde_dateien = :f, unvollstaendige = :u where lauf_id = :id"),
        {"f": len(discovery.strangers), "u": len(discovery.unfinished), "id": lauf_id},
    )


def in_batches(due: Mapping[int, str]) -> dict[int, int]:
    """Return the batch of every delivery that is due (number → its partner's folder), at most 64 batches.

    Batches run side by side. Deliveries of one partner replace one another, so which of them is loaded first shows in
    their balances: they stay in one batch, where they are taken in the order in which they were found.
    """
    groups: dict[str, list[int]] = {}
    for nr, folder in due.items():
        groups.setdefault(folder, []).append(nr)
    # Two neighbouring batches always hold more than `size` together, so there are fewer than 2 × len / size + 1.
    size = max(_PER_BATCH, math.ceil(len(due) / (_MAX_BATCHES // 2 - 1)))
    result: dict[int, int] = {}
    batch = filled = 0
    for members in groups.values():
        if filled and filled + len(members) > size:
            batch, filled = batch + 1, 0
        result |= dict.fromkeys(members, batch)
        filled += len(members)
    return result


def _partner_folders(site: Site) -> list[str]:
    """Return the partners' folders, the deepest first."""
    found = {partner.eingang for vorhaben in site.vorhaben for partner in vorhaben.partner}
    return sorted(found, key=lambda folder: len(Path(folder).parts), reverse=True)


def _folder_of(delivery: Delivery, folders: Sequence[Path]) -> str:
    path = Path(delivery.files[0].url)
    return next((str(folder) for folder in folders if path.is_relative_to(folder)), "")


_DUE = """
    select
        l.lieferung_id,
        l.roh_geloescht_am is null
        and (e.entscheidung is distinct from 'abgelehnt' or l.status <> 'abgelehnt')
        and (
            :again
            or l.status in ('gefunden', 'fehlgeschlagen')
            or l.fehlerart is not null
            or (l.status in ('angehalten', 'abgelehnt') and e.entscheidung is null
                and l.beurteilt_regelwerk_nr is distinct from :nr
                and (l.status = 'angehalten' or (l.abgeschlossen_am at time zone 'Europe/Berlin')::date + :tage
                    >= (now() at time zone 'Europe/Berlin')::date))
            or (l.status = 'angehalten' and e.entscheidung = 'freigegeben')
        ) as faellig
    from betrieb.lieferung as l
    left join lateral (
        select entscheidung from betrieb.entscheidung as e
        where e.lieferung_nr = l.lieferung_nr order by e.entscheidung_nr desc limit 1
    ) as e on true
    where l.lieferung_id = any(:ids)
"""
"""Judged again is never against a person's refusal, and a refused one only until its correction window ends."""

_APPROVED = """
    select l.lieferung_nr
    from betrieb.lieferung as l
    inner join lateral (
        select entscheidung from betrieb.entscheidung as e
        where e.lieferung_nr = l.lieferung_nr order by e.entscheidung_nr desc limit 1
    ) as e on e.entscheidung = 'freigegeben'
    where l.status = 'angehalten' and l.roh_geloescht_am is null
    order by l.lieferung_nr
"""
