"""The whole report: its head, its message in one minute, its sections in their order."""

from __future__ import annotations

from zaehlbar.publish import words
from zaehlbar.publish.blocks import BigFigure, Document, Table, written
from zaehlbar.publish.report import Report
from zaehlbar.publish.sections import basis, beside, doing, numbers, who
from zaehlbar.publish.sections.parts import change, coverage_of, label, shown
from zaehlbar.publish.words import month_name, plural, thousands

TITLE = "BIWAQ-Teilnahmen"


def document(report: Report) -> Document:
    """Return what workbook, page and PDF say about the report's Jobcenter and month."""
    month, count = report.current, report.count
    proposal = () if count.rules.abstimmung == words.AGREED else (count.rules.abstimmung,)
    note = f" · {month.note}" if month.note else ""
    course = numbers.course(report)
    return Document(
        title=f"{TITLE} im {month_name(month.month)}",
        subtitle=f"{report.jobcenter} ({report.jobcenter_nr})",
        state=numbers.state_line(report),
        marks=(words.NOTE, *proposal),
        distinction=words.DISTINCTION,
        message=tuple(message(report).splitlines()),
        figures=tuple(_figures(report)),
        first=(course.tables[0], *who.first_charts(report), *_first_doing(report)),
        sections=(
            numbers.glance(report),
            course,
            numbers.vorhaben(report),
            who.composition(report),
            doing.activities(report),
            doing.steps(report),
            doing.participation(report),
            who.access(report),
            beside.beside(report),
            who.outcome(report),
            numbers.periods(report),
            basis.definitions(report),
            basis.basis(report),
        ),
        footer=f"Lauf {count.lauf_id}, gezählt am {count.gezaehlt_am:%d.%m.%Y}{note}",
        fingerprint=report.fingerprint(),
        created=count.gezaehlt_am,
    )


def _first_doing(report: Report) -> list[Table]:
    chart = doing.groups_chart(report)
    return [chart] if chart.rows else []


def message(report: Report) -> str:
    """Return the month in two or three short sentences, one per line."""
    month, cell = report.current, report.current.cell
    before = f" (Vormonat {thousands(report.previous.cell.bestand)})" if report.previous else ""
    since = f"seit dem Stichtag {report.previous.stichtag:%d.%m.} " if report.previous else ""
    lines = [
        f"Im {month_name(month.month)} nahmen {plural(cell.personen, 'Person', 'Personen')} teil, "
        f"mit zusammen {plural(round(cell.stunden), 'Stunde', 'Stunden')}.",
        f"Am Stichtag {month.stichtag:%d.%m.%Y} bestanden {plural(cell.bestand, 'Teilnahme', 'Teilnahmen')}{before}: "
        f"{since}{plural(cell.eintritte, 'Eintritt', 'Eintritte')} und "
        f"{plural(cell.austritte, 'Austritt', 'Austritte')}.",
    ]
    if month.coverage.loaded < month.coverage.expected:
        lines.append(f"Erst {coverage_of(month)} sind da: Die Zahlen sind unvollständig.")
    return "\n".join(lines)


def _figures(report: Report) -> list[BigFigure]:
    """How many, who is there, who came, who left: never work."""
    found = []
    for name in ("personen", "bestand", "eintritte", "austritte"):
        now = shown(report.current.cell, name)
        before = shown(report.previous.cell, name) if report.previous else None
        beside_it = f"{written(change(now, before), 'change')} zum Vormonat" if report.previous else "kein Vormonat"
        found.append(BigFigure(label(report, name), written(now, "number"), beside_it))
    return found
