"""Commands `zaehlbar keys`: which keys there are, whether they fit the warehouse, and rotating to a new one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zaehlbar.options import JsonOption
from zaehlbar.terminal import fail, readable_errors, warehouse

if TYPE_CHECKING:
    from zaehlbar.key_rotation import State

app = typer.Typer(
    help="Der Schlüsselbund: ansehen, prüfen, drehen. Ein Schlüssel selbst wird nie gezeigt.", no_args_is_help=True
)

_NewRing = Annotated[
    Path | None,
    typer.Option(
        "--new-ring",
        help="Nur den um einen Schlüssel längeren Bund in diese neue Datei schreiben (0600), für Vault und andere.",
        dir_okay=False,
    ),
]


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """Die Schlüssel zeigen: Kennung, Tag, Platz in der Kette, welchen das Warehouse verwendet."""
    with _errors():
        found = _state()
        if found.ring is None:
            fail(f"Fehler: {found.problems[0]}", 2)
        rows = _rows(found)
    if as_json:
        typer.echo(
            json.dumps({"quelle": found.where, "schluessel": rows, "hinweise": found.problems}, ensure_ascii=False)
        )
        return
    typer.echo(f"Quelle: {found.where}")
    for row in rows:
        typer.echo(
            f"{row['kette_nr']:>3}. {row['schluessel_id']:<6} vom {row['erzeugt'] or 'unbekannt'}   {row['zustand']}"
        )
    for problem in found.problems:
        typer.echo(problem)


@app.command()
def verify(as_json: JsonOption = False) -> None:
    """Prüfen, ob Bund und Warehouse zusammenpassen. Rückgabe 0: alles in Ordnung, 1: etwas ist zu tun."""
    with _errors():
        found = _state()
    if as_json:
        answer = {
            "ok": not found.problems,
            "quelle": found.where,
            "aktiv": found.active,
            "token_zeilen": {table: sum(by_key.values()) for table, by_key in found.rows.items()},
            "befunde": found.problems,
        }
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        for problem in found.problems:
            typer.echo(problem)
        if not found.problems:
            total = sum(sum(by_key.values()) for by_key in found.rows.values())
            typer.echo(
                f"In Ordnung: {found.where} passt zum Warehouse; aktiv ist {found.active or 'noch keiner'}, "
                f"{total} Zeilen mit Token sind alle damit gebildet."
            )
    raise typer.Exit(1 if found.problems else 0)


@app.command()
def rotate(new_ring: _NewRing = None, as_json: JsonOption = False) -> None:
    """Auf einen neuen Schlüssel drehen, oder eine begonnene Drehung zu Ende bringen. Namen braucht es dazu nicht."""
    from zaehlbar import key_rotation
    from zaehlbar.settings import load_settings

    with _errors():
        settings = load_settings()
        if new_ring is not None:
            ring = key_rotation.new_ring(settings, new_ring.absolute())
            _told(as_json, {"datei": str(new_ring), "schluessel": list(ring.key_ids)}, _how_to_store(new_ring))
            return
        done = key_rotation.rotate(settings, lambda table: None if as_json else typer.echo(f"{table} …", err=True))
    what = f"Gedreht von {done.from_id} auf {done.to_id}" if done.rows else f"Die Drehung auf {done.to_id} ist beendet"
    lines = [
        f"{what}: {sum(done.rows.values())} Zeilen mit Token, {done.resealed} Dateien im Archiv neu verschlüsselt."
    ]
    if done.refused:
        lines.append(
            "Der Server erlaubt dieser Rolle nicht, alle Spuren zu beseitigen. Seine Verwaltung führt aus: "
            + "; ".join(done.refused)
        )
    lines.append("Alte Abzüge und Sicherungen des Servers tragen noch die alten Token: löschen, wenn neue da sind.")
    lines.append("Den neuen Schlüsselbund sichern, getrennt vom Warehouse.")
    _told(as_json, asdict(done), "\n".join(lines))


def _how_to_store(path: Path) -> str:
    return (
        f"Der neue Schlüsselbund steht in {path}. Seinen Inhalt in den Geheimnisspeicher legen (anstelle des alten), "
        "die Datei löschen, dann: zaehlbar keys rotate"
    )


def _told(as_json: bool, answer: dict[str, Any], sentence: str) -> None:
    typer.echo(json.dumps(answer, ensure_ascii=False) if as_json else sentence)


def _state() -> State:
    with warehouse("keys") as (settings, connection):
        from zaehlbar import key_rotation
        from zaehlbar.warehouse import migrate

        if migrate.current(connection.engine) != migrate.head():
            fail("Das Schema des Warehouse ist nicht auf dem neuesten Stand. Zuerst: zaehlbar warehouse migrate", 2)
        return key_rotation.state(connection, settings)


def _rows(found: State) -> list[dict[str, Any]]:
    assert found.ring is not None
    known = {key.schluessel_id: key for key in found.known}
    active = found.active
    rows = []
    for number, key_id in enumerate(found.ring.key_ids, start=1):
        created = found.ring.created(key_id)
        if key_id == active:
            condition = "aktiv im Warehouse"
        elif key_id in known or not known:
            condition = "Glied der Kette" if known else "vom Warehouse noch nicht verwendet"
        else:
            condition = "Drehung darauf steht aus"
        since = known[key_id].aktiv_seit if key_id in known else None
        rows.append(
            {
                "schluessel_id": key_id,
                "erzeugt": created.isoformat() if created else None,
                "kette_nr": number,
                "aktiv": key_id == active,
                "aktiv_seit": since.isoformat(timespec="seconds") if since else None,
                "zustand": condition,
            }
        )
    return rows


@contextmanager
def _errors() -> Iterator[None]:
    from zaehlbar.pseudonymize.keys import KeyRingError

    with readable_errors():
        try:
            yield
        except KeyRingError as error:
            fail(f"Fehler: {error.args[0]}", 2)
