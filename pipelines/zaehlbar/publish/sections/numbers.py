"""How many: the month at a glance, its course over twelve months, Vorhaben, quarters and years."""

from __future__ import annotations

from zaehlbar.categorize import UNMAPPED_CATEGORY
from zaehlbar.count.without_consent import MEASURES
from zaehlbar.publish import words
from zaehlbar.publish.blocks import Chart, Column, Look, Row, Section, Table, Value, table
from zaehlbar.publish.report import Month, Report
from zaehlbar.publish.sections.parts import (
    NAME,
    change,
    coverage_of,
    label,
    mapping_state,
    share_of,
    shown,
    span_name,
)
from zaehlbar.publish.words import month_name, short_month, thousands

_SHORT = {
    "teilnahmen": "Teilnahmen, die im Monat liefen",
    "personen": "verschiedene Personen dieser Teilnahmen, jede einmal",
    "personen_unter_schwelle": "Personen, die die Stundenschwelle noch nicht erreicht haben",
    "eintritte": "erster Tag der Teilnahme",
    "eintritte_zaehlbar": "Tag, an dem die Stundenschwelle erreicht wird",
    "austritte": "letzter Tag der Teilnahme",
    "bestand": "voriger Bestand + Eintritte (formal) – Austritte",
    "bestand_zaehlbar": "Teilnahmen, die die Stundenschwelle erreicht haben",
    "bestand_aktiv": "mit besuchtem Termin kurz vor dem Stichtag",
    "stunden": "besuchte Zeit aller Termine",
}
_SUB = ("bestand_aktiv", "bestand_zaehlbar", "personen_unter_schwelle")
_MAIN = ("personen", "bestand")


def glance(report: Report) -> Section:
    """The month in one table, beside the previous month and a year ago."""
    return Section(
        key="blick",
        sheet="Auf einen Blick",
        title=f"Wie viele? {month_name(report.current.month)} im Vergleich",
        tables=(_compared(report), *_without_consent(report)),
        notes=tuple(filter(None, (_proof(report), *_removed(_months(report))))),
    )


def _columns(report: Report) -> list[Column]:
    names = [month_name(item.month) if item else "keine Zahlen" for item in _months(report)]
    return [
        NAME,
        Column(names[0], width=11),
        Column(f"Vormonat {names[1]}", width=11),
        Column("Veränderung zum Vormonat", "change", 13),
        Column(f"Vorjahr {names[2]}", width=11, on_page=report.year_ago is not None),
        Column("Veränderung zum Vorjahr", "change", 13, on_page=False),
        Column("Was gezählt wird", "text", 46, on_page=False),
    ]


def _compared(report: Report) -> Table:
    rows: list[Row] = []
    for title, names in _sections(report):
        rows.append(_group(title))
        for name in names:
            look: Look = "sub" if name in _SUB else "main" if name in _MAIN else "plain"
            rows.append(_compare(label(report, name), [_cell(item) for item in _months(report)], name, look))
    rows += [_group(f"Was sie taten (Kategorien mit den meisten Personen; {mapping_state(report)})"), *_doing(report)]
    return table("Der Monat neben dem Vormonat und dem Vorjahr", _columns(report), rows)


def _sections(report: Report) -> list[tuple[str, list[str]]]:
    """How many, coming and going, still there, time; sub-lines that the site switched off are left out."""
    previous, current = report.previous, report.current
    since = f"nach dem {previous.stichtag:%d.%m.} " if previous else ""
    sections = [
        ("Wie viele (Kalendermonat)", ["teilnahmen", "personen", "personen_unter_schwelle"]),
        (
            f"Wer kam, wer ging ({since}bis zum {current.stichtag:%d.%m.%Y})",
            ["eintritte", "eintritte_zaehlbar", "austritte"],
        ),
        (f"Wer da ist (am {current.stichtag:%d.%m.%Y})", ["bestand", "bestand_aktiv", "bestand_zaehlbar"]),
        ("Wie viel Zeit (Kalendermonat)", ["stunden"]),
    ]
    cell = current.cell
    return [(title, [name for name in names if getattr(cell, name) is not None]) for title, names in sections]


