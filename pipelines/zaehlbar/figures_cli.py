"""`zaehlbar figures`: parsing what was asked, showing what was counted."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from zaehlbar.count.figures import DIMENSIONS, NothingCounted, Request, figures
from zaehlbar.count.period import MONTHS, Kind, month_end, months_before
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


_SPANS: dict[str, tuple[Kind, str, str]] = {
    "--month": ("monat", r"(\d{4})-(0[1-9]|1[0-2])", "JJJJ-MM"),
    "--quarter": ("quartal", r"(\d{4})-Q([1-4])", "JJJJ-Q1 bis JJJJ-Q4"),
    "--year": ("jahr", r"(\d{4})", "JJJJ"),
    "--twelve-months": ("zwoelf_monate", r"(\d{4})-(0[1-9]|1[0-2])", "JJJJ-MM (letzter Monat)"),
}
"""Option → which period, how it is written, how that is said."""


def parse_request(
    spans: Mapping[str, str | None],
    from_: str | None,
    to: str | None,
    by: str,
    known_on: str | None = None,
    known_after: int | None = None,
) -> Request:
    """Return what is asked for; ValueError (German, one line) when the options do not make sense.

    `spans`: the options of `_SPANS` that may be given, of which one is enough.
    """
    if known_on is not None and known_after is not None:
        raise ValueError("Entweder --stand oder --run.")
    known: dict[str, Any] = {"as_of_run": known_after}
    if known_on is not None:
        known = {"as_of": _day(known_on, last=True, option="--stand")}
    dimensions = tuple(part.strip() for part in by.split(",") if part.strip())
    unknown = [part for part in dimensions if part not in DIMENSIONS]
    if unknown:
        raise ValueError(f"--by kennt {', '.join(DIMENSIONS)}; nicht: {', '.join(unknown)}")
    given = {option: value for option, value in spans.items() if value is not None}
    if len(given) + (from_ is not None or to is not None) > 1:
        raise ValueError(f"Entweder {', '.join(_SPANS)} oder --from und --to.")
    for option, value in given.items():
        return replace(_span(option, value, dimensions), **known)
    if from_ is None or to is None:
        raise ValueError("Nennen Sie --month JJJJ-MM (--quarter, --year, --twelve-months) oder --from und --to.")
    start, end = _day(from_, last=False, option="--from"), _day(to, last=True, option="--to")
    if end < start:
        raise ValueError(f"--to ({end}) liegt vor --from ({start}).")
    if (end - start).days > 366 * 20:
        raise ValueError("Höchstens 20 Jahre auf einmal.")
    return Request(start, end, dimensions, **known)


def _span(option: str, value: str, by: tuple[str, ...]) -> Request:
    kind, pattern, written = _SPANS[option]
    found = re.fullmatch(pattern, value)
    if found is None or not 1900 <= int(found[1]) <= 2999:
        raise ValueError(f"{option} erwartet {written}, nicht {value!r}")
    last = 12 if kind == "jahr" else int(found[2]) * (3 if kind == "quartal" else 1)
    month = date(int(found[1]), last, 1)
    return Request(months_before(month, MONTHS[kind] - 1), month_end(month), by, zeitraum=kind)


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
    days = f"{request.von:%d.%m.%Y} bis {request.bis:%d.%m.%Y}"
    title = f"{result['hinweis'].upper()} · {days} · {result['stand']}"
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
        f" Zuordnung {rules['kategorien']}, Zählregeln {rules['zaehlregeln']},"
        f" Kalender {rules['kalender']}, Abgleichregeln {rules['abgleich']}: {rules['abstimmung']}.",
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
