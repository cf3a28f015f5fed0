"""Dump and restore of a filled warehouse, the refusals around them, and the ways to psql."""

from __future__ import annotations

import re
import stat
import subprocess
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from zaehlbar.warehouse import clients, console, dump as copies, migrate
from zaehlbar.warehouse.connect import engine_for, raw_connection
from zaehlbar.warehouse.errors import WarehouseConfigError, WarehouseFault

FILL = """
CREATE ROLE {role} NOLOGIN;
CREATE SCHEMA probe;
CREATE TABLE probe.eltern (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
CREATE TABLE probe.kind (eltern int NOT NULL REFERENCES probe.eltern, wann timestamptz DEFAULT now());
CREATE FUNCTION probe.nie() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'unveränderlich'; END $$;
INSERT INTO probe.eltern (name) SELECT 'Straße ' || i FROM generate_series(1, 500) i;
INSERT INTO probe.kind SELECT id FROM probe.eltern;
CREATE TRIGGER nie BEFORE UPDATE OR DELETE ON probe.eltern FOR EACH ROW EXECUTE FUNCTION probe.nie();
GRANT USAGE ON SCHEMA probe TO {role};
GRANT SELECT ON probe.eltern TO {role};
"""


@dataclass(frozen=True)
class Instance:
    """The settings that dump and restore need."""

    home: Path
    warehouse_url: str | None = field(repr=False)
    pg_bin: Path | None = None
    pg_user: str | None = None


@pytest.fixture
def filled(warehouse: Any, tmp_path: Path) -> Iterator[Instance]:
    role = f"probe_{warehouse.engine.url.database}"
    with warehouse.engine.begin() as connection:
        raw_connection(connection).execute(FILL.format(role=role).encode())
    yield Instance(tmp_path, warehouse.url)
    with warehouse.engine.begin() as connection:
        raw_connection(connection).execute(f"DROP SCHEMA IF EXISTS probe CASCADE; DROP ROLE IF EXISTS {role}".encode())


def content(url: str) -> list[Any]:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return [
            connection.execute(statement).fetchall()
            for statement in (
                "SELECT * FROM probe.eltern ORDER BY id",
                "SELECT * FROM probe.kind ORDER BY eltern",
                "SELECT last_value FROM probe.eltern_id_seq",
                "SELECT relname, relacl::text[] FROM pg_class WHERE relnamespace = 'probe'::regnamespace ORDER BY 1",
                "SELECT * FROM alembic_version",
                "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1, 2",
            )
        ]


