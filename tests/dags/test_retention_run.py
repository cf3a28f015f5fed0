"""The DAG `retention` with real Airflow, a real warehouse and real files; killed anywhere, the rerun finishes."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.support.crash import kill_at
from tests.support.retention import copy_of, prepare

from zaehlbar import retention
from zaehlbar.dates import today
from zaehlbar.load import expiry, forget, occasion
from zaehlbar.nightly import setwise
from zaehlbar.retention import api, raw
from zaehlbar.store import Archive
from zaehlbar.warehouse.lock import Busy, LoadLock


@pytest.fixture(scope="module")
def prepared(test_server, template_database, tmp_path_factory):
    """A night with everybody's Austritt long ago, all deliveries decided 15 days ago."""
    folder = tmp_path_factory.mktemp("aufbewahrung")
    found = prepare(folder, test_server, template_database, eingang_leeren="true")
    with copy_of(found, test_server, folder / "vorher") as instance:
        instance.age(15)
        instance.ask("update kern.teilnahme set austritt_datum = current_date - 700 where austritt_datum is not null")
        instance.engine.dispose()
        aged = test_server.create("aufbewahrung", instance.engine.url.database)
    yield type(found)(found.folder, aged)
    test_server.drop(aged)
    test_server.drop(found.database)


@pytest.fixture
def instance(prepared, test_server, tmp_path, monkeypatch):
    with copy_of(prepared, test_server, tmp_path / "kopie") as copy:
        monkeypatch.setenv("ZAEHLBAR_HOME", str(copy.settings.home))
        monkeypatch.setenv("ZAEHLBAR_INBOX", str(copy.inbox))
        monkeypatch.setenv("ZAEHLBAR_SITE", str(copy.site))
        monkeypatch.setenv("ZAEHLBAR_WAREHOUSE_URL", str(copy.settings.warehouse_url))
        yield copy


def left(instance):
    """What is left, as values that two instances share."""
    counts = {
        table: instance.ask(f"select count(*) from {table}")[0][0]
        for table in ("kern.teilnahme", "kern.aktivitaet", "kern.identitaet", "abgleich.identitaet_token")
    }
    finished = instance.ask("select lieferung_id, roh_geloescht_am is null from betrieb.lieferung order by 1")
    figures = instance.ask("select * from zahl.figur where bekannt_bis is null order by 1, 2, 5, 6, 7, 8, 9, 10")
    marked = instance.ask("select monat, grund from zahl.entfernt order by 1, 2")
    frozen = instance.ask("select monat from zahl.eingefroren order by 1")
    reports = sorted(path.name for path in instance.settings.reports.iterdir())
    open_ones = instance.ask("select count(*) from betrieb.anlass where gezaehlt_lauf is null")
    return (
        counts, finished, [tuple(row)[:-2] for row in figures], marked, frozen, instance.archived(),
        instance.inbox_files(), reports, open_ones,
    )  # fmt: skip


@pytest.fixture(scope="module")
def expected(prepared, test_server, tmp_path_factory):
    """What an undisturbed run leaves."""
    with copy_of(prepared, test_server, tmp_path_factory.mktemp("ungestoert") / "kopie") as copy:
        before = left(copy)
        retention.run(copy.settings, copy.site, today())
        after = left(copy)
    assert before[0]["kern.teilnahme"] > after[0]["kern.teilnahme"] > 0
    assert len(before[5]) == 4
    assert len(after[5]) == 1
    assert after[4]
    return after


def test_the_dag_does_what_the_command_does(dag_bag, instance, expected):
    run = dag_bag.dags["retention"].test()
    assert str(run.state) == "success"
    assert left(instance) == expected
    runs = instance.ask("select count(*) from betrieb.lauf")
    again = dag_bag.dags["retention"].test()
    assert str(again.state) == "success"
    assert left(instance) == expected
    assert instance.ask("select count(*) from betrieb.lauf") == runs, "nothing to count again, so no run"


def test_the_day_that_counts_is_that_of_the_run(dag_bag, instance):
    before = left(instance)
    instance.ask("update betrieb.lieferung set abgeschlossen_am = now() - interval '14 days'")
    past = today() - timedelta(days=400)
    retention.run(instance.settings, instance.site, past)
    assert left(instance)[0] == before[0]


def test_it_waits_for_a_load_and_the_dag_fails_visibly(dag_bag, instance):
    before = left(instance)
    with instance.engine.connect() as connection, LoadLock().exclusive(connection):
        with pytest.raises(Busy):
            retention.run(instance.settings, instance.site, today())
        assert str(dag_bag.dags["retention"].test().state) == "failed"
    assert left(instance) == before


POINTS = {
    "months noted, no row deleted": (forget.removed, "note_participations", 1, "after"),
    "participations deleted, identities not": (expiry, "forget", 1, "before"),
    "persons deleted, no count noted": (occasion, "note", 1, "before"),
    "persons gone, raw files all there": (raw, "remove", 1, "before"),
    "what goes is remembered, nothing deleted": (Archive, "begin_delete", 1, "after"),
    "one of two files of the inbox deleted": (raw, "_unlink", 2, "before"),
    "inbox emptied, archive not": (Archive, "delete", 1, "before"),
    "archive emptied, not recorded": (raw, "record_removed", 1, "before"),
    "one delivery of three": (raw, "record_removed", 2, "before"),
    "nothing counted yet": (api, "recount_if_due", 1, "before"),
    "counted, not reported": (setwise, "publish", 1, "before"),
}
"""What had happened when the process died → the call at (before or after) which it dies, and which one."""


@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_the_rerun_finishes(instance, expected, point):
    instance.engine.dispose()
    where, name, call, when = POINTS[point]
    kill_at(where, name, call, retention.run, instance.settings, instance.site, today(), after=when == "after")
    for attempt in range(100):
        try:
            retention.run(instance.settings, instance.site, today())
            break
        except Busy:
            assert attempt < 99
            with instance.engine.connect() as connection:
                connection.execute(text("select pg_sleep(0.1)"))
    assert left(instance) == expected
