"""Command `zaehlbar site`: is the site folder usable?"""

from __future__ import annotations

import typer

from zaehlbar.options import SiteOption

app = typer.Typer(help="Die Site: was die Kommune entscheidet (Ordner mit YAML-Dateien).", no_args_is_help=True)


@app.callback()
def _site() -> None:
    """Keep `check` a command of its own, however few there are."""


@app.command()
def check(site: SiteOption = None) -> None:
    """Prüft die Site und nennt jedes Problem mit Datei und Zeile. Rückgabe 0: in Ordnung, 2: nicht brauchbar."""
    from zaehlbar.settings import load_settings
    from zaehlbar.site import agreement
    from zaehlbar.site.loader import SiteError, load_site

    folder = site or load_settings().site_folder
    try:
        loaded = load_site(folder)
    except SiteError as error:
        lines = str(error).splitlines()
        typer.echo("\n".join(lines), err=True)
        typer.echo(f"{folder}: {len(lines)} Problem{'e' if len(lines) > 1 else ''}, so nicht brauchbar.", err=True)
        raise typer.Exit(2) from None
    head, mapping = loaded.head, loaded.kategorien
    partners = sum(len(vorhaben.partner) for vorhaben in loaded.vorhaben)
    typer.echo(f"{folder}: in Ordnung.")
    typer.echo(f"  Site {head.site}, Version {head.version}, Betriebsmodell {head.betriebsmodell}")
    counted = "als Summe gezählt" if head.basis.ohne_einwilligung else "nicht gezählt"
    typer.echo(f"  Personenzeilen ab Einwilligungsstufe {head.minimum_level}; ohne Einwilligung: {counted}")
    typer.echo(
        f"  {len(loaded.vorhaben)} Vorhaben, {partners} Teilvorhabenpartner, {len(loaded.jobcenter)} Jobcenter, "
        f"Profile: {', '.join(sorted(loaded.profile)) or 'keine'}"
    )
    codes, state = len(loaded.katalog.codes), agreement.state(loaded)
    typer.echo(f"  {codes} Aktivitätscodes, Kategorien Version {mapping.version}; Stand: {state}")
    rules = loaded.aufbewahrung
    period = f"{rules.person_monate} Monate nach Austritt" if rules.person_monate else "ohne Frist"
    emptied = "samt Eingang" if rules.eingang_leeren else "Eingang bleibt"
    typer.echo(f"  Aufbewahrung: Personenzeilen {period}, Rohdateien {rules.roh_tage} Tage ({emptied})")
    beside = {
        "Kennzahlen": loaded.kennzahlen and len(loaded.kennzahlen.amtliche_kennzahl),
        "Rückmeldungen": loaded.rueckmeldung and len(loaded.rueckmeldung.jobcenter_rueckmeldung),
        "Vergleichswerte": loaded.zielgruppen and len(loaded.zielgruppen.vergleichswerte),
    }
    there = [f"{number} {name}" for name, number in beside.items() if number is not None]
    typer.echo(f"  Daneben, in keiner Zahl: {', '.join(there) or 'nichts'}")
    mapped = {entry.code for entry in mapping.zuordnung}
    missing = [entry.code for entry in loaded.katalog.codes if entry.code not in mapped]
    if missing:
        typer.echo(f"  Hinweis: ohne Zuordnung, zählt als „nicht zugeordnet“: {', '.join(missing)}")
