"""Internal figures for scripts and tests: any period, by any of the dimensions, counted from the facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, text

from zaehlbar.count.engine import MEASURES, SETS, count_cells
from zaehlbar.count.period import Calendar, Kind, Period, load_calendar, load_rules, month_end, months_between
from zaehlbar.count.standing import Frozen, frozen_cells, frozen_period, notes_of_frozen, notes_of_recount
from zaehlbar.count.without_consent import without_consent
from zaehlbar.dates import today

DIMENSIONS = {
    "land": "land", "jobcenter": "jc", "vorhaben": "vh", "quartier": "quartier", "tvp": "tvp", "category": "kat"
}  # fmt: skip
NOTE = "intern, nicht zur Weitergabe"
DISTINCTION = (
    "Ergänzende Größe: Teilnahmen an BIWAQ (freiwillig; nicht Teil von K3E2 nach § 48a SGB II; nicht addierbar)"
)


class NothingCounted(LookupError):
    """No run has counted this, and none can any more or has yet, so there is nothing to show."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to count: the days `von` to `bis` inclusive; flows of a `zeitraum` run from Stichtag to Stichtag.

    Of a month, quarter, year or twelve months `von` and `bis` are the first and last day.
    """

    von: date
    bis: date
    by: tuple[str, ...] = ()
    zeitraum: Kind = "frei"
    as_of: date | None = None
    """Count as it was known after the last count of that day, under its rules; None: as known now."""
    as_of_run: int | None = None
    """The same for the last count until a run: a day may have several."""

    @property
    def past(self) -> bool:
        """Whether it is counted as it was known at some time."""
        return self.as_of is not None or self.as_of_run is not None

    @property
    def places(self) -> tuple[str, ...]:
        """The dimensions asked for, beside the category, as counting names them."""
        return tuple(DIMENSIONS[name] for name in self.by if name != "category")


def figures(connection: Connection, request: Request) -> dict[str, Any]:
    """Count `request` on the facts as they are known now (or were: `as_of`) and return them with their rules.

    A period with a month whose persons went by retention is read as it was counted last. `hinweise` says where persons
    were removed since (statement 8). `zeilen` has one entry per combination of `request.by` (none: one entry for all),
    each with the measures of the period and `bestand_stichtage`: the stock (Teilnahmen, Personen) on every Stichtag
    within it.
    Raises NothingCounted before the first count, and for such a period where no run has counted what is asked.
    """
    last = _last_count(connection, request)
    frozen = None
    if request.zeitraum != "frei" and not request.past:
        frozen = frozen_period(connection, request.von, request.bis)
    source = frozen or last
    rules = load_rules(connection, source.regelwerk_nr)
    periods = _periods(request, load_calendar(connection, rules))
    if frozen is not None:
        cells = _stored(connection, request, periods, frozen)
        notes = notes_of_frozen(connection, frozen)
    else:
        newest = connection.execute(text("select coalesce(max(lauf_id), 0) from betrieb.lauf")).scalar_one()
        stand = last.lauf_id if request.past else newest
        cells = count_cells(connection, periods, rules, stand, [request.places])
        counted = last.gezaehlt_am if request.past else None
        notes = notes_of_recount(connection, request.von, request.bis, counted)
    rows = _rows(cells, request, periods)
    return {
        "hinweis": NOTE,
        "abgrenzung": DISTINCTION,
        "von": request.von.isoformat(),
        "bis": request.bis.isoformat(),
        "zeitraum": request.zeitraum,
        "stichtag": periods[0].stichtag.isoformat(),
        "stichtag_vorher": periods[0].fluss_von.isoformat(),
        "nach": list(request.by),
        **_provenance(connection, source, request),
        "hinweise": notes,
        "zeilen": rows,
        "ohne_einwilligung": _without_consent(connection, source.regelwerk_nr, request),
    }


def _stored(connection: Connection, request: Request, periods: Sequence[Period], frozen: Frozen) -> pa.Table:
    """Return the figures that stay as they were counted; what was never counted of them never will be."""
    span = f"{request.von:%d.%m.%Y} bis {request.bis:%d.%m.%Y}"
    if set(request.places) not in map(set, SETS):
        raise NothingCounted(f"Nach {', '.join(request.by)} wurde {span} nicht gezählt, bevor die Aufbewahrung ablief.")
    cells = frozen_cells(connection, periods, frozen)
    if not cells:
        raise NothingCounted(f"Der Zeitraum {span} wurde nicht gezählt, bevor die Aufbewahrung ablief.")
    return cells


def _without_consent(connection: Connection, regelwerk_nr: int, request: Request) -> dict[str, Any] | None:
    """A line of its own; None where the site does not count it, or for a past day: these numbers have no history."""
    if request.past:
        return None
    return without_consent(connection, regelwerk_nr, request.von, request.bis, by_jobcenter="jobcenter" in request.by)


def _last_count(connection: Connection, request: Request) -> Any:
    """Return the last count (until the day or run asked for); NothingCounted when there is none."""
    row = connection.execute(
        text("""
            select lauf_id, regelwerk_nr, gezaehlt_am from zahl.zaehlung
            where (cast(:day as date) is null or (gezaehlt_am at time zone 'Europe/Berlin')::date <= :day)
                and (cast(:run as integer) is null or lauf_id <= :run)
            order by lauf_id desc limit 1
            """),
        {"day": request.as_of, "run": request.as_of_run},
    ).one_or_none()
    if row is not None:
        return row
    if request.as_of is not None:
        raise NothingCounted(f"Bis zum {request.as_of:%d.%m.%Y} wurde noch nichts gezählt.")
    if request.as_of_run is not None:
        raise NothingCounted(f"Bis zum Lauf {request.as_of_run} wurde noch nichts gezählt.")
    raise NothingCounted("Es wurde noch nichts gezählt. Laden Sie zuerst: zaehlbar run")


def _periods(request: Request, calendar: Calendar) -> list[Period]:
    """Period 0 is the one asked for; further ones are single days, the Stichtage within it."""
    if request.zeitraum != "frei":
        main = calendar.period(0, request.zeitraum, request.bis.replace(day=1))
    else:
        before = request.von - timedelta(days=1)
        main = Period(0, request.von, request.bis, before, request.bis, request.bis)
    days = sorted({calendar.stichtag(month) for month in months_between(request.von, month_end(request.bis))})
    inside = [day for day in days if request.von <= day <= request.bis]
    return [main, *(Period(number, day, day, day, day, day) for number, day in enumerate(inside, start=1))]


def _rows(counted: pa.Table, request: Request, periods: Sequence[Period]) -> list[dict[str, Any]]:
    wanted = pa.scalar(True)
    for name, column in DIMENSIONS.items():
        total = pc.equal(counted.column(column), "*")
        wanted = pc.and_(wanted, pc.invert(total) if name in request.by else total)
    order = [(name, "ascending") for name in (*DIMENSIONS.values(), "periode")]
    result = counted.filter(wanted).sort_by(order).to_pylist()
    cells: dict[tuple[str, ...], dict[str, Any]] = {}
    stichtage = {period.nummer: period.stichtag.isoformat() for period in periods[1:]}
    for row in result:
        key = tuple(row[column] for column in DIMENSIONS.values())
        cell = cells.setdefault(key, _empty(request, row, list(stichtage.values())))
        if row["periode"] == 0:
            cell |= _measures(row)
        else:
            cell["bestand_stichtage"][stichtage[row["periode"]]] = {
                "teilnahmen": int(row["bestand"]),
                "personen": int(row["bestand_personen"]),
            }
    if not cells and not request.by:
        empty = dict.fromkeys((*DIMENSIONS.values(), *_ALL), 0)
        cells[()] = _empty(request, empty, list(stichtage.values())) | _measures(empty)
    for cell in cells.values():
        days = cell.pop("bestand_stichtage")
        cell["bestand_stichtage"] = [{"stichtag": day, **values} for day, values in sorted(days.items())]
    return [cell for cell in cells.values() if _anything(cell) or not request.by]


_ALL = tuple(name for name in MEASURES if name != "dauer_min")
"""Measures shown as whole numbers; minutes are shown as hours."""


def _empty(request: Request, row: Any, stichtage: Sequence[str]) -> dict[str, Any]:
    cell: dict[str, Any] = {name: row[DIMENSIONS[name]] for name in DIMENSIONS if name in request.by}
    cell |= dict.fromkeys(_ALL, 0) | {"stunden": 0.0}
    cell["bestand_stichtage"] = {day: {"teilnahmen": 0, "personen": 0} for day in stichtage}
    return cell


def _measures(row: Any) -> dict[str, Any]:
    values: dict[str, Any] = {name: None if row[name] is None else int(row[name]) for name in _ALL}
    minutes = row.get("dauer_min") or 0
    return values | {"stunden": round(float(minutes) / 60, 2)}


def _anything(cell: dict[str, Any]) -> bool:
    return any(cell[name] for name in (*_ALL, "stunden")) or any(day["teilnahmen"] for day in cell["bestand_stichtage"])


def _provenance(connection: Connection, last: Any, request: Request) -> dict[str, Any]:
    """Return the rules, the state and the coverage that every figure names (DESIGN.md, statements 9 and 14)."""
    rules = (
        connection.execute(text("select * from betrieb.regelwerk where regelwerk_nr = :nr"), {"nr": last.regelwerk_nr})
        .mappings()
        .one()
    )
    coverage = connection.execute(
        text("""
            select coalesce(sum(erwartet), 0) as erwartet, coalesce(sum(eingegangen), 0) as eingegangen
            from bericht.abdeckung where monat between date_trunc('month', cast(:von as date)) and :bis
            """),
        {"von": request.von, "bis": request.bis},
    ).one()
    known = request.as_of or (last.gezaehlt_am if request.past else today())
    final = connection.execute(
        text(
            "select (date_trunc('month', cast(:bis as date)) + interval '1 month'"
            " + make_interval(months => :monate))::date <= cast(:am as date)"
        ),
        {"bis": request.bis, "monate": rules["vorlaeufig_monate"], "am": known},
    ).scalar_one()
    return {
        "stand": "endgültig" if final else "vorläufig",
        "lauf": last.lauf_id,
        "regeln": {
            "site": rules["site"],
            "site_version": rules["site_version"],
            "betriebsmodell": rules["betriebsmodell"],
            "katalog": rules["katalog_version"],
            "kategorien": rules["kategorien_version"],
            "abstimmung": rules["abstimmung"],
            "zaehlregeln": rules["zaehlregeln_version"],
            "kalender": rules["kalender_version"],
            "abgleich": rules["abgleich_version"],
        },
        "abdeckung": {
            "lieferungen_erwartet": int(coverage.erwartet),
            "lieferungen_eingegangen": int(coverage.eingegangen),
        },
    }
