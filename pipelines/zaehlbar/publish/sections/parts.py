"""What several sections share: columns of comparison, states in words, names of periods."""

from __future__ import annotations

from typing import Any

from zaehlbar.publish import words
from zaehlbar.publish.blocks import Column, Value
from zaehlbar.publish.report import Month, Report, SpanLine
from zaehlbar.publish.source import Coverage
from zaehlbar.publish.words import month_name


def label(report: Report, measure: str) -> str:
    """Return the name of a measure with the thresholds that the site decided."""
    rules = report.count.rules
    return words.label(measure, rules.schwelle_minuten, rules.aktiv_tage)


def share_of(coverage: Coverage) -> str:
    """Return "5 von 6": deliveries loaded of those expected."""
    return f"{coverage.loaded} von {coverage.expected}" if coverage.expected else "keine erwartet"


def coverage_of(month: Month) -> str:
    return f"{share_of(month.coverage)} Lieferungen" if month.coverage.expected else "keine Lieferung erwartet"


def mapping_state(report: Report) -> str:
    return report.count.rules.abstimmung


def shown(item: Any, name: str) -> Value:
    """Return a measure of a cell that may be unknown; hours as whole numbers are a matter of their column."""
    value: Value = None if item is None else getattr(item, name)
    return value


def change(now: Value, before: Value) -> Value:
    """Return the difference of two figures, both known."""
    if not isinstance(now, int | float) or not isinstance(before, int | float):
        return None
    return round(now) - round(before)


def part(value: Value, whole: Value) -> Value:
    """Return a share of 1; unknown without a whole."""
    if not isinstance(value, int | float) or not isinstance(whole, int | float) or not whole:
        return None
    return value / whole


def span_name(line: SpanLine) -> str:
    """Return e.g. "2. Quartal 2026", "Jahr 2025", "Juli 2025 bis Juni 2026"."""
    span = line.span
    if span.zeitraum == "jahr":
        return f"Jahr {span.ende.year}"
    if span.zeitraum == "quartal":
        return f"{(span.ende.month + 2) // 3}. Quartal {span.ende.year}"
    return f"{month_name(span.beginn)} bis {month_name(span.ende)}"


def twelve_title(report: Report, what: str) -> str:
    """Return the head of a column over the latest twelve months."""
    if report.twelve is None:
        return f"{what} in 12 Monaten"
    return f"{what} in 12 Monaten bis {words.short_month(report.twelve.span.ende)}"


def twelve_note(report: Report) -> str:
    """Say which twelve months stand beside the month, or that there are none yet."""
    if report.twelve is None:
        return "Zwölf Monate werden am Ende eines Quartals gezählt; bis dahin gibt es sie noch nicht."
    line = report.twelve
    return (
        f"12 Monate: {span_name(line)}, für sich gezählt, nicht die Summe der Monate "
        f"({share_of(line.coverage)} Lieferungen, {line.state})."
    )


NAME = Column("", "text", 44)
