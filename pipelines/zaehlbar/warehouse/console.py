"""A small SQL prompt for machines without psql: `-c SQL` or interactive, results as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from zaehlbar.warehouse.connect import parse_url
from zaehlbar.warehouse.errors import WarehouseConfigError

_MAX_ROWS = 1000


def run(url: str, arguments: Sequence[str]) -> int:
    """Run `-c SQL` (may be repeated), or read statements up to a semicolon until end of input; return the exit code."""
    statements = _statements(arguments)
    out, err = Console(), Console(stderr=True)
    plain = parse_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True, application_name="zaehlbar psql") as connection:
        if statements:
            return 0 if all(_execute(connection, statement, out, err) for statement in statements) else 3
        err.print("Kein psql auf diesem Rechner: einfache Eingabe. Anweisungen enden mit ;  Ende mit \\q", style="dim")
        for statement in _typed():
            _execute(connection, statement, out, err)
    return 0


def _statements(arguments: Sequence[str]) -> list[str]:
    if len(arguments) % 2 or any(option not in ("-c", "--command") for option in arguments[::2]):
        raise WarehouseConfigError(
            "Ohne psql auf diesem Rechner geht nur -c SQL; für mehr das Paket postgresql-client installieren."
        )
    return list(arguments[1::2])


def _typed() -> Any:
    buffer = ""
    while True:
        try:
            line = input("zaehlbar=> " if not buffer else "zaehlbar-> ")
        except EOFError:
            return
        if line.strip() in ("\\q", "exit", "quit"):
            return
        buffer += line + "\n"
        if line.rstrip().endswith(";"):
            yield buffer
            buffer = ""


def _execute(connection: psycopg.Connection[Any], statement: str, out: Console, err: Console) -> bool:
    try:
        cursor = connection.execute(statement.encode())
    except psycopg.Error as error:
        err.print(str(error).strip(), style="red", markup=False, highlight=False)
        return False
    if cursor.description is None:
        out.print(cursor.statusmessage or "", markup=False, highlight=False)
        return True
    table = Table(*(column.name for column in cursor.description))
    for row in cursor.fetchmany(_MAX_ROWS):
        table.add_row(*("" if value is None else str(value) for value in row))
    out.print(table)
    if cursor.rowcount > _MAX_ROWS:
        out.print(f"… {cursor.rowcount - _MAX_ROWS} weitere Zeilen")
    return True
