"""Command `zaehlbar bescheinigung`: a Teilnahmebescheinigung in the trusted zone, for the person who asks for it.

Belongs here: options, words, exit codes. A provider makes them with `zaehlbar check --bescheinigung`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from zaehlbar.check_cli import Umfang
from zaehlbar.options import JsonOption, SiteOption
from zaehlbar.terminal import fail, readable_errors

app = typer.Typer(help="Teilnahmebescheinigung für eine Person, solange ihre Lieferung im Archiv liegt.")


@app.command()
def bescheinigung(
    folder: Annotated[Path, typer.Argument(metavar="ORDNER", help="Hierhin kommen die PDF.", show_default=False)],
    person_file: Annotated[
        Path,
        typer.Option(
            "--person-file", help="Personendatei, wie bei zaehlbar person; danach gelöscht.", show_default=False
        ),
    ],
    umfang: Annotated[
        Umfang,
        typer.Option(
            "--umfang",
            help="weitergabe: nur Berufsbezogenes, ohne Stunden. voll: alles, für die eigenen Unterlagen der Person.",
        ),
    ] = Umfang.weitergabe,
    site: SiteOption = None,
    keep: Annotated[bool, typer.Option("--behalten", help="Die Personendatei nicht löschen.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Teilnahmebescheinigungen (PDF) für die Person der Personendatei schreiben, je Teilvorhabenpartner eine.

    Nur zum Aushändigen an die Person selbst, auf ihren Wunsch. Rückgabe 0: geschrieben, 1: im Archiv liegt keine
    geladene Lieferung mit der Person (der Partner kann sie mit zaehlbar check selbst ausstellen), 2: falsche Benutzung.
    """
    from zaehlbar.certificate import Extent
    from zaehlbar.certificate.document import DocumentError
    from zaehlbar.pseudonymize.keys import KeyRingError
    from zaehlbar.rights.find import PersonUnclearError
    from zaehlbar.rights.personfile import PersonFileError, read_person_file, remove_person_file
    from zaehlbar.settings import load_settings
    from zaehlbar.site import SiteError
    from zaehlbar.store import StoreError
    from zaehlbar.transmission import hand_over

    settings = load_settings()
    try:
        with readable_errors():
            person = read_person_file(person_file)
            written = hand_over(settings, site or settings.site_folder, person, folder, Extent(umfang.value))
            if not keep:
                remove_person_file(person_file)
    except (PersonFileError, PersonUnclearError, SiteError, KeyRingError) as error:
        fail(str(error.args[0]), 2)
    except (StoreError, DocumentError) as error:
        fail(str(error), 3)
    if as_json:
        # File names carry the person's number; they go to the folder, not into logs.
        typer.echo(json.dumps({"bescheinigungen": len(written.files), "ohne_name": written.ohne_name}))
    elif written.files:
        typer.echo(f"→ {len(written.files)} Bescheinigungen: {folder}")
    else:
        typer.echo("Im Archiv liegt keine geladene Lieferung, aus der eine entstehen kann. Der Partner kann sie")
        typer.echo("ausstellen: zaehlbar check --bescheinigung ORDNER DATEI …")
    raise typer.Exit(0 if written.files else 1)
