"""The self-contained Airflow of an instance: its environment and what is read off its log."""

import stat
from pathlib import Path

import pytest

from zaehlbar import airflow_home
from zaehlbar.airflow_home import TaskEvent
from zaehlbar.settings import Settings, load_settings

LOG = """\
2026-11-22T16:19:32Z [info     ] [DAG TEST] starting task_id=open_run map_index=-1 [airflow.sdk.definitions.dag]
2026-11-22T16:19:32Z [info     ] [DAG TEST] running task <TaskInstance: nightly_load.open_run …> [airflow.sdk]
2026-11-22T16:19:37Z [info     ] [DAG TEST] end task task_id=open_run map_index=-1 [airflow.sdk.definitions.dag]
2026-11-22T16:19:38Z [info     ] [DAG TEST] starting task_id=deliveries.load map_index=3 [airflow.sdk.definitions.dag]
2026-11-22T16:19:38Z [error    ] Task failed with exception     [task] loc=task_runner.py:1676
Traceback (most recent call last):
2026-11-22T16:19:39Z [info     ] [DAG TEST] end task task_id=deliveries.load map_index=3 [airflow.sdk.definitions.dag]
2026-11-22T16:19:39Z [info     ] [DAG TEST] starting task_id=identify map_index=-1 [airflow.sdk.definitions.dag]
2026-11-22T16:19:39Z [info     ] [DAG TEST] end task task_id=identify map_index=-1 [airflow.sdk.definitions.dag]
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({}, tmp_path)


def test_the_log_tells_which_task_began_ended_and_failed():
    assert list(airflow_home._events(iter(LOG.splitlines()))) == [
        TaskEvent("open_run", None, ended=False),
        TaskEvent("open_run", None, ended=True),
        TaskEvent("deliveries.load", 3, ended=False),
        TaskEvent("deliveries.load", 3, ended=True, failed=True),
        TaskEvent("identify", None, ended=False),
        TaskEvent("identify", None, ended=True),
    ]


def test_secrets_are_drawn_once_per_instance_and_readable_by_their_owner_only(settings, tmp_path):
    first, again = airflow_home.environment(settings), airflow_home.environment(settings)
    other = airflow_home.environment(load_settings({}, tmp_path / "other"))
    for name in ("AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API__SECRET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET"):
        assert first[name] == again[name]
        assert len(first[name]) >= 43
        assert first[name] != other[name]
    assert stat.S_IMODE((settings.airflow_home / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.airflow_home.stat().st_mode) == 0o700


def test_it_lives_below_the_home_and_listens_on_this_machine_only(settings):
    values = airflow_home.environment(settings)
    assert values["ZAEHLBAR_HOME"] == str(settings.home)
    for name in ("AIRFLOW_HOME", "AIRFLOW__LOGGING__BASE_LOG_FOLDER"):
        assert Path(values[name]).is_relative_to(settings.home)
    assert str(settings.home) in values["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    assert values["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert values["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"


def test_a_proxy_is_not_asked_for_this_machine(settings, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "intranet.example")
    assert airflow_home.environment(settings)["NO_PROXY"] == "intranet.example,127.0.0.1,localhost"
