"""DESIGN.md, statement 2: loading a delivery twice changes nothing; a full rerun gives identical tables."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text
from tests.conftest import TestServer, Warehouse
from tests.support.night import SITE, instance, shared_key, small_inbox
from tests.support.snapshot import snapshot

from zaehlbar.nightly import run_night
from zaehlbar.warehouse.connect import engine_for

FILES = ("T01/*2025-12*", "T05/*", "T04/*2026-03*")
FACTS = ("teilnahme", "aktivitaet", "zwischenschritt", "angebot", "verzeichnis", "vereinbarung", "person_zuordnung")


def _everything(warehouse: Warehouse) -> dict[str, list[tuple[object, ...]]]:
    """All rows of facts and figures, technical columns included: a second load must not even touch them."""
    with warehouse.engine.connect() as connection:
        tables = [*(f"kern.{name}" for name in FACTS), "zahl.figur"]
        tables += [f"abgleich.{name}" for name in ("identitaet_token", "merkmal", "paar", "haeufig", "stand")]
        return {
            name: sorted(map(tuple, connection.execute(text(f"select t.*, t.xmin::text from {name} as t"))), key=repr)
            for name in tables
        }


def test_statement_02_loading_twice_changes_nothing(warehouse: Warehouse, tmp_path: Path) -> None:
    settings = instance(tmp_path / "home", warehouse.url)
    inbox = small_inbox(tmp_path, *FILES)
    run_night(settings, inbox, SITE)
    before = _everything(warehouse)
    assert before["kern.teilnahme"] and before["zahl.figur"]
    assert run_night(settings, inbox, SITE).verdicts == {}
    assert _everything(warehouse) == before


def test_statement_02_loading_again_finds_everything_unchanged(warehouse: Warehouse, tmp_path: Path) -> None:
    settings = instance(tmp_path / "home", warehouse.url)
    inbox = small_inbox(tmp_path, *FILES)
    run_night(settings, inbox, SITE)
    before = _everything(warehouse)
    run_night(settings, inbox, SITE, again=True)
    assert _everything(warehouse) == before
    with warehouse.engine.connect() as connection:
        row = connection.execute(
            text("select sum(neu + geaendert + geschlossen) as bewegt, sum(unveraendert) as gleich from betrieb.bilanz")
        ).one()
    assert row.bewegt == 0
    assert row.gleich > 0


def test_statement_02_a_full_rerun_gives_identical_tables(
    warehouse: Warehouse, test_server: TestServer, template_database: str, tmp_path: Path
) -> None:
    key = shared_key(tmp_path)
    inbox = small_inbox(tmp_path, *FILES)
    name = test_server.create("zweites", template_database)
    second = engine_for(test_server.url(name))
    try:
        run_night(instance(tmp_path / "eins", warehouse.url, key), inbox, SITE)
        run_night(instance(tmp_path / "zwei", test_server.url(name), key), inbox, SITE)
        with warehouse.engine.connect() as one, second.connect() as two:
            assert snapshot(one) == snapshot(two)
    finally:
        second.dispose()
        test_server.drop(name)