def _group(title: str) -> Row:
    return Row((title, "", "", "", "", "", ""), "group")


def _compare(title: str, cells: list[object], name: str, look: Look, meaning: str | None = None) -> Row:
    now, before, ago = (_whole(shown(cell, name)) for cell in cells)
    text = _SHORT.get(name, "") if meaning is None else meaning
    return Row((title, now, before, change(now, before), ago, change(now, ago), text), look)


def _whole(value: Value) -> Value:
    return round(value) if isinstance(value, float) else value


def _doing(report: Report) -> list[Row]:
    """What most persons did, and what no category takes."""
    note = words.NOT_ADDITIVE_SHORT
    rows = []
    for line in report.top_categories:
        cells: list[object] = [line.cell, line.previous, line.year_ago]
        rows.append(_compare(line.category.name, cells, "personen", "plain", note))
        note = ""
    if not rows:
        rows.append(Row(("keine Termine einer Kategorie im Monat", 0, None, None, None, None, "")))
    for line in report.categories:
        if line.category.code == UNMAPPED_CATEGORY and line.cell.personen:
            cells = [line.cell, line.previous, line.year_ago]
            rows.append(_compare(line.category.name, cells, "personen", "warning", "der Zuordnung fehlt ein Code"))
    return rows


def _without_consent(report: Report) -> list[Table]:
    """Persons without consent, apart from all other figures."""
    if report.legal_basis is None:
        return []
    cells: list[object] = [item.without_consent if item else None for item in _months(report)]
    rows = [
        _compare(f"{label(report, name)}, ohne Einwilligung", cells, name, "plain", "in keiner anderen Zahl enthalten")
        for name in MEASURES
    ]
    caption = f"{words.WITHOUT_CONSENT} (nicht Teil der Zahlen oben)"
    return [table(caption, _columns(report), rows, notes=[f"Rechtsgrundlage: {report.legal_basis}"], on_page=False)]


def _months(report: Report) -> tuple[Month, Month | None, Month | None]:
    return report.current, report.previous, report.year_ago


def _cell(month: Month | None) -> object:
    return month.cell if month else None


def _proof(report: Report) -> str:
    """Return how the stock follows from the previous one, so that a reader can check it ((d) 11)."""
    if report.previous is None:
        return ""
    before, cell = report.previous.cell, report.current.cell
    gap = cell.bestand - before.bestand - cell.eintritte + cell.austritte
    correction = f" {'+' if gap > 0 else '–'} Korrekturen {thousands(abs(gap))}" if gap else ""
    return (
        f"Probe: Bestand am {report.previous.stichtag:%d.%m.%Y} {thousands(before.bestand)} + Eintritte "
        f"{thousands(cell.eintritte)} – Austritte {thousands(cell.austritte)}{correction} = Bestand am "
        f"{report.current.stichtag:%d.%m.%Y} {thousands(cell.bestand)}."
    )


def _removed(months: tuple[Month | None, ...]) -> list[str]:
    """Say which of the months are without persons who were removed since (statement 8)."""
    there = [month for month in months if month and month.note]
    notes = dict.fromkeys(month.note for month in there)
    return [
        f"{', '.join(short_month(month.month) for month in there if month.note == note)}: {note}." for note in notes
    ]


