"""What stands beside: overlaps with the Jobcenter's measures, cooperation, feedback, places, official figures."""

from __future__ import annotations

from zaehlbar.publish import words
from zaehlbar.publish.blocks import Column, Row, Section, Table, Value, table
from zaehlbar.publish.report import Report
from zaehlbar.publish.sections.parts import change, shown, twelve_note, twelve_title
from zaehlbar.publish.words import month_name

_NAME = 48


def beside(report: Report) -> Section:
    """Everything between Vorhaben and Jobcenter that is no participation."""
    tables = (
        _parallel(report),
        *_changes(report),
        _cooperation(report),
        *_feedback(report),
        _places(report),
        *_official(report),
    )
    return Section(
        key="zusammenarbeit",
        sheet="Zusammenarbeit",
        title="Überschneidungen, Zusammenarbeit, Plätze",
        lead=words.OVERLAPS,
        tables=tables,
        notes=(twelve_note(report),),
    )


def _parallel(report: Report) -> Table:
    columns = [
        Column("Mit paralleler Maßnahme des Jobcenters (Selbstauskunft)", "text", _NAME),
        Column("im Monat", width=13),
        Column("im Vormonat", width=13),
        Column("Veränderung", "change", 13),
        Column(twelve_title(report, "Zahl"), width=13),
    ]
    rows = []
    for name, title in (("personen_parallel", "Personen"), ("teilnahmen_parallel", "Teilnahmen")):
        now = shown(report.current.cell, name)
        before = shown(report.previous.cell, name) if report.previous else None
        year = shown(report.twelve.cell, name) if report.twelve else None
        rows.append(Row((title, now, before, change(now, before), year)))
    return table("Überschneidungen", columns, rows)


def _changes(report: Report) -> list[Table]:
    """Only changes into a measure of the Jobcenter; no other reason for leaving is shown to a Jobcenter."""
    lines = {line.auspraegung: line for line in dict(report.attributes).get("austritt_grund", ())}
    columns = [
        Column("Wechsel in eine Maßnahme des Jobcenters", "text", _NAME),
        Column("Austritte im Monat", width=13),
        Column(twelve_title(report, "Austritte"), width=13),
    ]
    rows = []
    for code in ("JCM_GEPLANT", "JCM_KURZFRISTIG"):
        line = lines.get(code)
        now: Value = line.month.austritte if line and line.month else 0
        year: Value = None if report.twelve is None else line.twelve.austritte if line and line.twelve else 0
        rows.append(Row((report.names.code("austritt_grund", code), now, year)))
    return [table("Wechsel in Maßnahmen des Jobcenters", columns, rows)] if lines else []


def _cooperation(report: Report) -> Table:
    columns = [
        Column("Vorhaben", "text", _NAME),
        Column("Vorstellungen im Jahr vereinbart", width=15),
        Column("Vorstellungen stattgefunden", width=15),
        Column("Austausch im Jahr vereinbart", width=15),
        Column("Austausch stattgefunden", width=15),
        Column("Plan nach § 15 SGB II abgestimmt", "text", 18),
        Column("nächster Termin", "date", 13),
    ]
    rows = [
        Row(
            (
                report.vorhaben_name(item.vorhaben_id),
                item.presentations_agreed,
                item.presentations_held,
                item.meetings_agreed,
                item.meetings_held,
                f"{item.plan_aligned} von {item.agreements}",
                item.next_date or "keiner genannt",
            )
        )
        for item in report.exchange.cooperation
    ]
    return table("Stand der Zusammenarbeit", columns, rows, empty=words.NO_COOPERATION)


def _feedback(report: Report) -> list[Table]:
    columns = [
        Column("Rückmeldung des Jobcenters", "text", _NAME),
        Column("Anzahl", width=13),
        Column("daneben: Anzahl bei BIWAQ", width=13),
        Column("was daneben steht", "text", 44),
    ]
    rows = [Row((item.name, item.number, item.beside_number, item.beside)) for item in report.exchange.feedback]
    return [table("Rückmeldung des Jobcenters", columns, rows, notes=[words.FEEDBACK])] if rows else []


def _places(report: Report) -> Table:
    columns = [
        Column("Angebot", "text", _NAME),
        Column("Quartier", "text", 26),
        Column("Plätze frei", "text", 13),
    ]
    rows = [Row((item.title, item.quartier, item.free)) for item in report.exchange.places]
    caption = f"Freie Plätze am Ende des Monats {month_name(report.current.month)}"
    return table(
        caption, columns, rows, notes=[words.PLACES], empty="Für den Monat ist kein Angebot mit Plätzen gemeldet."
    )


def _official(report: Report) -> list[Table]:
    columns = [
        Column("Amtliche Kennzahl desselben Monats", "text", _NAME),
        Column("Wert", "hours", 13),
        Column("Einheit", "text", 13),
        Column("gelesen am", "date", 13),
        Column("Quelle", "text", 44),
    ]
    rows = [
        Row((f"{item.kennzahl}: {item.name}", item.value, item.unit, item.read_on, item.source))
        for item in report.exchange.official
    ]
    return [table("Daneben, nicht darin: amtliche Kennzahlen", columns, rows, notes=[words.OFFICIAL])] if rows else []
