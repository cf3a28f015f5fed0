"""Command `zaehlbar offers`: the Angebotsblätter, and the offers as data for a Jobcenter's intranet."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zaehlbar.options import JsonOption
from zaehlbar.terminal import fail, readable_errors, warehouse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zaehlbar.publish.offers.content import Offers

app = typer.Typer()


class Format(StrEnum):
    """What is written; the same as `publish.offers.files.Format`, which is heavy to import."""

    html = "html"
    pdf = "pdf"
    csv = "csv"
    json = "json"


@app.command("offers")
def offers(
    quartier: Annotated[
        str | None, typer.Option("--quartier", help="Nur das Blatt dieses Quartiers.", metavar="QUARTIER")
    ] = None,
    jobcenter: Annotated[
        str | None, typer.Option("--jobcenter", help="Nur die Blätter dieses Jobcenters, fünf Ziffern.", metavar="NR")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Zielordner; sonst ZAEHLBAR_OFFERS.", metavar="ORDNER")
    ] = None,
    formats: Annotated[list[Format] | None, typer.Option("--format", help="Nur dies; mehrfach möglich.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Angebotsblätter schreiben: was es im Quartier gibt, für wen, wann, ob Plätze frei sind, wen man anruft.

    Keine Personen und keine internen Zahlen: darf an Jobcenter. Ohne Auswahl wird der Ordner auf den heutigen Stand
    gebracht, und was kein Angebot mehr hat, gelöscht.
    Rückgabe 0: auf dem Stand, 1: Angebote stehen auf keinem Blatt, weil ihr Vorhaben kein Quartier hat, 2: Quartier
    oder Jobcenter unbekannt, 3: Systemfehler.
    """
    if quartier and jobcenter:
        fail("Bitte --quartier oder --jobcenter, nicht beides.", 2)
    with readable_errors(), warehouse("offers") as (settings, connection):
        from zaehlbar.certificate.document import DocumentError
        from zaehlbar.dates import today
        from zaehlbar.publish.offers.content import fetch_offers

        found = fetch_offers(connection, today())
        folder = (out or settings.offers).absolute()
        try:
            written = _write(found, quartier, jobcenter, folder, None if out is None and not formats else formats or [])
        except DocumentError as error:
            fail(str(error), 3)
    unplaced = [f"{offer.vorhaben_id} {offer.tvp_id} {offer.angebot_id}" for offer in found.unplaced]
    if as_json:
        values = {
            "ordner": str(folder),
            "dateien": sorted(path.relative_to(folder).as_posix() for path in written),
            "blaetter": len(found.sheets),
            "ohne_blatt": unplaced,
        }
        typer.echo(json.dumps(values, ensure_ascii=False, indent=2))
    else:
        typer.echo(f"{len(written)} Dateien geändert: {folder}" if written else f"Alles auf dem Stand: {folder}")
        for one in unplaced:
            typer.echo(f"Auf keinem Blatt, weil das Vorhaben in vorhaben.yaml kein Quartier hat: {one}", err=True)
    raise typer.Exit(1 if unplaced else 0)


def _write(
    found: Offers, quartier: str | None, jobcenter: str | None, folder: Path, formats: Sequence[str] | None
) -> list[Path]:
    """Write what is asked for; `formats` None: everything, and the folder is the one that is kept up to date."""
    from zaehlbar.publish.offers import files

    chosen = [files.Format(one) for one in formats] if formats else files.ALL
    if quartier is not None:
        if quartier not in found.quartiere:
            fail(f"Das Quartier {quartier} kennt die Site nicht. Bekannt: {_listed(found.quartiere)}", 2)
        sheets = [sheet for sheet in found.sheets if sheet.quartier_id == quartier]
        if not sheets:
            fail(f"Im Quartier {quartier} gibt es zurzeit kein Angebot.", 2)
        return files.write(found, sheets, map(files.list_of_sheet, sheets), folder, chosen)
    if jobcenter is not None:
        if jobcenter not in found.jobcenters:
            fail(f"Das Jobcenter {jobcenter} hat kein Quartier. Bekannt: {_listed(found.jobcenters)}", 2)
        sheets = [sheet for sheet in found.sheets if sheet.jobcenter_nr == jobcenter]
        return files.write(found, sheets, files.lists_of(found, [jobcenter]), folder, chosen)
    if formats is None:
        return files.renew(found, folder)
    return files.write(found, found.sheets, files.lists_of(found), folder, chosen)


def _listed(known: Iterable[str]) -> str:
    return ", ".join(sorted(known)) or "keines"
