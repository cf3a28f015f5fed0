"""`zaehlbar run`: the night on a screen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from zaehlbar.contract import Verdict
from zaehlbar.nightly import Summary, run_night
from zaehlbar.settings import Settings

_NEEDS_A_PERSON = (Verdict.HELD.value, Verdict.REFUSED.value)


def load_night(settings: Settings, inbox: Path, site: Path, *, again: bool, as_json: bool) -> int:
    """Load and print; return 0, or 1 when a delivery of this run needs a person."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal or as_json) as bars:
        task = bars.add_task("Eingang sichten", total=None)
        summary = run_night(
            settings,
            inbox,
            site,
            again=again,
            progress=lambda stage, done, total: bars.update(task, description=stage, completed=done, total=total),
        )
    if as_json:
        print(json.dumps(_as_dict(summary), ensure_ascii=False, indent=2))
    else:
        _print(settings, summary)
    return 1 if any(summary.verdicts.get(verdict) for verdict in _NEEDS_A_PERSON) else 0


def _as_dict(summary: Summary) -> dict[str, Any]:
    return {
        "lauf": summary.lauf_id,
        "urteile": summary.verdicts,
        "fremde_dateien": summary.strangers,
        "unvollstaendige_lieferungen": summary.unfinished,
        "berichte": len(summary.reports),
    }


def _print(settings: Settings, summary: Summary) -> None:
    console = Console()
    if not summary.verdicts:
        console.print(f"Lauf {summary.lauf_id}: nichts Neues im Eingang.")
    for verdict, number in sorted(summary.verdicts.items()):
        console.print(f"Lauf {summary.lauf_id}: {number} {verdict.replace('_', ' ')}", highlight=False)
    if summary.strangers:
        console.print(f"{summary.strangers} Datei(en) passen zu keinem Profil der Site und wurden nicht gelesen.")
    if summary.unfinished:
        console.print(f"{summary.unfinished} Lieferung(en) sind noch unvollständig und warten im Eingang.")
    console.print(f"Prüfberichte: {settings.reports}   Monatsberichte: {settings.workbooks}", highlight=False)
    console.print("Übersicht: zaehlbar status", highlight=False)


def dry_night(inbox: Path, site_folder: Path, *, as_json: bool) -> int:
    """Judge what lies in the inbox without touching the warehouse; return 1 when something would be held or refused."""
    from zaehlbar.ingest import discover, ingest
    from zaehlbar.site import load_site
    from zaehlbar.validate import validate

    site = load_site(site_folder)
    found = discover(inbox, site)
    rows: list[dict[str, Any]] = []
    for delivery in found.deliveries:
        validated = validate(ingest(delivery, site), site)
        counts = {name: count.found for name, count in validated.ingested.counts.items() if name != "lieferung"}
        rows.append({"lieferung": delivery.delivery_id, "urteil": validated.verdict.value, "zeilen": counts})
    if as_json:
        print(json.dumps({"probelauf": True, "lieferungen": rows}, ensure_ascii=False, indent=2))
    else:
        table = Table("Lieferung", "Urteil", "Zeilen", title="Probelauf: nichts wurde geladen", title_justify="left")
        for row in rows:
            lines = ", ".join(f"{name} {number}" for name, number in row["zeilen"].items())
            table.add_row(row["lieferung"], str(row["urteil"]).replace("_", " "), lines)
        Console().print(table)
    return 1 if any(row["urteil"] in _NEEDS_A_PERSON for row in rows) else 0
