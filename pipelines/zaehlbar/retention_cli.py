"""Commands `zaehlbar retention`: see in advance what is deleted, delete what is due, hold for an audit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zaehlbar.dates import today
from zaehlbar.options import ByOption, JsonOption, ReasonOption, SiteOption, who
from zaehlbar.terminal import fail, readable_errors, warehouse

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from zaehlbar.retention.ahead import Ahead
    from zaehlbar.site import Site

app = typer.Typer(
    help="Aufbewahrung: was wann gelöscht wird, Fälliges löschen, für eine Prüfung sperren.", no_args_is_help=True
)

_KINDS = {
    "teilnahmen": "Teilnahmen",
    "identitaeten": "Identitäten ganz",
    "ohne_einwilligung": "Identitäten, Einwilligung endet",
    "rohdateien": "Rohdateien (Lieferungen)",
}


@app.command("list")
def list_(
    days: Annotated[int, typer.Option("--tage", min=0, help="So viele Tage voraus.")] = 30,
    site: SiteOption = None,
    as_json: JsonOption = False,
) -> None:
    """Zeigen, was gelöscht wird, was gesperrt ist und was kein Ende hat: Anzahlen, nie Personen.

    Rückgabe 0: alles hat seine Frist, 1: etwas braucht eine Entscheidung, 3: Systemfehler.
    """
    with _errors(), warehouse("retention list") as (settings, connection):
        from zaehlbar.retention.ahead import ahead

        found = ahead(connection, _site_of(connection, site or settings.site_folder), today(), days)
    if as_json:
        typer.echo(json.dumps(_as_dict(found), ensure_ascii=False, indent=2, default=date.isoformat))
    else:
        _show(found)
    raise typer.Exit(1 if found.needs_a_person else 0)


@app.command()
def run(site: SiteOption = None, as_json: JsonOption = False) -> None:
    """Löschen, was fällig ist, und danach neu zählen (wie der DAG `retention`).

    Rückgabe 0: erledigt, 2: falsche Einstellung, 3: Systemfehler.
    """
    from zaehlbar.settings import load_settings

    settings = load_settings()
    with _errors():
        from zaehlbar import retention

        done = retention.run(settings, (site or settings.site_folder).absolute(), today())
    if as_json:
        typer.echo(json.dumps(_done(done), ensure_ascii=False, default=date.isoformat))
        return
    expired = done.persons.expired
    typer.echo(
        f"Gelöscht: {expired.participations} Teilnahmen mit {expired.units} Aktivitäten und Schritten, "
        f"{expired.identities} Identitäten ganz; {done.persons.consents} Identitäten ohne Einwilligung; Rohdateien von "
        f"{done.raw.deliveries} Lieferungen ({done.raw.inbox_files} Dateien im Eingang), {done.raw.leftovers} Reste."
    )
    if done.lauf_id is not None:
        typer.echo(f"Neu gezählt in Lauf {done.lauf_id}.")


@app.command()
def hold(
    reason: ReasonOption,
    vorhaben: Annotated[str | None, typer.Option("--vorhaben", help="Nur dieses Vorhaben; sonst alles.")] = None,
    tvp: Annotated[str | None, typer.Option("--tvp", help="Nur diesen Partner des Vorhabens.")] = None,
    until: Annotated[str | None, typer.Option("--bis", help="Letzter Tag JJJJ-MM-TT; sonst bis zum Aufheben.")] = None,
    by: ByOption = "",
    site: SiteOption = None,
    as_json: JsonOption = False,
) -> None:
    """Für eine Prüfung sperren: Was darunter fällt, löscht die Aufbewahrung nicht.

    Widerruf und Löschung (Art. 17 DSGVO) hält eine Sperre nicht auf: Ob Art. 17 Abs. 3 entgegensteht, entscheidet ein
    Mensch. Rückgabe 0: gesperrt, 2: so nicht möglich.
    """
    with _errors(), warehouse("retention hold") as (settings, connection):
        from zaehlbar.retention import holds

        number = holds.hold(
            connection,
            _site_of(connection, site or settings.site_folder),
            vorhaben_id=vorhaben,
            tvp_id=tvp,
            until=_day(until),
            by=who(by),
            reason=reason,
            today=today(),
        )
    typer.echo(json.dumps({"sperre_nr": number}) if as_json else f"Sperre {number} gilt.")


@app.command()
def release(
    number: Annotated[int, typer.Argument(help="Nummer der Sperre.", metavar="NR")],
    reason: ReasonOption,
    by: ByOption = "",
    as_json: JsonOption = False,
) -> None:
    """Eine Sperre aufheben; Überfälliges geht mit dem nächsten Lauf. Rückgabe 0: aufgehoben, 2: keine solche Sperre."""
    with _errors(), warehouse("retention release") as (_, connection):
        from zaehlbar.retention import holds

        found = holds.release(connection, number, by=who(by), reason=reason, today=today())
    typer.echo(json.dumps({"sperre_nr": number}) if as_json else f"Sperre {number} ({found.scope}) ist aufgehoben.")


@contextmanager
def _errors() -> Iterator[None]:
    """Turn what a person can act on into one line and the documented exit code."""
    with readable_errors():
        from zaehlbar.categorize import RulesChanged
        from zaehlbar.hardening import Fault
        from zaehlbar.nightly import NightFailed
        from zaehlbar.pseudonymize.keys import KeyRingError
        from zaehlbar.retention.holds import CannotHold
        from zaehlbar.site import SiteError
        from zaehlbar.store import StoreError

        try:
            yield
        except (SiteError, RulesChanged, KeyRingError, CannotHold) as error:
            fail(str(error.args[0]), 2)
        except (NightFailed, StoreError, Fault) as error:
            fail(str(error), 3)


def _site_of(connection: Connection, folder: Path) -> Site:
    """Return the site whose periods hold for this warehouse; another one's would tell and keep the wrong things."""
    from zaehlbar.nightly import refuse_other_site
    from zaehlbar.site import load_site

    site = load_site(folder)
    refuse_other_site(connection, site)
    return site


