"""Commands `zaehlbar review`: see the held deliveries and decide on them."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zaehlbar.options import ByOption, JsonOption, ReasonOption, who
from zaehlbar.settings import Settings
from zaehlbar.terminal import fail, readable_errors, warehouse

if TYPE_CHECKING:
    from zaehlbar.nightly import Summary
    from zaehlbar.review import Decision, HeldDelivery, Verdict

app = typer.Typer(
    help="Angehaltene Lieferungen ansehen und entscheiden. Niemand entscheidet über Lieferungen des eigenen Partners.",
    no_args_is_help=True,
)

_Which = Annotated[str, typer.Argument(help="Nummer der Lieferung oder Anfang ihrer Kennung.", metavar="NR")]


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """Die angehaltenen Lieferungen zeigen. Rückgabe 0: keine offen, 1: mindestens eine braucht eine Entscheidung."""
    with readable_errors(), warehouse("review") as (_, connection):
        from zaehlbar.review import list_held

        held = list_held(connection)
    if as_json:
        typer.echo(json.dumps([_as_dict(item) for item in held], ensure_ascii=False, indent=2, default=date.isoformat))
    else:
        _show(held)
    raise typer.Exit(1 if any(item.row.needs_decision for item in held) else 0)


@app.command()
def approve(which: _Which, reason: ReasonOption, by: ByOption = "", as_json: JsonOption = False) -> None:
    """Eine angehaltene Lieferung freigeben und laden.

    Rückgabe 0: geladen, 1: freigegeben, aber nicht geladen, 2: nichts zu entscheiden, 3: Systemfehler.
    """
    with readable_errors():
        settings, decision = _decide(which, "freigegeben", by, reason)
        summary = _load(settings, decision)
        loaded = _is_loaded(decision)
    if as_json:
        run = {"lauf": summary.lauf_id, "urteile": summary.verdicts}
        typer.echo(json.dumps(asdict(decision) | run | {"geladen": loaded}, ensure_ascii=False))
        raise typer.Exit(0 if loaded else 1)
    version = f" als Version {decision.version}" if decision.version is not None else ""
    state = "und geladen" if loaded else "aber nicht geladen, siehe zaehlbar status"
    typer.echo(f"Lieferung {decision.lieferung_nr} ist freigegeben{version} {state} (Lauf {summary.lauf_id}).")
    raise typer.Exit(0 if loaded else 1)


@app.command()
def reject(which: _Which, reason: ReasonOption, by: ByOption = "", as_json: JsonOption = False) -> None:
    """Eine angehaltene Lieferung ablehnen. Rückgabe 0: abgelehnt, 2: nichts zu entscheiden, 3: Systemfehler."""
    with readable_errors():
        _, decision = _decide(which, "abgelehnt", by, reason)
    if as_json:
        typer.echo(json.dumps(asdict(decision), ensure_ascii=False))
    else:
        typer.echo(f"Lieferung {decision.lieferung_nr} ist abgelehnt. Der Partner muss neu liefern.")


def _decide(which: str, verdict: Verdict, by: str, reason: str) -> tuple[Settings, Decision]:
    with warehouse("review") as (settings, connection):
        from zaehlbar.review import CannotDecide, decide

        try:
            return settings, decide(connection, which, verdict, who(by), reason)
        except CannotDecide as error:
            fail(str(error), 2)


def _load(settings: Settings, decision: Decision) -> Summary:
    """Load what is released, under the site that judged it; the decision stands whatever becomes of the load."""
    from zaehlbar.categorize import RulesChanged
    from zaehlbar.nightly import NightFailed, recount
    from zaehlbar.pseudonymize.keys import KeyRingError
    from zaehlbar.site import SiteError
    from zaehlbar.warehouse.errors import WarehouseError

    judged_under = Path(decision.site_ordner) if decision.site_ordner else settings.site_folder
    try:
        return recount(settings, judged_under if judged_under.is_dir() else settings.site_folder)
    except (NightFailed, KeyRingError, SiteError, RulesChanged, WarehouseError) as error:
        typer.echo(
            f"Lieferung {decision.lieferung_nr} ist freigegeben. Der nächste Lauf lädt sie; jetzt nicht:", err=True
        )
        code = 3 if isinstance(error, NightFailed) else getattr(error, "exit_code", 2)
        fail(str(error.args[0]), code)


def _is_loaded(decision: Decision) -> bool:
    with warehouse("review") as (_, connection):
        from zaehlbar.overview import deliveries

        return any(
            row.lieferung_nr == decision.lieferung_nr and row.status == "geladen" for row in deliveries(connection)
        )


def _show(held: list[HeldDelivery]) -> None:
    from rich.console import Console

    from zaehlbar.status_cli import table

    console = Console()
    if not held:
        console.print("Keine Lieferung ist angehalten.")
        return
    console.print(table("Angehaltene Lieferungen", (_held_cells(item) for item in held)))
    for item in held:
        nr = item.row.lieferung_nr
        if item.rival is not None:
            console.print(
                f"Nr. {nr}: Lieferung {item.rival} steht schon für Zeitraum und Version; freigegeben ersetzt sie sie."
            )
        for finding in item.findings:
            where = f"{finding.tabelle}.{finding.feld}" if finding.feld else finding.tabelle
            console.print(f"Nr. {nr}: {finding.schwere:<8} {finding.regel} {where}: {finding.anzahl}", highlight=False)
    console.print("Entscheiden: zaehlbar review approve|reject NR --grund TEXT")


def _held_cells(item: HeldDelivery) -> dict[str, object]:
    """Return the columns a person decides by; what is wrong stands below the table."""
    from zaehlbar.overview import delivery_cells

    cells = delivery_cells(item.row)
    return {key: cells[key] for key in ("Nr.", "Lieferung", "Partner", "Zeitraum", "V.", "Bilanz (Zeilen)")}


def _as_dict(item: HeldDelivery) -> dict[str, Any]:
    row = item.row
    values = {key: value for key, value in asdict(row).items() if key != "balances"}
    return values | {
        "braucht_entscheidung": row.needs_decision,
        "wartend": row.waiting,
        "steht_schon": item.rival,
        "befunde": [asdict(finding) for finding in item.findings],
    }
