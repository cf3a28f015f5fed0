"""Command `zaehlbar report`: the internal workbook of one Jobcenter and month."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from zaehlbar.terminal import fail, readable_errors, warehouse

app = typer.Typer()


@app.command("report")
def report(
    month: Annotated[str, typer.Option("--month", help="Berichtsmonat, JJJJ-MM.", metavar="JJJJ-MM")],
    jobcenter: Annotated[str, typer.Option("--jobcenter", help="Nummer des Jobcenters, fünf Ziffern.", metavar="NR")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Zieldatei (XLSX); sonst der Ordner der Arbeitsmappen.", metavar="PATH"),
    ] = None,
) -> None:
    """Die Arbeitsmappe eines Jobcenters und Monats schreiben. Intern, nicht zur Weitergabe.

    Rückgabe 0: geschrieben, 2: Jobcenter oder Monat ohne Zahlen, 3: Systemfehler.
    """
    first = _month(month)
    with readable_errors(), warehouse("report") as (settings, connection):
        from zaehlbar.count.figures import NothingCounted
        from zaehlbar.publish.files import workbook_path
        from zaehlbar.publish.workbook import NoWorkbook, write_workbook

        path = out.absolute() if out is not None else None
        if path is not None and (path.is_dir() or not path.parent.is_dir()):
            fail(f"--out braucht eine Datei in einem vorhandenen Ordner, nicht {path}", 2)
        try:
            target = path or workbook_path(settings.workbooks, jobcenter, first)
            write_workbook(connection, jobcenter_nr=jobcenter, month=first, path=target)
        except (NoWorkbook, NothingCounted) as error:
            fail(str(error), 2)
    typer.echo(f"{target}\nIntern, nicht zur Weitergabe.")


def _month(value: str) -> date:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", value) or value < "1900":
        fail(f"--month erwartet JJJJ-MM, zum Beispiel 2026-06, nicht {value!r}", 2)
    return date.fromisoformat(f"{value}-01")
