"""Looks of the workbooks: formats, page set-up, and writing cells that can never become a formula."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from zaehlbar.publish.blocks import UNKNOWN, Kind, Look, Value

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

BLUE, GREY, LIGHT, RED, ORANGE = "#1F3864", "#595959", "#EEF2F8", "#A61C1C", "#C55A11"
"""Blue and orange stay apart for colour-blind readers and in grey print."""

INTEGER, CHANGE, HOURS, DATE = "#,##0", "+#,##0;–#,##0;0", "#,##0.0", "dd.mm.yyyy"
_LONG, _SHORT = 770.0, 480.0
"""Room for a sheet on A4, in points, within the margins of `Sheet.page` and beside its head and foot."""
_SQUEEZE = 1.25
"""Sheets that are so many pages long are printed a little smaller, on one."""

_SPARE = 0.74
"""Programs differ in how wide a character is; a column that does not fit would be printed on a page of its own."""

HEAD_ROWS = 5
"""Rows of the head that every sheet has; its table begins below."""

FORMATS: dict[Kind, dict[str, Any]] = {
    "text": {},
    "number": {"num_format": INTEGER},
    "change": {"num_format": CHANGE, "font_color": GREY},
    "hours": {"num_format": HOURS},
    "share": {"num_format": "0 %", "font_color": GREY},
    "date": {"num_format": DATE},
}
LOOKS: dict[Look, dict[str, Any]] = {
    "plain": {"indent": 1},
    "sub": {"indent": 2, "font_color": GREY},
    "main": {"bold": True, "indent": 1},
    "total": {"bold": True, "bg_color": LIGHT, "bottom": 1, "top": 1},
    "group": {"bold": True, "font_color": BLUE, "bottom": 1, "bottom_color": BLUE, "valign": "bottom"},
    "warning": {"font_color": ORANGE, "indent": 1},
}
"""Properties of xlsxwriter by kind of a column and look of a row; only the first cell of a row is indented."""


class Sheet:
    """One worksheet with the common head and page set-up; rows and columns count from 0."""

    def __init__(self, book: Workbook, name: str, widths: Sequence[float]) -> None:
        self.raw: Worksheet = book.add_worksheet(name)
        self.last_column = len(widths) - 1
        self.widths = widths
        self.heights: dict[int, float] = {}
        """Rows that are not of the usual height, in points."""
        self._book = book
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        for column, width in enumerate(widths):
            self.raw.set_column(column, column, width, self.style())
        self.raw.hide_gridlines(2)

    def style(self, **properties: Any) -> Format:
        """Return the format with these properties (of xlsxwriter) on top of the common ones."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            common = {"font_name": "Arial", "font_size": 10, "valign": "vcenter"}
            self._formats[key] = self._book.add_format(common | properties)
        return self._formats[key]

    def write(self, row: int, column: int, value: Value, **properties: Any) -> None:
        """Write a number, a date or a text; a text stays text whatever it begins with.

        None becomes a dash, an empty text an empty cell.
        """
        if value is None:
            self.raw.write_string(row, column, UNKNOWN, self.style(**{"align": "right", **properties}))
        elif value == "":
            self.raw.write_blank(row, column, None, self.style(**properties))
        elif isinstance(value, str):
            self.raw.write_string(row, column, value, self.style(**properties))
        elif isinstance(value, date):
            self.raw.write_datetime(
                row, column, value, self.style(**{"num_format": DATE, "align": "right", **properties})
            )
        else:
            self.raw.write_number(row, column, value, self.style(**{"num_format": INTEGER, **properties}))

    def line(self, row: int, value: str, height: float | None = None, **properties: Any) -> None:
        """Write a text across the whole width of the sheet."""
        self.raw.merge_range(row, 0, row, self.last_column, "", self.style(text_wrap=True, **properties))
        self.write(row, 0, value, text_wrap=True, **properties)
        if height is not None:
            self.set_height(row, height)

    def set_height(self, row: int, points: float) -> None:
        """Set the height of a row and remember it."""
        self.raw.set_row(row, points)
        self.heights[row] = points

    def height(self, first: int, last: int) -> float:
        """Return the height of the rows `first` to `last`, in points."""
        return sum(self.heights.get(row, 15.0) for row in range(first, last + 1))

    def note(self, row: int, value: str) -> None:
        """Write a remark across the whole width, as high as it needs."""
        width = sum(self.widths) * 1.05
        height = 4 + 13 * sum(-(-len(line) // int(width)) or 1 for line in value.split("\n"))
        self.line(row, value, height, font_color=GREY, font_size=9, valign="top")

    def head(self, title: str, subtitle: str, marks: Sequence[str], distinction: str) -> None:
        """Write the head: title, what it is about, the marks (internal, proposal), and what the figures are not."""
        self.line(0, title, 26, bold=True, font_size=16, font_color=BLUE)
        self.line(1, subtitle, 18, font_color=GREY)
        self.line(2, " · ".join(marks), 18, bold=True, font_color=RED)
        self.line(3, distinction, 18, italic=True, font_color=GREY)

    def header_row(self, row: int, titles: Sequence[str], kinds: Sequence[Kind]) -> None:
        """Write the head of a table; columns of numbers are aligned like their numbers."""
        rows = 1
        for column, (title, kind) in enumerate(zip(titles, kinds, strict=True)):
            look = {"bold": True, "font_color": "white", "bg_color": BLUE, "text_wrap": True}
            look |= {"align": "left", "indent": 1} if kind == "text" else {"align": "right"}
            self.write(row, column, title or " ", **look)
            rows = max(rows, len(wrap(title, max(4, int(self.widths[column] * 0.95)), break_long_words=False)))
        self.set_height(row, 6 + 13.5 * rows)

    def page(
        self,
        *,
        freeze: int,
        repeat: int,
        last_row: int,
        parts: Sequence[int],
        note: str,
        header: str,
        footer: str,
    ) -> None:
        """A4, one page wide, marker in head and foot; `repeat`: last head row repeated on every page.

        `freeze`: first row that scrolls. `parts`: first rows of what is not to be cut; what fits on one page upright or
        across is printed on one, else a part that would be cut begins a page.
        """
        self.raw.freeze_panes(freeze, 1)
        self.raw.set_paper(9)
        self._fit(repeat, parts, last_row)
        self.raw.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.8)
        self.raw.repeat_rows(0, repeat)
        self.raw.print_area(0, 0, last_row, self.last_column)
        self.raw.set_header(f'&L&"Arial,Bold"&10{note}&R&"Arial,Regular"&9{_plain(header)}')
        self.raw.set_footer(f'&L&"Arial,Regular"&9{note}&C&9{_plain(footer)}&R&9Seite &P von &N')

    def _fit(self, repeat: int, parts: Sequence[int], last_row: int) -> None:
        wide = sum(5.25 * width + 3.75 for width in self.widths)
        high = self.height(0, last_row)
        across, upright = min(1.0, _LONG / wide), min(1.0, _SHORT / wide)
        pages_across, pages_upright = across * high / _SHORT, upright * high / _LONG
        if min(pages_across, pages_upright) <= _SQUEEZE:
            if across / max(1.0, pages_across) >= upright / max(1.0, pages_upright):
                self.raw.set_landscape()
            else:
                self.raw.set_portrait()
            self.raw.fit_to_pages(1, 1)
        else:
            self.raw.set_landscape()
            scale = across * _SPARE
            self.raw.set_print_scale(max(10, int(scale * 100)))
            self.raw.set_h_pagebreaks(self._breaks(parts, last_row, _SHORT / scale, self.height(0, repeat)))

    def _breaks(self, parts: Sequence[int], last_row: int, room: float, head: float) -> list[int]:
        """Return the rows before which a page ends: those of `parts` that would not end on the page they begin on."""
        found: list[int] = []
        begin = 0
        for first, after in zip(parts, [*parts[1:], last_row + 1], strict=True):
            used = self.height(begin, after - 1) + (head if found else 0)
            if first > begin and used > room:
                found.append(first)
                begin = first
        return found


def _plain(value: str) -> str:
    """An ampersand begins a code in Excel's headers, and 255 characters are all they hold."""
    return " " + value[:130].replace("&", "&&")
