"""The version of the warehouse's schema: numbered Alembic migrations, run by program (there is no alembic.ini).

A migration `NNNN_slug` is three files in `sql/migrations/versions/`: `NNNN_slug.py` (revision ids, calls `run_script`),
`NNNN_slug.up.sql` and `NNNN_slug.down.sql`. The SQL files run as a whole, each in one transaction.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from zaehlbar import resources
from zaehlbar.warehouse.connect import raw_connection
from zaehlbar.warehouse.errors import WarehouseConfigError, WarehouseFault, describe_db_error

if TYPE_CHECKING:
    import sqlalchemy as sa
    from alembic.config import Config

CONNECTION = "connection"
"""Key under which env.py finds the open connection in the configuration's attributes."""

VERSION_TABLE = "alembic_version"
_LOCK_KEY = int.from_bytes(hashlib.sha256(b"zaehlbar migrate").digest()[:8], "big", signed=True)
_LOCK_TIMEOUT = "300s"
_NAME = re.compile(r"(?P<number>\d{4})_[a-z0-9_]+\.(?P<kind>py|up\.sql|down\.sql)")


def migrations_folder() -> Path:
    """Return the folder of the Alembic environment (env.py and versions/)."""
    return resources.folder("sql") / "migrations"


def upgrade(engine: sa.Engine, revision: str = "head", *, versions: Path | None = None) -> None:
    """Bring the schema up to `revision`. Two at once do not race: the second waits and finds the work done.

    `versions` is another folder of migrations, for tests.
    """
    from alembic import command

    with _configured(engine, versions) as config:
        command.upgrade(config, revision)


def downgrade(engine: sa.Engine, revision: str, *, versions: Path | None = None) -> None:
    """Take the schema back to `revision`; "base" removes everything. The data of what is removed is lost."""
    from alembic import command

    with _configured(engine, versions) as config:
        command.downgrade(config, revision)


def current(engine: sa.Engine) -> str | None:
    """Return the revision of the schema, None when the database has none yet."""
    from alembic.runtime.migration import MigrationContext

    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "version_table_schema": "public"}
        return MigrationContext.configure(connection, opts=options).get_current_revision()


def head(versions: Path | None = None) -> str | None:
    """Return the newest revision that this installation knows."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config(versions)).get_current_head()


def is_empty(engine: sa.Engine) -> bool:
    """Whether the warehouse holds no row in any table of ours; a migrated database without data is empty.

    Rows that migrations themselves put in do count, so migrations create structure only.
    """
    with engine.connect() as connection:
        raw = raw_connection(connection)
        rows = raw.execute(
            "SELECT format('SELECT EXISTS (SELECT FROM %%I.%%I)', n.nspname, c.relname) "
            "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind = 'r' AND c.relpersistence <> 't' "
            "AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relname <> %s "
            "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')",
            (VERSION_TABLE,),
        ).fetchall()
        return not any(raw.execute(statement.encode()).fetchone() == (True,) for (statement,) in rows)


def run_script(migration: str, direction: Literal["up", "down"]) -> None:
    """Run the SQL file beside a migration: `run_script(__file__, "up")`.

    The file goes to the server as one text without parameters, so bodies of functions, semicolons and per cent signs in
    it are nobody's business but PostgreSQL's. Raises WarehouseFault naming file and line.
    """
    import psycopg
    from alembic import op

    path = Path(migration).with_suffix(f".{direction}.sql")
    script = path.read_text(encoding="utf-8")
    try:
        raw_connection(op.get_bind()).execute(script.encode(), prepare=False)
    except psycopg.Error as error:
        position = error.diag.statement_position
        line = f", Zeile {script.count(chr(10), 0, int(position) - 1) + 1}" if position else ""
        raise WarehouseFault(f"Migration {path.name}{line}: {describe_db_error(error)}") from None


def numbering_problems(versions: Path | None = None) -> list[str]:
    """Return what is wrong with the numbers of the migrations: gaps, duplicates, missing or strange files."""
    folder = versions or migrations_folder() / "versions"
    problems: list[str] = []
    kinds: dict[str, set[str]] = {}
    for path in sorted(folder.iterdir()):
        if path.is_dir() or path.name.startswith("."):
            continue
        match = _NAME.fullmatch(path.name)
        if match is None:
            problems.append(f"{path.name}: not a migration's name (NNNN_slug.py, .up.sql, .down.sql)")
            continue
        kinds.setdefault(path.name.removesuffix("." + match["kind"]), set()).add(match["kind"])
    for slug, found in kinds.items():
        problems += [f"{slug}.{kind} is missing" for kind in ("py", "up.sql", "down.sql") if kind not in found]
    numbers = [int(slug[:4]) for slug in sorted(kinds)]
    problems += [
        f"number {number:04d} is used twice" for number in sorted({n for n in numbers if numbers.count(n) > 1})
    ]
    missing = sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers))
    problems += [f"number {number:04d} is missing" for number in missing]
    problems += _revision_problems(folder, sorted(kinds))
    return problems


def _revision_problems(folder: Path, slugs: list[str]) -> list[str]:
    """Check that each migration's ids are its own number and the one before."""
    problems = []
    for slug in slugs:
        path = folder / f"{slug}.py"
        if not path.exists():
            continue
        number = int(slug[:4])
        before = f'"{number - 1:04d}"' if number > 1 else "None"
        text = path.read_text(encoding="utf-8")
        for name, value in (("revision", f'"{number:04d}"'), ("down_revision", before)):
            if re.search(rf"^{name}\b[^=\n]*= {value}$", text, re.MULTILINE) is None:
                problems.append(f"{slug}.py: {name} must be {value}")
    return problems


def _config(versions: Path | None) -> Config:
    from alembic.config import Config

    folder = migrations_folder()
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")  # paths may have spaces and colons
    config.set_main_option("version_locations", str(versions or folder / "versions").replace("%", "%%"))
    return config


@contextmanager
def _configured(engine: sa.Engine, versions: Path | None) -> Iterator[Config]:
    """Yield the configuration with a connection that holds the migrations' lock; say what failed without values."""
    import sqlalchemy as sa
    from alembic.util import CommandError

    config = _config(versions)
    try:
        with engine.connect() as connection, _migration_lock(connection):
            config.attributes[CONNECTION] = connection
            yield config
    except CommandError as error:
        raise WarehouseConfigError(
            f"Der Stand der Datenbank passt nicht zu diesem Programm ({error}); "
            "ist die Datenbank neuer, zaehlbar aktualisieren."
        ) from None
    except sa.exc.DBAPIError as error:
        raise WarehouseFault(f"Die Migration des Warehouse ist gescheitert: {describe_db_error(error)}") from None


@contextmanager
def _migration_lock(connection: sa.Connection) -> Iterator[None]:
    """Hold a session lock across the migrations' transactions; waits for another process's migration."""
    raw = raw_connection(connection)
    raw.execute(f"SET lock_timeout = '{_LOCK_TIMEOUT}'")
    raw.execute("SELECT pg_advisory_lock(%s)", (_LOCK_KEY,))
    raw.execute("RESET lock_timeout")
    raw.commit()
    try:
        yield
    finally:
        # The connection goes back to a pool, and a session lock would go with it: close it for real.
        connection.invalidate()
