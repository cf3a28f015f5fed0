"""Which periods are counted, and from which day to which their flows run."""

from __future__ import annotations

from datetime import date

import pytest

from zaehlbar.count.period import MAX_MONTHS, Calendar
from zaehlbar.figures_cli import parse_request

MID = Calendar({date(2026, 3, 1): date(2026, 3, 12), date(2025, 12, 1): date(2025, 12, 11)}, "monatsmitte")


def test_every_month_and_what_ends_with_it() -> None:
    found = [(p.zeitraum, p.von, p.bis) for p in MID.periods(date(2025, 11, 20), date(2026, 3, 5))]
    assert found == [
        ("monat", date(2025, 11, 1), date(2025, 11, 30)),
        ("monat", date(2025, 12, 1), date(2025, 12, 31)),
        ("monat", date(2026, 1, 1), date(2026, 1, 31)),
        ("monat", date(2026, 2, 1), date(2026, 2, 28)),
        ("monat", date(2026, 3, 1), date(2026, 3, 31)),
        ("quartal", date(2025, 10, 1), date(2025, 12, 31)),
        ("quartal", date(2026, 1, 1), date(2026, 3, 31)),
        ("zwoelf_monate", date(2025, 1, 1), date(2025, 12, 31)),
        ("zwoelf_monate", date(2025, 4, 1), date(2026, 3, 31)),
        ("jahr", date(2025, 1, 1), date(2025, 12, 31)),
    ]
    assert [p.nummer for p in MID.periods(date(2025, 11, 20), date(2026, 3, 5))] == list(range(10))


def test_flows_run_from_the_stichtag_before_to_that_of_the_last_month() -> None:
    days = {
        kind: (p.fluss_von, p.fluss_bis, p.stichtag)
        for kind in ("monat", "quartal", "zwoelf_monate")
        for p in [MID.period(0, kind, date(2026, 3, 1))]  # type: ignore[arg-type]
    }
    end = date(2026, 3, 12)
    assert days["monat"] == (date(2026, 2, 15), end, end)
    assert days["quartal"] == (date(2025, 12, 11), end, end)
    assert days["zwoelf_monate"] == (date(2025, 3, 15), end, end)
    leap = Calendar({}, "monatsende").period(0, "jahr", date(2024, 12, 1))
    assert (leap.fluss_von, leap.stichtag) == (date(2023, 12, 31), date(2024, 12, 31))
    assert Calendar({}, "monatsende").stichtag(date(2024, 2, 1)) == date(2024, 2, 29)


def test_at_most_twenty_years_are_counted() -> None:
    periods = MID.periods(date(1990, 1, 1), date(2026, 3, 31))
    assert sum(p.zeitraum == "monat" for p in periods) == MAX_MONTHS
    assert min(p.bis for p in periods) == date(2006, 4, 30)


@pytest.mark.parametrize(
    "option, value, von, bis",
    [
        ("--month", "2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("--quarter", "2026-Q2", date(2026, 4, 1), date(2026, 6, 30)),
        ("--year", "2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("--twelve-months", "2026-02", date(2025, 3, 1), date(2026, 2, 28)),
    ],
)
def test_a_period_is_asked_for_by_one_option(option: str, value: str, von: date, bis: date) -> None:
    request = parse_request({option: value}, None, None, "quartier,land,category")
    assert (request.von, request.bis, request.places) == (von, bis, ("quartier", "land"))
    assert request.zeitraum != "frei"


@pytest.mark.parametrize(
    "spans, said",
    [
        ({"--quarter": "2026-Q5"}, "JJJJ-Q1"),
        ({"--year": "26"}, "JJJJ"),
        ({"--twelve-months": "2026-13"}, "letzter Monat"),
        ({"--month": "2026-01", "--year": "2026"}, "Entweder"),
    ],
)
def test_what_makes_no_sense_is_refused(spans: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_request(spans, None, None, "")
    with pytest.raises(ValueError, match="Entweder"):
        parse_request({"--year": "2026"}, "2026-01", None, "")
