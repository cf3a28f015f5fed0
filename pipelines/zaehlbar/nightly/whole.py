"""A whole night in one process, for the command line: the same doors as the DAG, results handed over in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from zaehlbar.nightly import plan, records, setwise
from zaehlbar.nightly.context import Night, open_night
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


def load_approved(settings: Settings, site_folder: Path) -> Summary:
    """Load the deliveries a person has released, count and report, without looking for new ones."""
    night = open_night(settings, site_folder, "zaehlbar review")
    with _alone(night):
        opened = plan.open_(night, trigger="cli", inbox=None, site_folder=site_folder, external_id=None, again=False)
        return _finish(night, opened, _silent)


@contextmanager
def _alone(night: Night) -> Iterator[None]:
    with night.engine.connect() as connection, LoadLock().exclusive(connection):
        try:
            yield
        finally:
            connection.rollback()
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
