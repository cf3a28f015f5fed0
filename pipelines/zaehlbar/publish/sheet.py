"""Writing a section as a sheet: head, tables below each other, notes, native charts, page set-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zaehlbar.publish.blocks import Chart, Column, Document, Row, Section, Table
from zaehlbar.publish.plots import BAR, LINE, SECOND
from zaehlbar.publish.style import FORMATS, GREY, HEAD_ROWS, LIGHT, LOOKS, Sheet

if TYPE_CHECKING:
    from xlsxwriter import Workbook

_WIDTH = 140.0
"""Of a sheet, at least, in characters."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rows that a chart draws stand."""

    sheet: str
    first: int
    last: int
    """Rows of heads of groups between them are labels without a bar."""


Places = dict[str, Place]
"""Caption of a table with a chart → where its rows stand."""


def write_workbook(book: Workbook, document: Document) -> None:
    """Write all sheets; the first one gets the message and the first chart of the page."""
    places: Places = {}
    first = None
    for section in document.sections:
        message = document.message if first is None else ()
        sheet, row, parts = _section(book, document, section, message, places)
        if first is None:
            first = (sheet, row, section, parts)
    lead = next((table for table in document.first if table.caption in places), None)
    if first is None:
        return
    sheet, row, section, parts = first
    if lead is not None and lead.chart is not None:
        parts = [*parts, row + 1]
        row = _insert(book, sheet, row + 1, lead, lead.chart, places[lead.caption])
    _page(sheet, document, section, row, parts, message=True)


def _section(
    book: Workbook, document: Document, section: Section, message: Sequence[str], places: Places
) -> tuple[Sheet, int, list[int]]:
    """Write the sheet of a section, `message` in a box above its tables.

    Return it, its first free row, and where its tables begin.
    """
    sheet = Sheet(book, section.sheet, _widths(section))
    sheet.head(
        section.title,
        f"{document.subtitle} · {document.title} · {document.state}",
        document.marks,
        document.distinction,
    )
    row = HEAD_ROWS
    if message:
        box = {"font_size": 12, "bold": True, "bg_color": LIGHT, "border": 1, "border_color": "#B4C0D4", "indent": 1}
        sheet.line(row, "\n".join(message), 18 * len(message) + 6, **box)
        row += 2
    if section.lead:
        sheet.note(row, section.lead)
        row += 2
    parts: list[int] = []
    for table in section.tables:
        parts.append(row)
        if len(section.tables) > 1:
            sheet.line(row, table.caption, 22, bold=True, font_size=12, valign="bottom")
            row += 1
        row = _table(book, sheet, row, table, places) + 1
    for note in section.notes:
        sheet.note(row, note)
        row += 1
    if not message:
        _page(sheet, document, section, row, parts)
    return sheet, row, parts


def _page(
    sheet: Sheet, document: Document, section: Section, row: int, parts: Sequence[int], *, message: bool = False
) -> None:
    """Set up printing. The head of a table is repeated on every page where the sheet has one table and no message."""
    single = len(section.tables) == 1 and bool(section.tables[0].rows) and not message
    head = HEAD_ROWS + (2 if section.lead else 0) if single else HEAD_ROWS - 1
    sheet.page(
        freeze=head + 1,
        repeat=head,
        last_row=max(row - 1, HEAD_ROWS),
        parts=parts,
        note=document.marks[0],
        header=f"{document.subtitle} · {document.title}",
        footer=document.footer,
    )


def _widths(section: Section) -> list[float]:
    """The widest column of the section's tables, place by place."""
    tables = [[column.width for column in table.columns] for table in section.tables] or [[44.0, 60.0]]
    number = max(2, *(len(widths) for widths in tables))
    found = [max((widths[at] for widths in tables if at < len(widths)), default=12) for at in range(number)]
    # A narrow sheet would be printed in huge letters.
    return [*found, _WIDTH - sum(found)] if sum(found) < _WIDTH - 10 else found


