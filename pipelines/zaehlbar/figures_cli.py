"""`zaehlbar figures`: parsing what was asked, showing what was counted."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

from zaehlbar.count.figures import DIMENSIONS, NothingCounted, Request, figures
from zaehlbar.count.period import month_end
from zaehlbar.settings import load_settings

_COLUMNS = {
    "teilnahmen": "Teiln.",
    "personen": "Pers.",
    "eintritte": "Ein-\ntritte",
    "eintritte_zaehlbar": "zähl-\nbare",
    "austritte": "Aus-\ntritte",
    "bestand": "Be-\nstand",
    "bestand_aktiv": "davon\naktiv",
    "ausgetreten": "aus-\ngetr.",
    "geblieben": "ge-\nblieb.",
    "stunden": "Std.",
}


def parse_request(
    month: str | None, from_: str | None, to: str | None, by: str, known_on: str | None = None
) -> Request:
    """Return what is asked for; ValueError (German, one line) when the options do not make sense."""
    as_of = None if known_on is None else _day(known_on, last=True, option="--stand")
    dimensions = tuple(part.strip() for part in by.split(",") if part.strip())
    unknown = [part for part in dimensions if part not in DIMENSIONS]
    if unknown:
        raise ValueError(f"--by kennt {', '.join(DIMENSIONS)}; nicht: {', '.join(unknown)}")
    if month is not None:
        if from_ is not None or to is not None:
            raise ValueError("Entweder --month oder --from und --to.")
        if not re.fullmatch(r"\d{4}-\d{2}", month):
            raise ValueError(f"--month erwartet JJJJ-MM, nicht {month!r}")
        first = _day(month, last=False, option="--month")
        return Request(first, month_end(first), dimensions, month=True, as_of=as_of)
    if from_ is None or to is None:
        raise ValueError("Nennen Sie --month JJJJ-MM oder --from und --to.")
    start, end = _day(from_, last=False, option="--from"), _day(to, last=True, option="--to")
    if end < start:
        raise ValueError(f"--to ({end}) liegt vor --from ({start}).")
    if (end - start).days > 366 * 20:
        raise ValueError("Höchstens 20 Jahre auf einmal.")
    return Request(start, end, dimensions, as_of=as_of)


def _day(value: str, *, last: bool, option: str) -> date:
    try:
        if re.fullmatch(r"\d{4}-\d{2}", value):
            first = date.fromisoformat(f"{value}-01")
            return month_end(first) if last else first
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{option} erwartet JJJJ-MM-TT oder JJJJ-MM, nicht {value!r}") from None


def show(request: Request, *, as_json: bool) -> int:
    """Count and print; return 0."""
    from zaehlbar.warehouse import migrate
    from zaehlbar.warehouse.connect import engine

    warehouse = engine(load_settings(), application_name="zaehlbar figures")
    if migrate.current(warehouse) is None:
        raise NothingCounted("Das Warehouse ist noch leer. Laden Sie zuerst: zaehlbar run")
    with warehouse.connect() as connection:
        result = figures(connection, request)
        connection.rollback()
    warehouse.dispose()
    if as_json:
        print(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        _print_table(result, request)
    return 0


def _print_table(result: dict[str, Any], request: Request) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    console = Console()
    title = f"{result['hinweis'].upper()} · {request.von:%d.%m.%Y} bis {request.bis:%d.%m.%Y} · {result['stand']}"
    # Narrow enough for 80 columns: numbers that are cut off are worse than none.
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 0), pad_edge=False)
    for name in request.by:
        table.add_column(
            {"category": "Kategorie", "tvp": "TVP"}.get(name, name.capitalize()), no_wrap=True, min_width=4
        )
    for label in _COLUMNS.values():
        table.add_column(label, justify="right", no_wrap=True)
    for row in result["zeilen"]:
        table.add_row(*(str(row[name]) for name in request.by), *(_cell(row[name]) for name in _COLUMNS))
    console.print(table)
    rules, coverage = result["regeln"], result["abdeckung"]
    console.print(
        f"{result['abgrenzung']}.\nBeruht auf {coverage['lieferungen_eingegangen']} von"
        f" {coverage['lieferungen_erwartet']} erwarteten Monatslieferungen. Betriebsmodell {rules['betriebsmodell']},"
        f" Zuordnung {rules['kategorien']} ({rules['kategorien_stand']}), Zählregeln {rules['zaehlregeln']},"
        f" Kalender {rules['kalender']}, Abgleichregeln {rules['abgleich']}.",
        highlight=False,
    )
    for line in _without_consent_lines(result["ohne_einwilligung"]):
        console.print(line, highlight=False)
    for note in result["hinweise"]:
        console.print(f"{note}.", highlight=False)
    if "category" in request.by:
        console.print("Personen können in mehreren Kategorien vorkommen: Die Kategorien ergeben nicht die Summe.")


_MOST_LINES = 12


def _without_consent_lines(counted: dict[str, Any] | None) -> list[str]:
    """A line of its own per month (and Jobcenter), never part of the table; with its legal basis."""
    if counted is None:
        return []
    lines = [
        f"{entry['monat']}{' ' + entry['jobcenter'] if 'jobcenter' in entry else ''}: {entry['teilnahmen']} Teiln.,"
        f" {entry['eintritte']} Eintritte, {entry['austritte']} Austritte, Bestand {entry['bestand']}"
        for entry in counted["monate"]
    ]
    if len(lines) > _MOST_LINES:
        lines = [*lines[:_MOST_LINES], f"… {len(lines) - _MOST_LINES} weitere mit --json"]
    title = f"{counted['bezeichnung'][0].upper()}{counted['bezeichnung'][1:]}"
    return [f"{title} (in keiner Zahl oben enthalten):", *lines, f"Rechtsgrundlage: {counted['rechtsgrundlage']}"]


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.2f}".replace(",", " ").replace(".", ",")
    return str(value)
