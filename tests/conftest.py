"""Fixtures for all kinds of tests: a PostgreSQL server for the session, and a fresh migrated database per test.

`ZAEHLBAR_TEST_WAREHOUSE_URL` names a server to use instead of an embedded one; its role needs CREATEDB and CREATEROLE.
With pytest-xdist all workers share one embedded server.
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import sqlalchemy as sa


# Ends the server with its last user, also when pytest is killed: then the pipe closes all the same.
UNDERTAKER = """
import pathlib, sys
from zaehlbar.warehouse.embedded import EmbeddedServer
from zaehlbar.warehouse.filelock import file_lock
sys.stdin.read()
folder = pathlib.Path(sys.argv[1])
with file_lock(folder / "warehouse.lock", timeout=120):
    users = int((folder / "warehouse-users").read_text()) - 1
    (folder / "warehouse-users").write_text(str(users))
    if users == 0:
        EmbeddedServer(folder / "warehouse-home").destroy()
"""


@dataclass(frozen=True)
class Warehouse:
    """A fresh, migrated database of one test."""

    url: str = field(repr=False)
    engine: sa.Engine


class TestServer:
    """Makes and drops databases on the session's server."""

    __test__ = False

    def __init__(self, url: str) -> None:
        import psycopg
        import sqlalchemy as sa

        from zaehlbar.warehouse.connect import engine_for

        engine_for(url).dispose()  # checks address and version
        self._url = sa.make_url(re.sub(r"^postgres(ql)?(\+\w+)?:", "postgresql+psycopg:", url))
        plain = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = psycopg.connect(plain, autocommit=True, application_name="zaehlbar test server")

    def create(self, prefix: str, template: str | None = None) -> str:
        """Create a database with a random name and return its name."""
        from psycopg import sql

        name = f"zaehlbar_{prefix}_{secrets.token_hex(6)}"
        source = sql.Identifier(template or "template0")
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8' STRATEGY file_copy")
        self._connection.execute(statement.format(sql.Identifier(name), source))
        return name

    def drop(self, name: str) -> None:
        import psycopg
        from psycopg import sql

        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        for attempt in range(50):
            try:
                self._connection.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                # An autovacuum worker is in there, which this role may not send away; it soon leaves by itself.
                if attempt == 49:
                    raise
                time.sleep(0.2)
            else:
                return

    def url(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def close(self) -> None:
        self._connection.close()


@pytest.fixture(scope="session")
def warehouse_url_for_tests(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """URL of a PostgreSQL server whose role may create databases and roles; never the database a test works in."""
    given = os.environ.get("ZAEHLBAR_TEST_WAREHOUSE_URL")
    if given:
        yield given
        return
    from zaehlbar.warehouse.embedded import EmbeddedServer
    from zaehlbar.warehouse.filelock import file_lock

    folder = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        folder = folder.parent  # the same for all workers
    server = EmbeddedServer(folder / "warehouse-home")
    with file_lock(folder / "warehouse.lock", timeout=120):
        url = server.ensure_started()
        with server.superuser_connection() as connection:
            connection.execute("ALTER ROLE zaehlbar CREATEDB")
            # Databases of tests are thrown away: a crash of the machine may take them.
            for name in ("fsync", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {name} = off")
            connection.execute("SELECT pg_reload_conf()")
        users = folder / "warehouse-users"
        users.write_text(str((int(users.read_text()) if users.exists() else 0) + 1))
        undertaker = subprocess.Popen(
            [sys.executable, "-c", UNDERTAKER, str(folder)], stdin=subprocess.PIPE, start_new_session=True
        )
    yield url
    undertaker.communicate()


@pytest.fixture(scope="session")
def test_server(warehouse_url_for_tests: str) -> Iterator[TestServer]:
    """The session's server, to make empty databases on."""
    server = TestServer(warehouse_url_for_tests)
    yield server
    server.close()


@pytest.fixture(scope="session")
def template_database(test_server: TestServer) -> Iterator[str]:
    """Name of a once-migrated database to copy."""
    from zaehlbar.warehouse.connect import engine_for
    from zaehlbar.warehouse.migrate import upgrade

    name = test_server.create("vorlage")
    engine = engine_for(test_server.url(name))
    try:
        upgrade(engine)
    finally:
        engine.dispose()
    yield name
    test_server.drop(name)


@pytest.fixture
def empty_database(test_server: TestServer) -> Iterator[Warehouse]:
    """A fresh database without any migration."""
    yield from _database(test_server, None)


@pytest.fixture
def warehouse(test_server: TestServer, template_database: str) -> Iterator[Warehouse]:
    """A fresh, migrated database: `.url` and `.engine`."""
    yield from _database(test_server, template_database)


def _database(server: TestServer, template: str | None) -> Iterator[Warehouse]:
    from zaehlbar.warehouse.connect import engine_for

    name = server.create("test", template)
    engine = engine_for(server.url(name), application_name="zaehlbar test")
    try:
        yield Warehouse(server.url(name), engine)
    finally:
        engine.dispose()
        server.drop(name)


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """pytest-xdist's name of this worker, "master" without it."""
    workerinput = getattr(request.config, "workerinput", None)
    return str(workerinput["workerid"]) if workerinput else "master"