@pytest.mark.parametrize("migrated", [False, True])
def test_round_trip(filled: Instance, test_server: Any, tmp_path: Path, migrated: bool) -> None:
    file = tmp_path / "abzug.dump"
    copies.dump(filled, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    name = test_server.create("zurueck")
    try:
        if migrated:
            engine = engine_for(test_server.url(name))
            migrate.upgrade(engine)
            engine.dispose()
        target = Instance(tmp_path, test_server.url(name))
        assert copies.restore(target, file) == migrate.head()
        assert filled.warehouse_url is not None
        assert content(test_server.url(name)) == content(filled.warehouse_url)
        with pytest.raises(WarehouseConfigError, match="nicht leer"):
            copies.restore(target, file)
    finally:
        test_server.drop(name)


def test_missing_roles_are_made_without_login(filled: Instance, test_server: Any, tmp_path: Path) -> None:
    file = tmp_path / "abzug.dump"
    copies.dump(filled, file)
    role = "probe_" + str(filled.warehouse_url).rpartition("/")[2]
    with psycopg.connect(str(filled.warehouse_url).replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA probe CASCADE; DROP ROLE {role}".encode())
    name = test_server.create("zurueck")
    try:
        copies.restore(Instance(tmp_path, test_server.url(name)), file)
        with psycopg.connect(test_server.url(name).replace("+psycopg", "")) as connection:
            made = connection.execute(
                "SELECT rolcanlogin, has_table_privilege(oid, 'probe.eltern', 'select') FROM pg_roles "
                "WHERE rolname = %s",
                (role,),
            ).fetchone()
        assert made == (False, True)
    finally:
        test_server.drop(name)


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream, 1000)
    except zlib.error:
        return b""


def test_a_damaged_file_leaves_the_target_empty(filled: Instance, test_server: Any, tmp_path: Path) -> None:
    file = tmp_path / "abzug.dump"
    copies.dump(filled, file)
    content = bytearray(file.read_bytes())
    start = next(
        match.start()
        for match in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", content)
        if b"Stra" in _unpacked(bytes(content[match.start() :]))
    )
    content[start + 200 : start + 300] = bytes(100)
    file.write_bytes(content)
    name = test_server.create("zurueck")
    try:
        with pytest.raises(WarehouseFault, match="leer geblieben"):
            copies.restore(Instance(tmp_path, test_server.url(name)), file)
        engine = engine_for(test_server.url(name))
        with engine.connect() as connection:
            assert raw_connection(connection).execute("SELECT to_regnamespace('probe')").fetchone() == (None,)
        engine.dispose()
    finally:
        test_server.drop(name)


def test_files_that_cannot_be_used_are_refused(filled: Instance, tmp_path: Path) -> None:
    present = tmp_path / "da"
    present.write_text("kein Abzug")
    with pytest.raises(WarehouseConfigError, match="gibt es schon"):
        copies.dump(filled, present)
    with pytest.raises(WarehouseConfigError, match="kein lesbarer Abzug"):
        copies.restore(filled, present)
    with pytest.raises(WarehouseConfigError, match="gibt es nicht"):
        copies.restore(filled, tmp_path / "fehlt")
    with pytest.raises(WarehouseConfigError, match="Ordner"):
        copies.dump(filled, tmp_path / "fehlt" / "datei")
    assert list(tmp_path.iterdir()) == [present]


def test_the_password_is_in_no_argument(filled: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    real = subprocess.run

    def watch(command: Any, **options: Any) -> Any:
        seen.append(command)
        return real(command, **options)

    monkeypatch.setattr(subprocess, "run", watch)
    copies.dump(filled, tmp_path / "abzug.dump")
    where = clients.target(filled)
    assert any("--format=custom" in command for command in seen)
    assert where.environment["PGPASSWORD"] not in repr(seen) + repr(where)


def test_tls_is_left_to_programs_that_can(filled: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    where = clients.target(filled)
    assert clients.find_client("pg_dump", filled, where) is not None
    needs_tls = clients.Target(where.url, where.conninfo, where.environment, where.server_major, needs_tls=True)
    with pytest.raises(WarehouseConfigError, match="postgresql-client"):
        clients.require_client("pg_dump", filled, needs_tls)
    newer = clients.Target(where.url, where.conninfo, where.environment, 99, needs_tls=False)
    assert clients.find_client("pg_dump", filled, newer) is None


def test_psql_runs_statements(filled: Instance, capfd: pytest.CaptureFixture[str]) -> None:
    assert copies.psql(filled, ["-Atc", "SELECT count(*) FROM probe.kind"]) == 0
    assert capfd.readouterr().out == "500\n"


def test_the_prompt_of_our_own_runs_statements(filled: Instance, capsys: pytest.CaptureFixture[str]) -> None:
    url = str(filled.warehouse_url)
    assert console.run(url, ["-c", "SELECT count(*) AS anzahl, NULL AS leer FROM probe.kind"]) == 0
    assert console.run(url, ["-c", "CREATE TEMP TABLE x (i int)", "-c", "SELECT * FROM fehlt"]) == 3
    shown = capsys.readouterr()
    assert "anzahl" in shown.out and "500" in shown.out and "CREATE TABLE" in shown.out
    assert 'relation "fehlt" does not exist' in shown.err
    with pytest.raises(WarehouseConfigError, match="nur -c SQL"):
        console.run(url, ["-f", "datei"])


def test_the_prompt_of_our_own_reads_until_a_semicolon(
    filled: Instance, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = iter(["SELECT count(*)", "FROM probe.kind;", "\\q"])
    monkeypatch.setattr("builtins.input", lambda _prompt: next(lines))
    assert console.run(str(filled.warehouse_url), []) == 0
    assert "500" in capsys.readouterr().out
