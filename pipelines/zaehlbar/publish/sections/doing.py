"""Doing what: activities by category beside the analogue instrument, events, steps, soziale Teilhabe."""

from __future__ import annotations

from collections.abc import Iterable

from zaehlbar.categorize import UNMAPPED_CATEGORY
from zaehlbar.publish import words
from zaehlbar.publish.blocks import Chart, Column, Look, Row, Section, Table, Value, table
from zaehlbar.publish.details import Event
from zaehlbar.publish.report import CategoryLine, EventLine, Report
from zaehlbar.publish.sections.parts import mapping_state, shown, twelve_note, twelve_title
from zaehlbar.publish.words import month_name, short_month


def activities(report: Report) -> Section:
    """What was done, by category; all participations first, so that nobody adds the lines up. Then events."""
    return Section(
        key="was",
        sheet="Was",
        title="Was tun sie?",
        lead=f"Aktivitäten nach Kategorien im {month_name(report.current.month)}. Zuordnung: {mapping_state(report)}.",
        tables=(_categories(report), _events(report)),
    )


def _categories(report: Report) -> Table:
    columns = [
        Column("Kategorie", "text", 48),
        Column("Personen", width=11),
        Column("Personen im Vormonat", width=11, on_page=False),
        Column("Teilnahmen", width=11),
        Column("Neu in der Kategorie", width=11, on_page=False),
        Column("Bestand am Stichtag", width=11, on_page=False),
        Column("Stunden", "hours", 11),
        Column(twelve_title(report, "Personen"), width=13),
        Column("Nächstliegendes Instrument (nur zum Vergleich)", "text", 44),
    ]
    twelve = report.twelve.cell if report.twelve else None
    before = report.previous.cell if report.previous else None
    cell = report.current.cell
    values = (cell.personen, shown(before, "personen"), cell.teilnahmen, cell.eintritte, cell.bestand, cell.stunden)
    rows = [Row(("Insgesamt: alle Teilnahmen, jede Person einmal", *values, shown(twelve, "personen"), ""), "total")]
    group = ""
    for line in report.categories:
        if line.category.group != group:
            group = line.category.group
            rows.append(Row((group, *[""] * 8), "group"))
        rows.append(_category(line))
    chart = Chart(
        f"Personen je Kategorie im {month_name(report.current.month)}",
        "Ein Balken je Kategorie; wer in zwei Kategorien etwas tut, zählt in jeder.",
        bars=(1,),
    )
    notes = [words.NOT_ADDITIVE, words.COMPARISON_ONLY, twelve_note(report)]
    return table("Aktivitäten nach Kategorien", columns, rows, notes=notes, chart=chart)


def _category(line: CategoryLine) -> Row:
    category, cell = line.category, line.cell
    name = category.name if category.unit in ("TN", "PERS") else f"{category.name} ({category.code})"
    analog = "" if category.analog == "keine" else category.analog
    look: Look = "warning" if category.code == UNMAPPED_CATEGORY and cell.personen else "plain"
    values = (cell.personen, shown(line.previous, "personen"), cell.teilnahmen, cell.eintritte, cell.bestand)
    return Row((name, *values, cell.stunden, shown(line.twelve, "personen"), analog), look)


def groups_chart(report: Report) -> Table:
    """Categories that persons can have, those with persons only: for the first screen."""
    rows = [Row((line.category.name, line.cell.personen)) for line in report.top_categories]
    chart = Chart(
        "Was sie tun: Personen je Kategorie",
        "Die Kategorien mit den meisten Personen im Monat; Personen je Kategorie ergeben nicht die Summe.",
        bars=(1,),
    )
    columns = [Column("Kategorie", "text", 48), Column("Personen")]
    return table("Kategorien mit den meisten Personen", columns, rows, chart=chart, empty="Keine Termine im Monat.")


_ARTS = {
    "besuch": "Besuche offener Angebote",
    "verweis": "Verweise auf andere Stellen",
    "kontakt": "Kontakte mit Unternehmen und Netzwerken",
    "sonstiges": "Sonstige Ereignisse",
    "nicht_zugeordnet": "Ereignisse ohne Zuordnung",
}
_WAYS = {"gezaehlt": "gezählt", "geschaetzt": "geschätzt", "": ""}


