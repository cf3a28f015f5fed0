"""Where scope, version and increment of a delivery come from: manifest, file name, a cell, or the profile itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from zaehlbar.contract import Scope
from zaehlbar.contract.delivery import Increment
from zaehlbar.ingest import values
from zaehlbar.ingest.xlsx_package import column_number
from zaehlbar.site import PeriodSource, Profile, Site

_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%Y%m%d")
_TWO_DAYS = re.compile(r"(?:vom )?([0-9.]{8,10}) ?(?:-|–|bis|bis zum) ?([0-9.]{8,10})")
_VERSION = re.compile(r"(?i)\s*(?:version|vers\.?|v)?\.?\s*0*([0-9]{1,6})(?:[.,]0+)?\s*")


class PeriodError(ValueError):
    """Scope or version cannot be read; `field` says which part, never what stood there."""

    def __init__(self, field: str) -> None:
        super().__init__(f"not readable: {field}")
        self.field = field


@dataclass(frozen=True, slots=True)
class Stated:
    """What one source says; None where it is silent."""

    vorhaben_id: str | None = None
    tvp_id: str | None = None
    start: date | None = None
    end: date | None = None
    version: int | None = None
    increment: Increment | None = None

    def over(self, other: Stated) -> Stated:
        """Return this, completed by `other`."""
        mine = {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}
        return replace(other, **mine)


def from_profile(profile: Profile, site: Site) -> Stated:
    """Return what the profile states itself; a profile of one partner only names Vorhaben and TVP by that."""
    source = profile.zeitraum
    stated = Stated(profile.vorhaben_id, profile.tvp_id, source.von, source.bis, source.version, profile.umfang)
    users = [(v.vorhaben_id, p.tvp_id) for v in site.vorhaben for p in v.partner if p.profil == profile.profil]
    return stated.over(Stated(*users[0])) if len(users) == 1 else stated


def from_groups(groups: Mapping[str, str]) -> Stated:
    """Return what the named groups of a file name state. Raises PeriodError for an impossible month, day or version."""
    start = end = None
    if groups.get("monat"):
        start, end = _month(groups["monat"], "monat")
    if groups.get("von"):
        start = _day(groups["von"], "von", last=False)
    if groups.get("bis"):
        end = _day(groups["bis"], "bis", last=True)
    version = _number(groups["version"]) if groups.get("version") else None
    return Stated(groups.get("vorhaben_id") or None, groups.get("tvp_id") or None, start, end, version)


def from_manifest(row: Mapping[str, object]) -> Stated:
    """Return what the `lieferung` row states; `berichtsmonat` stands in for a missing period."""
    start, end = row.get("zeitraum_von"), row.get("zeitraum_bis")
    month = row.get("berichtsmonat")
    if isinstance(month, str) and (start is None or end is None):
        first, last = values.month_ends(month)
        start, end = start or first, end or last
    version, umfang = row.get("version"), row.get("umfang")
    increment: Increment | None = "zuwachs" if umfang == "zuwachs" else "voll" if umfang == "voll" else None
    return Stated(
        _text(row.get("vorhaben_id")),
        _text(row.get("tvp_id")),
        start if isinstance(start, date) else None,
        end if isinstance(end, date) else None,
        version if isinstance(version, int) else None,
        increment,
    )


def from_cells(cells: list[list[object]], source: PeriodSource) -> Stated:
    """Return what the cells named by the profile state. Raises PeriodError where one is empty or unreadable."""
    start, end = _span(_cell(cells, source.zelle_von), "von")
    if source.zelle_bis is not None:
        end = _span(_cell(cells, source.zelle_bis), "bis")[1]
    elif start == end and start.day == 1:  # a month kept as a date, shown as "März 2026"
        start, end = values.month_ends(start.isoformat()[:7])
    elif start == end:
        raise PeriodError("bis")
    version = None
    if source.zelle_version is not None:
        cell = _cell(cells, source.zelle_version)
        version = int(cell) if isinstance(cell, float) and cell.is_integer() else _number(str(cell))
    return Stated(start=start, end=end, version=version)


def scope_of(stated: Stated) -> Scope:
    """Return the scope. Raises PeriodError naming the first part that is missing or impossible."""
    for name, value in (
        ("vorhaben_id", stated.vorhaben_id),
        ("tvp_id", stated.tvp_id),
        ("von", stated.start),
        ("bis", stated.end),
    ):
        if value is None:
            raise PeriodError(name)
    assert stated.vorhaben_id and stated.tvp_id and stated.start and stated.end
    if stated.start > stated.end:
        raise PeriodError("von_nach_bis")
    return Scope(stated.vorhaben_id, stated.tvp_id, stated.start, stated.end, stated.increment or "voll")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _month(text: str, field: str) -> tuple[date, date]:
    try:
        return values.month_ends(values.parse_month(text.replace("_", "-")))
    except ValueError:
        raise PeriodError(field) from None


def _day(text: str, field: str, *, last: bool) -> date:
    """Read a day; a month means its first or last day."""
    try:
        return values.parse_date(text.replace("_", "-"), _DATES)
    except ValueError:
        return _month(text, field)[1 if last else 0]


def _number(text: str) -> int:
    found = _VERSION.fullmatch(text)
    if found is None:
        raise PeriodError("version")
    return int(found[1])


def _cell(cells: list[list[object]], reference: str | None) -> object:
    found = _CELL.fullmatch(reference or "")
    if found is None:
        raise PeriodError("zelle")
    row, column = int(found[2]) - 1, column_number(found[1].upper()) - 1
    value = cells[row][column] if 0 <= row < len(cells) and column < len(cells[row]) else ""
    return value


def _span(cell: object, field: str) -> tuple[date, date]:
    """Return both ends of what a cell says: a day is its own span; a month and `01.01.2026 - 31.03.2026` have two."""
    if isinstance(cell, datetime):
        return cell.date(), cell.date()
    if isinstance(cell, date):
        return cell, cell
    text = " ".join(str(cell).rpartition(":")[2].split())
    ends = _TWO_DAYS.fullmatch(text)
    if ends is not None:
        return _day(ends[1], "von", last=False), _day(ends[2], "bis", last=True)
    try:
        day = values.parse_date(text, _DATES)
        return day, day
    except ValueError:
        return _month(text, field)
