"""An Airflow of the tests' own: its home must stand in the environment before anything imports Airflow."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

DAGS = Path(__file__).resolve().parents[2] / "dags"
_HOME = Path(tempfile.mkdtemp(prefix="zaehlbar-airflow-"))
os.environ.update(
    AIRFLOW_HOME=str(_HOME),
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__DAGS_FOLDER=str(DAGS),
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{_HOME / 'airflow.db'}",
)


@pytest.fixture(scope="session")
def airflow_home() -> Iterator[Path]:
    """A home with a migrated metadata database (SQLite)."""
    from airflow.utils.db import initdb

    initdb()
    yield _HOME
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture
def dag_bag(airflow_home: Path):
    """The DAGs of dags/, parsed afresh; tasks are tried once, as no test waits for a retry."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(DAGS))
    assert not bag.import_errors
    for dag in bag.dags.values():
        for task in dag.tasks:
            task.retries = 0
    return bag


@pytest.fixture(scope="session")
def parsed_dags(airflow_home: Path):
    """The DAGs of dags/ as they are, to be looked at, not run."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(DAGS))
    assert not bag.import_errors
    return bag.dags