def _day(value: str | None) -> date | None:
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError:
        fail(f"--bis erwartet JJJJ-MM-TT, nicht {value!r}", 2)


def _done(done: Any) -> dict[str, Any]:
    return {
        "heute": done.today,
        "teilnahmen": done.persons.expired.participations,
        "aktivitaeten_und_schritte": done.persons.expired.units,
        "identitaeten": done.persons.expired.identities,
        "ohne_einwilligung": done.persons.consents,
        "rohdateien": done.raw.deliveries,
        "eingang_dateien": done.raw.inbox_files,
        "reste": done.raw.leftovers,
        "lauf": done.lauf_id,
    }


def _as_dict(found: Ahead) -> dict[str, Any]:
    return {
        "heute": found.heute,
        "bis": found.bis,
        "fristen": dict(found.fristen),
        "loeschungen": [asdict(item) for item in found.loeschungen],
        "sperren": [{**asdict(item), "gesperrt_am": item.gesperrt_am.isoformat()} for item in found.sperren],
        "offen": {
            "lieferungen": [asdict(item) for item in found.lieferungen],
            "teilnahmen_ohne_austritt": [asdict(item) for item in found.teilnahmen],
        },
    }


def _show(found: Ahead) -> None:
    from rich.console import Console

    from zaehlbar.status_cli import table

    console = Console()
    months = found.fristen["person_monate"]
    period = f"{months} Monate nach Austritt" if months is not None else "ohne Frist"
    console.print(
        f"Personenzeilen: {period}; Rohdateien: {found.fristen['roh_tage']} Tage nach Annahme oder Ablehnung.",
        highlight=False,
    )
    going = [
        {
            "Tag": "beim nächsten Lauf" if item.tag == found.heute else f"{item.tag:%d.%m.%Y}",
            "Was": _KINDS[item.art],
            "Anzahl": item.anzahl,
            "gehalten": item.gehalten,
        }
        for item in found.loeschungen
    ]
    if going:
        console.print(table(f"Löschungen bis {found.bis:%d.%m.%Y}", going))
    else:
        console.print(f"Bis {found.bis:%d.%m.%Y} wird nichts gelöscht.", highlight=False)
    if found.sperren:
        console.print(
            table("Sperren (Aufheben: zaehlbar retention release NR --grund TEXT)", map(_hold, found.sperren))
        )
    for item in found.lieferungen:
        state = "wartet auf eine Entscheidung" if item.status == "angehalten" else f"ist {item.status}"
        console.print(
            f"Lieferung {item.lieferung_nr} {state} seit {item.tage} Tagen; ihre Rohdateien bleiben bis dahin.",
            highlight=False,
        )
    for row in found.teilnahmen:
        console.print(
            f"{row.vorhaben_id} {row.tvp_id}: {row.anzahl} Teilnahmen ohne Austritt, obwohl das Vorhaben am "
            f"{row.vorhaben_bis:%d.%m.%Y} endete. Den Partner um den Austritt bitten: Ohne ihn endet keine Frist.",
            highlight=False,
        )


def _hold(item: Any) -> dict[str, object]:
    return {
        "Nr.": item.sperre_nr,
        "Umfang": item.scope,
        "seit": f"{item.gesperrt_am:%d.%m.%Y}",
        "bis": f"{item.gueltig_bis:%d.%m.%Y}" if item.gueltig_bis else "auf Weiteres",
        "von": item.gesperrt_von,
        "Grund": item.grund,
    }
