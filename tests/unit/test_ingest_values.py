"""Single values: dates, months, numbers, durations as German exports write them."""

from __future__ import annotations

from datetime import date

import pytest

from zaehlbar.ingest import values

FORMATS = ("%Y-%m-%d", "%d.%m.%Y")


@pytest.mark.parametrize(
    "text, expected",
    [
        ("2026-03-05", date(2026, 3, 5)),
        ("05.03.2026", date(2026, 3, 5)),
        ("5.3.2026", date(2026, 3, 5)),
        ("2026-03-05 00:00:00", date(2026, 3, 5)),
        ("2026-03-05T00:00", date(2026, 3, 5)),
        ("29.02.2024", date(2024, 2, 29)),
    ],
)
def test_dates_are_read(text: str, expected: date) -> None:
    assert values.parse_date(text, FORMATS) == expected


@pytest.mark.parametrize(
    "text",
    [
        "31.02.2026",
        "05.03.26",
        "1899-12-31",
        "2101-01-01",
        "2026-03-05 14:30",
        "03/05/2026",
        "29.02.2023",
        "x",
        "43952",
    ],
)
def test_dates_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no date|out of range"):
        values.parse_date(text, FORMATS)


def test_a_profile_cannot_allow_two_digit_years() -> None:
    with pytest.raises(ValueError, match="no date"):
        values.parse_date("05.03.26", ("%d.%m.%y",))


def test_a_format_without_a_day_gives_the_last_day_of_the_month() -> None:
    assert values.parse_date("02/2024", ("%m/%Y",)) == date(2024, 2, 29)
    assert values.parse_date("05.03.2026 14:30", ("%d.%m.%Y %H:%M",)) == date(2026, 3, 5)


def test_the_text_of_a_refused_value_is_not_in_the_error() -> None:
    with pytest.raises(ValueError, match="no date") as error:
        values.parse_date("Geheimrat", FORMATS)
    assert "Geheimrat" not in str(error.value)


@pytest.mark.parametrize(
    "text, separator, expected",
    [("1234", ",", 1234), ("1.234", ",", 1234), ("1.234,00", ",", 1234), ("12,0", ",", 12), ("12.0", ",", 12),
     ("1,234", ".", 1234), ("-7", ",", -7), ("007", ",", 7)],
)  # fmt: skip
def test_integers_are_read(text: str, separator: str, expected: int) -> None:
    assert values.parse_integer(text, separator) == expected


@pytest.mark.parametrize("text", ["12,5", "1.23.4", "zwölf", "", "1e3", "0x1F", "99999999999", "1" * 400, "--1"])
def test_integers_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="number"):
        values.parse_integer(text, ",")


@pytest.mark.parametrize(
    "text, expected",
    [("90", 90), ("90 min", 90), ("90 Min.", 90), ("2,5 h", 150), ("2.5h", 150), ("2 Std.", 120), ("1 Stunde", 60),
     ("2:30", 150), ("02:30:00", 150), ("2:30 h", 150), ("1 h 30 min", 90), ("2 Std 5", 125), ("1,33 h", 80),
     ("90,0", 90), ("26:30:00", 1590)],
)  # fmt: skip
def test_durations_are_read_in_minutes(text: str, expected: int) -> None:
    assert values.parse_minutes(text, ",", "min") == expected


def test_the_profiles_unit_holds_where_the_value_names_none() -> None:
    assert values.parse_minutes("2,5", ",", "h") == 150
    assert values.parse_minutes("90 min", ",", "h") == 90


@pytest.mark.parametrize("text", ["2:75", "viel", "7,5", "h", "1 h 90 min", "90 sek"])
def test_durations_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no "):
        values.parse_minutes(text, ",", "min")


@pytest.mark.parametrize(
    "text", ["2026-03", "03/2026", "3.2026", "202603", "März 2026", "Mrz. 2026", "2026-03-31", "01.03.2026"]
)
def test_months_are_read(text: str) -> None:
    assert values.parse_month(text) == "2026-03"


@pytest.mark.parametrize("text", ["2026-13", "13/2026", "Brumaire 2026", "2026", "1850-01"])
def test_months_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no|out of range"):
        values.parse_month(text)


def test_serial_dates_of_spreadsheets() -> None:
    assert values.parse_serial_date("43952") == date(2020, 5, 1)
    for text in ("2020", "99999", "43952.5", "1"):  # a year, beyond 2100, a moment, too small
        with pytest.raises(ValueError, match=r"no serial date|out of range"):
            values.parse_serial_date(text)
