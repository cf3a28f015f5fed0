"""DESIGN.md, statement 5, through a real Airflow: its database, logs, XCom, rendered templates, and its processes.

Deliveries crash at every stage and the night itself crashes, at debug level,
    before everything Airflow wrote is searched.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.conftest import Warehouse
from tests.leak.conftest import Finder
from tests.support.leak import faults, sinks
from tests.support.leak.inbox import CRASHING, Planted

from zaehlbar import airflow_home, resources
from zaehlbar.settings import Settings

DEBUG = {
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "DEBUG",
    "PYTHONWARNINGS": "default",
    "DEV": "1",  # Airflow prints locals with it; an instance must not hand it on
}


@pytest.fixture
def impatient_dags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The DAGs as they are, but a task that failed is not tried again: nobody waits for that here."""
    folder = tmp_path / "dags"
    shutil.copytree(resources.folder("dags"), folder)
    for path in folder.glob("*.py"):
        content = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r'"retries": \d', '"retries": 0', content), encoding="utf-8")
    original = resources.folder
    monkeypatch.setattr(resources, "folder", lambda name: folder if name == "dags" else original(name))


@pytest.mark.slow
def test_statement_05_airflow_tells_nobody(
    instance: Settings,
    planted: Planted,
    finder: Finder,
    warehouse: Warehouse,
    impatient_dags: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = planted.people[24]
    quoted = f"{person.name} {person.geburtsdatum} {person.tn_nr} {planted.words[0]}"
    kinds = {"ingest": "os", "validate": "arrow", "pseudonymize": "loud", "load": "integrity"}
    planned = {stage: {"partner": tvp, "kind": kinds[stage], "text": quoted} for tvp, stage in CRASHING.items()}
    planned["publish"] = {"partner": None, "kind": "operational", "text": quoted}
    environment = DEBUG | faults.for_processes(tmp_path / "faults.json", planned)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    inbox = tmp_path / "inbox"
    for partner in ("T01", "T03", "T04", "T06", *CRASHING):
        shutil.copytree(planted.inbox / partner, inbox / partner)
    conf = {"inbox": str(inbox), "site": str(planted.site)}
    with sinks.Watch(warehouse.url) as watch:
        succeeded, log = airflow_home.run_dag(instance, "nightly_load", conf)
        assert not succeeded
        monkeypatch.delenv(faults.VARIABLE)
        assert airflow_home.run_dag(instance, "retention", {"site": str(planted.site)})[0]
    with warehouse.engine.connect() as connection:
        failures = set(connection.execute(text("select fehlerart from betrieb.lieferung")).scalars())
    assert len(failures) > len(CRASHING) - 1, failures
    said = log.read_text(encoding="utf-8")
    assert "Traceback" in said or "error_detail" in said
    searched = [
        *sinks.warehouse_dump(instance),
        *sinks.files(instance.home, ("keys",)),
        *sinks.files(tmp_path / "tmp"),
        *watch.sinks(),
    ]
    places = {name for name, _, _ in searched}
    assert any(name.endswith("airflow.db (rows)") for name in places)
    assert sum(name.startswith("home/airflow/logs/") for name in places) >= 2
    assert watch.saw("environment") > 3
    found = finder.found(searched)
    assert not found, "\n".join(found)
