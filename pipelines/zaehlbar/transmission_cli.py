"""Commands `zaehlbar uebermittlung`: lists for a Jobcenter where the site turns them on, and taking lines back.

Belongs here: options, words, exit codes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from zaehlbar.options import ByOption, JsonOption, SiteOption, who
from zaehlbar.terminal import fail, readable_errors, warehouse

if TYPE_CHECKING:
    from zaehlbar.transmission import Made

app = typer.Typer(
    help=(
        "Listen zu einzelnen Personen für ein Jobcenter: nur wo die Site sie einschaltet, nur mit Einwilligung für "
        "genau diesen Empfänger, verschlüsselt und protokolliert. Verschickt wird nichts; das tut ein Mensch."
    ),
    no_args_is_help=True,
)

_Which = Annotated[str, typer.Argument(help="Nummer des Jobcenters.", metavar="JOBCENTER")]


@app.command()
def erstellen(which: _Which, by: ByOption = "", site: SiteOption = None, as_json: JsonOption = False) -> None:
    """Eine verschlüsselte Liste für ein Jobcenter erstellen und protokollieren.

    Rückgabe 0: erstellt, oder niemand steht darauf, 2: nicht eingeschaltet oder erst etwas zu tun, 3: Systemfehler.
    """
    from zaehlbar.settings import load_settings
    from zaehlbar.transmission import create_list

    settings = load_settings()
    made = _guarded(lambda: create_list(settings, site or settings.site_folder, which, who(by)))
    if as_json:
        typer.echo(json.dumps(_as_dict(made), ensure_ascii=False))
        return
    if made.datei is None:
        typer.echo("Niemand steht auf dieser Liste; es ist nichts erstellt worden.")
    else:
        typer.echo(f"Liste {made.uebermittlung_nr}: {made.zeilen} Zeilen, verschlüsselt: {made.datei}")
    if made.ohne_rohdatei:
        typer.echo(f"  Mit Einwilligung, aber ohne Lieferung im Archiv, die den Namen hat: {made.ohne_rohdatei}")
    if made.ohne_bereich:
        typer.echo(f"  Mit Einwilligung, aber ohne Teilnahme in einem Bereich der Liste: {made.ohne_bereich}")


@app.command()
def widerrufe(which: _Which, by: ByOption = "", site: SiteOption = None, as_json: JsonOption = False) -> None:
    """Dem Jobcenter melden, welche Zeilen früherer Listen zu löschen sind (Widerruf, Löschung, Einschränkung, Frist).

    Die verschlüsselte Meldung nennt Liste und Zeile, keinen Namen und keinen Grund. Rückgabe wie bei erstellen.
    """
    from zaehlbar.settings import load_settings
    from zaehlbar.transmission import create_notice

    settings = load_settings()
    made = _guarded(lambda: create_notice(settings, site or settings.site_folder, which, who(by)))
    if as_json:
        typer.echo(json.dumps(_as_dict(made), ensure_ascii=False))
    elif made.datei is None:
        typer.echo("Nichts zu melden.")
    else:
        typer.echo(f"Widerruf {made.uebermittlung_nr}: {made.zeilen} Zeilen, verschlüsselt: {made.datei}")
        typer.echo("Bitte jetzt verschicken: der Empfänger soll ohne Verzug löschen (Art. 19 DSGVO).")


@app.command()
def log(as_json: JsonOption = False) -> None:
    """Das Protokoll zeigen. Rückgabe 0: nichts offen, 1: ein Empfänger muss noch von einem Widerruf hören."""
    with readable_errors(), warehouse("uebermittlung") as (_, connection):
        from zaehlbar.transmission import sent

        entries = sent(connection)
    if as_json:
        data = [
            {
                "uebermittlung_nr": one.uebermittlung_nr,
                "art": one.art,
                "jobcenter_nr": one.jobcenter_nr,
                "erstellt_am": one.erstellt_am.isoformat(),
                "erstellt_von": one.erstellt_von,
                "anzahl": one.anzahl,
                "datei_sha256": one.datei_sha256,
                "faellig": one.faellig,
            }
            for one in entries
        ]
        typer.echo(json.dumps(data, ensure_ascii=False, indent=1))
    elif not entries:
        typer.echo("Es wurde nichts übermittelt.")
    else:
        from rich.console import Console

        from zaehlbar.status_cli import table

        rows = (
            {
                "Nr.": one.uebermittlung_nr,
                "Art": one.art,
                "Jobcenter": one.jobcenter_nr,
                "am": f"{one.erstellt_am:%d.%m.%Y %H:%M}",
                "von": one.erstellt_von,
                "Zeilen": one.anzahl,
                "zu widerrufen": one.faellig or "",
                "SHA-256": one.datei_sha256[:12],
            }
            for one in entries
        )
        Console().print(table("Übermittlungen", rows))
    due = sorted({one.jobcenter_nr for one in entries if one.faellig})
    for jobcenter_nr in due:
        typer.echo(f"Zu melden: zaehlbar uebermittlung widerrufe {jobcenter_nr}", err=as_json)
    raise typer.Exit(1 if due else 0)


def _as_dict(made: Made) -> dict[str, object]:
    return {
        "uebermittlung_nr": made.uebermittlung_nr,
        "datei": None if made.datei is None else str(made.datei),
        "zeilen": made.zeilen,
        "ohne_rohdatei": made.ohne_rohdatei,
        "ohne_bereich": made.ohne_bereich,
    }


def _guarded(action: Callable[[], Made]) -> Made:
    from zaehlbar.certificate.document import DocumentError
    from zaehlbar.pseudonymize.keys import KeyRingError
    from zaehlbar.site import SiteError
    from zaehlbar.store import StoreError
    from zaehlbar.transmission import CannotTransmit, CertificateError

    try:
        with readable_errors():
            return action()
    except (CannotTransmit, CertificateError, SiteError, KeyRingError) as error:
        fail(str(error.args[0]), 2)
    except (StoreError, DocumentError) as error:
        fail(str(error), 3)
