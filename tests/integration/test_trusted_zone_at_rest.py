"""What lies on disk of clear names: encrypted, its owner's alone, gone when the delivery is through or its run died."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.conftest import Warehouse
from tests.support.night import SITE, small_inbox

from zaehlbar import nightly
from zaehlbar.nightly import run_night, stages
from zaehlbar.pseudonymize.keys import KeyRing, create_key_ring
from zaehlbar.settings import Settings, load_settings
from zaehlbar.store import Staging
from zaehlbar.warehouse import clients
from zaehlbar.warehouse.dump import dump
from zaehlbar.warehouse.embedded import EmbeddedServer
from zaehlbar.warehouse.lock import LoadLock

FILES = ("T04/*2026-01*",)
POSIX = pytest.mark.skipif(os.name != "posix", reason="permissions of this kind exist on POSIX only")


@pytest.fixture
def settings(tmp_path: Path, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("ZAEHLBAR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ZAEHLBAR_WAREHOUSE_URL", warehouse.url)
    found = load_settings()
    create_key_ring(found.key_file)
    return found


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return small_inbox(tmp_path, *FILES)


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@POSIX
def test_between_tasks_and_afterwards_nothing_is_readable(
    settings: Settings, inbox: Path, open_umask: None, warehouse: Warehouse
) -> None:
    lauf_id = nightly.open_run(trigger="airflow", inbox=str(inbox), site=str(SITE), external_id="eins")
    (batch,) = nightly.batches(lauf_id)
    staging, archive = settings.home / "staging", settings.home / "archive"
    for stage in (nightly.ingest_batch, nightly.validate_batch, nightly.pseudonymize_batch):
        stage(lauf_id, batch)
        assert files(staging) and files(archive)
        for path in files(staging) + files(archive):
            assert path.read_bytes()[:4] == b"ZBAL" and path.stat().st_mode & 0o777 == 0o600
        assert not settings.work.exists() or not list(settings.work.iterdir())
    for folder in (staging, archive, settings.key_file.parent):
        assert {path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*")) if path.is_dir()} == {0o700}
    nightly.load_batch(lauf_id, batch)
    assert files(staging) == [] and Staging(str(staging), ring(settings)).delivery_ids() == ()


@POSIX
def test_working_copies_are_their_owners_alone(
    settings: Settings, inbox: Path, open_umask: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Path] = []
    read = stages.ingest

    def looking(delivery: object, site: object) -> object:
        seen.extend(files(settings.work))
        assert {path.stat().st_mode & 0o777 for path in seen} == {0o600}
        folders = [settings.home, settings.work, *(path for path in settings.work.rglob("*") if path.is_dir())]
        assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}
        return read(delivery, site)  # type: ignore[arg-type]

    monkeypatch.setattr(stages, "ingest", looking)
    run_night(settings, inbox, SITE)
    assert seen and files(settings.work) == []


def ring(settings: Settings) -> KeyRing:
    from zaehlbar.pseudonymize.keys import load_key_ring

    return load_key_ring(settings.key_file)


@pytest.mark.parametrize("stage", ["ingest", "validate", "protect", "load_delivery"])
def test_a_delivery_that_fails_leaves_nothing_staged(
    settings: Settings, inbox: Path, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise MemoryError

    lauf_id = nightly.open_run(trigger="airflow", inbox=str(inbox), site=str(SITE), external_id="eins")
    (batch,) = nightly.batches(lauf_id)
    monkeypatch.setattr(stages, stage, broken)
    for task in (nightly.ingest_batch, nightly.validate_batch, nightly.pseudonymize_batch, nightly.load_batch):
        task(lauf_id, batch)
    with warehouse.engine.connect() as connection:
        assert connection.execute(text("select status from betrieb.lieferung")).scalars().all() == ["fehlgeschlagen"]
    assert files(settings.home / "staging") == [] and files(settings.home / "work") == []


def test_a_delivery_that_is_held_or_refused_leaves_nothing_staged(
    settings: Settings, inbox: Path, warehouse: Warehouse
) -> None:
    # Half of the columns are gone: nobody can say what the rows are.
    for path in inbox.rglob("*teilnahme*"):
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(line.split(b";", 3)[-1] for line in lines))
    lauf_id = nightly.open_run(trigger="airflow", inbox=str(inbox), site=str(SITE), external_id="eins")
    (batch,) = nightly.batches(lauf_id)
    nightly.ingest_batch(lauf_id, batch)
    assert files(settings.home / "staging")
    nightly.validate_batch(lauf_id, batch)
    with warehouse.engine.connect() as connection:
        (status,) = connection.execute(text("select status from betrieb.lieferung")).scalars()
    assert status in ("angehalten", "abgelehnt")
    assert files(settings.home / "staging") == []


def left_behind(settings: Settings) -> None:
    """What a process that was killed leaves: staged results, working copies under the provider's names."""
    copies = settings.work / "lieferung-x" / "0"
    copies.mkdir(parents=True)
    (copies / "Teilnehmende Muster.csv").write_text("nachname;Muster")
    from tests.support.pseudonymize import validated

    Staging(settings.staging_url, ring(settings)).put_validated(validated({"teilnahme": [{}]}))


