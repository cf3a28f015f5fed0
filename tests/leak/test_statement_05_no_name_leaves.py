"""DESIGN.md, statement 5: names, birth dates, addresses and numbers of people appear nowhere outside the trusted zone.

People are planted in deliveries of every format, in every field, column, sheet, note and file name; the deliveries are
loaded, rejected, held, decided on, and crash at every stage. Then everything that was written or could be seen is
searched. What only a whole Airflow shows is searched in test_statement_05_airflow.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.conftest import Warehouse
from tests.leak.conftest import Finder, Screen
from tests.support.crash import kill_at
from tests.support.leak import faults, sinks
from tests.support.leak.inbox import CRASHING, Planted
from tests.support.night import run_when_free

from zaehlbar.nightly import run_night, stages
from zaehlbar.settings import Settings

NOT_SEARCHED = ("keys",)
"""Below ZAEHLBAR_HOME: the key ring. Archive and staging are encrypted, so they are searched like everything else."""


def _faults(planted: Planted, doors: dict[str, str | None], kinds: Iterator[str]) -> dict[str, dict[str, Any]]:
    person = planted.people[24]
    quoted = f"{person.name} {person.geburtsdatum} {person.tn_nr} {planted.words[0]}"
    return {door: {"partner": partner, "kind": next(kinds), "text": quoted} for door, partner in doors.items()}


@pytest.mark.slow
def test_statement_05_no_name_leaves(
    instance: Settings,
    planted: Planted,
    finder: Finder,
    screen: Screen,
    warehouse: Warehouse,
    tmp_path: Path,
    server_log: Callable[[], list[sinks.Sink]],
) -> None:
    with sinks.listening() as log, sinks.Watch(warehouse.url) as watch:
        _nights_that_fail(planted, screen, tmp_path)
        _people_decide(screen)
        _everything_shown(screen, tmp_path)
    _assert_all_fates(warehouse)
    assert watch.saw("statements") > 10 and watch.saw("arguments") >= 1
    searched = [*_written(instance, tmp_path), *watch.sinks(), *screen.sinks, *server_log(), log.sink()]
    assert any(name.endswith("befunde.html") for name, _, _ in searched)
    found = finder.found(searched)
    assert not found, "\n".join(found)


def _nights_that_fail(planted: Planted, screen: Screen, folder: Path) -> None:
    """At the door of each stage, for one delivery; then for the whole night; with every kind of exception."""
    kinds = iter(["loud", "value", "arrow", "key", "os", "unicode", "integrity", "memory"])
    per_delivery: dict[str, str | None] = {stage: partner for partner, stage in CRASHING.items()}
    with faults.strike(_faults(planted, per_delivery, kinds)):
        assert screen("run")[0] == 3
    for door in faults.SET_BASED:
        with faults.strike(_faults(planted, {door: None}, kinds)):
            assert screen("run")[0] == 3, door
    assert screen("run", "--json")[0] in (0, 1)
    few = folder / "few"
    for partner in ("T14", "T17"):
        shutil.copytree(planted.inbox / partner, few / partner)
    with faults.strike(_faults(planted, {"load": "T17"}, iter(["operational"]))):
        assert screen("run", "--again", "--inbox", str(few))[0] == 3
    with faults.strike(_faults(planted, {"ingest": "T14"}, iter(["os"]))):
        screen("run", "--dry-run", "--inbox", str(few))
    assert screen("run", "--inbox", str(few))[0] == 0


def _people_decide(screen: Screen) -> None:
    """Approve what is held, but for one delivery, which is rejected."""
    screen("review", "list")
    held = [str(item["lieferung_nr"]) for item in json.loads(screen("review", "list", "--json")[1])]
    assert len(held) >= 3
    assert screen("review", "reject", held[0], "--grund", "Probe", "--von", "Qualität")[0] == 0
    for number in held[1:]:
        assert screen("review", "approve", number, "--grund", "Probe", "--von", "Qualität")[0] == 0


def _everything_shown(screen: Screen, folder: Path) -> None:
    """Every command that shows something, and the ones that write files."""
    for command in (
        "status",
        "status --json",
        "offers --json",
        "figures --month 2026-03 --by tvp --json",
        "site check",
        "warehouse status",
    ):
        screen(*command.split())
    assert (
        screen("report", "--month", "2026-03", "--jobcenter", "99901", "--out", str(folder / "tmp" / "a.xlsx"))[0] == 0
    )
    assert screen("warehouse", "dump", str(folder / "home" / "abzug.dump"))[0] == 0


def _written(settings: Settings, folder: Path) -> Iterator[sinks.Sink]:
    yield from sinks.warehouse_dump(settings)
    yield from sinks.restored(folder / "home" / "abzug.dump", settings)
    yield from sinks.files(settings.home, NOT_SEARCHED)
    yield from sinks.files(folder / "tmp")


def _assert_all_fates(warehouse: Warehouse) -> None:
    """The deliveries came to every end there is, and rows as well: else the search proves little."""
    with warehouse.engine.connect() as connection:
        states = connection.execute(text("select distinct status from betrieb.lieferung")).scalars().all()
        fates = connection.execute(text(_FATES)).one()
        found = set(connection.execute(text("select regel from betrieb.befund")).scalars())
    assert set(states) == {"geladen", "abgelehnt"}
    assert all(fates), fates
    assert found >= {f"ZB-D-{code}" for code in ("001", "002", "003", "006", "026")}
    assert found >= {f"ZB-F-{code}" for code in ("002", "003", "004", "007", "012")}


_FATES = """
    select sum(neu), sum(zurueckgewiesen), sum(zurueckgehalten), sum(doppelt), sum(abgelehnt) from betrieb.bilanz
"""


KILLED_AT = {"while it was read": "ingest", "while it was loaded": "load_delivery"}
"""What was going on when the process died → the door of the room, at which it dies after the work is done."""


@pytest.mark.parametrize("moment", KILLED_AT)
def test_statement_05_nothing_in_clear_stays_behind_a_killed_night(
    instance: Settings, planted: Planted, finder: Finder, tmp_path: Path, moment: str
) -> None:
    inbox = tmp_path / "inbox"
    for partner in ("T03", "T05"):
        shutil.copytree(planted.inbox / partner, inbox / partner, symlinks=True)
    kill_at(stages, KILLED_AT[moment], 1, run_night, instance, inbox, planted.site, after=True)
    run_when_free(instance, inbox, planted.site)
    searched = [
        *sinks.warehouse_dump(instance),
        *sinks.files(instance.home, NOT_SEARCHED),
        *sinks.files(tmp_path / "tmp"),
    ]
    assert any(name.startswith("home/archive/") for name, _, _ in searched)
    found = finder.found(searched)
    assert not found, "\n".join(found)
