"""People, deliveries, an instance and a screen of their own for the tests of statement 5."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from tests.conftest import Warehouse
from tests.support.leak import sinks
from tests.support.leak.inbox import Planted, plant
from tests.support.leak.needles import needles
from tests.support.leak.search import Hit, Search

from zaehlbar import cli
from zaehlbar.settings import Settings, load_settings


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant(tmp_path_factory.mktemp("planted"))


class Finder:
    """Searches sinks for the people and words that were planted."""

    def __init__(self, search: Search) -> None:
        self._search = search

    def hits(self, searched: Iterable[sinks.Sink]) -> set[Hit]:
        return {hit for place, content, table in searched for hit in self._search(place, content, table=table)}

    def found(self, searched: Iterable[sinks.Sink]) -> list[str]:
        return sorted(map(str, self.hits(searched)))


@pytest.fixture(scope="session")
def finder(planted: Planted) -> Finder:
    return Finder(Search(needles(planted.people, planted.words)))


@pytest.fixture
def instance(tmp_path: Path, warehouse: Warehouse, planted: Planted, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An instance of its own, as the environment says it, with a folder of its own for temporary files."""
    (tmp_path / "tmp").mkdir()
    environment = {
        "ZAEHLBAR_HOME": str(tmp_path / "home"),
        "ZAEHLBAR_WAREHOUSE_URL": warehouse.url,
        "ZAEHLBAR_INBOX": str(planted.inbox),
        "ZAEHLBAR_SITE": str(planted.site),
        "TMPDIR": str(tmp_path / "tmp"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(tempfile, "tempdir", None)
    return load_settings()


@pytest.fixture
def server_log(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Callable[[], list[sinks.Sink]]:
    """Returns what the tests' embedded server logged; nothing when they run on another one."""
    base = tmp_path_factory.getbasetemp()
    home = (base if worker_id == "master" else base.parent) / "warehouse-home"
    return lambda: [] if os.environ.get("ZAEHLBAR_TEST_WAREHOUSE_URL") else list(sinks.server_log(home))


class Screen:
    """Runs the command line in this process and keeps all it prints."""

    def __init__(self, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capfd, self._monkeypatch = capfd, monkeypatch
        self.sinks: list[sinks.Sink] = []

    def __call__(self, *arguments: str) -> tuple[int, str]:
        """Return the exit code and what went to standard output."""
        self._capfd.readouterr()
        self._monkeypatch.setattr(sys, "argv", ["zaehlbar", *arguments])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        said = self._capfd.readouterr()
        self.sinks.append((f"screen of {' '.join(arguments[:2])}", (said.out + said.err).encode(), False))
        return code, said.out


@pytest.fixture
def screen(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Screen:
    return Screen(capfd, monkeypatch)
