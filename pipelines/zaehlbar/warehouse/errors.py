"""What can go wrong around the warehouse, as exceptions that say what to do, and database errors without values.

Messages are German because the command line shows them as they are. They never carry a password or a value of a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg


class WarehouseError(Exception):
    """Something around the warehouse failed; `exit_code` is that of the command line."""

    exit_code = 3


class WarehouseConfigError(WarehouseError):
    """Wrong use or configuration: a person has to change something (exit code 2)."""

    exit_code = 2


class WarehouseFault(WarehouseError):
    """A system fault: disk, process, network, server (exit code 3)."""


# SQLSTATE classes whose primary message quotes values: data exceptions, constraint violations, WITH CHECK OPTION.
_CLASSES_WITH_VALUES = frozenset({"21", "22", "23", "44"})


def describe_db_error(error: BaseException) -> str:
    """Describe a database error by SQLSTATE and names of objects, never by values of rows.

    The text of PostgreSQL quotes values (`Key (tn_nr)=(…) already exists`, `invalid input syntax for type date: "…"`),
    so it is used only for classes of errors that speak about objects, not about data. Accepts SQLAlchemy's wrapper.
    """
    import psycopg

    original = getattr(error, "orig", None) or error
    if not isinstance(original, psycopg.Error):
        return type(original).__name__
    diag = original.diag
    state = original.sqlstate
    if state is None:  # raised by the client: could not connect, connection lost
        return _client_error(original)
    parts = [f"SQLSTATE {state} ({type(original).__name__})"]
    if state[:2] not in _CLASSES_WITH_VALUES and diag.message_primary:
        parts.append(diag.message_primary)
    for label, value in (
        ("Tabelle", ".".join(filter(None, (diag.schema_name, diag.table_name)))),
        ("Spalte", diag.column_name),
        ("Bedingung", diag.constraint_name),
    ):
        if value:
            parts.append(f"{label} {value}")
    return ", ".join(parts)


def _client_error(error: psycopg.Error) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
