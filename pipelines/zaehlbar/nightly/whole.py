"""A whole night in one process, for the command line: the same doors as the DAG, results handed over in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from zaehlbar.nightly import plan, records, setwise
from zaehlbar.nightly.context import Night, open_night, refuse_other_site
from zaehlbar.nightly.pipeline import deliver
from zaehlbar.settings import Settings
from zaehlbar.warehouse.lock import LoadLock


class Progress(Protocol):
    """What a screen wants to know while the night runs."""

    def __call__(self, stage: str, done: int, total: int) -> None: ...


@dataclass(slots=True)
class Summary:
    """What a run did: its number, deliveries by verdict, reports written."""

    lauf_id: int
    verdicts: dict[str, int]
    strangers: int = 0
    unfinished: int = 0
    reports: list[Path] = field(default_factory=list)


def _silent(stage: str, done: int, total: int) -> None:
    """Show nothing."""


def run_night(
    settings: Settings, inbox: Path, site_folder: Path, *, again: bool = False, progress: Progress = _silent
) -> Summary:
    """Load what is due in `inbox`, count and report; holds the load lock for the whole time.

    `again` takes up deliveries that are loaded already; that changes nothing unless rules changed.
    Raises NightFailed after everything else is done, Busy when another load runs, and what `open_run` raises.
    """
    night = open_night(settings, site_folder, "zaehlbar run")
    with _alone(night):
        opened = plan.open_(night, trigger="cli", inbox=inbox, site_folder=site_folder, external_id=None, again=again)
        return _finish(night, opened, progress)


def recount(settings: Settings, site_folder: Path) -> Summary:
    """Follow what a person decided at once: load released deliveries, say who is one person, count and report.

    Looks for no new deliveries. Raises what `run_night` raises; the decision stands, and the next run follows it.
    """
    night = open_night(settings, site_folder, "zaehlbar recount")
    with _alone(night):
        opened = plan.open_(night, trigger="cli", inbox=None, site_folder=site_folder, external_id=None, again=False)
        return _finish(night, opened, _silent)


@contextmanager
def undisturbed(settings: Settings, site_folder: Path, application_name: str) -> Iterator[Night]:
    """Yield the night's context while no load can run or begin, also between the tasks of Airflow; Busy otherwise.

    For rights, retention and lists: SiteError when the warehouse was filled under another site.
    """
    night = open_night(settings, site_folder, application_name)
    try:
        with night.engine.connect() as holder, LoadLock().exclusive(holder):
            plan.refuse_while_open(holder)
            refuse_other_site(holder, night.site)
            holder.rollback()
            yield night
    finally:
        night.engine.dispose()


@contextmanager
def _alone(night: Night) -> Iterator[None]:
    try:
        with night.engine.connect() as connection, LoadLock().exclusive(connection):
            try:
                yield
            finally:
                connection.rollback()
    finally:
        night.engine.dispose()


def _finish(night: Night, opened: plan.Opened, progress: Progress) -> Summary:
    lauf_id, regelwerk_nr = opened.lauf_id, opened.regelwerk_nr
    with night.engine.connect() as connection:
        items = records.due(connection, lauf_id, None)
    deliver(night, lauf_id, regelwerk_nr, items, done=lambda number: progress("Lieferungen", number, len(items)))
    progress("Personen", 0, 1)
    setwise.identify(night, lauf_id, regelwerk_nr)
    progress("Kategorien", 0, 1)
    setwise.categorize(night, regelwerk_nr)
    progress("Zählen", 0, 1)
    setwise.count(night, lauf_id, regelwerk_nr)
    progress("Berichte", 0, 1)
    reports = setwise.publish(night, lauf_id)
    verdicts = setwise.close(night, lauf_id)
    found = opened.discovery
    return Summary(
        lauf_id,
        verdicts,
        strangers=len(found.strangers) if found else 0,
        unfinished=len(found.unfinished) if found else 0,
        reports=reports,
    )
