"""The real night through Airflow: the DAG, the rooms, a PostgreSQL; none, one and many deliveries, and a fault."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.support.snapshot import snapshot

from zaehlbar import nightly
from zaehlbar.nightly import run_night, stages
from zaehlbar.pseudonymize.keys import create_key_ring
from zaehlbar.settings import load_settings

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
INBOX, SITE = EXAMPLES / "inbox", EXAMPLES / "site"


@pytest.fixture(scope="module")
def key_file(tmp_path_factory) -> Path:
    """One key ring for all warehouses of this module, so that their tokens can be compared."""
    path = tmp_path_factory.mktemp("keys") / "schluessel.json"
    create_key_ring(path)
    return path


def home_with(key_file: Path, home: Path) -> Path:
    for folder in (home, home / "keys"):
        folder.mkdir(mode=0o700)
    shutil.copy2(key_file, home / "keys")
    return home


@pytest.fixture
def instance(tmp_path, warehouse, key_file, monkeypatch) -> Path:
    """An instance of its own on a fresh warehouse, as the environment says it; returns an empty inbox."""
    home = home_with(key_file, tmp_path / "home")
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    monkeypatch.setenv("ZAEHLBAR_HOME", str(home))
    monkeypatch.setenv("ZAEHLBAR_WAREHOUSE_URL", warehouse.url)
    return inbox


@pytest.fixture
def night(dag_bag):
    """Run `nightly_load` on an inbox; return the run's state and its tasks' states."""

    def run(inbox: Path) -> tuple[str, dict[tuple[str, int], str]]:
        dag_run = dag_bag.dags["nightly_load"].test(run_conf={"inbox": str(inbox), "site": str(SITE)})
        return str(dag_run.state), {(t.task_id, t.map_index): str(t.state) for t in dag_run.get_task_instances()}

    return run


def content(engine):
    with engine.connect() as connection:
        return snapshot(connection)


def loaded(engine) -> list[tuple[str, str | None]]:
    with engine.connect() as connection:
        rows = connection.execute(text("select status, urteil from betrieb.lieferung order by lieferung_id"))
        return [tuple(row) for row in rows]


def test_a_night_without_deliveries_succeeds(night, instance, warehouse):
    state, _ = night(instance)
    assert state == "success"
    assert loaded(warehouse.engine) == []


def test_the_key_ring_may_come_from_airflows_secrets(night, instance, warehouse, monkeypatch, capfd, caplog):
    """Inside a task: the secrets backend, here Airflow's own AIRFLOW_VAR_…; nothing of it in what Airflow says."""
    home = instance.parent / "home"
    content = (home / "keys" / "schluessel.json").read_text()
    (home / "keys" / "schluessel.json").unlink()
    monkeypatch.setenv("AIRFLOW_VAR_ZB_BUND", content)
    monkeypatch.setenv("ZAEHLBAR_KEYS", "airflow:ZB_BUND")
    state, _ = night(instance)
    assert state == "success"
    with warehouse.engine.connect() as connection:
        assert connection.execute(text("select schluessel_id from betrieb.schluessel where aktiv")).scalar() == "k1"
    said = capfd.readouterr()
    secret = json.loads(content)["schluessel"][0]["geheimnis"]
    assert secret not in said.out + said.err + caplog.text


def test_a_single_delivery_is_loaded(night, instance, warehouse):
    folder = instance / "T03"
    folder.mkdir()
    shutil.copy2(INBOX / "T03" / "BIWAQ-Liste_V9001_T03_2025-09.xlsx", folder)
    state, states = night(instance)
    assert state == "success"
    assert ("deliveries.load", 0) in states
    ((status, verdict),) = loaded(warehouse.engine)
    assert (status, verdict.split("_")[0]) == ("geladen", "angenommen")


@pytest.fixture
def by_command_line(empty_database, key_file, tmp_path):
    """What `zaehlbar run` makes of the example inbox, on a warehouse of its own with the same key ring."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZAEHLBAR_HOME", str(home_with(key_file, tmp_path / "other")))
        patch.setenv("ZAEHLBAR_WAREHOUSE_URL", empty_database.url)
        run_night(load_settings(), INBOX, SITE)
    return content(empty_database.engine)


def assert_same(one, other):
    """Assert that two warehouses hold the same.

    In the balances, what was loaded and what was withheld count as one fate: batches run side by side, and another
    partner's withdrawal may arrive just before a row (then it is withheld) or just after it (then it is taken out).
    """
    assert one.keys() == other.keys()
    assert sum(one["kern.teilnahme"].values()) > 100
    for table in one:
        fold = folded if table == "betrieb.bilanz" else Counter
        assert fold(one[table]) - fold(other[table]) == fold(other[table]) - fold(one[table]) == {}, table


def folded(balances):
    result = Counter()
    for (delivery, table, found, new, changed, unchanged, *fates), number in balances.items():
        twice, superseded, rejected, withheld, *rest = fates
        through = sum(map(int, (new, changed, unchanged, withheld)))
        result[delivery, table, found, through, twice, superseded, rejected, *rest] += number
    return result


def test_the_dag_and_the_command_line_give_the_same_tables(night, by_command_line, instance, warehouse):
    state, states = night(INBOX)
    assert state == "success"
    assert len([task for task, index in states if task == "deliveries.load" and index >= 0]) > 1
    assert_same(content(warehouse.engine), by_command_line)


def test_batches_may_be_worked_on_in_any_order(by_command_line, instance, warehouse):
    lauf_id = nightly.open_run(trigger="airflow", inbox=str(INBOX), site=str(SITE), external_id="reversed")
    batches = nightly.batches(lauf_id)
    assert len(batches) > 1
    for batch in reversed(batches):
        for stage in (nightly.ingest_batch, nightly.validate_batch, nightly.pseudonymize_batch, nightly.load_batch):
            stage(lauf_id, batch)
    for stage in (nightly.identify, nightly.categorize, nightly.count, nightly.publish, nightly.close_run):
        stage(lauf_id)
    assert_same(content(warehouse.engine), by_command_line)


def test_a_delivery_that_crashes_stops_no_other_and_is_taken_up_next_night(night, instance, warehouse, monkeypatch):
    for name in ("T03", "T08"):
        shutil.copytree(INBOX / name, instance / name)
    protect, struck = stages.protect, []

    def crash_once(context, validated):
        if not struck:
            struck.append(validated.ingested.delivery.delivery_id)
            raise MemoryError
        return protect(context, validated)

    monkeypatch.setattr(stages, "protect", crash_once)
    state, states = night(instance)
    assert state == "failed"
    assert [task for (task, _), value in states.items() if value == "failed"] == ["close_run"]
    first = loaded(warehouse.engine)
    assert [status for status, _ in first].count("fehlgeschlagen") == 1
    assert [status for status, _ in first].count("geladen") >= 3

    state, _ = night(instance)
    assert state == "success"
    assert "fehlgeschlagen" not in [status for status, _ in loaded(warehouse.engine)]
