"""Raw files: of deliveries whose correction window is over, and whatever else of finished ones turns up.

Belongs here: archive, inbox and reports of a delivery, in an order that can be killed anywhere and finished by a rerun.
Does not belong here: erasing a person's deliveries earlier (rights), which are finished for good.

A finished delivery keeps its number, verdict, balance and findings as counts; row numbers go with the file they point
into.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, text

from zaehlbar.contract import Delivery, SourceFile
from zaehlbar.ingest import discover
from zaehlbar.ingest.files import fingerprint
from zaehlbar.nightly.context import Night
from zaehlbar.store import StoreError
from zaehlbar.store.place import local_path

HELD = """exists (
    select from betrieb.aufbewahrung_sperre as s
    where s.aufgehoben_am is null and (s.gueltig_bis is null or s.gueltig_bis >= cast(:today as date))
        and (l.vorhaben_id is null or s.vorhaben_id is null or s.vorhaben_id = l.vorhaben_id)
        and (l.tvp_id is null or s.tvp_id is null or s.tvp_id = l.tvp_id)
)"""
"""Condition on `betrieb.lieferung as l`: a hold keeps its raw files; whose they are may be unknown, then any does."""

GOES_ON = """
    (l.abgeschlossen_am at time zone 'Europe/Berlin')::date + cast(:days as integer) + 1
"""
"""The first day on which raw files of `betrieb.lieferung as l` are deleted."""

FINISHED = "l.status in ('geladen', 'abgelehnt') and l.abgeschlossen_am is not null"


@dataclass(slots=True)
class RawSummary:
    """How many deliveries lost their raw files, how many files of the inbox went, and how many leftovers."""

    deliveries: int = 0
    inbox_files: int = 0
    leftovers: int = 0


def remove(night: Night, today: date) -> RawSummary:
    """Delete the raw files of deliveries whose correction window is over at `today`, and what is left of finished ones.

    The caller holds the load lock alone. StoreError, after everything else is done, names deliveries whose files stay.
    """
    night.sweep()
    files_of = inbox_files(night) if night.site.aufbewahrung.eingang_leeren else {}
    with night.engine.connect() as connection:
        due = _due(connection, night, today)
        finished = _finished(connection)
        known = set(connection.execute(text("select lieferung_id from betrieb.lieferung")).scalars())
    counts = RawSummary()
    failed: list[str] = []
    for delivery_id in due:
        try:
            counts.inbox_files += remove_delivery(night, delivery_id, files_of.get(delivery_id, []))
        except (StoreError, OSError) as error:
            failed.append(f"{delivery_id} ({type(error).__name__})")
            continue
        with night.engine.begin() as connection:
            record_removed(connection, delivery_id)
        counts.deliveries += 1
    # What arrived once more, and what a crash left: in the archive without a record in the warehouse, or finished.
    entries = set(night.archive.entries())
    for delivery_id in sorted((finished & (files_of.keys() | entries)) | (entries - known)):
        try:
            counts.inbox_files += remove_delivery(night, delivery_id, files_of.get(delivery_id, []))
        except (StoreError, OSError) as error:
            failed.append(f"{delivery_id} ({type(error).__name__})")
            continue
        counts.leftovers += 1
    counts.leftovers += _sweep_reports(night, known - finished - set(due))
    if failed:
        raise StoreError(f"raw files could not be deleted, the next run tries again: deliveries {', '.join(failed)}")
    return counts


def _due(connection: Connection, night: Night, today: date) -> list[str]:
    query = text(f"""
        select l.lieferung_id from betrieb.lieferung as l
        where {FINISHED} and l.roh_geloescht_am is null and {GOES_ON} <= :today and not {HELD}
        order by l.lieferung_nr
        """)
    return list(connection.execute(query, {"today": today, "days": night.site.aufbewahrung.roh_tage}).scalars())


def _finished(connection: Connection) -> set[str]:
    query = text("select lieferung_id from betrieb.lieferung where roh_geloescht_am is not null")
    return set(connection.execute(query).scalars())


def inboxes(night: Night) -> list[Path]:
    """Return the inboxes that any run has ever taken deliveries from, and that are still there."""
    with night.engine.connect() as connection:
        query = text("select distinct eingang from betrieb.lauf where eingang is not null")
        known = {night.settings.inbox, *map(Path, connection.execute(query).scalars())}
    return sorted(folder for folder in known if folder.is_dir())


def inbox_files(night: Night) -> Mapping[str, list[SourceFile]]:
    """Return the files of every whole delivery that lies in an inbox now, copies included, by its id."""
    found: defaultdict[str, list[SourceFile]] = defaultdict(list)
    for inbox in inboxes(night):
        discovery = discover(inbox, night.site)
        for delivery in (*discovery.deliveries, *discovery.repeated):
            found[delivery.delivery_id] += delivery.files
    return found


def remove_delivery(night: Night, delivery_id: str, files: Sequence[SourceFile]) -> int:
    """Delete the delivery's files in the inbox, its reports and its archive entry; return how many inbox files."""
    files = [*night.archive.deleting(delivery_id), *files]
    if files:
        night.archive.begin_delete(Delivery(delivery_id, "", tuple(dict.fromkeys(files))))
    removed = sum(_unlink(file) for file in dict.fromkeys(files))
    reports = night.settings.reports / delivery_id
    if reports.is_dir():
        shutil.rmtree(reports)
    night.archive.delete(delivery_id)
    return removed


def _unlink(file: SourceFile) -> bool:
    """Delete a file of an inbox, if it still is the one that was delivered."""
    path = local_path(file.url)
    if path is None or not path.is_file() or fingerprint(path)[0] != file.sha256:
        return False
    path.unlink()
    return True


def record_removed(connection: Connection, delivery_id: str) -> None:
    """Note that the raw files of a delivery are gone: it is never judged or loaded again. The caller commits."""
    values = {"id": delivery_id}
    connection.execute(
        text("""
            update betrieb.befund as b set erste_zeilen = '{}'
            from betrieb.lieferung as l where b.lieferung_nr = l.lieferung_nr and l.lieferung_id = :id
            """),
        values,
    )
    connection.execute(text("update betrieb.lieferung set roh_geloescht_am = now() where lieferung_id = :id"), values)


def _sweep_reports(night: Night, alive: set[str]) -> int:
    """Delete reports of deliveries that are finished or unknown; return how many."""
    folder = night.settings.reports
    left = (
        [entry for entry in folder.iterdir() if entry.is_dir() and entry.name not in alive] if folder.is_dir() else []
    )
    for entry in left:
        shutil.rmtree(entry)
    return len(left)
