"""`zaehlbar warehouse …`: start, stop, look at, migrate, copy and query the warehouse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from zaehlbar.options import JsonOption
from zaehlbar.settings import Settings, load_settings
from zaehlbar.warehouse.errors import WarehouseError

_T = TypeVar("_T")

app = typer.Typer(
    name="warehouse",
    help="Die Datenbank: starten, anhalten, ansehen, aktualisieren, sichern, abfragen.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def start(as_json: JsonOption = False) -> None:
    """Den eingebauten PostgreSQL-Server starten; beim ersten Mal wird er angelegt."""

    def work(settings: Settings) -> dict[str, Any]:
        from zaehlbar.warehouse.connect import embedded_server

        server = embedded_server(settings)
        server.ensure_started()
        state = server.status()
        return {"laeuft": state.running, "port": state.port, "prozess": state.pid}

    _show(_run(work), as_json, "Der Server läuft auf 127.0.0.1, Port {port}.")


@app.command()
def stop(as_json: JsonOption = False) -> None:
    """Den eingebauten PostgreSQL-Server anhalten; die Daten bleiben."""

    def work(settings: Settings) -> dict[str, Any]:
        from zaehlbar.warehouse.connect import embedded_server

        return {"lief": embedded_server(settings).stop()}

    result = _run(work)
    _show(result, as_json, "Der Server ist angehalten." if result["lief"] else "Der Server lief nicht.")


@app.command()
def status(as_json: JsonOption = False) -> None:
    """Zeigen, welche Datenbank verwendet wird, ob sie läuft und welchen Stand ihr Schema hat. Startet nichts."""
    result = _run(_status)
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False, indent=2))
        return
    for label, value in result.items():
        if value not in (None, []):
            typer.echo(f"{label.replace('_', ' '):24} {_text(value)}")


@app.command()
def migrate(
    to: Annotated[
        str, typer.Option("--to", help="Stand des Schemas, zum Beispiel 0003; ohne Angabe der neueste.")
    ] = "head",
    as_json: JsonOption = False,
) -> None:
    """Das Schema der Datenbank auf den neuesten Stand bringen. Ältere Stände nur mit leerem Warehouse."""

    def work(settings: Settings) -> dict[str, Any]:
        from zaehlbar.warehouse import migrate as migrations
        from zaehlbar.warehouse.connect import engine
        from zaehlbar.warehouse.errors import WarehouseConfigError

        db = engine(settings, application_name="zaehlbar warehouse migrate")
        try:
            before = migrations.current(db)
            if to != "head" and before is not None and (to == "base" or to < before):
                if not migrations.is_empty(db):
                    raise WarehouseConfigError("Das Warehouse ist nicht leer; ein älterer Stand würde Daten löschen.")
                migrations.downgrade(db, to)
            else:
                migrations.upgrade(db, to)
            return {"vorher": before, "jetzt": migrations.current(db)}
        finally:
            db.dispose()

    result = _run(work)
    unchanged = result["vorher"] == result["jetzt"]
    text = f"Das Schema hat den Stand {result['jetzt'] or 'leer'}"
    _show(result, as_json, text + (", unverändert." if unchanged else f", vorher {result['vorher'] or 'leer'}."))


@app.command()
def url(
    show_password: Annotated[bool, typer.Option("--mit-kennwort", help="Das Kennwort mit ausgeben.")] = False,
) -> None:
    """Die Adresse der Datenbank ausgeben, für andere Programme; startet den eingebauten Server, wenn nötig."""

    def work(settings: Settings) -> str:
        from zaehlbar.warehouse.connect import parse_url, warehouse_url

        parsed = parse_url(warehouse_url(settings)).set(drivername="postgresql")
        return parsed.render_as_string(hide_password=not show_password)

    typer.echo(_run(work))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(context: typer.Context) -> None:
    """Die Datenbank mit psql abfragen; weitere Angaben gehen an psql, zum Beispiel -c "SELECT …"."""

    def work(settings: Settings) -> int:
        from zaehlbar.warehouse.dump import psql as run_psql

        return run_psql(settings, context.args)

    raise typer.Exit(min(_run(work), 3))


@app.command()
def dump(file: Annotated[Path, typer.Argument(help="Neue Datei für den Abzug.", metavar="DATEI")]) -> None:
    """Das ganze Warehouse in eine Datei sichern (Format von pg_dump). Sie ist so schutzwürdig wie es selbst."""

    def work(settings: Settings) -> None:
        from zaehlbar.warehouse.dump import dump as write

        write(settings, file)

    _run(work)
    typer.echo(f"Gesichert in {file} ({file.stat().st_size / 1e6:.1f} MB). Der Schlüssel ist nicht darin.")


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="Datei von 'warehouse dump'.", metavar="DATEI")]) -> None:
    """Eine Sicherung in ein leeres Warehouse zurückspielen, ganz oder gar nicht."""

    def work(settings: Settings) -> str | None:
        from zaehlbar.warehouse.dump import restore as read

        return read(settings, file)

    typer.echo(f"Zurückgespielt, Stand des Schemas {_run(work)}. Danach 'zaehlbar warehouse migrate' aufrufen.")


def _status(settings: Settings) -> dict[str, Any]:
    from zaehlbar.warehouse import migrate as migrations
    from zaehlbar.warehouse.connect import embedded_server, engine, parse_url

    result: dict[str, Any] = {}
    if settings.warehouse_url is None:
        state = embedded_server(settings).status()
        result |= {
            "server": "eingebaut",
            "angelegt": state.initialised,
            "laeuft": state.running,
            "port": state.port,
            "prozess": state.pid,
            "benutzer": state.os_user,
            "postgresql": state.major,
            "datenordner": state.data_dir and str(state.data_dir),
            "programme": state.bin_dir and str(state.bin_dir),
            "protokoll": state.log_file and str(state.log_file),
            "fruehere_datenordner": [str(path) for path in state.left_behind],
        }
        if not state.running:
            return result
    else:
        result |= {"server": parse_url(settings.warehouse_url).render_as_string(hide_password=True), "laeuft": True}
    db = engine(settings, application_name="zaehlbar warehouse status")
    try:
        return result | {"schema_stand": migrations.current(db), "schema_neuester": migrations.head()}
    finally:
        db.dispose()


def _run(work: Callable[[Settings], _T]) -> _T:
    with _readable_errors():
        return work(load_settings())


@contextmanager
def _readable_errors() -> Iterator[None]:
    """Turn expected errors into one line and an exit code."""
    try:
        yield
    except WarehouseError as error:
        typer.echo(f"Fehler: {error}", err=True)
        raise typer.Exit(error.exit_code) from None
    except ModuleNotFoundError as error:
        typer.echo(f"Fehler: Das Modul {error.name} fehlt; zaehlbar[server] installieren.", err=True)
        raise typer.Exit(2) from None
    except OSError as error:
        typer.echo(f"Fehler: {error.strerror}: {error.filename}", err=True)
        raise typer.Exit(3) from None
    except Exception as error:  # the text of unexpected errors may quote data: name the kind only
        from zaehlbar.warehouse.errors import describe_db_error

        typer.echo(f"Fehler: unerwartet, {describe_db_error(error)}", err=True)
        raise typer.Exit(3) from None


def _show(result: dict[str, Any], as_json: bool, text: str) -> None:
    typer.echo(json.dumps(result, ensure_ascii=False) if as_json else text.format(**result))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "ja" if value else "nein"
    return ", ".join(value) if isinstance(value, list) else str(value)