def _table(book: Workbook, sheet: Sheet, row: int, table: Table, places: Places) -> int:
    """Write head, rows, notes and chart; return the first free row."""
    if not table.rows:
        sheet.note(row, table.empty or "Keine Zahlen.")
        return row + 1
    sheet.header_row(row, [column.title for column in table.columns], [column.kind for column in table.columns])
    drawn: list[int] = []
    for one in table.rows:
        row += 1
        _row(sheet, row, one, table.columns)
        if one.look not in ("group", "total"):
            drawn.append(row)
    row += 1
    for note in table.notes:
        sheet.note(row, note)
        row += 1
    if table.chart is not None and drawn:
        place = Place(sheet.raw.get_name(), drawn[0], drawn[-1])
        places[table.caption] = place
        row = _insert(book, sheet, row + 1, table, table.chart, place)
    return row


def _row(sheet: Sheet, row: int, one: Row, columns: Sequence[Column]) -> None:
    look = LOOKS[one.look]
    if one.look == "group":
        sheet.line(row, str(one.values[0]), 20, **look)
        return
    height = 17.0
    for at, (value, column) in enumerate(zip(one.values, columns, strict=True)):
        properties: dict[str, Any] = {**FORMATS[column.kind], **look}
        if at > 0:
            properties.pop("indent", None)
        if column.kind == "text" and isinstance(value, str):
            small = {"font_size": 9, "font_color": GREY} if at > 1 and one.look != "total" else {}
            properties |= {"text_wrap": True, "indent": properties.get("indent", 1), **small}
            height = max(height, 4 + 13 * _lines(value, column.width * 1.12))
        elif isinstance(value, str):
            properties |= {"align": "right"}
        sheet.write(row, at, value, **properties)
    sheet.set_height(row, height)


def _lines(text: str, width: float) -> int:
    return sum(-(-len(line) // max(1, int(width))) or 1 for line in text.split("\n"))


def _insert(book: Workbook, sheet: Sheet, row: int, table: Table, chart: Chart, place: Place) -> int:
    """Insert the native chart of `table`, whose rows stand at `place`; return the first free row below it."""
    drawn = _chart(book, table, chart, place)
    number = place.last - place.first + 1
    height = 80 + 24 * number if chart.lying else 340
    drawn.set_size({"width": min(990, int(sum(sheet.widths) * 7)), "height": height})
    sheet.raw.insert_chart(row, 0, drawn, {"description": f"{chart.title}. {chart.description}", "object_position": 2})
    # A row is 20 pixels high unless it was set higher.
    return row + height // 20 + 2


def _chart(book: Workbook, table: Table, chart: Chart, place: Place) -> Any:
    columns = book.add_chart({"type": "bar" if chart.lying else "column"})
    for number, at in enumerate(chart.bars):
        color = (BAR, SECOND)[number % 2]
        columns.add_series(
            {
                "name": table.columns[at].title,
                "categories": _range(place, 0),
                "values": _range(place, at),
                "fill": {"color": color},
                "gap": 60,
                "data_labels": {"value": True, "font": {"size": 9, "color": color}},
            }
        )
    if chart.line is not None:
        columns.combine(_line(book, table, chart.line, place))
    columns.set_title({"name": chart.title, "name_font": {"size": 12, "bold": True}, "overlay": False})
    many = len(chart.bars) + (chart.line is not None) > 1
    columns.set_legend({"position": "bottom"} if many else {"none": True})
    grid = {"visible": True, "line": {"color": "#D9D9D9"}}
    values = {"min": 0, "num_format": FORMATS[table.columns[chart.bars[0]].kind]["num_format"], "major_gridlines": grid}
    if chart.lying:
        columns.set_y_axis({"reverse": True, "num_font": {"size": 9}})
        columns.set_x_axis({**values, "visible": False, "major_gridlines": {"visible": False}})
    else:
        columns.set_y_axis(values)
    return columns


def _line(book: Workbook, table: Table, at: int, place: Place) -> Any:
    line = book.add_chart({"type": "line"})
    line.add_series(
        {
            "name": table.columns[at].title,
            "categories": _range(place, 0),
            "values": _range(place, at),
            "line": {"color": LINE, "width": 2.25},
            "marker": {"type": "circle", "size": 5, "fill": {"color": LINE}, "border": {"color": LINE}},
            "data_labels": {"value": True, "position": "above", "font": {"size": 9}},
        }
    )
    return line


def _range(place: Place, column: int) -> list[str | int]:
    return [place.sheet, place.first, column, place.last, column]
