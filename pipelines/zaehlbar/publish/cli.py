"""Command `zaehlbar report`: the internal report of one Jobcenter and month, as workbook, page and PDF."""

from __future__ import annotations

import json
import re
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zaehlbar.options import JsonOption
from zaehlbar.terminal import fail, readable_errors, warehouse

if TYPE_CHECKING:
    from zaehlbar.publish.files import Format

app = typer.Typer()


class Suffix(StrEnum):
    """As what a report is written."""

    XLSX = "xlsx"
    HTML = "html"
    PDF = "pdf"


@app.command("report")
def report(
    month: Annotated[str, typer.Option("--month", help="Berichtsmonat, JJJJ-MM.", metavar="JJJJ-MM")],
    jobcenter: Annotated[str, typer.Option("--jobcenter", help="Nummer des Jobcenters, fünf Ziffern.", metavar="NR")],
    suffix: Annotated[
        Suffix | None, typer.Option("--format", help="Nur die Arbeitsmappe, die Seite oder das PDF; sonst alle drei.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Ordner, oder Datei auf .xlsx, .html, .pdf; sonst der Ordner des Monats."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Den Monatsbericht eines Jobcenters schreiben: Arbeitsmappe, Seite, PDF. Intern, nicht zur Weitergabe.

    Rückgabe 0: geschrieben, 2: Jobcenter oder Monat ohne Zahlen, 3: Systemfehler.
    """
    first = _month(month)
    target = _target(out, suffix)
    with readable_errors(), warehouse("report") as (settings, connection):
        from zaehlbar.count.figures import NothingCounted
        from zaehlbar.publish.files import FORMATS, NoReport, report_path, write_report

        formats: list[Format] = [one for one in FORMATS if suffix in (None, one)]
        if target is None:
            paths = {one: report_path(settings.workbooks, jobcenter, first, one) for one in formats}
        elif target.is_dir():
            paths = {one: target / f"jobcenter_{jobcenter}_{first:%Y-%m}.{one}" for one in formats}
        else:
            paths = {one: target for one in FORMATS if target.suffix == f".{one}"}
        try:
            written = write_report(connection, jobcenter_nr=jobcenter, month=first, targets=paths)
        except (NoReport, NothingCounted) as error:
            fail(str(error), 2)
        note = "intern, nicht zur Weitergabe"
        if as_json:
            typer.echo(json.dumps({"hinweis": note, "dateien": [str(path) for path in written]}, ensure_ascii=False))
        else:
            typer.echo("\n".join([*(str(path) for path in written), f"{note[0].upper()}{note[1:]}."]))


def _target(out: Path | None, suffix: Suffix | None) -> Path | None:
    """Return the folder or file that is asked for; a file says by its ending what it is."""
    if out is None:
        return None
    path = out.absolute()
    if path.is_dir():
        return path
    if not path.parent.is_dir():
        fail(f"--out braucht einen vorhandenen Ordner oder eine Datei in einem, nicht {path}", 2)
    named = path.suffix.removeprefix(".")
    if named not in set(Suffix):
        fail(f"--out braucht eine Datei, die auf .xlsx, .html oder .pdf endet, nicht {path.name}", 2)
    if suffix is not None and suffix != named:
        fail(f"--format {suffix} und --out {path.name} widersprechen sich", 2)
    return path


def _month(value: str) -> date:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", value) or value < "1900":
        fail(f"--month erwartet JJJJ-MM, zum Beispiel 2026-06, nicht {value!r}", 2)
    return date.fromisoformat(f"{value}-01")
