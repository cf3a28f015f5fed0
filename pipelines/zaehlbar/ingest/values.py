"""Reading one value: dates, months, numbers, durations, truth values as German exports write them.

Belongs here: text in, value out, ValueError (without the text: it is personal) when it does not fit.
Does not belong here: columns (cast.py).
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from decimal import Decimal

FIRST_YEAR, LAST_YEAR = 1900, 2100
INT_LIMIT = 2**31 - 1
MAX_DIGITS = 24
_EXCEL_EPOCH = date(1899, 12, 30)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_GERMAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_MIDNIGHT = re.compile(r"[ T]0{1,2}:00(:00([.,]0+)?)?(Z|\+00:00)?$")
_SERIAL = re.compile(r"[1-9]\d{4}(\.0+)?")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januar jänner jan january",
            "februar feber feb february",
            "märz maerz mrz mär mar march",
            "april apr",
            "mai may",
            "juni jun june",
            "juli jul july",
            "august aug",
            "september sep sept",
            "oktober okt october oct",
            "november nov",
            "dezember dez december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH_FORMS = (
    (re.compile(r"(\d{4})-(\d{1,2})"), (1, 2)),
    (re.compile(r"(\d{1,2})[/.-](\d{4})"), (2, 1)),
    (re.compile(r"(\d{4})(\d{2})"), (1, 2)),
)
_MONTH_NAME = re.compile(r"([^\W\d_]+)\.?\s+(\d{4})")
_CLOCK = re.compile(r"(\d{1,4}):([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?\s*(?:h|std\.?|stunden?|uhr)?", re.IGNORECASE)
_HOURS_MINUTES = re.compile(r"(\d{1,4})\s*(?:h|std\.?|stunden?)\s*([0-5]?\d)\s*(?:m|min\.?|minuten?)?", re.IGNORECASE)
_AMOUNT = re.compile(r"([-+]?[\d.,]+)\s*(?:(h|std\.?|stunden?|hours?)|(m|min\.?|minuten?|minutes?))?", re.IGNORECASE)


def parse_date(text: str, formats: tuple[str, ...], *, spreadsheet: bool = False) -> date:
    """Return the date written in one of `formats`. Two-digit years, impossible days and years beyond 1900…2100 fail.

    A format without a day gives the last day of its month (domain.md (d) 7). In a spreadsheet ISO is always
    understood; a time of midnight behind a date is ignored.
    """
    if spreadsheet and "%Y-%m-%d" not in formats:
        formats = (*formats, "%Y-%m-%d")
    bare = _MIDNIGHT.sub("", text)
    for form in formats:
        value = _by_format(bare, form)
        if value is None and bare != text:
            value = _by_format(text, form)
        if value is not None:
            if FIRST_YEAR <= value.year <= LAST_YEAR:
                return value
            raise ValueError("year out of range")
    raise ValueError("no date")


def _by_format(text: str, form: str) -> date | None:
    try:
        if form == "%Y-%m-%d":
            found = _ISO.fullmatch(text)
            return date(int(found[1]), int(found[2]), int(found[3])) if found else None
        if form == "%d.%m.%Y":
            found = _GERMAN.fullmatch(text)
            return date(int(found[3]), int(found[2]), int(found[1])) if found else None
        if "%y" in form:
            return None
        value = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day, no moment
    except ValueError:
        return None
    has_day = any(sign in form for sign in ("%d", "%j", "%x", "%c", "%e"))
    return value if has_day else value.replace(day=monthrange(value.year, value.month)[1])


def parse_serial_date(text: str) -> date:
    """Return the date that a spreadsheet's bare number means (days since 30.12.1899)."""
    if not _SERIAL.fullmatch(text):
        raise ValueError("no serial date")
    value = _EXCEL_EPOCH + timedelta(days=int(text[:5]))
    if value.year > LAST_YEAR:
        raise ValueError("year out of range")
    return value


def parse_month(text: str) -> str:
    """Return JJJJ-MM from `2026-03`, `03/2026`, `03.2026`, `202603`, `März 2026` or a whole date."""
    for pattern, (year, month) in _MONTH_FORMS:
        if found := pattern.fullmatch(text):
            return _month(int(found[year]), int(found[month]))
    if found := _MONTH_NAME.fullmatch(text):
        return _month(int(found[2]), _MONTHS.get(found[1].casefold(), 0))
    value = parse_date(text, ("%Y-%m-%d", "%d.%m.%Y"))
    return _month(value.year, value.month)


def _month(year: int, month: int) -> str:
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        raise ValueError("no month")
    return f"{year:04d}-{month:02d}"


def month_ends(month: str) -> tuple[date, date]:
    """Return first and last day of the month JJJJ-MM."""
    year, number = int(month[:4]), int(month[5:7])
    return date(year, number, 1), date(year, number, monthrange(year, number)[1])


def parse_decimal(text: str, separator: str) -> Decimal:
    """Return the number; `separator` is the decimal sign, the other one groups thousands.

    `2.5` with a decimal comma is understood as well, because one or two digits are no group of thousands.
    """
    if len(text) > MAX_DIGITS:
        raise ValueError("no number")
    group = "." if separator == "," else ","
    if re.fullmatch(r"[-+]?\d+", text):
        return Decimal(text)
    if re.fullmatch(rf"[-+]?\d{{1,3}}(\{group}\d{{3}})+(\{separator}\d+)?", text):
        return Decimal(text.replace(group, "").replace(separator, "."))
    if re.fullmatch(rf"[-+]?\d+\{separator}\d+", text):
        return Decimal(text.replace(separator, "."))
    if re.fullmatch(rf"[-+]?\d+\{group}\d{{1,2}}", text):
        return Decimal(text.replace(group, "."))
    raise ValueError("no number")


def parse_integer(text: str, separator: str) -> int:
    """Return a whole number of 32 bits; `12,0` is one, `12,5` is none."""
    number = parse_decimal(text, separator)
    if number != number.to_integral_value() or abs(number) > INT_LIMIT:
        raise ValueError("no whole number")
    return int(number)


def parse_minutes(text: str, separator: str, unit: str) -> int:
    """Return minutes from `90`, `90 min`, `2,5 h`, `2 Std. 30 Min.`, `2:30`; `unit` (min, h) holds where none is named.

    Hours are rounded to whole minutes; a fraction of a minute is no duration.
    """
    if found := _CLOCK.fullmatch(text):
        return int(found[1]) * 60 + int(found[2]) + round(int(found[3] or 0) / 60)
    if found := _HOURS_MINUTES.fullmatch(text):
        return int(found[1]) * 60 + int(found[2])
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise ValueError("no duration")
    number = parse_decimal(found[1], separator)
    if found[2] or (not found[3] and unit == "h"):
        number = (number * 60).quantize(Decimal(1))
    if number != number.to_integral_value() or abs(number) > INT_LIMIT:
        raise ValueError("no duration in minutes")
    return int(number)
