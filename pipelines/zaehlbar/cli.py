"""The command line `zaehlbar`.

Exit codes everywhere: 0 fine, 1 findings that need a person, 2 wrong use or configuration, 3 a system fault.
Belongs here: `run` and `figures`, and putting the rooms' own commands together. Everything heavy is imported inside the
commands: `zaehlbar check` must answer within a second, and the base install has neither PostgreSQL nor Airflow.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zaehlbar import __version__
from zaehlbar.faults import place_of
from zaehlbar.hardening import protect_process
from zaehlbar.options import JsonOption, SiteOption
from zaehlbar.terminal import fail, readable_errors

if TYPE_CHECKING:
    pass

app = typer.Typer(
    name="zaehlbar",
    help="Macht Teilnahme an BIWAQ-Projekten zählbar: Lieferungen der Partner hinein, belastbare Zahlen heraus.",
    epilog="Rückgabewerte: 0 in Ordnung, 1 Befunde, die einen Menschen brauchen, 2 falsche Benutzung, 3 Systemfehler.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

InboxOption = Annotated[Path | None, typer.Option("--inbox", help="Eingang (sonst ZAEHLBAR_INBOX).")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"zaehlbar {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Version zeigen.")
    ] = False,
) -> None:
    """Nothing to do before a command."""


@app.command(help="Laden, was im Eingang neu ist, zählen und berichten (dieselben Schritte wie der nächtliche DAG).")
def run(
    inbox: InboxOption = None,
    site: SiteOption = None,
    again: Annotated[
        bool, typer.Option("--again", help="Auch schon Geladenes noch einmal laden und alles neu zählen.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Nur prüfen und zeigen, nichts laden.")] = False,
    as_json: JsonOption = False,
) -> None:
    from zaehlbar.run_cli import dry_night, load_night
    from zaehlbar.settings import load_settings

    settings = load_settings()
    chosen = (inbox or settings.inbox).absolute()
    folder = (site or settings.site_folder).absolute()
    if not chosen.is_dir():
        fail(f"Den Eingang {chosen} gibt es nicht. Nennen Sie ihn mit --inbox.", 2)
    if dry_run and again:
        fail("--dry-run prüft ohnehin alles, was im Eingang liegt; --again gehört nicht dazu.", 2)
    if dry_run:
        raise typer.Exit(_guard(lambda: dry_night(chosen, folder, as_json=as_json)))
    raise typer.Exit(_guard(lambda: load_night(settings, chosen, folder, again=again, as_json=as_json)))


@app.command(help="Interne Figuren für Skripte und Prüfungen. Intern, nicht zur Weitergabe.")
def figures(  # noqa: PLR0913 - one option each
    *,
    month: Annotated[
        str | None, typer.Option("--month", help="Berichtsmonat JJJJ-MM (Flüsse von Stichtag zu Stichtag).")
    ] = None,
    quarter: Annotated[str | None, typer.Option("--quarter", help="Quartal, z. B. 2026-Q2.")] = None,
    year: Annotated[str | None, typer.Option("--year", help="Kalenderjahr JJJJ.")] = None,
    twelve_months: Annotated[
        str | None, typer.Option("--twelve-months", help="Die zwölf Monate bis JJJJ-MM einschließlich.")
    ] = None,
    from_: Annotated[str | None, typer.Option("--from", help="Erster Tag, JJJJ-MM-TT oder JJJJ-MM.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="Letzter Tag, JJJJ-MM-TT oder JJJJ-MM.")] = None,
    by: Annotated[str, typer.Option("--by", help="Gliederung: land,jobcenter,vorhaben,quartier,tvp,category.")] = "",
    known_on: Annotated[
        str | None, typer.Option("--stand", help="Nachzählen, wie es an diesem Tag bekannt war, JJJJ-MM-TT.")
    ] = None,
    known_after: Annotated[
        int | None, typer.Option("--run", help="Nachzählen, wie es nach diesem Lauf bekannt war.", metavar="LAUF")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    from zaehlbar.figures_cli import parse_request, show

    try:
        spans = {"--month": month, "--quarter": quarter, "--year": year, "--twelve-months": twelve_months}
        request = parse_request(spans, from_, to, by, known_on, known_after)
    except ValueError as error:
        fail(str(error), 2)
    raise typer.Exit(_guard(lambda: show(request, as_json=as_json)))


def _guard(action: Callable[[], int]) -> int:
    """Run `action`; turn what a person can act on into one readable line and the documented exit code."""
    from zaehlbar.categorize import RulesChanged
    from zaehlbar.count.figures import NothingCounted
    from zaehlbar.nightly import NightFailed
    from zaehlbar.pseudonymize.keys import KeyRingError
    from zaehlbar.site import SiteError

    try:
        with readable_errors():
            return action()
    except (SiteError, RulesChanged, KeyRingError, NothingCounted) as error:
        fail(str(error.args[0]), 2)
    except NightFailed as error:
        fail(str(error), 3)


_COMMANDS = {
    "bescheinigung": "zaehlbar.certificate_cli",
    "changes": "zaehlbar.changes_cli",
    "check": "zaehlbar.check_cli",
    "offers": "zaehlbar.offers_cli",
    "report": "zaehlbar.publish.cli",
    "status": "zaehlbar.status_cli",
}
"""Single commands: each module has an `app` with exactly this command."""

_GROUPS = {
    "identity": "zaehlbar.identity_cli",
    "keys": "zaehlbar.keys_cli",
    "mapping": "zaehlbar.mapping_cli",
    "person": "zaehlbar.person_cli",
    "retention": "zaehlbar.retention_cli",
    "review": "zaehlbar.review_cli",
    "sample": "zaehlbar.sample.cli",
    "warehouse": "zaehlbar.warehouse.cli",
    "site": "zaehlbar.site.cli",
    "uebermittlung": "zaehlbar.transmission_cli",
}
"""Groups of commands: each module has an `app`."""


def _assemble() -> None:
    for module in _COMMANDS.values():
        app.registered_commands += _app_of(module).registered_commands
    for name, module in _GROUPS.items():
        app.add_typer(_app_of(module), name=name)


def _app_of(module: str) -> typer.Typer:
    found: Any = importlib.import_module(module)
    result: typer.Typer = found.app
    return result


def main() -> None:
    """Entry point of the console script."""
    protect_process()
    for stream in (sys.stdout, sys.stderr):
        # Windows consoles and pipes default to code pages without umlauts.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    _assemble()
    try:
        app()
    except Exception as error:
        # A traceback's text can quote values of a file; type and place are enough to report the fault.
        place = place_of(error)
        typer.echo(
            f"Unerwarteter Fehler ({type(error).__name__} in {place}). Bitte melden Sie ihn mit dieser Zeile.", err=True
        )
        sys.exit(3)
