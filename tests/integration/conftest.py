"""A night on the example inbox, run once for all tests that only look at what it left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.conftest import TestServer

from zaehlbar.nightly import Summary, run_night
from zaehlbar.settings import Settings, load_settings

EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True)
class ExampleNight:
    """The example inbox after one run."""

    settings: Settings
    engine: sa.Engine
    summary: Summary


@pytest.fixture(scope="session")
def example_night(
    test_server: TestServer, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ExampleNight]:
    """Read only: tests that change the warehouse make their own."""
    from zaehlbar.warehouse.connect import engine_for

    name = test_server.create("beispiel", template_database)
    home = tmp_path_factory.mktemp("beispiel")
    settings = load_settings({"ZAEHLBAR_HOME": str(home), "ZAEHLBAR_WAREHOUSE_URL": test_server.url(name)}, home)
    summary = run_night(settings, EXAMPLES / "inbox", EXAMPLES / "site")
    engine = engine_for(test_server.url(name))
    yield ExampleNight(settings, engine, summary)
    engine.dispose()
    test_server.drop(name)
