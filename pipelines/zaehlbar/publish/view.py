"""What page and PDF share: sections as plain values, every number written as German readers expect it, plots as SVG."""

from __future__ import annotations

from typing import Any

from zaehlbar.publish.blocks import Document, Section, Table, written
from zaehlbar.publish.plots import description, svg

_WIDE, _HALF, _NARROW = 960, 460, 370
"""Widths of plots in their own units: across the page, half of it, on a telephone."""


def sections(document: Document) -> list[dict[str, Any]]:
    """Return the sections that page and PDF show, with texts only."""
    return [_section(section) for section in document.sections if section.on_page]


def _section(section: Section) -> dict[str, Any]:
    tables = [_table(table) for table in section.tables if table.on_page]
    return {
        "key": section.key,
        "title": section.title,
        "lead": section.lead,
        "tables": tables,
        "notes": list(section.notes),
        "pairs": len(tables) > 4 and all(len(table["columns"]) <= 4 for table in tables),
    }


def _table(table: Table) -> dict[str, Any]:
    shown = [(at, column) for at, column in enumerate(table.columns) if column.on_page]
    bodies: list[dict[str, Any]] = []
    for row in table.rows:
        if row.look == "group" or not bodies:
            bodies.append({"title": row.values[0] if row.look == "group" else "", "rows": []})
        if row.look != "group":
            values = [written(value, column.kind) for value, column in zip(row.values, table.columns, strict=True)]
            bodies[-1]["rows"].append({"look": row.look, "values": values})
    return {
        "caption": table.caption,
        "columns": [
            {"at": at, "title": column.title, "kind": column.kind, "width": column.width} for at, column in shown
        ],
        "rows": len(table.rows),
        "bodies": bodies,
        "notes": list(table.notes),
        "empty": table.empty or "Keine Zahlen.",
    }


def plots(document: Document, *, narrow: bool) -> list[dict[str, Any]]:
    """Return the plots of the first screen; `narrow` adds a version of wide ones for telephones."""
    found = []
    for number, table in enumerate(document.first):
        if table.chart is None or not table.drawn():
            continue
        wide = not table.chart.lying
        found.append(
            {
                "title": table.chart.title,
                "description": description(table),
                "wide": wide,
                "svg": svg(table, f"bild{number}", width=_WIDE if wide else _HALF),
                "small": svg(table, f"bild{number}s", width=_NARROW) if wide and narrow else "",
            }
        )
    return found