def course(report: Report) -> Section:
    """The last twelve months as a table and one chart."""
    names = ["bestand", "bestand_aktiv", "bestand_zaehlbar", "eintritte", "eintritte_zaehlbar", "austritte"]
    names += ["austritte_zaehlbar", "teilnahmen", "personen", "stunden"]
    page = ("bestand", "eintritte", "austritte", "personen", "stunden")
    columns = [
        Column("Monat", "text", 10),
        Column("Stichtag", "date", 11, on_page=False),
        *(Column(label(report, n), "hours" if n == "stunden" else "number", 12, on_page=n in page) for n in names),
        Column("Lieferungen", "text", 13),
        Column("Stand", "text", 11),
    ]
    rows = [
        Row(
            (
                short_month(month.month),
                month.stichtag,
                *(shown(month.cell, name) for name in names),
                share_of(month.coverage),
                month.state,
            ),
            "main" if month == report.current else "plain",
        )
        for month in report.course
    ]
    chart = Chart(
        "Bestand, Eintritte und Austritte je Stichtag",
        f"Bestand als Linie, Eintritte und Austritte als Säulen, {len(rows)} Monate bis "
        f"{month_name(report.current.month)}.",
        bars=(2 + names.index("eintritte"), 2 + names.index("austritte")),
        line=2 + names.index("bestand"),
    )
    return Section(
        key="verlauf",
        sheet="Verlauf 12 Monate",
        title=f"Verlauf bis {month_name(report.current.month)}",
        tables=(table("Monate, die Zahlen haben", columns, rows, notes=_removed(report.course), chart=chart),),
    )


def vorhaben(report: Report) -> Section:
    """By Vorhaben, never by partner."""
    names = ["personen", "teilnahmen", "eintritte", "eintritte_zaehlbar", "austritte", "bestand", "bestand_aktiv"]
    names += ["personen_unter_schwelle", "stunden"]
    columns = [
        Column("Vorhaben", "text", 44),
        *(Column(label(report, name), "hours" if name == "stunden" else "number", 12) for name in names),
    ]
    total = Row(("Alle Vorhaben, jede Person einmal", *(shown(report.current.cell, name) for name in names)), "total")
    rows = [
        Row((report.vorhaben_name(line.vorhaben_id), *(shown(line.cell, name) for name in names)))
        for line in report.vorhaben
    ]
    notes = [words.NOT_ADDITIVE_VORHABEN]
    return Section(
        key="vorhaben",
        sheet="Vorhaben",
        title=f"Vorhaben im {month_name(report.current.month)}",
        tables=(table("Zahlen je Vorhaben", columns, [total, *rows], notes=notes),),
        on_page=False,
    )


def periods(report: Report) -> Section:
    """Quarters, rolling twelve months and years, each counted as itself."""
    names = ["personen", "teilnahmen", "eintritte", "eintritte_zaehlbar", "austritte", "bestand", "stunden"]
    columns = [
        Column("Zeitraum", "text", 34),
        Column("Stichtag", "date", 12),
        *(Column(words.SPAN_LABELS[name], "hours" if name == "stunden" else "number", 12) for name in names),
        Column("Lieferungen", "text", 13),
        Column("Stand", "text", 11),
    ]
    rows: list[Row] = []
    kind = ""
    for line in report.spans:
        if line.span.zeitraum != kind:
            kind = line.span.zeitraum
            rows.append(Row((words.SPAN_KINDS[kind], *[""] * (len(columns) - 1)), "group"))
        values = (shown(line.cell, name) for name in names)
        rows.append(Row((span_name(line), line.span.stichtag, *values, share_of(line.coverage), line.state)))
    return Section(
        key="zeitraeume",
        sheet="Quartale und Jahre",
        title="Quartale, zwölf Monate, Jahre",
        tables=(
            table(
                "Längere Zeiträume",
                columns,
                rows,
                notes=[words.SPANS_APART],
                empty="Noch ist kein Quartal ganz gezählt.",
            ),
        ),
        on_page=False,
    )


def state_line(report: Report) -> str:
    """Return Stichtag, coverage and state in one line."""
    month = report.current
    return f"Stichtag {month.stichtag:%d.%m.%Y} · {coverage_of(month)} · {month.state}"
