"""DESIGN.md, statement 3: killed at any point, a delivery is there wholly or not at all, and the rerun finishes it."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.conftest import TestServer, Warehouse
from tests.support.crash import kill_at
from tests.support.night import SITE, instance, run_when_free, shared_key, small_inbox
from tests.support.snapshot import snapshot

from zaehlbar import store
from zaehlbar.load import api as load_api
from zaehlbar.nightly import plan, records, run_night, setwise, stages
from zaehlbar.warehouse.connect import engine_for

FILES = ("T01/*2025-12*", "T04/*2026-03*")
Snapshot = dict[str, Counter[tuple[object, ...]]]

POINTS: dict[str, tuple[Any, str, int]] = {
    "nothing planned yet": (plan, "_plan", 1),
    "one file in the archive, the record of the delivery not": (store.Archive, "has", 2),
    "read, not judged": (stages, "judge", 1),
    "judged, not protected": (stages, "protect", 1),
    "protected, not loaded": (stages, "store", 1),
    "participations of a first delivery loaded, activities not": (load_api, "merge", 2),
    "participations of the correction loaded, activities not": (load_api, "merge", 8),
    "all rows loaded, no balance": (records, "record_balances", 2),
    "two deliveries loaded, the third not": (stages, "store", 3),
    "all loaded, nobody identified": (setwise, "identify", 1),
    "identified, not categorized": (setwise, "categorize", 1),
    "not counted": (setwise, "count", 1),
    "counted, no report": (setwise, "publish", 1),
    "reports written, run not closed": (setwise, "close", 1),
}
"""What had happened when the process died → the call at which it dies, and which one."""


@pytest.fixture(scope="module")
def undisturbed(
    test_server: TestServer, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Path, Snapshot]]:
    """Key ring, inbox, and what a night without any crash gives."""
    folder = tmp_path_factory.mktemp("ungestoert")
    key, inbox = shared_key(folder), small_inbox(folder, *FILES)
    name = test_server.create("ungestoert", template_database)
    engine = engine_for(test_server.url(name))
    run_night(instance(folder / "home", test_server.url(name), key), inbox, SITE)
    with engine.connect() as connection:
        expected = snapshot(connection)
    engine.dispose()
    yield key, inbox, expected
    test_server.drop(name)


@pytest.mark.parametrize("point", POINTS)
def test_statement_03_all_or_nothing(
    warehouse: Warehouse, tmp_path: Path, undisturbed: tuple[Path, Path, Snapshot], point: str
) -> None:
    key, inbox, expected = undisturbed
    settings = instance(tmp_path / "home", warehouse.url, key)
    kill_at(*POINTS[point], run_night, settings, inbox, SITE)
    _assert_whole_or_not_at_all(warehouse)
    run_when_free(settings, inbox)
    with warehouse.engine.connect() as connection:
        assert snapshot(connection) == expected


def _assert_whole_or_not_at_all(warehouse: Warehouse) -> None:
    """Every delivery that left a fact is recorded as loaded, with at most as many facts as its balance says."""
    with warehouse.engine.connect() as connection:
        rows = connection.execute(
            text("""
                select l.lieferung_nr, l.status, b.neu + b.geaendert as geladen,
                    (select count(*) from kern.teilnahme as t where t.lieferung_nr = l.lieferung_nr) as da
                from betrieb.lieferung as l
                left join betrieb.bilanz as b on l.lieferung_nr = b.lieferung_nr and b.tabelle = 'teilnahme'
                """)
        ).all()
    for row in rows:
        if row.status == "geladen":
            assert row.da <= row.geladen  # rows that a correction of the same night replaced leave no trace
        else:
            assert row.da == 0


def test_statement_03_the_server_is_killed_in_the_middle_of_a_load(
    tmp_path: Path, undisturbed: tuple[Path, Path, Snapshot], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedded server dies by kill -9 while a delivery is being loaded; the next run starts it and finishes."""
    from sqlalchemy.exc import DBAPIError

    from zaehlbar.settings import load_settings
    from zaehlbar.warehouse.connect import embedded_server

    key, inbox, expected = undisturbed
    home = tmp_path / "home"
    instance(home, "", key)
    settings = load_settings({"ZAEHLBAR_HOME": str(home)}, home)
    server = embedded_server(settings)
    original, calls = load_api.merge, 0

    def killing(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            with server.superuser_connection() as connection:
                row = connection.execute("select pg_read_file('postmaster.pid')").fetchone()
                assert row is not None
            os.kill(int(row[0].splitlines()[0]), signal.SIGKILL)
        return original(*args, **kwargs)

    try:
        with monkeypatch.context() as patch:
            patch.setattr(load_api, "merge", killing)
            with pytest.raises(DBAPIError):
                run_night(settings, inbox, SITE)
        run_when_free(settings, inbox)
        engine = engine_for(server.url)
        with engine.connect() as connection:
            assert snapshot(connection) == expected
        engine.dispose()
    finally:
        server.destroy()
