"""What is said to be mapped differently is what differs, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings, strategies as st

from zaehlbar.categorize.difference import Moved, moved

START = date(2025, 1, 1)
DAYS = [START + timedelta(days=number) for number in range(-3, 25)]
CATEGORIES = st.sampled_from(["K-A", "K-B", "K-C"])


@st.composite
def spans(draw: st.DrawFn, code: str) -> list[tuple[Any, ...]]:
    """Zero to three spans of a code, one after the other, with gaps, open at the end or not."""
    edges = sorted(draw(st.sets(st.integers(0, 20), max_size=6)))
    days = [START + timedelta(days=number) for number in edges]
    found = [(code, draw(CATEGORIES), start, end) for start, end in zip(days[::2], days[1::2], strict=False)]
    return found + (
        [(code, draw(CATEGORIES), days[-1] + timedelta(days=1), None)] if days and draw(st.booleans()) else []
    )


MAPPINGS = st.tuples(spans("A01"), spans("A02")).map(lambda both: both[0] + both[1])


def on(mapping: Sequence[tuple[Any, ...]], code: str, day: date) -> str:
    found = [cat for own, cat, start, end in mapping if own == code and start <= day and (end is None or day <= end)]
    return found[0] if found else "K-0-NZ"


@settings(max_examples=200)
@given(old=MAPPINGS, new=MAPPINGS)
def test_moved_days_are_those_that_differ(old: list[tuple[Any, ...]], new: list[tuple[Any, ...]]) -> None:
    said = moved(old, new)
    for code in ("A01", "A02"):
        for day in DAYS:
            covering = [
                one
                for one in said
                if one.code == code and (one.von is None or one.von <= day) and (one.bis is None or day <= one.bis)
            ]
            pair = on(old, code, day), on(new, code, day)
            assert [(one.vorher, one.nachher) for one in covering] == ([] if pair[0] == pair[1] else [pair])


def test_neighbouring_days_are_one_line() -> None:
    old = [("A02", "K-ZUG", date(2023, 1, 1), date(2024, 12, 31)), ("A02", "K-ZUG", date(2025, 1, 1), None)]
    new = [("A02", "K-ZUG", date(2023, 1, 1), date(2024, 6, 14)), ("A02", "K-FEST", date(2024, 6, 15), None)]
    assert moved(old, new) == [Moved("A02", date(2024, 6, 15), None, "K-ZUG", "K-FEST")]
    assert moved(old, old[:1]) == [Moved("A02", date(2025, 1, 1), None, "K-ZUG", "K-0-NZ")]
    assert moved([], new[1:]) == [Moved("A02", date(2024, 6, 15), None, "K-0-NZ", "K-FEST")]
