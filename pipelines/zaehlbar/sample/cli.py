"""Command `zaehlbar sample`: fake deliveries of any size, or the template workbook for providers."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from zaehlbar.sample import Sample

app = typer.Typer(help="Erfundene Lieferungen jeder Größe; oder die Vorlage für Träger.", invoke_without_command=True)


class _Rhythm(StrEnum):
    WHOLE = "gesamt"
    HALF_YEARLY = "halbjaehrlich"
    QUARTERLY = "vierteljaehrlich"
    MONTHLY = "monatlich"


@app.callback(invoke_without_command=True)
def sample(  # noqa: PLR0913, PLR0917 - one parameter per option
    persons: Annotated[int, typer.Option(help="Anzahl verschiedener Personen.", min=1)] = 200,
    months: Annotated[int, typer.Option(help="Berichtsmonate bis Juni 2026.", min=1)] = 12,
    providers: Annotated[int, typer.Option(help="Anzahl Teilvorhabenpartner.", min=1)] = 3,
    errors: Annotated[float, typer.Option(help="Anteil absichtlich fehlerhafter Zeilen.", min=0.0, max=1.0)] = 0.0,
    misspelt: Annotated[
        float,
        typer.Option(help="Anteil Personen, die ein zweiter Partner falsch schreibt.", min=0.0, max=0.9),
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Startwert: gleiche Angaben ergeben gleiche Dateien.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Zielordner; darin entstehen inbox/ und, wo nötig, site/.", show_default=False)
    ] = None,
    rhythm: Annotated[_Rhythm, typer.Option(help="Wie oft jeder Träger liefert.")] = _Rhythm.WHOLE,
    activities: Annotated[
        int | None, typer.Option(help="Anzahl Aktivitäten, sonst zehn je Person.", show_default=False, min=0)
    ] = None,
    site: Annotated[
        Path | None, typer.Option(help="Ordner der Site; sonst ZAEHLBAR_SITE oder das Beispiel.", show_default=False)
    ] = None,
    site_out: Annotated[
        Path | None, typer.Option(help="Wohin eine erzeugte Site kommt; sonst OUT/site.", show_default=False)
    ] = None,
    template: Annotated[
        Path | None, typer.Option(help="Nur die Vorlage (Excel-Mappe) in diese Datei schreiben.", show_default=False)
    ] = None,
    basis: Annotated[bool, typer.Option("--basis", help="Zu --template: nur die Felder der Basislieferung.")] = False,
) -> None:
    """Schreibt Lieferungen erfundener Personen nach dem Datenvertrag, oder mit --template die Vorlage für Träger.

    Rückgabe 0: geschrieben, 2: so nicht möglich.
    """
    from zaehlbar.settings import load_settings
    from zaehlbar.site import SiteError

    folder = site or load_settings().site_folder
    try:
        if template is not None:
            _write_template(template, folder, basis)
        elif out is not None:
            from zaehlbar.sample import generate

            more: dict[str, Any] = {
                "rhythm": rhythm.value,
                "activities": activities,
                "site_out": site_out,
                "misspelt": misspelt,
            }
            _write_sample(partial(generate, persons, months, providers, errors, seed, out, folder, **more))
        else:
            raise typer.BadParameter("--out oder --template fehlt")
    except (SiteError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def _write_template(path: Path, site: Path, basis: bool) -> None:
    from zaehlbar.contract.template import write_template
    from zaehlbar.site import code_lists, load_site

    write_template(path, code_lists(load_site(site)), basis=basis)
    typer.echo(f"{path}: die Vorlage. Ausgefüllt heißt sie BIWAQ-Vorlage_<Vorhaben>_<TVP>_<JJJJ-MM>.xlsx.")


def _write_sample(make: Callable[..., Sample]) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from zaehlbar.sample import SampleError

    try:
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Lieferungen", total=None)
            written = make(progress=lambda done, total: bar.update(task, completed=done, total=total))
    except SampleError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    rows = ", ".join(f"{count} {table}" for table, count in written.rows.items())
    typer.echo(f"{written.deliveries} Lieferungen in {written.inbox} ({rows})")
    typer.echo(f"Laden: zaehlbar run --inbox {written.inbox} --site {written.site}")
