"""Looks of the workbooks: formats, page set-up, and writing cells that can never become a formula."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from zaehlbar.publish.words import DISTINCTION, NOTE

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

BLUE, GREY, LIGHT, RED, ORANGE = "#1F3864", "#595959", "#EEF2F8", "#A61C1C", "#C55A11"
"""Blue and orange stay apart for colour-blind readers and in grey print."""

INTEGER, CHANGE, HOURS, DATE = "#,##0", "+#,##0;–#,##0;0", "#,##0.0", "dd.mm.yyyy"
UNKNOWN = "–"
"""Stands where no figure exists; a counted zero is 0."""

HEAD_ROWS = 5
"""Rows of the head that every sheet has; its table begins below."""

Value = str | int | float | date | None


class Sheet:
    """One worksheet with the common head and page set-up; rows and columns count from 0."""

    def __init__(self, book: Workbook, name: str, widths: Sequence[float]) -> None:
        self.raw: Worksheet = book.add_worksheet(name)
        self.last_column = len(widths) - 1
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
            self.raw.set_row(row, height)

    def head(self, title: str, subtitle: str, warning: str) -> None:
        """Write the head: title, what it is about, the marker (with a warning), and what the figures are not."""
        self.line(0, title, 26, bold=True, font_size=16, font_color=BLUE)
        self.line(1, subtitle, 18, font_color=GREY)
        self.line(2, " · ".join(filter(None, (NOTE, warning))), 18, bold=True, font_color=RED)
        self.line(3, DISTINCTION, 18, italic=True, font_color=GREY)

    def header_row(self, row: int, titles: Sequence[str], *, left: int = 1, height: float = 32) -> None:
        """Write the head of a table; all but the first `left` columns are aligned like numbers."""
        self.raw.set_row(row, height)
        for column, title in enumerate(titles):
            align = "left" if column < left else "right"
            lines = re.sub(r" (?=\(|unter |am |im |zum )", "\n", title) if column >= left else title
            self.write(row, column, lines, bold=True, font_color="white", bg_color=BLUE, text_wrap=True, align=align)

    def page(self, *, freeze: tuple[int, int], repeat: int, last_row: int, header: str, footer: str) -> None:
        """A4 landscape, one page wide, marker in head and foot; `repeat`: last head row repeated on every page."""
        self.raw.freeze_panes(*freeze)
        self.raw.set_landscape()
        self.raw.set_paper(9)
        self.raw.fit_to_pages(1, 0)
        self.raw.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.8)
        self.raw.repeat_rows(0, repeat)
        self.raw.print_area(0, 0, last_row, self.last_column)
        self.raw.set_header(f'&L&"Arial,Bold"&10{NOTE}&R&"Arial,Regular"&9{_plain(header)}')
        self.raw.set_footer(f'&L&"Arial,Regular"&9{NOTE}&C&9{_plain(footer)}&R&9Seite &P von &N')


def _plain(value: str) -> str:
    """An ampersand begins a code in Excel's headers, and 255 characters are all they hold."""
    return " " + value[:130].replace("&", "&&")
