"""Instances on which retention works: a night is run once, every test gets a copy of all it left."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import text
from tests.conftest import TestServer
from tests.support.night import SITE, small_inbox

from zaehlbar.dates import today
from zaehlbar.nightly import run_night
from zaehlbar.settings import Settings, load_settings
from zaehlbar.warehouse.connect import engine_for

FILES = ("T05/*2025-12*", "T06/*", "T08/*2026-06_v2*")
"""Two deliveries that are accepted, one that is held, one that is refused."""


def site_with(folder: Path, **rules: object) -> Path:
    """Copy the example site to `folder`, with other periods (`eingang_leeren`, `person_monate`, `roh_tage`)."""
    shutil.copytree(SITE, folder)
    path = folder / "aufbewahrung.yaml"
    content = path.read_text(encoding="utf-8")
    for name, value in rules.items():
        (line,) = [one for one in content.splitlines() if one.startswith(f"{name}:")]
        content = content.replace(line, f"{name}: {value}")
    path.write_text(content, encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Prepared:
    """A night that was run, to be copied."""

    folder: Path
    database: str


@dataclass(frozen=True)
class Instance:
    """A copy of the prepared night, all of its own."""

    settings: Settings
    engine: sa.Engine
    site: Path
    inbox: Path

    def ask(self, statement: str, **values: Any) -> list[Any]:
        with self.engine.begin() as connection:
            result = connection.execute(text(statement), values)
            return list(result) if result.returns_rows else []

    def age(self, days: int) -> date:
        """Let every decided delivery have been decided `days` ago; return today."""
        self.ask("update betrieb.lieferung set abgeschlossen_am = abgeschlossen_am - make_interval(days => :d)", d=days)
        return today()

    def inbox_files(self) -> set[str]:
        return {path.name for path in self.inbox.rglob("*") if path.is_file()}

    def archived(self) -> set[str]:
        folder = self.settings.home / "archive"
        return {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()

    def by_status(self) -> dict[str, str]:
        """Return the status of each delivery by its id."""
        rows = self.ask("select lieferung_id, status from betrieb.lieferung")
        return {row.lieferung_id: row.status for row in rows}


def prepare(folder: Path, server: TestServer, template: str, *patterns: str, **rules: object) -> Prepared:
    """Run a night on the files of the example inbox that match."""
    name = server.create("aufbewahrung", template)
    site = site_with(folder / "site", **rules)
    inbox = small_inbox(folder, *(patterns or FILES))
    settings = load_settings({"ZAEHLBAR_HOME": "home", "ZAEHLBAR_WAREHOUSE_URL": server.url(name)}, folder)
    settings.home.mkdir(mode=0o700)
    run_night(settings, inbox, site)
    return Prepared(folder, name)


@contextmanager
def copy_of(prepared: Prepared, server: TestServer, folder: Path) -> Iterator[Instance]:
    """Yield a copy in `folder`, dropped at the end; files keep their permissions."""
    shutil.copytree(prepared.folder, folder)
    name = server.create("aufbewahrung", prepared.database)
    environment = {
        "ZAEHLBAR_HOME": "home",
        "ZAEHLBAR_INBOX": "inbox",
        "ZAEHLBAR_SITE": "site",
        "ZAEHLBAR_WAREHOUSE_URL": server.url(name),
    }
    engine = engine_for(server.url(name))
    instance = Instance(load_settings(environment, folder), engine, folder / "site", folder / "inbox")
    # The inbox of the night that was run is the copy's own.
    instance.ask("update betrieb.lauf set eingang = :inbox where eingang is not null", inbox=str(instance.inbox))
    try:
        yield instance
    finally:
        engine.dispose()
        server.drop(name)


def days_ago(days: int) -> date:
    return today() - timedelta(days=days)
