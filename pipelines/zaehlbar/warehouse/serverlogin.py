"""Logging in to the embedded server, and the role and database that everything else works with."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from zaehlbar.warehouse.errors import WarehouseFault
from zaehlbar.warehouse.serverstate import FILE_NAME, ServerState

if TYPE_CHECKING:
    import psycopg

_WAIT_SECONDS = 600.0  # recovery after a crash may have to replay much


class NotListening(WarehouseFault):
    """Nobody answers at the server's address."""


def connect(state: ServerState, user: str, password: str, database: str) -> psycopg.Connection[Any]:
    """Return an autocommit connection, waiting while the server is starting up or recovering.

    Raises NotListening when nobody answers, WarehouseFault when the server refuses.
    """
    import psycopg

    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            return psycopg.connect(
                host="127.0.0.1",
                port=state.port,
                user=user,
                password=password,
                dbname=database,
                connect_timeout=10,
                autocommit=True,
                application_name="zaehlbar warehouse",
            )
        except psycopg.OperationalError as error:
            text = str(error).strip().splitlines()[0]
        if "FATAL:" not in text:  # the server's own messages are in English (lc_messages)
            raise NotListening(f"Der eingebaute PostgreSQL-Server antwortet nicht: {text}")
        passing = "starting up" in text or "in recovery" in text
        if not passing or time.monotonic() > deadline:
            advice = f"; {FILE_NAME} gehört nicht zu diesen Daten" if "password authentication" in text else ""
            raise WarehouseFault(f"Der eingebaute PostgreSQL-Server nimmt die Verbindung nicht an: {text}{advice}")
        time.sleep(0.1)


def create_role_and_database(connection: psycopg.Connection[Any], state: ServerState) -> None:
    """Create the loader's role: owner of the database, may make the roles of the migrations, no superuser."""
    from psycopg import sql

    # Only the hash goes to the server: a statement's text could be seen in pg_stat_activity.
    verifier = connection.pgconn.encrypt_password(
        state.password.encode(), state.user.encode(), b"scram-sha-256"
    ).decode()
    role, database = sql.Identifier(state.user), sql.Identifier(state.database)
    connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}").format(role, sql.Literal(verifier)))
    connection.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(database, role))