def _events(report: Report) -> Table:
    columns = [
        Column("Ereignis", "text", 48),
        Column("gezählt oder geschätzt", "text", 12),
        Column("Anzahl im Monat", width=12),
        Column("Ereignisse im Monat", width=12),
        Column("davon ohne Anzahl", width=12, on_page=False),
        Column(twelve_title(report, "Anzahl"), width=13),
    ]
    rows: list[Row] = []
    for art, title in _ARTS.items():
        own = [line for line in report.events if line.art == art]
        if own:
            rows.append(Row((title, *[""] * (len(columns) - 1)), "group"))
            look: Look = "warning" if art == "nicht_zugeordnet" else "plain"
            rows += [Row(_event(report, line), look) for line in own]
    return table(
        "Ereignisse ohne Personenbezug",
        columns,
        rows,
        notes=[words.EVENTS],
        empty="Im Monat und in den zwölf Monaten wurde kein Ereignis gemeldet.",
    )


def _event(report: Report, line: EventLine) -> tuple[Value, ...]:
    return (
        report.names.code("verweis_an", line.code)
        if line.art == "verweis"
        else report.names.code("aktivitaet_code", line.code),
        _WAYS.get(line.zaehlweise, line.zaehlweise),
        _number(line.month),
        0 if line.month is None else line.month.ereignisse,
        0 if line.month is None else line.month.ereignisse_ohne_anzahl,
        _number(line.twelve) if report.twelve else None,
    )


def _number(event: Event | None) -> Value:
    """Visits or referrals; None where there are events, but of none of them the number is known."""
    return 0 if event is None else event.anzahl


def steps(report: Report) -> Section:
    """What was reached below placement."""
    columns = [
        Column("Zwischenschritt", "text", 48),
        Column("Schritte im Monat", width=12),
        Column("Personen im Monat", width=12),
        Column(twelve_title(report, "Schritte"), width=13),
        Column(twelve_title(report, "Personen"), width=13),
    ]
    rows = [Row(_step(report, line)) for line in _of(report.events, "zwischenschritt")]
    chart = Chart(
        twelve_title(report, "Zwischenschritte"), "Ein Balken je Zwischenschritt: wie oft er erreicht wurde.", bars=(3,)
    )
    notes = [words.STEPS, twelve_note(report)]
    found = table(
        "Zwischenschritte",
        columns,
        rows,
        notes=notes,
        chart=chart if rows and report.twelve else None,
        empty="Im Monat und in den zwölf Monaten wurde kein Zwischenschritt gemeldet.",
    )
    return Section("schritte", "Zwischenschritte", "Welche Schritte haben sie erreicht?", "", (found,))


def _step(report: Report, line: EventLine) -> tuple[Value, ...]:
    now, year = line.month, line.twelve
    none = 0 if report.twelve else None
    return (
        report.names.code("zwischenschritt", line.code),
        0 if now is None else now.ereignisse,
        0 if now is None else now.personen,
        none if year is None else year.ereignisse,
        none if year is None else year.personen,
    )


def _of(lines: Iterable[EventLine], art: str) -> list[EventLine]:
    return [line for line in lines if line.art == art]


def participation(report: Report) -> Section:
    """Soziale Teilhabe: persons and hours of its categories over twelve months, visits of open offers beside them."""
    own = [line for line in report.categories if line.category.group == words.PARTICIPATION_GROUP]
    tables = [_participation(report, line) for line in own]
    visits = [line for line in _of(report.events, "besuch") if line.month or line.twelve]
    columns = [
        Column("Offenes Angebot", "text", 48),
        Column("gezählt oder geschätzt", "text", 12),
        Column("Besuche im Monat", width=12),
        Column(twelve_title(report, "Besuche"), width=13),
    ]
    rows = [Row((*_event(report, line)[:3], _event(report, line)[5])) for line in visits]
    if rows:
        tables.append(table("Offene Angebote im Quartier", columns, rows, notes=[words.EVENTS]))
    lead = words.PARTICIPATION if own else "Die Zuordnung der Site nennt keine Kategorie der sozialen Teilhabe."
    return Section("teilhabe", "Soziale Teilhabe", "Soziale Teilhabe", lead, tuple(tables))


def _participation(report: Report, line: CategoryLine) -> Table:
    columns = [
        Column("Monat", "text", 48),
        Column("Personen", width=12),
        Column("Teilnahmen", width=12),
        Column("Stunden", "hours", 12),
    ]
    rows = [Row((short_month(month), cell.personen, cell.teilnahmen, cell.stunden)) for month, cell in line.course]
    if line.twelve and report.twelve:
        year = line.twelve
        rows.append(Row(("12 Monate, jede Person einmal", year.personen, year.teilnahmen, year.stunden), "total"))
    chart = Chart(f"{line.category.name}: Personen je Monat", "Eine Säule je Monat.", bars=(1,), over_time=True)
    return table(line.category.name, columns, rows, notes=[twelve_note(report)], chart=chart)
