"""PostgreSQL's own client programs (pg_dump, pg_restore, psql): which fits the server, and how it gets the password.

The password goes by the environment, never by an argument that every user of the machine can read.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from zaehlbar.warehouse.connect import WarehouseSettings, parse_url, warehouse_url
from zaehlbar.warehouse.errors import WarehouseConfigError, WarehouseFault
from zaehlbar.warehouse.placement import program_version, wheel_folder

if TYPE_CHECKING:
    import sqlalchemy as sa

# What psql's terminal, pager and editor, libpq, Kerberos and TLS look at, and what Windows needs to start anything.
_PASSED_ON = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "USERNAME", "SHELL", "TMPDIR", "TEMP", "TMP", "TZ", "LANG", "LANGUAGE"),
        *("TERM", "TERMINFO", "COLUMNS", "LINES", "COLORTERM", "NO_COLOR", "DISPLAY", "INPUTRC"),
        *("PAGER", "LESS", "LESSCHARSET", "EDITOR", "VISUAL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "KRB5CCNAME", "KRB5_CONFIG", "KRB5_KTNAME"),
        *("SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "APPDATA", "LOCALAPPDATA", "USERPROFILE"),
    }
)
_PASSED_ON_PREFIXES = ("LC_", "PG", "PSQL_")
_NEEDS_TLS = frozenset({"require", "verify-ca", "verify-full"})


@dataclass(frozen=True, slots=True)
class Target:
    """A database as client programs are told about it: `conninfo` without password, and the environment with it."""

    url: str = field(repr=False)
    conninfo: str
    environment: dict[str, str] = field(repr=False)
    server_major: int
    needs_tls: bool


def target(settings: WarehouseSettings) -> Target:
    """Return the warehouse as a target for client programs; starts the embedded server when needed."""
    import psycopg
    from psycopg.conninfo import make_conninfo

    text = warehouse_url(settings)
    url = parse_url(text)
    options = _options(url)
    password = options.pop("password", None)
    if any("password" in name for name in options):
        raise WarehouseConfigError(
            "Ein Kennwort für den TLS-Schlüssel in der Adresse des Warehouse wird nicht unterstützt."
        )
    environment = bare_environment()
    if password is not None:
        environment["PGPASSWORD"] = password
    environment |= {"PGAPPNAME": "zaehlbar warehouse", "PGTZ": "Europe/Berlin"}
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(plain, connect_timeout=15) as connection:
            major = connection.info.server_version // 10_000
    except psycopg.OperationalError as error:
        raise WarehouseFault(f"Das Warehouse ist nicht erreichbar: {str(error).splitlines()[0]}") from None
    return Target(text, make_conninfo("", **options), environment, major, options.get("sslmode") in _NEEDS_TLS)


def bare_environment() -> dict[str, str]:
    """Return what PostgreSQL's programs may know of this process's environment.

    A list of what they need, not of what they must not see: a key ring or another secret may stand there by any name.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if name.upper() in _PASSED_ON or (name.upper().startswith(_PASSED_ON_PREFIXES) and name != "PGPASSWORD")
    }


def find_client(name: str, settings: WarehouseSettings, where: Target) -> Path | None:
    """Return a client program whose major version is at least the server's; None when there is none.

    Those of the wheel cannot speak TLS and are left out when the address asks for it.
    """
    for program, from_wheel in _candidates(name, settings):
        if from_wheel and where.needs_tls:
            continue
        try:
            if int(program_version(program).split(".")[0]) >= where.server_major:
                return program
        except (WarehouseConfigError, WarehouseFault):
            continue
    return None


def require_client(name: str, settings: WarehouseSettings, where: Target) -> Path:
    """Return a client program as `find_client`, or raise WarehouseConfigError that says how to get one."""
    program = find_client(name, settings, where)
    if program is None:
        tls = " mit TLS" if where.needs_tls else ""
        raise WarehouseConfigError(
            f"Kein {name}{tls} der Version {where.server_major} oder neuer gefunden: das Paket postgresql-client "
            "installieren oder ZAEHLBAR_PG_BIN auf einen Ordner mit diesen Programmen setzen."
        )
    return program


def _candidates(name: str, settings: WarehouseSettings) -> Iterator[tuple[Path, bool]]:
    wheel = wheel_folder()
    on_path = shutil.which(name)
    folders = [(settings.pg_bin, False), (wheel, True), (Path(on_path).parent if on_path else None, False)]
    if settings.warehouse_url is not None:  # somebody else's server: their own client programs first
        folders[1:] = reversed(folders[1:])
    for folder, from_wheel in folders:
        found = shutil.which(name, path=str(folder)) if folder else None
        if found:
            yield Path(found), from_wheel


def _options(url: sa.URL) -> dict[str, str]:
    parts = {"host": url.host, "port": url.port, "user": url.username, "password": url.password, "dbname": url.database}
    options = {name: str(value) for name, value in parts.items() if value is not None}
    options |= {name: value if isinstance(value, str) else ",".join(value) for name, value in url.query.items()}
    return options
