"""The way into the warehouse: which server, an SQLAlchemy engine for it, and the plain psycopg connection for COPY.

Everything else works the same on the embedded server and on a PostgreSQL that a Kommune already runs.
Passwords appear in no error text and no repr made here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from zaehlbar.warehouse.errors import WarehouseConfigError, WarehouseFault, describe_db_error

if TYPE_CHECKING:
    import psycopg
    import sqlalchemy as sa

    from zaehlbar.warehouse.embedded import EmbeddedServer

MINIMUM_VERSION = 16
_DRIVER = "postgresql+psycopg"
# The same answers on every server: months and days are those of the Vorhaben, whatever the server's own setting.
_SESSION = "SET TIME ZONE 'Europe/Berlin'; SET jit = off"


class WarehouseSettings(Protocol):
    """The part of the settings that the warehouse needs."""

    @property
    def home(self) -> Path: ...
    @property
    def warehouse_url(self) -> str | None: ...
    @property
    def pg_bin(self) -> Path | None: ...
    @property
    def pg_user(self) -> str | None: ...


def embedded_server(settings: WarehouseSettings) -> EmbeddedServer:
    """Return the embedded server of this instance, not yet started.

    Raises WarehouseConfigError when ZAEHLBAR_WAREHOUSE_URL names another server: nothing to start or stop then.
    """
    from zaehlbar.warehouse.embedded import EmbeddedServer

    if settings.warehouse_url is not None:
        raise WarehouseConfigError(
            "ZAEHLBAR_WAREHOUSE_URL nennt einen anderen Server; den eingebauten gibt es dann nicht "
            "zu starten oder anzuhalten."
        )
    return EmbeddedServer(settings.home, settings.pg_bin, os_user=settings.pg_user)


def warehouse_url(settings: WarehouseSettings) -> str:
    """Return the warehouse's SQLAlchemy URL, password included; starts the embedded server when that is the one."""
    if settings.warehouse_url is None:
        return embedded_server(settings).ensure_started()
    return parse_url(settings.warehouse_url).render_as_string(hide_password=False)


def engine(settings: WarehouseSettings, *, application_name: str = "zaehlbar") -> sa.Engine:
    """Return an engine for the warehouse, having connected once to check the server's version.

    `application_name` is what others see of this process (who holds the load lock, pg_stat_activity).
    """
    return engine_for(warehouse_url(settings), application_name=application_name)


def engine_for(url: str, *, application_name: str = "zaehlbar") -> sa.Engine:
    """Return an engine for a URL, as `engine` does. Raises WarehouseConfigError or WarehouseFault, never quoting it."""
    import sqlalchemy as sa

    result = sa.create_engine(
        parse_url(url),
        pool_pre_ping=True,
        hide_parameters=True,  # SQLAlchemy would quote the values of rows in its error texts
        connect_args={"application_name": application_name, "connect_timeout": 15},
    )
    sa.event.listen(result, "connect", _prepare_session)
    try:
        with result.connect() as connection:
            _check_version(raw_connection(connection))
    except sa.exc.DBAPIError as error:
        result.dispose()
        raise WarehouseFault(f"Das Warehouse ist nicht erreichbar: {describe_db_error(error)}") from None
    except BaseException:
        result.dispose()
        raise
    return result


def raw_connection(connection: sa.Connection) -> psycopg.Connection[Any]:
    """Return the psycopg connection below an SQLAlchemy connection, for COPY; it shares the transaction."""
    import psycopg

    raw = connection.connection.driver_connection
    if not isinstance(raw, psycopg.Connection):
        raise TypeError(f"expected a psycopg connection, got {type(raw).__name__}")
    return raw


def parse_url(url: str) -> sa.URL:
    """Parse a PostgreSQL URL and set the driver to psycopg; errors never quote the URL, it holds a password."""
    import sqlalchemy as sa

    advice = "ZAEHLBAR_WAREHOUSE_URL als postgresql://BENUTZER:KENNWORT@RECHNER:PORT/DATENBANK schreiben"
    try:
        parsed = sa.make_url(url)
        if "@" in (parsed.host or ""):  # an unencoded @ in the password: the host now holds a part of it
            raise ValueError
    except (sa.exc.ArgumentError, ValueError):
        raise WarehouseConfigError(
            f"Die Adresse des Warehouse ist nicht lesbar; {advice}, Sonderzeichen %-kodiert."
        ) from None
    if parsed.drivername.split("+")[0] not in ("postgres", "postgresql"):
        raise WarehouseConfigError(f"Das Warehouse muss ein PostgreSQL sein, nicht {parsed.drivername!r}; {advice}.")
    if not parsed.database:
        raise WarehouseConfigError(f"Der Adresse des Warehouse fehlt die Datenbank; {advice}.")
    return parsed.set(drivername=_DRIVER)


def _prepare_session(raw: psycopg.Connection[Any], _record: object) -> None:
    raw.execute(_SESSION)
    raw.commit()  # else the settings would go with the first rollback


def _check_version(raw: psycopg.Connection[Any]) -> None:
    version = raw.info.server_version // 10_000
    if version < MINIMUM_VERSION:
        raise WarehouseConfigError(
            f"Der Server des Warehouse ist PostgreSQL {version}; gebraucht wird mindestens {MINIMUM_VERSION}. "
            "Den Server aktualisieren oder ZAEHLBAR_WAREHOUSE_URL weglassen, um den eingebauten zu verwenden."
        )
