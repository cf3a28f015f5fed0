"""Laws of the derived columns: occurrence numbers and age groups, each beside a slow and obvious rule."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import pyarrow as pa
from hypothesis import given, strategies as st
from tests.support.pseudonymize import pseudonymized

from zaehlbar.pseudonymize.age import age_groups

ACTIVITIES = st.lists(
    st.fixed_dictionaries(
        {
            "tn_nr": st.sampled_from(["TN-1", "TN-2"]),
            "aktivitaet_code": st.sampled_from(["C01", "C02"]),
            "datum": st.sampled_from([date(2026, 3, 2), date(2026, 3, 3)]),
            "dauer_min": st.none() | st.sampled_from([30, 60]),
            "format": st.none() | st.sampled_from(["EINZEL", "GRUPPE"]),
            "aktivitaet_lfd": st.none() | st.integers(1, 3),
        }
    ),
    max_size=10,
)
KEY = ("ix", "datum", "aktivitaet_code")


def numbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return pseudonymized({"aktivitaet": rows}).tables["aktivitaet"].to_pylist()


@given(ACTIVITIES, st.randoms(use_true_random=False))
def test_occurrence_numbers_complete_the_key_and_do_not_depend_on_row_order(
    rows: list[dict[str, Any]], random: Any
) -> None:
    one, other = numbered(rows), numbered(random.sample(rows, len(rows)))
    assert sorted(map(repr, one)) == sorted(map(repr, other))
    by_key: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for row in one:
        by_key[tuple(row[name] for name in KEY)].append(row["nr"])
    assert all(sorted(numbers) == list(range(len(numbers))) for numbers in by_key.values())


@given(ACTIVITIES)
def test_running_numbers_of_the_file_decide_last(rows: list[dict[str, Any]]) -> None:
    """A file that was sorted and counted anew gives its rows the same numbers, as far as they differ at all."""
    anew = [{**row, "aktivitaet_lfd": len(rows) - at} for at, row in enumerate(rows)]
    drop = "aktivitaet_lfd"
    one, other = ([{k: v for k, v in row.items() if k != drop} for row in numbered(it)] for it in (rows, anew))
    assert sorted(map(repr, one)) == sorted(map(repr, other))


def slow_group(birth: date | None, entry: date | None) -> str | None:
    if birth is None or entry is None or entry < birth:
        return None
    age = entry.year - birth.year - ((entry.month, entry.day) < (birth.month, birth.day))
    bounds = {18: "U18", 25: "18-24", 30: "25-29", 55: "30-54"}
    return next((group for bound, group in bounds.items() if age < bound), "55+")


DATES = st.none() | st.dates(date(1900, 1, 1), date(2100, 12, 31))


@st.composite
def around_birthdays(draw: st.DrawFn) -> tuple[date, date]:
    birth = draw(
        st.dates(date(1930, 1, 1), date(2020, 12, 31)) | st.sampled_from([date(2000, 2, 29), date(1996, 2, 29)])
    )
    year = birth.year + draw(st.sampled_from([0, 17, 18, 24, 25, 29, 30, 54, 55, 56]))
    return birth, date.fromordinal(date(year, birth.month, min(birth.day, 28)).toordinal() + draw(st.integers(-2, 4)))


@given(st.lists(st.tuples(DATES, DATES) | around_birthdays(), max_size=20))
def test_age_groups_are_exact(pairs: list[tuple[date | None, date | None]]) -> None:
    births, entries = (pa.array([pair[at] for pair in pairs], pa.date32()) for at in (0, 1))
    assert age_groups(births, entries).to_pylist() == [slow_group(*pair) for pair in pairs]
