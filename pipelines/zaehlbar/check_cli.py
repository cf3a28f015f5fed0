"""Command `zaehlbar check FILE…`: is the file fine? Offline, without database and network.

Belongs here: options, exit codes, the first line, and what `--bescheinigung` says. Everything heavy is imported inside
the command, after that line.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from zaehlbar.options import JsonOption, SiteOption
from zaehlbar.validate.check_files import FileMissing, files_in

if TYPE_CHECKING:
    from rich.console import Console

    from zaehlbar.certificate.files import Written
    from zaehlbar.site import Site
    from zaehlbar.validate.messages import Language
    from zaehlbar.validate.result import Validated

app = typer.Typer(help="Lieferungen prüfen, ohne sie zu laden.")


class Lang(StrEnum):
    """Language of the output."""

    de = "de"
    en = "en"


class Umfang(StrEnum):
    """How much a Teilnahmebescheinigung tells (certificate.Extent, not imported at start-up)."""

    weitergabe = "weitergabe"
    voll = "voll"


_START = {
    "de": "Zählbar prüft {n} {dateien}, ohne Datenbank und ohne Netz …",
    "en": "Zählbar checks {n} {dateien}, without database and network …",
}
_MISSING = {"de": "{name}: diese Datei gibt es nicht.", "en": "{name}: there is no such file."}
_EMPTY = {"de": "Hier sind keine Dateien.", "en": "There are no files here."}
_FILES = {"de": ("Datei", "Dateien"), "en": ("file", "files")}
_STEPS = {
    "de": {
        "laden": "Die Prüfregeln werden geladen …",
        "lesen": "{name} wird gelesen …",
        "pruefen": "{name} wird geprüft …",
    },
    "en": {"laden": "Loading the rules …", "lesen": "Reading {name} …", "pruefen": "Checking {name} …"},
}


_ONLY_WITH = {
    "de": "--umfang und --tn-nr gehören zu --bescheinigung ORDNER.",
    "en": "--umfang and --tn-nr belong to --bescheinigung FOLDER.",
}
_WRITTEN: dict[str, dict[str, tuple[str, ...]]] = {
    "de": {
        "dokument": ("Teilnahmebescheinigung", "Teilnahmebescheinigungen"),
        "ohne_name": ("ohne Bescheinigung, weil der Name fehlt: {n}",),
        "storniert": ("ohne Bescheinigung, weil nur storniert: {n}",),
        "nicht_druckbar": ("ohne Bescheinigung, weil der Name Buchstaben hat, die DIN 91379 nicht kennt: {n}",),
        "unlesbar": ("Lieferungen, aus denen keine entstehen kann: {n}",),
        "nicht_gefunden": ("ohne Bescheinigung, weil keine gültige Zeile dazu da ist",),
    },
    "en": {
        "dokument": ("Teilnahmebescheinigung", "Teilnahmebescheinigungen"),
        "ohne_name": ("without one, because the name is missing: {n}",),
        "storniert": ("without one, because only cancelled: {n}",),
        "nicht_druckbar": ("without one, because the name has letters that DIN 91379 does not know: {n}",),
        "unlesbar": ("deliveries none can be made from: {n}",),
        "nicht_gefunden": ("without one, because there is no valid row",),
    },
}


@app.command(
    epilog="Rückgabe 0: nichts zu tun, 1: Fehler, oder ein Mensch muss entscheiden, 2: falsche Benutzung oder Site."
)
def check(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Dateien oder Ordner einer Lieferung.", show_default=False)
    ],
    site: SiteOption = None,
    lang: Annotated[Lang, typer.Option("--lang", help="Sprache der Ausgabe.")] = Lang.de,
    as_json: JsonOption = False,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html", help="Prüfbericht als HTML hierhin schreiben (bei mehreren: nummeriert).", show_default=False
        ),
    ] = None,
    bescheinigung: Annotated[
        Path | None,
        typer.Option(
            "--bescheinigung",
            metavar="ORDNER",
            help="Je Person eine Teilnahmebescheinigung (PDF) zum Aushändigen in diesen Ordner schreiben.",
            show_default=False,
        ),
    ] = None,
    umfang: Annotated[
        Umfang,
        typer.Option(
            "--umfang",
            help="weitergabe: nur Berufsbezogenes, ohne Stunden. voll: alles, für die eigenen Unterlagen der Person.",
        ),
    ] = Umfang.weitergabe,
    tn_nr: Annotated[
        list[str] | None,
        typer.Option("--tn-nr", help="Bescheinigung nur für diese Nummer (mehrmals möglich).", show_default=False),
    ] = None,
) -> None:
    """Prüft Dateien mit denselben Regeln wie der nächtliche Ladelauf und nennt Datei, Zeile, Spalte, Grund und Abhilfe.

    Liest nur, lädt nichts, braucht weder Datenbank noch Netz. Regeln, die frühere Lieferungen brauchen, werden am Ende
    mit ihrer Nummer genannt. Mit --bescheinigung entsteht je Person mit gültigen Zeilen ein PDF; wer es bekommt,
    entscheidet selbst, wem es gezeigt wird.
    """
    language: Language = "en" if lang is Lang.en else "de"
    try:
        chosen = files_in(files)
    except FileMissing as error:
        _fail(_MISSING[language].format(name=error), 2)
    if not chosen:
        _fail(_EMPTY[language], 2)
    one, many = _FILES[language]
    typer.echo(_START[language].format(n=len(chosen), dateien=one if len(chosen) == 1 else many), err=as_json)
    sys.stdout.flush()
    if (tn_nr or umfang is Umfang.voll) and bescheinigung is None:
        _fail(_ONLY_WITH[language], 2)
    wanted = None if bescheinigung is None else _Wanted(bescheinigung, umfang, tuple(tn_nr or ()))
    raise typer.Exit(_run(chosen, _load_site(site), language, as_json=as_json, html=html, wanted=wanted))


@dataclass(frozen=True)
class _Wanted:
    folder: Path
    extent: Umfang
    only: tuple[str, ...]


def _run(
    files: list[Path], site: Site, lang: Language, *, as_json: bool, html: Path | None, wanted: _Wanted | None
) -> int:
    from rich.console import Console

    from zaehlbar.validate.check import as_json as as_data, needs_person
    from zaehlbar.validate.report import write_html

    console = Console(highlight=False)
    results = _judge(files, site, lang, None if as_json else console)
    written = None if wanted is None else _certify(results, site, wanted)
    if as_json:
        data = as_data(results, site, lang)
        if written is not None:
            data["bescheinigungen"] = _as_data(written)
        typer.echo(json.dumps(data, ensure_ascii=False, indent=1))
    elif wanted is not None and written is not None:
        _show_written(written, wanted.folder, lang)
    if html is not None:
        for number, result in enumerate(results, start=1):
            path = html if len(results) == 1 else html.with_stem(f"{html.stem}-{number}")
            write_html(result, path)
            typer.echo(f"→ {path}", err=as_json)
    return 1 if needs_person(results) or (written is not None and written.nicht_gefunden) else 0


def _certify(results: list[Validated], site: Site, wanted: _Wanted) -> Written:
    from zaehlbar.certificate.content import Extent
    from zaehlbar.certificate.document import DocumentError
    from zaehlbar.certificate.files import write_certificates

    try:
        return write_certificates(results, site, wanted.folder, Extent(wanted.extent.value), wanted.only)
    except DocumentError as error:
        _fail(str(error), 3)
    except OSError as error:
        _fail(f"{wanted.folder}: {error.strerror or type(error).__name__}", 3)


def _as_data(written: Written) -> dict[str, object]:
    return {
        "dateien": [path.name for path in written.files],
        "ohne_name": written.ohne_name,
        "storniert": written.storniert,
        "nicht_druckbar": written.nicht_druckbar,
        "unlesbare_lieferungen": written.unlesbare_lieferungen,
        "nicht_gefunden": list(written.nicht_gefunden),
    }


def _show_written(written: Written, folder: Path, lang: Language) -> None:
    words = _WRITTEN[lang]
    one, many = words["dokument"]
    count = len(written.files)
    typer.echo(f"→ {count} {one if count == 1 else many}: {folder}")
    for key, number in (
        ("ohne_name", written.ohne_name),
        ("storniert", written.storniert),
        ("nicht_druckbar", written.nicht_druckbar),
        ("unlesbar", written.unlesbare_lieferungen),
    ):
        if number:
            typer.echo(f"  {words[key][0].format(n=number)}")
    if written.nicht_gefunden:
        typer.echo(f"  {words['nicht_gefunden'][0]}: {', '.join(written.nicht_gefunden)}")


def _judge(files: list[Path], site: Site, lang: Language, console: Console | None) -> list[Validated]:
    """Judge and show one delivery after the other, with a progress line while stderr is a terminal."""
    from rich.console import Console as RichConsole

    progress = RichConsole(stderr=True, highlight=False)
    steps = _STEPS[lang]
    results: list[Validated] = []
    with progress.status(steps["laden"]) as status:
        from zaehlbar.ingest import file_name
        from zaehlbar.validate.check import check_files
        from zaehlbar.validate.check_view import show, show_not_checked
        from zaehlbar.validate.engine import load

        load()

        def report(step: str, delivery: object) -> None:
            names = [file_name(file.url) for file in getattr(delivery, "files", ())]
            name = names[0] if len(names) == 1 else f"{names[0]} (+{len(names) - 1})" if names else ""
            status.update(steps[step].format(name=name).replace("[", r"\["))

        for result in check_files(files, site, report):
            results.append(result)
            if console is not None:
                show(console, result, site, lang)
        if console is not None:
            show_not_checked(console, results, lang)
    return results


def _load_site(folder: Path | None) -> Site:
    from zaehlbar.settings import load_settings
    from zaehlbar.site.loader import SiteError, load_site

    try:
        return load_site(folder or load_settings().site_folder)
    except (SiteError, FileNotFoundError) as error:
        _fail(str(error), 2)


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)
