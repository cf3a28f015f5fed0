"""The office's day and the German names of the months: one calendar for everything with a deadline or a date on it.

Belongs here: what every room needs and no library says. Does not belong here: parsing of delivered dates (ingest).
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

TIMEZONE = ZoneInfo("Europe/Berlin")

MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
    "Dezember",
)  # fmt: skip


def today(moment: datetime | None = None) -> date:
    """Return the day in Germany at `moment` (aware; None: now), whatever the machine's own time zone is."""
    return datetime.now(TIMEZONE).date() if moment is None else moment.astimezone(TIMEZONE).date()
