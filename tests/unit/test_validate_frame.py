"""Helper columns: which participation an activity is measured against."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.spec.rule_cases import BASE, arrow_table

from zaehlbar.validate.frame import PARTICIPATION_FROM, PARTICIPATION_TO, add_participation, to_frame

FIRST, LATER = date(2026, 2, 10), date(2026, 4, 10)
FAR = date(9999, 12, 31)


def _within(day: date, participations: list[dict[str, Any]], **activity: Any) -> tuple[date | None, date | None]:
    rows = arrow_table("aktivitaet", [{**BASE["aktivitaet"], "datum": day, **activity}])
    others = [{"tn_nr": "A-OTHER", "eintritt_datum": date(2020, 1, 1)}, {"tn_nr": "Z-OTHER", "eintritt_datum": FAR}]
    table = arrow_table("teilnahme", [{**BASE["teilnahme"], **row} for row in [*others, *participations]])
    added = add_participation(rows, table)
    return added[PARTICIPATION_FROM][0].cast("int32").as_py(), added[PARTICIPATION_TO][0].cast("int32").as_py()


def _days(day: date) -> int:
    return (day - date(1970, 1, 1)).days


@pytest.mark.parametrize(
    "day, expected",
    [
        (date(2026, 2, 9), FIRST),
        (date(2026, 2, 10), FIRST),
        (date(2026, 4, 9), FIRST),
        (date(2026, 4, 10), LATER),
        (date(2027, 1, 1), LATER),
    ],
)
def test_last_participation_that_began_else_the_first(day: date, expected: date) -> None:
    both = [{"eintritt_datum": LATER}, {"eintritt_datum": FIRST, "austritt_datum": date(2026, 3, 1)}]
    assert _within(day, both)[0] == _days(expected)


def test_a_longer_earlier_participation_covers_a_shorter_later_one() -> None:
    both = [
        {"eintritt_datum": FIRST, "austritt_datum": date(2026, 6, 1)},
        {"eintritt_datum": LATER, "austritt_datum": date(2026, 4, 20)},
    ]
    assert _within(date(2026, 5, 1), both)[1] == _days(date(2026, 6, 1))


def test_month_totals_are_measured_by_whole_months() -> None:
    one = [{"eintritt_datum": FIRST, "austritt_datum": date(2026, 2, 20)}]
    widened = (_days(date(2026, 2, 1)), _days(date(2026, 2, 28)))
    assert _within(date(2026, 2, 28), one, periode="M") == widened
    assert _within(date(2026, 2, 28), one) == (_days(FIRST), _days(date(2026, 2, 20)))


def test_unknown_participant_has_none() -> None:
    assert _within(FIRST, [{"eintritt_datum": FIRST}], tn_nr="NOBODY") == (None, None)
    assert _within(FIRST, [{"eintritt_datum": FIRST}], tn_nr=None) == (None, None)


def test_without_participations_nothing_is_added() -> None:
    rows = arrow_table("aktivitaet", [dict(BASE["aktivitaet"])])
    assert add_participation(rows, None) is rows
    assert add_participation(rows, arrow_table("teilnahme", [])) is rows


def test_dtypes_are_those_great_expectations_is_fast_with() -> None:
    far = {**BASE["teilnahme"], "austritt_datum": FAR, "hemmnisse_anzahl_eintritt": 3}
    frame = to_frame(arrow_table("teilnahme", [far]), {"tn_nr", "austritt_datum", "hemmnisse_anzahl_eintritt", "plz"})
    kinds = {name: str(kind) for name, kind in frame.dtypes.items()}
    assert kinds["tn_nr"] == "str"
    assert kinds["austritt_datum"] == "datetime64[ms]"
    assert kinds["hemmnisse_anzahl_eintritt"] == "int64"
    assert frame["austritt_datum"][0].year == 9999
    assert frame.index.tolist() == [0]
