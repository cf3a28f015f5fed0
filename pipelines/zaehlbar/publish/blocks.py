"""What a report is made of, whatever it is written as: sections of texts, tables and charts of their columns.

Workbook, page and PDF are written from the same sections, so that they cannot say different things.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Value = str | int | float | date | None
"""None: there is no figure ("–"); a counted zero is 0, an empty text an empty cell."""

Kind = Literal["text", "number", "change", "hours", "share", "date"]
"""How a column is aligned and its numbers are written; `share` is a fraction of 1."""

Look = Literal["plain", "sub", "main", "total", "group", "warning"]
"""What a row is: a sub-line (davon), an important line, a total, the head of a group, something to look after."""

UNKNOWN = "–"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; the first column of every table names its rows."""

    title: str
    kind: Kind = "number"
    width: float = 12
    """In a workbook, in characters."""
    on_page: bool = True
    """Whether page and PDF show it; a workbook shows all columns."""


@dataclass(frozen=True, slots=True)
class Row:
    values: tuple[Value, ...]
    look: Look = "plain"


@dataclass(frozen=True, slots=True)
class Chart:
    """A plot of columns of its table, over the rows that are no group heads and no totals."""

    title: str
    description: str
    """What the plot shows, in a sentence, for those who do not see it."""
    bars: tuple[int, ...] = ()
    """Columns drawn as bars, one beside the other."""
    line: int | None = None
    over_time: bool = False
    """Rows are months. Otherwise one column without a line is drawn as lying bars, with their labels."""

    @property
    def lying(self) -> bool:
        return self.line is None and len(self.bars) == 1 and not self.over_time


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption, its notes below it, and its chart."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    chart: Chart | None = None
    empty: str = ""
    """What is said where there is no row."""
    on_page: bool = True

    def drawn(self) -> list[Row]:
        """Return the rows a chart draws."""
        return [row for row in self.rows if row.look not in ("group", "total")]


@dataclass(frozen=True, slots=True)
class Section:
    """One sheet, and one section of the page."""

    key: str
    sheet: str
    """Name of the sheet, at most 31 characters."""
    title: str
    lead: str = ""
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    on_page: bool = True


@dataclass(frozen=True, slots=True)
class BigFigure:
    """One of the few figures that a reader sees first."""

    label: str
    value: str
    beside: str


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report: its head, its message in one minute, its sections in their order."""

    title: str
    subtitle: str
    state: str
    """Stichtag, coverage, vorläufig or endgültig."""
    marks: tuple[str, ...]
    """What stands on every sheet and page: internal, proposal."""
    distinction: str
    message: tuple[str, ...]
    figures: tuple[BigFigure, ...]
    first: tuple[Table, ...]
    """The charts of the first screen; their tables stand in the sections."""
    sections: tuple[Section, ...]
    footer: str
    fingerprint: str
    created: datetime
    """When the figures were counted."""


def written(value: Value, kind: Kind) -> str:
    """Return the value as German readers write it: 1.234,5 · +3 · 34 % · 15.06.2026."""
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if kind == "share":
        return f"{_german(round(value * 100), 0)} %"
    if kind == "change":
        return "0" if round(value) == 0 else f"{'+' if value > 0 else '–'}{_german(abs(round(value)), 0)}"
    return _german(value, 1 if kind == "hours" else 0)


def _german(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def table(
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    notes: Sequence[str] = (),
    chart: Chart | None = None,
    empty: str = "",
    on_page: bool = True,
) -> Table:
    """Return a table; every row has a value per column."""
    if any(len(row.values) != len(columns) for row in rows):
        raise ValueError(f"a row of {caption!r} has not {len(columns)} values")
    return Table(caption, tuple(columns), tuple(rows), tuple(note for note in notes if note), chart, empty, on_page)
