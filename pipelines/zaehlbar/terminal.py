"""What commands on the warehouse share: a connection, errors as one readable line with the documented exit code.

Belongs here: nothing that knows what a command is about. Heavy imports stay inside: the command line imports this.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from zaehlbar.settings import Settings, load_settings

if TYPE_CHECKING:
    from sqlalchemy import Connection


@contextmanager
def warehouse(purpose: str) -> Iterator[tuple[Settings, Connection]]:
    """Yield settings and a connection in one transaction, committed at the end; `purpose` is what others see of it.

    Starts the embedded server when that is the warehouse. An empty warehouse ends the command with exit code 2.
    """
    from sqlalchemy import text

    from zaehlbar.warehouse.connect import engine

    settings = load_settings()
    db = engine(settings, application_name=f"zaehlbar {purpose}")
    try:
        with db.begin() as connection:
            if connection.execute(text("select to_regclass('zahl.zaehlung') is null")).scalar_one():
                fail("Das Warehouse ist noch leer. Laden Sie zuerst: zaehlbar run", 2)
            yield settings, connection
    finally:
        db.dispose()


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turn what a person can act on into one line and an exit code; never quote values of rows."""
    from zaehlbar.warehouse.errors import WarehouseError

    try:
        yield
    except WarehouseError as error:
        fail(f"Fehler: {error}", error.exit_code)
    except ModuleNotFoundError as error:
        fail(f"Fehler: Das Modul {error.name} fehlt; zaehlbar[server] installieren.", 2)
    except OSError as error:
        fail(f"Fehler: {error.strerror or type(error).__name__}: {_shown(error.filename)}", 3)
    except Exception as error:
        # SQLAlchemy is asked by name: the base install has none, and its texts may quote rows.
        if not type(error).__module__.startswith("sqlalchemy."):
            raise
        from zaehlbar.warehouse.errors import describe_db_error

        fail(f"Die Datenbank meldet: {describe_db_error(error)}", 3)


def _shown(filename: object) -> str:
    """Return a file of this instance or its site by its path; the names of all others may be personal."""
    settings = load_settings()
    path = Path(os.fsdecode(filename)).absolute() if isinstance(filename, str | bytes) else None
    if path is None:
        return "ohne Datei"
    own = any(path.is_relative_to(folder) for folder in (settings.home, settings.site_folder))
    foreign = any(path.is_relative_to(folder) for folder in (settings.home / "work", settings.inbox, settings.outbox))
    return str(path) if own and not foreign else "eine Datei außerhalb dieser Instanz oder einer Lieferung"


def fail(message: str, code: int) -> NoReturn:
    """Print `message` to standard error and end the command with `code`."""
    typer.echo(message, err=True)
    raise typer.Exit(code) from None
