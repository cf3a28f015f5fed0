"""How `zaehlbar check` shows its results in a terminal, in German and English.

Belongs here: layout and the words around the findings. Does not belong here: the findings' own words (messages).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from zaehlbar.contract import Finding, Severity, Verdict
from zaehlbar.ingest import file_name
from zaehlbar.site import Site
from zaehlbar.validate.check import Place, places
from zaehlbar.validate.messages import SEVERITY, VERDICT, Language, describe, table_title
from zaehlbar.validate.report import rows_of
from zaehlbar.validate.result import Validated
from zaehlbar.validate.rules import rule_by_code

WORDS: Final[dict[Language, dict[str, str]]] = {
    "de": {
        "zeile": "Zeile",
        "zeilen": "Zeilen",
        "weitere": "und {n} weitere",
        "spalte": "Spalte",
        "blatt": "Blatt",
        "ganze": "ganze Lieferung",
        "tun": "Abhilfe",
        "urteil": "Urteil",
        "tabelle": "Tabelle",
        "gefunden": "gefunden",
        "zurueckgewiesen": "zurückgewiesen",
        "doppelt": "doppelt",
        "keine": "Keine Befunde.",
        "nicht_geprueft": "Nicht geprüft, weil frühere Lieferungen oder Angaben fehlen",
    },
    "en": {
        "zeile": "row",
        "zeilen": "rows",
        "weitere": "and {n} more",
        "spalte": "column",
        "blatt": "sheet",
        "ganze": "whole delivery",
        "tun": "Remedy",
        "urteil": "Verdict",
        "tabelle": "table",
        "gefunden": "found",
        "zurueckgewiesen": "rejected",
        "doppelt": "duplicate",
        "keine": "No findings.",
        "nicht_geprueft": "Not checked, because earlier deliveries or statements are missing",
    },
}

_SEVERITY_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTICE: "bold blue"}
_VERDICT_STYLE = {
    Verdict.ACCEPTED: "bold green",
    Verdict.ACCEPTED_WITH_FINDINGS: "bold yellow",
    Verdict.HELD: "bold yellow",
    Verdict.REFUSED: "bold red",
}
_ROWS_SHOWN = 12


def show(console: Console, validated: Validated, site: Site, lang: Language) -> None:
    """Print one delivery: its findings, its rows, its verdict."""
    words = WORDS[lang]
    delivery = validated.ingested.delivery
    console.print()
    for name in dict.fromkeys(file_name(file.url) for file in delivery.files):
        console.print(Text(name, style="bold"), soft_wrap=True)
    for finding in validated.findings:
        for place in places(finding, validated, site):
            _show_finding(console, finding, place, lang)
    if not validated.findings:
        console.print(Text(f"  {words['keine']}"))
    if any(name != "lieferung" for name in validated.ingested.tables):
        console.print()
        console.print(_rows_table(validated, words))
    verdict = Text(f"  {words['urteil']}: ")
    verdict.append(VERDICT[lang][validated.verdict], style=_VERDICT_STYLE[validated.verdict])
    if validated.verdict in (Verdict.HELD, Verdict.REFUSED):
        verdict.append(f" ({', '.join(validated.reasons)})")
    console.print(verdict, soft_wrap=True)


def _show_finding(console: Console, finding: Finding, place: Place, lang: Language) -> None:
    words = WORDS[lang]
    text = describe(finding, lang)
    head = Text("  ")
    head.append(SEVERITY[lang][finding.severity], style=_SEVERITY_STYLE[finding.severity])
    for part in _where(place, words):
        head.append(f" · {part}")
    head.append(f" · {finding.rule}", style="dim")
    console.print(head, soft_wrap=True)
    _indented(console, Text(text.meldung))
    if text.abhilfe:
        remedy = Text(f"{words['tun']}: ", style="italic")
        remedy.append(text.abhilfe, style="not italic")
        _indented(console, remedy)


def _indented(console: Console, text: Text) -> None:
    """Print with an indent that survives wrapping; a pipe gets one line, whatever its length."""
    if console.is_terminal:
        console.print(Padding(text, (0, 0, 0, 4)))
    else:
        console.print(Text("    ") + text, soft_wrap=True)


def _where(place: Place, words: dict[str, str]) -> list[str]:
    where = [place.file or words["ganze"]]
    if place.sheet:
        where.append(f"{words['blatt']} „{place.sheet}“")
    if place.rows:
        shown = ", ".join(str(row) for row in place.rows[:_ROWS_SHOWN])
        rest = len(place.rows) - _ROWS_SHOWN
        label = words["zeile"] if len(place.rows) == 1 else words["zeilen"]
        where.append(f"{label} {shown}" + (f" {words['weitere'].format(n=rest)}" if rest > 0 else ""))
    if place.column:
        where.append(f"{words['spalte']} „{place.column}“")
    return where


def _rows_table(validated: Validated, words: dict[str, str]) -> Table:
    table = Table(box=None, padding=(0, 2), pad_edge=True, header_style="dim")
    table.add_column(words["tabelle"])
    columns = ("gefunden", "zurueckgewiesen", "doppelt")
    for name in columns:
        table.add_column(words[name], justify="right")
    for name in validated.ingested.tables:
        if name != "lieferung":
            rows = rows_of(validated, name)
            table.add_row(table_title(name), *(f"{rows[column]:,}".replace(",", "\u202f") for column in columns))
    return table


def show_not_checked(console: Console, results: Sequence[Validated], lang: Language) -> None:
    """Print once which rules could not be judged here."""
    codes = sorted({code for result in results for code in result.not_checked})
    if codes:
        console.print(Text(f"\n{WORDS[lang]['nicht_geprueft']}:", style="dim"), soft_wrap=True)
    for code in codes:
        rule = rule_by_code().get(code)
        console.print(Text(f"  {code} {'' if rule is None else rule.titel}", style="dim"), soft_wrap=True)