def test_the_next_run_sweeps_what_a_killed_one_left(settings: Settings, inbox: Path) -> None:
    left_behind(settings)
    run_night(settings, inbox, SITE)
    assert files(settings.work) == [] and files(settings.home / "staging") == []
    left_behind(settings)
    nightly.open_run(trigger="airflow", inbox=str(inbox), site=str(SITE), external_id="zwei")
    assert files(settings.work) == [] and files(settings.home / "staging") == []


def test_nobody_sweeps_while_somebody_works(settings: Settings, inbox: Path, warehouse: Warehouse) -> None:
    run_night(settings, inbox, SITE)
    left_behind(settings)
    with warehouse.engine.connect() as connection, LoadLock().shared(connection):
        nightly.open_run(trigger="airflow", inbox=str(inbox), site=str(SITE), external_id="zwei")
    assert files(settings.work)


def test_tokens_staged_before_a_rotation_are_made_anew(
    settings: Settings, inbox: Path, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that everybody held for dead goes on after the key was rotated: no token under the old key is loaded."""
    from zaehlbar import key_rotation
    from zaehlbar.load.rotation import rows_by_key

    lauf_id = nightly.open_run(trigger="airflow", inbox=str(inbox), site=str(SITE), external_id="eins")
    (batch,) = nightly.batches(lauf_id)
    for task in (nightly.ingest_batch, nightly.validate_batch, nightly.pseudonymize_batch):
        task(lauf_id, batch)
    staged = settings.home / "staging"
    shutil.copytree(staged, settings.home / "kopie")
    with warehouse.engine.begin() as connection:
        connection.execute(text("update betrieb.lauf set herzschlag_am = now() - interval '1 hour'"))
    key_rotation.rotate(settings)
    assert files(staged) == []
    shutil.rmtree(staged)
    (settings.home / "kopie").rename(staged)
    nightly.load_batch(lauf_id, batch)
    with warehouse.engine.connect() as connection:
        found = rows_by_key(connection)["abgleich.identitaet_token"]
    assert list(found) == ["k2"] and found["k2"] > 0


# Other programs: PostgreSQL's clients and the server itself.

SECRET = "Z2VoZWltZ2VoZWlt"


def test_postgresqls_programs_do_not_inherit_a_key(
    settings: Settings, warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZB_BUND", SECRET)
    monkeypatch.setenv("AIRFLOW_VAR_ZB_BUND", SECRET)
    where = clients.target(settings)
    real = clients.require_client("pg_dump", settings, where)
    folder = tmp_path / "bin"
    folder.mkdir()
    told = tmp_path / "told"
    for name in ("pg_dump", "pg_restore"):
        wrapper = folder / name
        wrapper.write_text(f'#!/bin/sh\n(env; echo "$@") >> {told}\nexec {real.with_name(name)} "$@"\n')
        wrapper.chmod(0o700)
    monkeypatch.setenv("ZAEHLBAR_PG_BIN", str(folder))
    dump(load_settings(), tmp_path / "abzug.dump")
    shown = told.read_text()
    assert "PGAPPNAME" in shown and "--format=custom" in shown
    assert SECRET not in shown and "ZAEHLBAR" not in shown.replace(str(tmp_path), "")


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks into /proc")
def test_the_embedded_server_does_not_inherit_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZB_BUND", SECRET)
    server = EmbeddedServer(tmp_path / "home")
    try:
        server.ensure_started()
        first = server.status().pid
        assert first
        children = subprocess.run(
            ["ps", "--ppid", str(first), "-o", "pid="], capture_output=True, text=True, check=True
        )
        for pid in (first, *map(int, children.stdout.split())):
            for name in ("environ", "cmdline"):
                assert SECRET.encode() not in Path(f"/proc/{pid}/{name}").read_bytes()
            limits = Path(f"/proc/{pid}/limits").read_text()
            assert "Max core file size        0                    0" in limits
    finally:
        server.destroy()
