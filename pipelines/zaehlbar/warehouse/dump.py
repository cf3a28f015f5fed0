"""Copies of the warehouse: dump into one file, restore from it, and PostgreSQL's own prompt.

The file is an ordinary archive of pg_dump (custom format), so that any PostgreSQL administrator can use it without us.
It holds everything the warehouse holds: treat it like the warehouse. The key file and the raw files are not in it.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zaehlbar.warehouse import clients, migrate
from zaehlbar.warehouse.connect import WarehouseSettings, engine_for, raw_connection
from zaehlbar.warehouse.errors import WarehouseConfigError, WarehouseFault

if TYPE_CHECKING:
    import sqlalchemy as sa

_ROLES = re.compile(
    r'^(?:GRANT .* TO|REVOKE .* FROM|ALTER DEFAULT PRIVILEGES FOR ROLE) (?P<role>"(?:[^"]|"")+"|\w+)', re.MULTILINE
)


def dump(settings: WarehouseSettings, path: Path) -> None:
    """Write the whole warehouse into the new file `path` (mode 0600), wholly or not at all."""
    if path.exists():
        raise WarehouseConfigError(f"{path} gibt es schon; einen anderen Namen wählen.")
    if not path.absolute().parent.is_dir():
        raise WarehouseConfigError(f"Den Ordner {path.absolute().parent} gibt es nicht.")
    where = clients.target(settings)
    program = clients.require_client("pg_dump", settings, where)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        os.close(
            os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        )  # pg_dump keeps the mode of a file that exists
        done = subprocess.run(
            [
                str(program),
                "--format=custom",
                "--no-owner",
                "--no-password",
                f"--file={part.absolute()}",
                f"--dbname={where.conninfo}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=where.environment,
            check=False,
        )
        if done.returncode:
            raise WarehouseFault(f"pg_dump ist gescheitert: {_first_error(done.stderr)}")
        part.rename(path)
    except OSError as error:
        raise WarehouseFault(f"{path} lässt sich nicht schreiben: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)


def restore(settings: WarehouseSettings, path: Path) -> str | None:
    """Fill an empty warehouse from a file of `dump`, in one transaction; return the revision of its schema.

    A database that has been migrated but holds no row counts as empty, its schema is replaced. Roles that the file
    grants rights to and that the server lacks are made, without login. The file must come from a source you trust: it
    runs as SQL.
    """
    if not path.is_file():
        raise WarehouseConfigError(f"Die Datei {path} gibt es nicht.")
    where = clients.target(settings)
    program = clients.require_client("pg_restore", settings, where)
    revision = _revision_in(program, path)
    known = migrate.head()
    if revision is not None and known is not None and revision > known:
        raise WarehouseConfigError(
            f"{path} hat den Stand {revision}, dieses Programm kennt nur {known}: zaehlbar aktualisieren."
        )
    engine = engine_for(where.url, application_name="zaehlbar warehouse restore")
    try:
        if not migrate.is_empty(engine):
            raise WarehouseConfigError(
                "Das Warehouse ist nicht leer; zurückgespielt wird nur in ein leeres. "
                "Ein neues ZAEHLBAR_HOME oder eine neue Datenbank verwenden."
            )
        if migrate.current(engine) is not None:
            migrate.downgrade(engine, "base")
        with engine.begin() as connection:
            _make_roles(connection, _grantees(program, path))
            raw_connection(connection).execute("DROP TABLE IF EXISTS public.alembic_version")
        arguments = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-password"]
        done = subprocess.run(
            [str(program), *arguments, f"--dbname={where.conninfo}", str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=where.environment,
            check=False,
        )
        if done.returncode:
            raise WarehouseFault(
                f"Zurückspielen gescheitert, das Warehouse ist leer geblieben: {_first_error(done.stderr)}"
            )
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            raw_connection(connection).execute("ANALYZE")
        return revision
    finally:
        engine.dispose()


def psql(settings: WarehouseSettings, arguments: Sequence[str] = ()) -> int:
    """Run psql on the warehouse with this process's terminal and further arguments; return its exit code.

    Without a fitting psql on this machine, a small prompt of our own serves (see `console`).
    """
    where = clients.target(settings)
    program = clients.find_client("psql", settings, where)
    if program is None:
        from zaehlbar.warehouse.console import run

        return run(where.url, arguments)
    return subprocess.run([str(program), where.conninfo, *arguments], env=where.environment, check=False).returncode


def _revision_in(program: Path, path: Path) -> str | None:
    """Return the schema's revision from the archive's copy of alembic_version."""
    text = _extract(program, path, "--data-only", f"--table={migrate.VERSION_TABLE}")
    match = re.search(r"^COPY .*;\n(?P<revision>\w+)$", text, re.MULTILINE)
    if match is None:
        raise WarehouseConfigError(
            f"{path} ist kein Abzug eines Warehouse: die Tabelle {migrate.VERSION_TABLE} fehlt darin."
        )
    return match["revision"]


def _grantees(program: Path, path: Path) -> set[str]:
    found = {match["role"] for match in _ROLES.finditer(_extract(program, path, "--schema-only", "--no-owner"))}
    names = {role[1:-1].replace('""', '"') if role.startswith('"') else role for role in found}
    return names - {"PUBLIC"}


def _extract(program: Path, path: Path, *arguments: str) -> str:
    command = [str(program), *arguments, "--file=-", str(path)]
    done = subprocess.run(command, capture_output=True, env=clients.bare_environment(), check=False)
    if done.returncode:
        raise WarehouseConfigError(f"{path} ist kein lesbarer Abzug: {_first_error(done.stderr)}")
    return done.stdout.decode(errors="replace")


def _make_roles(connection: sa.Connection, names: set[str]) -> None:
    from psycopg import sql

    raw = raw_connection(connection)
    present = {name for (name,) in raw.execute("SELECT rolname FROM pg_roles").fetchall()}
    for name in sorted(names - present):
        raw.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))


def _first_error(stderr: bytes) -> str:
    """The first error's own line; the lines after it (DETAIL, CONTEXT, the command) may quote rows."""
    lines = [line for line in stderr.decode(errors="replace").splitlines() if "error" in line.lower()]
    line = lines[0] if lines else "ohne Meldung"
    return re.sub(r'(invalid input[^:]*): ".*', r"\1", line)
