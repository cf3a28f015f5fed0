"""A warehouse that a night has filled, once per module, and copies of it with its home for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from tests.conftest import TestServer
from tests.support.night import SITE, instance, small_inbox

from zaehlbar.nightly import run_night
from zaehlbar.settings import Settings
from zaehlbar.warehouse.connect import engine_for

FILES = ("T01/*2025-12*", "T04/*2026-03*")


@dataclass(frozen=True)
class Loaded:
    """A database by name, its home, and the inbox that filled it."""

    server: TestServer
    name: str
    home: Path
    inbox: Path


@contextmanager
def loaded_once(server: TestServer, template: str, folder: Path, *files: str) -> Iterator[Loaded]:
    """Load `files` of the example inbox into a database of its own; it goes with the block."""
    inbox = small_inbox(folder, *(files or FILES))
    name = server.create("geladen", template)
    run_night(instance(folder / "home", server.url(name)), inbox, SITE)
    try:
        yield Loaded(server, name, folder / "home", inbox)
    finally:
        server.drop(name)


@contextmanager
def copy_of(loaded: Loaded, folder: Path) -> Iterator[tuple[Settings, Engine]]:
    """Give a copy of database and home, as settings and engine; the database goes with the block."""
    shutil.copytree(loaded.home, folder / "home")
    name = loaded.server.create("kopie", loaded.name)
    engine = engine_for(loaded.server.url(name))
    try:
        yield instance(folder / "home", loaded.server.url(name)), engine
    finally:
        engine.dispose()
        loaded.server.drop(name)
