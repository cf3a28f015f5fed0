"""The sheets a Jobcenter's month is read on: at a glance, by category, over twelve months, by Vorhaben and partner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from zaehlbar.categorize import UNMAPPED_CATEGORY
from zaehlbar.count.without_consent import MEASURES
from zaehlbar.publish import words
from zaehlbar.publish.report import CategoryLine, Month, PartnerLine, Report
from zaehlbar.publish.source import Cell, Coverage, WithoutConsent
from zaehlbar.publish.style import BLUE, CHANGE, GREY, HEAD_ROWS, HOURS, INTEGER, LIGHT, ORANGE, Sheet, Value
from zaehlbar.publish.words import month_name, plural, short_month, thousands

if TYPE_CHECKING:
    from xlsxwriter import Workbook

_FLOWS = ("eintritte", "eintritte_zaehlbar", "austritte")
_TITLE = "BIWAQ-Teilnahmen"


def glance(book: Workbook, report: Report) -> None:
    """Sheet "Auf einen Blick": the month in one sentence and one table, beside the previous month and a year ago."""
    sheet = Sheet(book, "Auf einen Blick", (44, 11, 11, 13, 11, 13, 46))
    head(sheet, report, f"{_TITLE} im {month_name(report.current.month)}")
    text = message(report)
    box = {"font_size": 12, "bold": True, "bg_color": LIGHT, "border": 1, "border_color": "#B4C0D4", "indent": 1}
    sheet.line(HEAD_ROWS, text, 18 * (text.count("\n") + 1) + 6, **box)
    row = HEAD_ROWS + 2
    months = (report.current, report.previous, report.year_ago)
    titles = [month_name(item.month) if item else "keine Zahlen" for item in months]
    heads = ["", titles[0], f"Vormonat\n{titles[1]}", "Veränderung\nzum Vormonat"]
    sheet.header_row(row, [*heads, f"Vorjahr\n{titles[2]}", "Veränderung zum Vorjahr", ""])
    sheet.write(row, 6, "Was gezählt wird", bold=True, font_color="white", bg_color=BLUE, indent=1)
    header = row
    for title, names in _glance_sections(report):
        row += 1
        section(sheet, row, title)
        for name in names:
            row += 1
            _measure_row(sheet, row, report, name)
    row = _doing_what(sheet, row + 1, report)
    row = _without_consent(sheet, row, report)
    row = _basis(sheet, row, report)
    page(sheet, report, freeze=(header + 1, 0), repeat=header, last_row=row)


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
        lines.append(f"Erst {_coverage(month)} sind da: Die Zahlen sind unvollständig.")
    return "\n".join(lines)


def _glance_sections(report: Report) -> list[tuple[str, list[str]]]:
    """How many, coming and going, still there, time; sub-lines that the site switched off are left out."""
    previous = report.previous
    since = f" (nach dem {previous.stichtag:%d.%m.}" if previous else " ("
    span = f"{since}{' ' if previous else ''}bis zum {report.current.stichtag:%d.%m.%Y})"
    sections = [
        ("Wie viele (Kalendermonat)", ["teilnahmen", "personen", "personen_unter_schwelle"]),
        (f"Wer kam, wer ging{span}", list(_FLOWS)),
        (f"Wer da ist (am {report.current.stichtag:%d.%m.%Y})", ["bestand", "bestand_aktiv"]),
        ("Wie viel Zeit (Kalendermonat)", ["stunden"]),
    ]
    cell = report.current.cell
    return [(title, [name for name in names if getattr(cell, name) is not None]) for title, names in sections]


_SHORT = {
    "teilnahmen": "Teilnahmen, die im Monat liefen",
    "personen": "verschiedene Personen dieser Teilnahmen, jede einmal",
    "personen_unter_schwelle": "Personen, die die Stundenschwelle noch nicht erreicht haben",
    "eintritte": "erster Tag der Teilnahme",
    "eintritte_zaehlbar": "Tag, an dem die Stundenschwelle erreicht wird",
    "austritte": "letzter Tag der Teilnahme",
    "bestand": "voriger Bestand + Eintritte (formal) – Austritte",
    "bestand_aktiv": "mit besuchtem Termin kurz vor dem Stichtag",
    "stunden": "besuchte Zeit aller Termine",
}


def _measure_row(sheet: Sheet, row: int, report: Report, name: str) -> None:
    rules = report.count.rules
    sub = name in ("bestand_aktiv", "personen_unter_schwelle")
    main = name in ("personen", "bestand")
    sheet.write(row, 0, words.label(name, rules.schwelle_minuten, rules.aktiv_tage), indent=2 if sub else 1, bold=main)
    _values(sheet, row, [item.cell if item else None for item in _months(report)], name, bold=main)
    sheet.write(row, 6, _SHORT[name], font_color=GREY, indent=1, font_size=9)
    sheet.raw.set_row(row, 17)


def _values(
    sheet: Sheet, row: int, cells: Sequence[Cell | WithoutConsent | None], name: str, *, bold: bool = False
) -> None:
    """Write current, previous, change, year ago, change; a change needs both."""
    values = [None if cell is None else getattr(cell, name) for cell in cells]
    current, previous, year_ago = [round(value) if isinstance(value, float) else value for value in values]
    for column, value in ((1, current), (2, previous), (4, year_ago)):
        sheet.write(row, column, value, bold=bold and column == 1, num_format=INTEGER)
    for column, base in ((3, previous), (5, year_ago)):
        change = None if base is None or current is None else current - base
        sheet.write(row, column, change, num_format=CHANGE, font_color=GREY)


def _doing_what(sheet: Sheet, row: int, report: Report) -> int:
    """Write what most persons did, and what no category takes; return the next free row."""
    section(sheet, row, f"Was sie taten (Kategorien mit den meisten Personen; {_mapping_state(report)})")
    note = words.NOT_ADDITIVE_SHORT
    for line in report.top_categories:
        row += 1
        sheet.write(row, 0, line.category.name, indent=1)
        _values(sheet, row, [line.cell, line.previous, line.year_ago], "personen")
        sheet.write(row, 6, note, font_color=GREY, indent=1, font_size=9)
        sheet.raw.set_row(row, 17)
        note = ""
    if not report.top_categories:
        row += 1
        sheet.write(row, 0, "keine Termine einer Kategorie im Monat", indent=1, font_color=GREY)
    for line in report.categories:
        if line.category.code == UNMAPPED_CATEGORY and line.cell.personen:
            row += 1
            sheet.write(row, 0, line.category.name, indent=1, font_color=ORANGE)
            _values(sheet, row, [line.cell, line.previous, line.year_ago], "personen")
            sheet.write(row, 6, "der Zuordnung fehlt ein Code", font_color=ORANGE, indent=1, font_size=9)
    return row + 1


def _without_consent(sheet: Sheet, row: int, report: Report) -> int:
    """Write the persons without consent, apart from all other figures; return the next free row."""
    if report.legal_basis is None:
        return row
    section(sheet, row, f"{words.WITHOUT_CONSENT} (nicht Teil der Zahlen oben)")
    rules = report.count.rules
    for name in MEASURES:
        row += 1
        label = words.label(name, rules.schwelle_minuten, rules.aktiv_tage)
        sheet.write(row, 0, f"{label}, ohne Einwilligung", indent=1)
        _values(sheet, row, [item.without_consent if item else None for item in _months(report)], name)
        sheet.write(row, 6, "in keiner anderen Zahl enthalten", font_color=GREY, indent=1, font_size=9)
        sheet.raw.set_row(row, 17)
    basis = f"Rechtsgrundlage: {report.legal_basis}"
    height = 14 * (1 + len(basis) // 150)
    sheet.line(row + 1, basis, height, font_color=GREY, font_size=9, indent=1, valign="top")
    return row + 2


def _basis(sheet: Sheet, row: int, report: Report) -> int:
    """Write on what the figures rest, for each of the months shown; return the last row."""
    section(sheet, row, "Worauf die Zahlen beruhen")
    facts: list[tuple[str, Callable[[Month], Value], str]] = [
        ("Stichtag", lambda month: month.stichtag, "Kalender der Site"),
        ("Lieferungen", _share, "geladene von erwarteten, alle Partner der Site"),
        ("Stand", lambda month: month.state, words.PROVISIONAL),
    ]
    for title, fact, meaning in facts:
        row += 1
        sheet.write(row, 0, title, indent=1)
        for column, month in zip((1, 2, 4), _months(report), strict=True):
            sheet.write(row, column, fact(month) if month else None, align="right")
        sheet.write(row, 6, meaning, font_color=GREY, indent=1, font_size=9, text_wrap=True)
        sheet.raw.set_row(row, 26 if len(meaning) > 48 else 17)
    row += 1
    proof = _proof(report)
    if proof:
        sheet.line(row, proof, 18, font_color=GREY, font_size=9, indent=1)
    return _removed(sheet, row, [month for month in _months(report) if month is not None])


def _removed(sheet: Sheet, row: int, months: Sequence[Month]) -> int:
    """Write which of the months are without persons who were removed since (statement 8); return the last row."""
    for note in dict.fromkeys(month.note for month in months if month.note):
        row += 1
        named = ", ".join(short_month(month.month) for month in months if month.note == note)
        sheet.line(row, f"{named}: {note}.", 17, font_color=GREY, font_size=9, indent=1)
    return row


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
        f"{report.current.stichtag:%d.%m.%Y} {thousands(cell.bestand)}"
    )


def categories(book: Workbook, report: Report) -> None:
    """Sheet "Kategorien": what was done, by category; all participations first, so that nobody adds the lines up."""
    sheet = Sheet(book, "Kategorien", (26, 44, 10, 10, 11, 10, 10, 9, 38))
    head(sheet, report, f"Was im {month_name(report.current.month)} getan wurde")
    row = HEAD_ROWS
    titles = ["Gruppe", "Kategorie", "Personen", "Personen im Vormonat", "Teilnahmen", "Neu in der Kategorie"]
    titles += ["Bestand am Stichtag", "Stunden", "Nächstliegendes Instrument (nur zum Vergleich)"]
    sheet.header_row(row, titles, left=2, height=46)
    sheet.write(row, 8, titles[8], bold=True, font_color="white", bg_color=BLUE, text_wrap=True, indent=1)
    header = row
    row += 1
    before = report.previous.cell if report.previous else None
    total = _category_values(report.current.cell, before)
    look = {"bold": True, "bg_color": LIGHT, "bottom": 1}
    _row(sheet, row, ["Insgesamt", "Alle Teilnahmen, jede Person einmal", *total, ""], look)
    group = ""
    for line in report.categories:
        row += 1
        first = line.category.group != group
        group = line.category.group
        _category_row(sheet, row, line, first=first)
    notes = [words.NOT_ADDITIVE, words.COMPARISON_ONLY, words.EVENTS_APART]
    for note in (f"Zuordnung: {_mapping_state(report)}.", *notes):
        row += 1
        sheet.line(row, note, 17, font_color=GREY, font_size=9)
    page(sheet, report, freeze=(header + 1, 2), repeat=header, last_row=row)


def _category_values(cell: Cell, previous: Cell | None) -> list[Value]:
    before = previous.personen if previous else None
    return [cell.personen, before, cell.teilnahmen, cell.eintritte, cell.bestand, cell.stunden]


def _category_row(sheet: Sheet, row: int, line: CategoryLine, *, first: bool) -> None:
    category = line.category
    name = category.name if category.unit in ("TN", "PERS") else f"{category.name} ({category.code})"
    analog = "" if category.analog == "keine" else category.analog
    look: dict[str, Any] = {"top": 1, "top_color": "#C9D2E0"} if first else {}
    values = _category_values(line.cell, line.previous)
    if category.code == UNMAPPED_CATEGORY and line.cell.personen:
        look["font_color"] = ORANGE
    _row(sheet, row, [category.group if first else "", name, *values, analog], look)
    sheet.write(row, 8, analog, **{**look, "font_color": GREY, "font_size": 9, "text_wrap": True, "indent": 1})
    sheet.raw.set_row(row, 26 if len(analog) > 42 else 17)


def course(book: Workbook, report: Report) -> None:
    """Sheet "Verlauf": the last twelve months as a table and one chart."""
    sheet = Sheet(book, "Verlauf", (9, 11, 11, 13, 13, 11, 10, 13, 12, 11, 14, 11))
    head(sheet, report, f"Verlauf bis {month_name(report.current.month)}")
    rules = report.count.rules
    names = ["bestand", "bestand_aktiv", *_FLOWS, "teilnahmen", "personen", "stunden"]
    titles = ["Monat", "Stichtag", *(words.label(name, rules.schwelle_minuten, rules.aktiv_tage) for name in names)]
    header = HEAD_ROWS
    sheet.header_row(header, [*titles, "Lieferungen", "Stand"], height=46)
    row = header
    for month in report.course:
        row += 1
        values: list[Value] = [getattr(month.cell, name) for name in names]
        look = {"bold": True, "bg_color": LIGHT} if month == report.current else {}
        _row(sheet, row, [short_month(month.month), month.stichtag, *values, _share(month), month.state], look)
        sheet.write(row, 10, _share(month), align="right", **look)
        color = GREY if month.final else ORANGE
        sheet.write(row, 11, month.state, align="right", font_color=color, **look)
    last = _removed(sheet, row, report.course)
    _chart(book, sheet, header + 1, row, below=last)
    page(sheet, report, freeze=(header + 1, 1), repeat=header, last_row=last + 20)


def _chart(book: Workbook, sheet: Sheet, first: int, last: int, *, below: int) -> None:
    """Columns for flows, a line for the stock; categories and values refer to rows `first` to `last`."""
    columns = book.add_chart({"type": "column"})
    line = book.add_chart({"type": "line"})
    name = sheet.raw.get_name()
    series = ((columns, 4, "Eintritte (formal)", BLUE), (columns, 6, "Austritte", ORANGE))
    for chart, column, title, color in series:
        chart.add_series(
            {
                "name": title,
                "categories": [name, first, 0, last, 0],
                "values": [name, first, column, last, column],
                "fill": {"color": color},
                "gap": 60,
                "data_labels": {"value": True, "font": {"size": 8, "color": color}},
            }
        )
    line.add_series(
        {
            "name": "Bestand am Stichtag",
            "categories": [name, first, 0, last, 0],
            "values": [name, first, 2, last, 2],
            "line": {"color": "#3F3F3F", "width": 2.25},
            "marker": {"type": "circle", "size": 5, "fill": {"color": "#3F3F3F"}, "border": {"color": "#3F3F3F"}},
            "data_labels": {"value": True, "position": "above", "font": {"size": 9}},
        }
    )
    columns.combine(line)
    columns.set_title({"name": "Bestand, Eintritte und Austritte je Stichtag", "name_font": {"size": 12, "bold": True}})
    columns.set_legend({"position": "bottom"})
    columns.set_y_axis(
        {"min": 0, "num_format": INTEGER, "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}}
    )
    columns.set_size({"width": 990, "height": 380})
    sheet.raw.insert_chart(
        below + 2, 0, columns, {"description": "Bestand als Linie, Eintritte und Austritte als Säulen, nach Monaten"}
    )


def partners(book: Workbook, report: Report) -> None:
    """Sheet "Vorhaben und Partner": for the Vorhabenträger only."""
    sheet = Sheet(book, "Vorhaben und Partner", (24, 42, 13, 12, 11, 11, 11, 12, 13, 18, 12, 12))
    head(sheet, report, f"Vorhaben und Partner im {month_name(report.current.month)}", "nur für den Vorhabenträger")
    rules = report.count.rules
    names = ["teilnahmen", "personen", *_FLOWS, "bestand", "bestand_aktiv", "personen_unter_schwelle", "stunden"]
    labels = [words.label(name, rules.schwelle_minuten, rules.aktiv_tage) for name in names]
    header = HEAD_ROWS
    sheet.header_row(header, ["Vorhaben", "Teilvorhabenpartner", *labels, "Lieferungen"], left=2, height=60)
    row = header + 1
    total = [getattr(report.current.cell, name) for name in names]
    look = {"bold": True, "bg_color": LIGHT, "bottom": 1}
    _row(sheet, row, ["Insgesamt", "", *total, _share(report.current)], look)
    sheet.write(row, 11, _share(report.current), align="right", **look)
    for line in report.partners:
        row += 1
        _partner_row(sheet, row, line, names)
    for note in (words.NOT_ADDITIVE_PARTNERS, words.PARTNERS_INTERNAL):
        row += 1
        sheet.line(row, note, 17, font_color=GREY, font_size=9)
    page(sheet, report, freeze=(header + 1, 2), repeat=header, last_row=row)


def _partner_row(sheet: Sheet, row: int, line: PartnerLine, names: list[str]) -> None:
    whole = line.tvp is None
    look = {"bold": True, "top": 1, "top_color": "#C9D2E0"} if whole else {}
    values: list[Value] = [getattr(line.cell, name) for name in names]
    first: list[Value] = [line.vorhaben if whole else "", "alle Partner" if line.tvp is None else line.tvp]
    share = _of(line.coverage) if line.coverage else ""
    _row(sheet, row, [*first, *values, ""], look)
    sheet.write(row, 11, share, align="right", **look)
    sheet.raw.set_row(row, 17)


def _row(sheet: Sheet, row: int, values: list[Value], look: dict[str, Any]) -> None:
    for column, value in enumerate(values):
        number = {"num_format": HOURS} if isinstance(value, float) else {}
        sheet.write(row, column, value, **{**number, **look})
    sheet.raw.set_row(row, 17)


def section(sheet: Sheet, row: int, title: str) -> None:
    sheet.line(row, title, 20, bold=True, font_color=BLUE, bottom=1, bottom_color=BLUE, valign="bottom")


def _months(report: Report) -> tuple[Month, Month | None, Month | None]:
    return report.current, report.previous, report.year_ago


def _share(month: Month) -> str:
    return _of(month.coverage)


def _of(coverage: Coverage) -> str:
    return f"{coverage.loaded} von {coverage.expected}" if coverage.expected else "keine erwartet"


def _coverage(month: Month) -> str:
    return f"{_share(month)} Lieferungen" if month.coverage.expected else "keine Lieferung erwartet"


def _mapping_state(report: Report) -> str:
    return "abgestimmt" if report.count.rules.kategorien_abgestimmt else words.PROPOSAL


def head(sheet: Sheet, report: Report, title: str, warning: str = "") -> None:
    month = report.current
    name = f"{report.jobcenter} ({report.jobcenter_nr})"
    subtitle = f"{name} · Stichtag {month.stichtag:%d.%m.%Y} · {_coverage(month)} · {month.state}"
    proposal = "" if report.count.rules.kategorien_abgestimmt else f"Zuordnung zu Kategorien: {words.PROPOSAL}"
    sheet.head(title, subtitle, " · ".join(filter(None, (warning, proposal))))


def page(sheet: Sheet, report: Report, *, freeze: tuple[int, int], repeat: int, last_row: int) -> None:
    count = report.count
    note = f" · {report.current.note}" if report.current.note else ""
    sheet.page(
        freeze=freeze,
        repeat=repeat,
        last_row=last_row,
        header=f"{report.jobcenter} · {month_name(report.current.month)} · {report.current.state}",
        footer=f"Lauf {count.lauf_id}, gezählt am {count.gezaehlt_am:%d.%m.%Y}{note}",
    )
