"""Laws of counting on generated histories: the SQL agrees with the slow reference, closes and adds up.

A sample runs with the suite; `make count-laws` tries thousands (ZAEHLBAR_TEST_HISTORIES).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
from tests.support.counting import (
    History,
    added,
    counted,
    difference,
    expected,
    histories,
    not_closing,
    only,
    periods,
)

HISTORIES = int(os.environ.get("ZAEHLBAR_TEST_HISTORIES", "0"))
TOGETHER = 6
"""How many histories one count has at most: starting one costs more than counting a few rows."""


def sample(examples: int, part: int = 1) -> Callable[[Any], Any]:
    """Try so many examples with the suite; with the make target as many as have a part of the histories asked for."""
    # On average an example has half of the most histories.
    wanted = max(examples, -(-2 * HISTORIES // ((TOGETHER + 1) * part)))
    return settings(
        max_examples=wanted, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
    )


@sample(10)
@given(history=histories(TOGETHER))
def test_counting_agrees_with_the_reference_and_closes(history: History) -> None:
    """All cells of all periods, and Bestand = before + Eintritte - Austritte in each, formal and zählbar."""
    asked = periods(history)
    found = counted(history, asked)
    assert difference(found, expected(history, asked)) == {}
    assert not_closing(found, asked) == []


@sample(4, part=3)
@given(history=histories(TOGETHER), data=st.data())
def test_any_dimensions_can_be_asked_for(history: History, data: st.DataObject) -> None:
    names = st.sampled_from(["land", "jc", "vh", "quartier", "tvp"])
    sets = [tuple(sorted(chosen)) for chosen in data.draw(st.lists(st.sets(names), min_size=1, max_size=3))]
    asked = periods(history)[-3:]
    assert difference(counted(history, asked, sets), expected(history, asked, sets)) == {}


@sample(5, part=3)
@given(history=histories(TOGETHER), data=st.data())
def test_every_measure_is_a_sum_over_persons(history: History, data: st.DataObject) -> None:
    """Counting two disjoint sets of persons apart and adding gives the same: delta counting rests on it."""
    persons = sorted({row.person for row in history.rows})
    some = set(data.draw(st.lists(st.sampled_from(persons), unique=True)))
    asked = periods(history)
    parts = [counted(only(history, chosen), asked) for chosen in (some, set(persons) - some)]
    assert difference(added(*parts), counted(history, asked)) == {}
