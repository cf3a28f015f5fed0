"""What a failing stage means for the rest of the night: the DAG alone, with doors that only note that they were called.

The real doors behind the same DAG are tested in test_nightly_run.py.
"""

from datetime import UTC, datetime, timedelta

import pytest

import zaehlbar

BATCH_STAGES = ["ingest", "validate", "pseudonymize", "load"]
NIGHT_STAGES = ["identify", "categorize", "count", "publish"]


class NightFailed(Exception):
    """As zaehlbar.nightly.NightFailed."""


class Doors:
    """Stands where `zaehlbar.nightly` stands; `crash` names the doors, or (door, batch), that raise."""

    NightFailed = NightFailed

    def __init__(self, batches: int = 0, crash: tuple[object, ...] = (), last: datetime | None = None) -> None:
        self.count_of_batches, self.crash, self.last = batches, crash, last
        self.calls: list[tuple[str, int | None]] = []

    def _note(self, door: str, batch: int | None = None) -> None:
        self.calls.append((door, batch))
        if door in self.crash or (door, batch) in self.crash:
            raise NightFailed(door) if door == "close_run" else RuntimeError(door)

    def open_run(self, *, trigger: str, inbox: str, site: str, external_id: str) -> int:
        assert trigger == "airflow"
        assert inbox
        assert site
        assert external_id
        self._note("open_run")
        return 7

    def batches(self, lauf_id: int) -> list[int]:
        assert lauf_id == 7
        self._note("batches")
        return list(range(1, self.count_of_batches + 1))

    def close_run(self, lauf_id: int) -> dict[str, int]:
        self._note("close_run")
        return {"angenommen": self.count_of_batches}

    def last_completed(self) -> datetime | None:
        return self.last

    def __getattr__(self, name: str):
        def door(lauf_id: int, batch: int | None = None) -> None:
            assert lauf_id == 7
            self._note(name.removesuffix("_batch"), batch)

        return door


@pytest.fixture
def night(dag_bag, monkeypatch):
    """Run a DAG with the given doors; return its state, its tasks' states, and the doors."""

    def run(doors: Doors, dag_id: str = "nightly_load"):
        monkeypatch.setattr(zaehlbar, "nightly", doors, raising=False)
        dag_run = dag_bag.dags[dag_id].test()
        states = {(t.task_id, t.map_index): str(t.state) for t in dag_run.get_task_instances()}
        return str(dag_run.state), states, doors

    return run


@pytest.mark.parametrize("count", [1, 3])
def test_every_batch_passes_every_stage_before_the_set_based_stages(night, count):
    state, _, doors = night(Doors(batches=count))
    assert state == "success"
    per_batch = {(stage, batch) for stage in BATCH_STAGES for batch in range(1, count + 1)}
    assert set(doors.calls[2 : 2 + len(per_batch)]) == per_batch
    assert [door for door, _ in doors.calls[2 + len(per_batch) :]] == [*NIGHT_STAGES, "close_run"]


def test_a_night_without_deliveries_still_counts_and_closes(night):
    state, states, doors = night(Doors(batches=0))
    assert state == "success"
    assert [door for door, _ in doors.calls if door in NIGHT_STAGES] == NIGHT_STAGES
    assert set(states.values()) == {"success"}


@pytest.mark.parametrize("stage", ["ingest", "load"])
def test_a_batch_that_dies_stops_no_other_and_fails_the_night(night, stage):
    state, states, doors = night(Doors(batches=3, crash=((stage, 2),)))
    assert state == "failed"
    assert {batch for door, batch in doors.calls if door == "load"} >= {1, 3}
    assert [door for door, _ in doors.calls if door in NIGHT_STAGES] == NIGHT_STAGES
    assert states["close_run", -1] == "failed"


@pytest.mark.parametrize("stage", ["batches", "identify", "publish"])
def test_the_lock_is_given_back_whatever_stage_fails(night, stage):
    state, _, doors = night(Doors(batches=1, crash=(stage,)))
    assert state == "failed"
    assert doors.calls[-1] == ("close_run", None)


def test_a_run_that_could_not_be_opened_touches_nothing(night):
    state, states, doors = night(Doors(batches=2, crash=("open_run",)))
    assert state == "failed"
    assert doors.calls == [("open_run", None)]
    assert {value for (task, _), value in states.items() if task != "open_run"} == {"upstream_failed"}


def test_a_delivery_that_failed_fails_the_night_at_its_end(night):
    state, states, _ = night(Doors(batches=1, crash=("close_run",)))
    assert state == "failed"
    assert [task for task, value in states.items() if value == "failed"] == [("close_run", -1)]


@pytest.mark.parametrize("hours, expected", [(None, "failed"), (27, "failed"), (25, "success"), (4, "success")])
def test_the_watch_fails_when_no_load_was_completed_for_26_hours(night, hours, expected):
    last = None if hours is None else datetime.now(UTC) - timedelta(hours=hours)
    state, _, _ = night(Doors(last=last), "nightly_watch")
    assert state == expected
