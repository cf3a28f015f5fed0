"""Who takes part, one Angabe at a time; how they came (never crossed with Austritt, hours or results); Anschluss."""

from __future__ import annotations

from collections.abc import Sequence

from zaehlbar.publish import attributes, words
from zaehlbar.publish.blocks import Chart, Column, Look, Row, Section, Table, Value, table
from zaehlbar.publish.report import AttributeLine, Report
from zaehlbar.publish.sections.parts import part, shown, twelve_note, twelve_title
from zaehlbar.publish.words import month_name

_NOBODY = "Dazu liegen keine Angaben vor."


def composition(report: Report) -> Section:
    """Who takes part: the month beside twelve months."""
    tables = [one for name in attributes.COMPOSITION for one in _composition(report, name)]
    return Section(
        key="wer",
        sheet="Wer",
        title="Wer nimmt teil?",
        lead=f"Eine Angabe nach der anderen, Personen im {month_name(report.current.month)}. {words.ANSWERS}",
        tables=tuple(tables),
        notes=(twelve_note(report),) if tables else (_NOBODY,),
    )


def first_charts(report: Report) -> list[Table]:
    """What the first screen shows of the composition."""
    return [one for name in attributes.FIRST for one in _composition(report, name)]


def _composition(report: Report, angabe: str) -> list[Table]:
    """The table of an Angabe; none where nobody gave an answer."""
    lines = _lines(report, angabe)
    if all(line.auspraegung == attributes.UNKNOWN for line in lines):
        return []
    columns = [
        Column(report.names.title(angabe), "text", 48),
        Column("Personen", width=11),
        Column("Anteil", "share", 9),
        Column("Eintritte", width=11),
        Column("Bestand am Stichtag", width=11),
        Column(twelve_title(report, "Personen"), width=13),
        Column("Anteil", "share", 9),
    ]
    persons = report.current.cell.personen
    year = report.twelve.cell.personen if report.twelve else None
    rows = []
    for line in lines:
        now, then = _persons(line, report)
        values = (now, part(now, persons), *_of(line, "eintritte", "bestand"), then, part(then, year))
        rows.append(Row((report.names.code(angabe, line.auspraegung), *values), _look(line)))
    chart = None
    if angabe in attributes.FIRST:
        chart = Chart(
            f"{report.names.title(angabe)}: Personen im Monat", "Ein Balken je Antwort: Personen im Monat.", bars=(1,)
        )
    return [table(report.names.title(angabe), columns, rows, chart=chart)]


def access(report: Report) -> Section:
    """How they came. Eintritte and persons only: the Jobcenter knows whom it sent (domain.md (d) 14)."""
    columns = [
        Column("Zugangsweg", "text", 48),
        Column("Personen im Monat", width=12),
        Column("Teilnahmen im Monat", width=12),
        Column("Eintritte im Monat", width=12),
        Column(twelve_title(report, "Personen"), width=13),
        Column(twelve_title(report, "Eintritte"), width=13),
    ]
    rows = []
    for line in _lines(report, attributes.ACCESS):
        now, then = _persons(line, report)
        values = (now, *_of(line, "teilnahmen", "eintritte"), then, _twelve(line, report, "eintritte"))
        rows.append(Row((report.names.code(attributes.ACCESS, line.auspraegung), *values), _look(line)))
    chart = Chart("Zugangswege: Personen im Monat", "Ein Balken je Zugangsweg: Personen im Monat.", bars=(1,))
    tables = (
        [table("Zugangswege", columns, rows, notes=[words.ACCESS, twelve_note(report)], chart=chart)] if rows else []
    )
    return Section("zugang", "Zugangswege", "Wie kamen sie?", "" if rows else _NOBODY, tuple(tables))


def outcome(report: Report) -> Section:
    """What came before, and what is said to follow; work last and never as headline."""
    tables = [*_before(report), *_follow_up(report), *_at_exit(report), *_six_months(report)]
    return Section(
        key="anschluss",
        sheet="Anschluss",
        title="Was war vorher, was folgt?",
        lead=words.OUTCOME if tables else _NOBODY,
        tables=tuple(tables),
        notes=(twelve_note(report),),
    )


