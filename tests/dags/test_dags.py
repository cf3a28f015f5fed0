"""What holds for the DAG files themselves: they parse without cost, structure and policies are the agreed ones."""

import json
import subprocess
import sys
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pendulum
import pytest

DAGS = Path(__file__).resolve().parents[2] / "dags"
HEAVY = {"great_expectations", "pandas", "pyarrow", "numpy", "sqlalchemy", "psycopg", "alembic", "xlsxwriter", "duckdb"}
MEASURE = """
import json, runpy, sys, time
import airflow.sdk, airflow.sdk.definitions._internal.setup_teardown
before = set(sys.modules)
runpy.run_path(sys.argv[1])
print(json.dumps(sorted({m.split(".")[0] for m in set(sys.modules) - before})))
"""
"""What a parsing of the file adds to the dag-processor, which has imported the Task SDK already."""


def test_the_three_schedules_are_all_there_is(parsed_dags):
    assert set(parsed_dags) == {"nightly_load", "nightly_watch", "retention"}


@pytest.mark.parametrize("name", ["nightly_load", "nightly_watch", "retention"])
def test_parsing_imports_nothing_heavy(name):
    output = subprocess.run(
        [sys.executable, "-c", MEASURE, str(DAGS / f"{name}.py")], capture_output=True, text=True, check=True
    ).stdout
    added = json.loads(output.splitlines()[-1])
    assert not HEAVY & set(added)


@pytest.mark.parametrize("name", ["nightly_load", "nightly_watch", "retention"])
def test_policies(parsed_dags, name):
    dag = parsed_dags[name]
    assert dag.max_active_runs == 1
    assert dag.catchup is False
    assert str(dag.timezone) == "Europe/Berlin"
    assert "zaehlbar" in dag.tags
    assert dag.doc_md
    assert dag.on_failure_callback
    for task in dag.tasks:
        assert task.owner == "zaehlbar"
        # Retention waits for a night that is still loading.
        assert task.retries == (6 if name == "retention" else 2)
        assert task.retry_delay <= timedelta(minutes=1)
        assert task.retry_exponential_backoff > 1
        assert task.execution_timeout


def next_runs(dag, after: pendulum.DateTime, count: int) -> list[pendulum.DateTime]:
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import DataInterval, TimeRestriction

    timetable = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
    restriction = TimeRestriction(earliest=after, latest=None, catchup=True)
    runs, last = [], DataInterval.exact(after)
    for _ in range(count):
        info = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)
        last = info.data_interval
        runs.append(info.run_after.in_timezone("Europe/Berlin"))
    return runs


def test_every_day_has_one_night_also_when_the_clocks_change(parsed_dags):
    start = pendulum.datetime(2027, 3, 26, 12, tz="Europe/Berlin")
    runs = next_runs(parsed_dags["nightly_load"], start, 240)
    assert [run.date() for run in runs] == [start.date().add(days=n) for n in range(1, 241)]
    # In the night of 28 March 02:00 does not exist.
    assert {run.hour for run in runs if run.date() != pendulum.date(2027, 3, 28)} == {2}


def test_the_watch_looks_when_the_night_is_over(parsed_dags):
    runs = next_runs(parsed_dags["nightly_watch"], pendulum.datetime(2027, 7, 1, tz="Europe/Berlin"), 3)
    assert {run.hour for run in runs} == {6}


def test_retention_comes_every_day_between_the_night_and_the_watch(parsed_dags):
    runs = next_runs(parsed_dags["retention"], pendulum.datetime(2027, 3, 26, 12, tz="Europe/Berlin"), 240)
    assert {run.hour for run in runs} == {4}
    assert len({run.date() for run in runs}) == 240
    assert [task.task_id for task in parsed_dags["retention"].topological_sort()] == [
        "remove_persons",
        "remove_raw",
        "recount",
    ]


def test_stages_follow_the_way_of_the_data(parsed_dags):
    dag = parsed_dags["nightly_load"]
    way = [
        "open_run",
        "batches",
        "deliveries.ingest",
        "deliveries.validate",
        "deliveries.pseudonymize",
        "deliveries.load",
        "identify",
        "categorize",
        "count",
        "publish",
        "close_run",
    ]
    assert set(dag.task_ids) == set(way)
    for earlier, later in pairwise(way):
        assert later in dag.get_task(earlier).downstream_task_ids
    per_delivery = dag.task_group.get_child_by_label("deliveries")
    assert {task for task in dag.task_ids if dag.get_task(task).get_closest_mapped_task_group()} == {
        f"deliveries.{label}" for label in ("ingest", "validate", "pseudonymize", "load")
    }
    assert per_delivery.group_id == "deliveries"


def test_facts_figures_and_reports_are_assets(parsed_dags):
    dag = parsed_dags["nightly_load"]
    outlets = {task.task_id: [asset.name for asset in task.outlets] for task in dag.tasks if task.outlets}
    assert outlets == {
        "categorize": ["zaehlbar_fakten"],
        "count": ["zaehlbar_figuren"],
        "publish": ["zaehlbar_berichte"],
    }


def test_inbox_and_site_are_parameters_without_a_path_of_the_parsing_machine(parsed_dags):
    params = parsed_dags["nightly_load"].params
    assert {name: params[name] for name in params} == {"inbox": None, "site": None}
