"""`make demo`: the main job on the example inbox, through Airflow, and a screen that shows what came of it.

Belongs here: the order of what is shown and how it looks. Does not belong here: loading (the DAG), the figures shown
(`zaehlbar.overview`).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from zaehlbar import airflow_home, resources
from zaehlbar.settings import Settings, load_settings

STAGES = {
    "open_run": "Eingang sichten",
    "batches": "Lieferungen verteilen",
    "deliveries.ingest": "einlesen",
    "deliveries.validate": "prüfen",
    "deliveries.pseudonymize": "pseudonymisieren",
    "deliveries.load": "laden",
    "identify": "Personen zusammenführen",
    "categorize": "Kategorien zuordnen",
    "count": "zählen",
    "publish": "berichten",
    "close_run": "abschließen",
}
"""Task of the DAG → what a person calls it, in the order of the night."""

WIDE = 120
"""Columns of a terminal that has room for everything the tables know."""


@dataclass(slots=True)
class StageLog:
    """Turns the events of tasks into one line per stage, with its duration and its failed batches."""

    console: Console
    progress: Progress
    current: str = ""
    began: float = 0.0
    ended: float = 0.0
    batches: set[int] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)

    def __call__(self, event: airflow_home.TaskEvent) -> None:
        if event.task != self.current:
            self.finish()
            self.current, self.began, self.batches, self.failed = event.task, time.monotonic(), set(), set()
            self.progress.update(self.progress.task_ids[0], description=STAGES.get(event.task, event.task))
        if event.ended:
            self.ended = time.monotonic()
            number = -1 if event.batch is None else event.batch
            self.batches.add(number)
            if event.failed:
                self.failed.add(number)

    def finish(self) -> None:
        """Print the line of the stage that just ended."""
        if not self.current:
            return
        mark = "[red]✗[/]" if self.failed else "[green]✓[/]"
        size = f"{len(self.batches)} Pakete" if len(self.batches) > 1 else ""
        name = STAGES.get(self.current, self.current)
        self.console.print(f"  {mark} {name:<26}{size:>11}{self.ended - self.began:>8.1f} s", highlight=False)
        self.current = ""


def prepare_warehouse(settings: Settings) -> None:
    """Start the embedded PostgreSQL where it is used, and bring the warehouse to the newest migration."""
    from zaehlbar.warehouse import connect, migrate

    engine = connect.engine(settings)
    try:
        migrate.upgrade(engine)
    finally:
        engine.dispose()


def load_through_airflow(console: Console, settings: Settings, inbox: Path) -> tuple[bool, Path]:
    """Run the DAG `nightly_load` on `inbox`; print a line per stage while it works."""
    columns = (SpinnerColumn(), TextColumn("{task.description} …"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        progress.add_task("Airflow startet", total=None)
        log = StageLog(console, progress)
        conf = {"inbox": str(inbox), "site": str(settings.site_folder)}
        outcome = airflow_home.run_dag(settings, "nightly_load", conf, log)
        log.finish()
    return outcome


def show_result(console: Console, settings: Settings) -> None:
    """Print deliveries with verdict and balance, an excerpt of the figures, where the reports lie, what to try next."""
    from zaehlbar import overview
    from zaehlbar.status_cli import table

    deliveries, figures = overview.status_rows(settings), overview.figure_rows(settings, months=2)
    if console.width < WIDE:
        deliveries = [_compact(row) for row in deliveries]
        figures = [_without(row, "Teiln.", "Std.", "Liefg.", "Stand") for row in figures]
    console.print(table("Lieferungen: Urteil und Bilanz", deliveries))
    console.print(table("Monatszahlen (Auszug) · intern, nicht zur Weitergabe", figures))
    console.print(f"Prüfberichte:    {_shown(settings.reports)}/<Lieferung>/befunde.html", highlight=False)
    console.print(f"Monatsberichte:  {_shown(settings.workbooks)}/<Monat>/", highlight=False)
    month = "-".join(reversed(str(figures[0]["Monat"]).split("/"))) if figures else "JJJJ-MM"
    commands = {
        "status": "was geladen ist",
        "review list": "was zu entscheiden ist",
        f"figures --month {month} --by tvp": "interne Zahlen",
    }
    lines = [f".venv/bin/zaehlbar {command:<33}{purpose}" for command, purpose in commands.items()]
    console.print(Panel("\n".join(lines), title="Als Nächstes", title_align="left", expand=False))


def _compact(row: Mapping[str, object]) -> dict[str, object]:
    """Return a delivery with its remark below its balance: for a narrow screen."""
    balance = "\n".join(str(row[key]) for key in ("Bilanz (Zeilen)", "Bemerkung") if row[key])
    return {**_without(row, "Lieferung", "Bemerkung"), "Bilanz (Zeilen)": balance}


def _without(row: Mapping[str, object], *names: str) -> dict[str, object]:
    return {key: value for key, value in row.items() if key not in names}


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def main() -> int:
    """Return 0 when the load succeeded, 3 when it did not."""
    console, settings, start = Console(), load_settings(), time.monotonic()
    inbox = resources.folder("site").parent / "inbox"
    console.print("[bold]Zählbar[/] lädt die Beispiel-Lieferungen aus examples/inbox/ (erfundene Personen)")
    with console.status("PostgreSQL startet …"):
        prepare_warehouse(settings)
    console.print(f"  [green]✓[/] {'PostgreSQL bereit':<37}{time.monotonic() - start:>8.1f} s", highlight=False)
    with console.status("Airflow wird eingerichtet (nur beim ersten Mal) …"):
        began = time.monotonic()
        if airflow_home.migrate(settings):
            line = f"  [green]✓[/] {'Airflow eingerichtet':<37}{time.monotonic() - began:>8.1f} s"
            console.print(line, highlight=False)
    succeeded, log = load_through_airflow(console, settings, inbox)
    if not succeeded:
        console.print(f"[red]Die Ladung ist fehlgeschlagen.[/] Das Protokoll: {_shown(log)}", highlight=False)
        return 3
    show_result(console, settings)
    console.print(f"Fertig nach {time.monotonic() - start:.0f} s. Protokoll: {_shown(log)}", highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