def _before(report: Report) -> list[Table]:
    lines = _lines(report, attributes.BEFORE)
    columns = [
        Column("Vorher (eigene Angabe)", "text", 48),
        Column("Personen im Monat", width=12),
        Column("Eintritte im Monat", width=12),
        Column(twelve_title(report, "Personen"), width=13),
        Column(twelve_title(report, "Eintritte"), width=13),
    ]
    rows = []
    for line in lines:
        now, then = _persons(line, report)
        values = (now, *_of(line, "eintritte"), then, _twelve(line, report, "eintritte"))
        rows.append(Row((report.names.code(attributes.BEFORE, line.auspraegung), *values), _look(line)))
    return [table("Was unmittelbar vorher war", columns, rows)] if rows else []


def _follow_up(report: Report) -> list[Table]:
    """Work last: the contract's order of answers has it in the middle."""
    lines = sorted(_lines(report, attributes.FOLLOW_UP), key=_work_last)
    columns = [
        Column("Angegebener Anschluss", "text", 48),
        Column("Austritte im Monat", width=12),
        Column(twelve_title(report, "Austritte"), width=13),
    ]
    rows = [
        Row(
            (
                report.names.code(attributes.FOLLOW_UP, line.auspraegung),
                *_of(line, "austritte"),
                _twelve(line, report, "austritte"),
            ),
            _look(line),
        )
        for line in lines
    ]
    return [table("Angegebener Anschluss nach dem Austritt", columns, rows, notes=[words.FOLLOW_UP])] if rows else []


_WORK = ("AUSB", "GERING", "SELBST", "SVB")


def _work_last(line: AttributeLine) -> tuple[bool, bool, tuple[int, str]]:
    code = line.auspraegung
    return code == attributes.UNKNOWN, code in _WORK, attributes.order(attributes.FOLLOW_UP, code)


def _at_exit(report: Report) -> list[Table]:
    """The ESF's questions right after the Austritt: one line each, over twelve months (a month has few)."""
    given = [name for name in attributes.AT_EXIT if _lines(report, name)]
    if not given or report.twelve is None:
        return []
    columns = [
        Column("Angabe unmittelbar nach Austritt", "text", 48),
        *(Column(title, width=12) for title in ("ja", "nein", "keine Angabe möglich", "ohne Angabe")),
    ]
    rows = [
        Row(
            (
                report.names.title(name),
                *(_twelve_of(report, name, code) for code in ("j", "n", "km", attributes.UNKNOWN)),
            )
        )
        for name in given
    ]
    return [table("ESF-Angaben unmittelbar nach Austritt, Austritte in 12 Monaten", columns, rows)]


def _six_months(report: Report) -> list[Table]:
    """Asked and answered stand before what was answered ((d) 13)."""
    given = [name for name in attributes.SIX_MONTHS if _lines(report, name)]
    if not given or report.twelve is None:
        return []
    columns = [
        Column("ESF-Angabe nach 6 Monaten", "text", 48),
        *(Column(title, width=12) for title in ("nicht gefragt", "gefragt", "geantwortet", "ja", "nein")),
    ]
    rows = []
    for name in given:
        yes, no, impossible = (_twelve_of(report, name, code) for code in ("j", "n", "km"))
        answered = yes + no
        values = (_twelve_of(report, name, attributes.UNKNOWN), answered + impossible, answered, yes, no)
        rows.append(Row((report.names.title(name), *values)))
    caption = "ESF-Angabe nach 6 Monaten, Austritte, deren Nachfrage in die 12 Monate fällt"
    return [table(caption, columns, rows, notes=[words.SIX_MONTHS])]


def _lines(report: Report, angabe: str) -> Sequence[AttributeLine]:
    """The answers in the order of the questionnaire."""
    lines = dict(report.attributes).get(angabe, ())
    return sorted(lines, key=lambda line: attributes.order(angabe, line.auspraegung))


def _look(line: AttributeLine) -> Look:
    return "sub" if line.auspraegung == attributes.UNKNOWN else "plain"


def _persons(line: AttributeLine, report: Report) -> tuple[Value, Value]:
    return _of(line, "personen")[0], _twelve(line, report, "personen")


def _of(line: AttributeLine, *names: str) -> tuple[Value, ...]:
    """Measures of the month; an answer that nobody gave in the month is zero."""
    return tuple(0 if line.month is None else shown(line.month, name) for name in names)


def _twelve(line: AttributeLine, report: Report, name: str) -> Value:
    if report.twelve is None:
        return None
    return 0 if line.twelve is None else shown(line.twelve, name)


def _twelve_of(report: Report, angabe: str, code: str) -> int:
    found = [line.twelve for line in _lines(report, angabe) if line.auspraegung == code and line.twelve]
    return sum(item.austritte or 0 for item in found)
