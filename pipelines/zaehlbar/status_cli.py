"""Command `zaehlbar status`: deliveries with verdict and balance, the last runs, an excerpt of the figures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

import typer

from zaehlbar.options import JsonOption
from zaehlbar.terminal import readable_errors, warehouse

if TYPE_CHECKING:
    from rich.table import Table
    from sqlalchemy import Connection

    from zaehlbar.overview import DeliveryRow, RunRow

app = typer.Typer()

_SHORT = 16
"""Characters that a column of a table keeps on one line, however narrow the screen."""


@app.command("status")
def status(as_json: JsonOption = False) -> None:
    """Zeigen, was geliefert, geladen und gezählt ist und was eine Entscheidung braucht.

    Rückgabe 0: nichts offen, 1: angehaltene Lieferungen brauchen eine Entscheidung, oder ein Jobcenter muss von einem
    Widerruf hören, 3: Systemfehler.
    """
    with readable_errors(), warehouse("status") as (_, connection):
        from zaehlbar import overview
        from zaehlbar.count.figures import NOTE

        found = overview.deliveries(connection)
        runs = overview.last_runs(connection)
        figures = overview.figures_excerpt(connection)
        told = _to_take_back(connection)
    held = [row.lieferung_nr for row in found if row.needs_decision]
    if as_json:
        values = {
            "hinweis": NOTE,
            "angehalten": held,
            "zu_widerrufen": told,
            "lieferungen": [_as_dict(row) for row in found],
            "laeufe": [asdict(row) for row in runs],
            "monatszahlen": [asdict(row) for row in figures],
        }
        typer.echo(json.dumps(values, ensure_ascii=False, indent=2, default=date.isoformat))
    else:
        from rich.console import Console

        console = Console()
        console.print(table("Lieferungen: Urteil und Bilanz", map(overview.delivery_cells, found)))
        console.print(table("Letzte Läufe", map(_run_cells, runs)))
        console.print(table(f"Monatszahlen (Auszug) · {NOTE}", map(overview.figure_cells, figures)))
        for month, note in {row.monat: row.stand_hinweis for row in figures if row.stand_hinweis}.items():
            console.print(f"* {month:%m/%Y}: {note}", highlight=False)
        if held:
            numbers = ", ".join(map(str, held))
            console.print(f"Angehalten: Lieferung {numbers}. Ansehen und entscheiden: zaehlbar review list")
        for jobcenter_nr, lines in told.items():
            console.print(
                f"Zu widerrufen: {lines} Zeilen von Listen. Melden: zaehlbar uebermittlung widerrufe {jobcenter_nr}",
                highlight=False,
                soft_wrap=True,
            )
    raise typer.Exit(1 if held or told else 0)


def _to_take_back(connection: Connection) -> dict[str, int]:
    """Return Jobcenter → lines of lists that it must be told to delete (Art. 19 DSGVO)."""
    from zaehlbar.transmission import sent

    found: dict[str, int] = {}
    for one in sent(connection):
        if one.faellig:
            found[one.jobcenter_nr] = found.get(one.jobcenter_nr, 0) + one.faellig
    return found


def table(title: str, rows: Iterable[Mapping[str, object]]) -> Table:
    """Return a table with one column per key of the rows, numbers to the right; texts are no markup."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    found = list(rows)
    # Little padding: what does not fit into 80 columns would be cut off, and a month without its year is no month.
    result = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, padding=0, pad_edge=False)
    for key in found[0] if found else ("nichts vorhanden",):
        numeric = bool(found) and all(isinstance(row[key], int | float) for row in found)
        # Short values stay whole; what is long shares the rest of the line.
        short = all(len(str(row[key])) <= _SHORT for row in found)
        result.add_column(key, justify="right" if numeric else "left", overflow="fold", no_wrap=short)
    for row in found:
        result.add_row(*(Text("" if value is None else str(value)) for value in row.values()))
    return result


def _as_dict(row: DeliveryRow) -> dict[str, Any]:
    values = asdict(row)
    balances = values.pop("balances")
    values["mehrfach"] = values.pop("repeated")
    values["bilanz"] = {key: value for key, value in asdict(row.total).items() if key != "tabelle"}
    values["bilanz_je_tabelle"] = {balance.pop("tabelle"): balance for balance in balances}
    values["braucht_entscheidung"] = row.needs_decision
    return values


def _run_cells(row: RunRow) -> dict[str, object]:
    return {
        "Lauf": row.lauf_id,
        "begonnen": f"{row.begonnen_am:%d.%m.%Y %H:%M}",
        "beendet": f"{row.beendet_am:%d.%m.%Y %H:%M}" if row.beendet_am else "–",
        "durch": row.ausloeser,
        "Status": row.status.replace("laeuft", "läuft"),
        "Lieferungen": row.lieferungen,
        "Systemfehler": row.fehler,
        "gezählt": "ja" if row.gezaehlt else "nein",
    }
