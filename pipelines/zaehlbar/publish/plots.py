"""Plots as SVG: columns with a line over months, and bars with their labels. Text stays text, so it can be read aloud.

A writer of our own, of two kinds of plot: of the libraries that draw SVG, Altair (there because of Great Expectations)
needs a browser's script, and Matplotlib sets text as outlines, weighs 60 MB on every provider's computer and half a
second at every start.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from textwrap import wrap

from zaehlbar.publish.blocks import Chart, Table, Value, written

BAR, SECOND, LINE, INK, GRID = "#1F3864", "#B9540F", "#2B2B2B", "#1A1A1A", "#D9D9D9"
"""Dark blue and orange stay apart for colour-blind readers and in grey print."""

_FONT = "Zaehlbar Sans, Arial, Helvetica, sans-serif"
Number = int | float


def svg(table: Table, name: str, *, width: int = 720) -> str:
    """Return the chart of `table` as one <svg> element, `width` units wide; `name` makes its ids unique on a page."""
    if table.chart is None:
        raise ValueError(f"{table.caption!r} has no chart")
    if table.chart.lying:
        body, height = _bars(table, table.chart, width)
    else:
        body, height = _course(table, table.chart, width)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-labelledby="{name}-t {name}-d" font-family="{_FONT}" fill="{INK}">'
        f'<title id="{name}-t">{escape(table.chart.title)}</title>'
        f'<desc id="{name}-d">{escape(description(table))}</desc>{body}</svg>'
    )


def description(table: Table) -> str:
    """Return what the chart shows, with its values: for those who do not see it."""
    if table.chart is None:
        return ""
    columns = [*table.chart.bars, *([] if table.chart.line is None else [table.chart.line])]
    parts = []
    for row in table.drawn():
        values = (f"{table.columns[at].title} {written(row.values[at], table.columns[at].kind)}" for at in columns)
        parts.append(f"{written(row.values[0], 'text')}: {', '.join(values)}")
    return f"{table.chart.description} {'; '.join(parts)}."


def _text(
    x: float, y: float, value: str, size: float, *, anchor: str = "start", color: str = INK, bold: bool = False
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}" fill="{color}"{weight}>'
        f"{escape(value)}</text>"
    )


def _number(value: Value) -> Number | None:
    return value if isinstance(value, int | float) else None


def _bars(table: Table, chart: Chart, width: int) -> tuple[str, int]:
    """A bar per row, its label above it, its value at its end: labels of any length stay readable."""
    at = chart.bars[0]
    kind = table.columns[at].kind
    size, bar, gap = 13, 11, 10
    rows = [(str(row.values[0]), _number(row.values[at])) for row in table.drawn()]
    longest = max((number or 0 for _, number in rows), default=0) or 1
    room, y, body = width - 64, 0.0, []
    for label, number in rows:
        for line in wrap(label, max(12, int(width / (size * 0.54)))) or [""]:
            y += size + 2
            body.append(_text(0, y, line, size))
        y += 5
        length = 0 if number is None else max(number / longest * room, 1.5 if number else 0)
        if length:
            body.append(f'<rect x="0" y="{y:.1f}" width="{length:.1f}" height="{bar}" fill="{BAR}"/>')
        body.append(_text(length + (6 if length else 0), y + bar - 1, written(number, kind), size, bold=True))
        y += bar + gap
    return "".join(body), math.ceil(max(y, 1))


def _course(table: Table, chart: Chart, width: int) -> tuple[str, int]:
    """Bars side by side and a line over the rows; a month without figures stays empty and says so."""
    rows = table.drawn()
    narrow = width < 500
    height, left, right, top, bottom = (300 if narrow else 290), 34, 8, 40, 38
    plot_w, plot_h = width - left - right, height - top - bottom
    columns = [*chart.bars, *([] if chart.line is None else [chart.line])]
    highest = max((_number(row.values[at]) or 0 for row in rows for at in columns), default=0)
    step = _step(highest)
    scale = plot_h / (step * max(1, math.ceil(highest * 1.04 / step)))
    base = top + plot_h
    body = []
    for tick in range(0, round(plot_h / scale) + 1, step):
        y = base - tick * scale
        body.append(f'<line x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GRID}"/>')
        body.append(_text(left - 6, y + 4, written(tick, "number"), 11, anchor="end"))
    slot = plot_w / max(1, len(rows))
    thick = min(16.0, slot * 0.36)
    for number, row in enumerate(rows):
        middle = left + slot * (number + 0.5)
        body.extend(_month_label(str(row.values[0]), middle, base, narrow=narrow, shown=(len(rows) - number) % 2 == 1))
        if all(row.values[at] is None for at in columns):
            body.append(_text(middle, base - 6, "–", 12, anchor="middle"))
        for place, at in enumerate(chart.bars):
            value = _number(row.values[at])
            x = middle + (place - len(chart.bars) / 2) * thick
            if value is not None:
                color = (BAR, SECOND)[place % 2]
                body.append(
                    f'<rect x="{x:.1f}" y="{base - value * scale:.1f}" width="{thick - 1:.1f}" '
                    f'height="{value * scale:.1f}" fill="{color}"/>'
                )
                if not narrow:
                    y = base - value * scale - 3
                    body.append(
                        _text(x + thick / 2 - 0.5, y, written(value, "number"), 10, anchor="middle", color=color)
                    )
    if chart.line is not None:
        body.append(_line([_number(row.values[chart.line]) for row in rows], left, slot, base, scale, narrow=narrow))
    body.append(_legend(table, chart, left, width))
    return "".join(body), height


def _month_label(label: str, x: float, base: float, *, narrow: bool, shown: bool) -> list[str]:
    """The month below its bars, the year under it; on a narrow plot every other month."""
    if narrow and not shown:
        return []
    month, _, year = label.partition(" ")
    return [_text(x, base + 16, month, 12, anchor="middle"), _text(x, base + 30, year, 11, anchor="middle")]


def _line(values: Sequence[Number | None], left: float, slot: float, base: float, scale: float, *, narrow: bool) -> str:
    points = [
        None if value is None else (left + slot * (number + 0.5), base - value * scale, value)
        for number, value in enumerate(values)
    ]
    parts = [
        f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" stroke="{LINE}" stroke-width="2.5"/>'
        for a, b in pairwise(points)
        if a and b
    ]
    for number, point in enumerate(points):
        if point:
            parts.append(f'<circle cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="3.5" fill="{LINE}"/>')
            if not narrow or (len(points) - number) % 2 == 1:
                label = written(point[2], "number")
                parts.append(_text(point[0], point[1] - 8, label, 12, anchor="middle", bold=True))
    return "".join(parts)


def _legend(table: Table, chart: Chart, left: float, width: int) -> str:
    parts, x, y = [], left, 13.0
    entries = [(table.columns[at].title, (BAR, SECOND)[place % 2]) for place, at in enumerate(chart.bars)]
    if chart.line is not None:
        entries.insert(0, (table.columns[chart.line].title, LINE))
    for title, color in entries:
        wide = 20 + len(title) * 6.7
        if x > left and x + wide > width:
            x, y = left, y + 17
        parts.append(f'<rect x="{x:.1f}" y="{y - 9:.1f}" width="11" height="11" fill="{color}"/>')
        parts.append(_text(x + 16, y, title, 12))
        x += wide + 12
    return "".join(parts)


def _step(highest: Number) -> int:
    """Return the distance of the lines of the grid: 1, 2 or 5 times a power of ten, at most six lines."""
    step = 1
    while highest / step > 5:
        lead = int(str(step)[0])
        step = step // lead * {1: 2, 2: 5, 5: 10}[lead]
    return step
