"""Migrations on a real PostgreSQL: up, down, function bodies, failures, two at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from zaehlbar.warehouse import migrate
from zaehlbar.warehouse.connect import engine_for, raw_connection
from zaehlbar.warehouse.errors import WarehouseConfigError, WarehouseFault, describe_db_error

PYTHON = """
from zaehlbar.warehouse.migrate import run_script
revision = "{number}"
down_revision = {before}
branch_labels = None
depends_on = None
def upgrade(): run_script(__file__, "up")
def downgrade(): run_script(__file__, "down")
"""
UP_1 = """
CREATE SCHEMA probe;
CREATE TABLE probe.t (i int PRIMARY KEY, prozent text DEFAULT '100 %s %(x)s; nicht das Ende');
CREATE FUNCTION probe.f() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    -- a semicolon; and a %
    RETURN (SELECT count(*) FROM probe.t);
END
$$;
"""

HELD = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    folder = tmp_path / "mit leerzeichen und 100 %"
    folder.mkdir()
    add(folder, "0001", "None", UP_1, "DROP SCHEMA probe CASCADE;")
    add(folder, "0002", '"0001"', "INSERT INTO probe.t VALUES (1), (2);", "DELETE FROM probe.t;")
    return folder


def add(folder: Path, number: str, before: str, up: str, down: str) -> None:
    (folder / f"{number}_probe.py").write_text(PYTHON.format(number=number, before=before))
    (folder / f"{number}_probe.up.sql").write_text(up)
    (folder / f"{number}_probe.down.sql").write_text(down)


def ask(engine: Any, statement: str) -> Any:
    with engine.connect() as connection:
        return raw_connection(connection).execute(statement.encode()).fetchone()[0]


def test_up_and_down_step_by_step(empty_database: Any, versions: Path) -> None:
    engine = empty_database.engine
    assert migrate.current(engine) is None
    migrate.upgrade(engine, "0001", versions=versions)
    assert (migrate.current(engine), ask(engine, "SELECT probe.f()")) == ("0001", 0)
    assert ask(engine, HELD) == 0
    assert ask(engine, "SELECT column_default FROM information_schema.columns WHERE column_name = 'prozent'") == (
        "'100 %s %(x)s; nicht das Ende'::text"
    )
    assert migrate.is_empty(engine)
    migrate.upgrade(engine, versions=versions)
    assert (migrate.current(engine), ask(engine, "SELECT probe.f()")) == ("0002", 2)
    assert not migrate.is_empty(engine)
    migrate.upgrade(engine, versions=versions)
    migrate.downgrade(engine, "0001", versions=versions)
    assert (migrate.current(engine), ask(engine, "SELECT probe.f()")) == ("0001", 0)
    migrate.downgrade(engine, "base", versions=versions)
    assert migrate.current(engine) is None
    assert ask(engine, "SELECT to_regnamespace('probe') IS NULL")
    assert ask(engine, "SELECT to_regclass('public.alembic_version') IS NOT NULL")


def test_a_failing_migration_leaves_nothing_and_quotes_no_value(empty_database: Any, versions: Path) -> None:
    engine = empty_database.engine
    failing = "CREATE TABLE probe.neu (i int);\n\nINSERT INTO probe.t VALUES (4711), (4711);\n"
    add(versions, "0003", '"0002"', failing, "DROP TABLE probe.neu")
    with pytest.raises(WarehouseFault) as caught:
        migrate.upgrade(engine, versions=versions)
    assert "0003_probe.up.sql" in str(caught.value) and "t_pkey" in str(caught.value)
    assert "4711" not in str(caught.value)
    assert migrate.current(engine) == "0002"
    assert ask(engine, "SELECT to_regclass('probe.neu') IS NULL")
    (versions / "0003_probe.up.sql").write_text("SELECT 1;\n\nSELECT * FROM gibt_es_nicht;\n")
    with pytest.raises(WarehouseFault, match=r"0003_probe\.up\.sql, Zeile 3: SQLSTATE 42P01.*gibt_es_nicht"):
        migrate.upgrade(engine, versions=versions)


def test_a_database_newer_than_the_program_is_explained(empty_database: Any, versions: Path) -> None:
    engine = empty_database.engine
    migrate.upgrade(engine, versions=versions)
    with engine.begin() as connection:
        raw_connection(connection).execute("UPDATE alembic_version SET version_num = '0099'")
    with pytest.raises(WarehouseConfigError, match="zaehlbar aktualisieren"):
        migrate.upgrade(engine, versions=versions)


def test_two_upgrades_at_once_do_not_race(empty_database: Any, versions: Path) -> None:
    slow = (versions / "0001_probe.up.sql").read_text() + "SELECT pg_sleep(1);"
    (versions / "0001_probe.up.sql").write_text(slow)
    code = (
        "import sys, pathlib; from zaehlbar.warehouse import connect, migrate; "
        "e = connect.engine_for(sys.stdin.read()); migrate.upgrade(e, versions=pathlib.Path(sys.argv[1])); e.dispose()"
    )
    starters = []
    for _ in range(2):
        starter = subprocess.Popen([sys.executable, "-c", code, str(versions)], stdin=subprocess.PIPE, text=True)
        assert starter.stdin is not None
        starter.stdin.write(empty_database.url)
        starter.stdin.close()
        starters.append(starter)
    assert [starter.wait(timeout=120) for starter in starters] == [0, 0]
    assert ask(empty_database.engine, "SELECT probe.f()") == 2
    assert ask(empty_database.engine, HELD) == 0


def test_the_migrations_of_this_version_go_up_down_and_up_again(empty_database: Any) -> None:
    engine = empty_database.engine
    migrate.upgrade(engine)
    assert migrate.current(engine) == migrate.head()
    assert migrate.is_empty(engine)
    migrate.downgrade(engine, "base")
    left = (
        "SELECT count(*) FROM pg_class WHERE relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' "
    )
    assert ask(engine, left + "OR nspname = 'information_schema') AND relname !~ 'alembic_version'") == 0
    migrate.upgrade(engine)


def test_errors_of_the_database_are_described_without_values(empty_database: Any) -> None:
    with psycopg.connect(empty_database.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE TABLE t (name text PRIMARY KEY, geboren date CHECK (geboren > '1900-01-01'))")
        connection.execute("INSERT INTO t VALUES ('Schröterine')")
        for statement, expected in (
            ("INSERT INTO t VALUES ('Schröterine')", "t_pkey"),
            ("INSERT INTO t VALUES ('x', 'Schröterine')", "22007"),
            ("INSERT INTO t VALUES ('x', '1888-08-08')", "t_geboren_check"),
            ("INSERT INTO t VALUES (NULL)", "Spalte name"),
            ("SELECT * FROM fehlt", 'relation "fehlt" does not exist'),
        ):
            with pytest.raises(psycopg.Error) as caught:
                connection.execute(statement.encode())
            text = describe_db_error(caught.value)
            assert expected in text
            assert "Schröterine" not in text and "1888" not in text


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nutzer:ge@heim@127.0.0.1:1/db",
        "postgres://nutzer:geheim@127.0.0.1:1/db",
        "postgresql://x:geheim:1:2/db",
    ],
)
def test_unreachable_or_unreadable_addresses_do_not_show_the_password(url: str) -> None:
    with pytest.raises((WarehouseConfigError, WarehouseFault)) as caught:
        engine_for(url)
    assert "heim" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("url", ["sqlite:///x", "mysql://a:b@c/d", "postgresql://a:b@c"])
def test_addresses_of_something_else_are_refused(url: str) -> None:
    with pytest.raises(WarehouseConfigError, match="ZAEHLBAR_WAREHOUSE_URL"):
        engine_for(url)


def test_engine_speaks_psycopg_3_in_our_time_zone_and_hides_parameters(empty_database: Any) -> None:
    engine = engine_for(empty_database.url.replace("postgresql+psycopg:", "postgres:"), application_name="probe")
    try:
        with engine.connect() as connection:
            raw = raw_connection(connection)
            assert isinstance(raw, psycopg.Connection)
            raw.execute("SELECT 1")
            raw.rollback()
            assert raw.execute("SHOW timezone").fetchone() == ("Europe/Berlin",)
            assert raw.execute("SHOW application_name").fetchone() == ("probe",)
            with raw.cursor().copy("COPY (SELECT 1) TO STDOUT") as copy:
                assert list(copy.rows()) == [("1",)]
        assert engine.hide_parameters
        password = engine.url.password
        assert isinstance(password, str) and password not in repr(engine)
    finally:
        engine.dispose()
