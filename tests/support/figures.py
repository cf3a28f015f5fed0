"""A warehouse with figures and deliveries, written directly with SQL: what reports and screens read.

The example site is registered; its Jobcenter 99901 has figures for 26 months (stock closes), 99902 for the last two.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, text

from zaehlbar import resources
from zaehlbar.categorize import register_site
from zaehlbar.count.engine import MEASURES
from zaehlbar.count.period import MONTHS as LENGTHS, Kind, month_end, months_before
from zaehlbar.site import load_site

FIRST_MONTH, MONTHS = date(2024, 5, 1), 26
LAST_MONTH = date(2026, 6, 1)
COUNTED_AT = "2026-07-02 02:10:00+02"
_CATEGORIES = {
    "K-ZUG": 14, "K-FEST": 22, "K-HEMM": 41, "K-GES": 9, "K-GRUND": 30, "K-QUAL": 12, "K-PRAX": 3, "K-VERM": 17,
    "K-TEIL": 8, "K-0-ORG": 2, "K-0-NZ": 4,
}  # fmt: skip


def months(number: int = MONTHS) -> list[date]:
    """The last `number` of the counted months, ascending."""
    start = FIRST_MONTH.year * 12 + FIRST_MONTH.month - 1
    return [date(index // 12, index % 12 + 1, 1) for index in range(start, start + MONTHS)][-number:]


def new_run(connection: Connection, *, counted: bool = True, at: str = COUNTED_AT) -> int:
    """Open and finish a run under the example site; with `counted` it has counted."""
    rules = register_site(connection, load_site(resources.folder("site")))
    statement = text(
        "insert into betrieb.lauf (ausloeser, status, regelwerk_nr, begonnen_am, beendet_am)"
        " values ('cli', 'fertig', :nr, :at, cast(:at as timestamptz) + interval '40 s') returning lauf_id"
    )
    lauf_id = int(connection.execute(statement, {"nr": rules, "at": at}).scalar_one())
    if counted:
        connection.execute(
            text("insert into zahl.zaehlung values (:l, :nr, :at)"), {"l": lauf_id, "nr": rules, "at": at}
        )
    return lauf_id


_KEY = ("jobcenter_nr", "vorhaben_id", "tvp_id", "kategorie")


def add_cell(
    connection: Connection,
    lauf_id: int,
    month: date,
    key: Sequence[str],
    *,
    zeitraum: Kind = "monat",
    quartier_id: str = "*",
    **measures: int | None,
) -> None:
    """Insert one current cell; `key`: Jobcenter, Vorhaben, TVP, category; `month`: the last one of the period."""
    values: dict[str, Any] = dict.fromkeys(MEASURES, 0) | measures | dict(zip(_KEY, key, strict=True))
    values |= {"zeitraum": zeitraum, "beginn": months_before(month, LENGTHS[zeitraum] - 1), "ende": month_end(month)}
    values |= {"stichtag": month.replace(day=15), "land": "*", "quartier_id": quartier_id, "bekannt_von": lauf_id}
    names, binds = ", ".join(values), ", ".join(f":{name}" for name in values)
    connection.execute(text(f"insert into zahl.figur ({names}) values ({binds})"), values)


def change_cell(connection: Connection, lauf_id: int, month: date, key: Sequence[str], **measures: int) -> None:
    """End the current cell of the month in run `lauf_id` and insert it with other measures, as a count does."""
    where = "zeitraum = 'monat' and beginn = :m and land = '*' and quartier_id = '*' and bekannt_bis is null and "
    where += " and ".join(f"{name} = :{name}" for name in _KEY)
    values = {"m": month, **dict(zip(_KEY, key, strict=True))}
    row = connection.execute(text(f"select {', '.join(MEASURES)} from zahl.figur where {where}"), values)
    old = dict(row.mappings().one())
    connection.execute(text(f"update zahl.figur set bekannt_bis = :l where {where}"), values | {"l": lauf_id})
    add_cell(connection, lauf_id, month, key, **{**old, **measures})


def fill(connection: Connection, number: int = MONTHS) -> int:
    """Fill the warehouse with the last `number` months and a delivery that covers them; return the run that counted."""
    lauf_id = new_run(connection)
    span = {"zeitraum_von": months(number)[0], "zeitraum_bis": date(2026, 6, 30), "geladen_lauf": lauf_id}
    nr = add_delivery(connection, lauf_id, "00" * 8, vorhaben_id="V9003", tvp_id="T07", **span)
    connection.execute(
        text("""
            insert into zahl.ohne_einwilligung
                (lieferung_nr, monat, jobcenter_nr, stichtag, teilnahmen, eintritte, austritte, bestand)
            values (:nr, :month, '99901', :day, 7, 1, 2, 6)
            """),
        {"nr": nr, "month": LAST_MONTH, "day": LAST_MONTH.replace(day=15)},
    )
    stock = 30
    for index, month in list(enumerate(months()))[-number:]:
        entries, exits = 6 + index % 7, 4 + (index * 3) % 6
        stock += entries - exits
        total = _measures(stock, entries, exits)
        for nr in ("*", "99901"):
            add_cell(connection, lauf_id, month, (nr, "*", "*", "*"), **total)
        for vorhaben, tvp in (("V9001", "*"), ("V9001", "T01"), ("V9001", "T02"), ("V9003", "*"), ("V9003", "T07")):
            part = {"T01": 2, "T02": 3, "T07": 4}.get(tvp, 2)
            add_cell(
                connection, lauf_id, month, ("99901", vorhaben, tvp, "*"),
                **{name: value // part for name, value in total.items()},
            )  # fmt: skip
        for place, (category, persons) in enumerate(_CATEGORIES.items()):
            measures = _measures(persons + index % 3, 1 + place % 3, place % 2)
            add_cell(connection, lauf_id, month, ("99901", "*", "*", category), **measures)
    for month in months()[-2:]:
        add_cell(connection, lauf_id, month, ("99902", "*", "*", "*"), **_measures(5, 5, 0))
    return lauf_id


def _measures(stock: int, entries: int, exits: int) -> dict[str, int]:
    return {
        "teilnahmen": stock + exits, "personen": stock + exits - 1, "eintritte": entries,
        "eintritte_zaehlbar": max(0, entries - 2), "austritte": exits, "bestand": stock, "bestand_personen": stock - 1,
        "bestand_aktiv": stock - 3, "personen_unter_schwelle": 4, "ausgetreten": exits, "geblieben": stock - 1,
        "dauer_min": stock * 437,
    }  # fmt: skip


def add_delivery(connection: Connection, lauf_id: int, delivery_id: str, **values: Any) -> int:
    """Insert a delivery (default: of V9001/T01 for the second half of 2025, loaded); return its number."""
    row: dict[str, Any] = {
        "lieferung_id": delivery_id, "profil": "kanonisch", "vorhaben_id": "V9001", "tvp_id": "T01",
        "zeitraum_von": date(2025, 7, 1), "zeitraum_bis": date(2025, 12, 31), "version": 1, "umfang": "voll",
        "status": "geladen", "urteil": "angenommen", "gruende": [], "gefunden_lauf": lauf_id, "beurteilt_lauf": lauf_id,
    }  # fmt: skip
    row |= values
    names, binds = ", ".join(row), ", ".join(f":{name}" for name in row)
    statement = text(f"insert into betrieb.lieferung ({names}) values ({binds}) returning lieferung_nr")
    nr = int(connection.execute(statement, row).scalar_one())
    connection.execute(text("insert into betrieb.eingang values (:l, :nr, 0, 1)"), {"l": lauf_id, "nr": nr})
    return nr


def add_balance(connection: Connection, lauf_id: int, nr: int, table: str, found: int, **fates: int) -> None:
    """Insert a balance; fates not given are 0."""
    row: dict[str, Any] = dict.fromkeys(
        ("neu", "geaendert", "unveraendert", "doppelt", "ueberholt", "zurueckgewiesen", "zurueckgehalten", "wartend",
         "abgelehnt", "titelzeilen", "summenzeilen", "geschlossen"), 0,
    )  # fmt: skip
    row |= fates | {"lieferung_nr": nr, "tabelle": table, "gefunden": found, "lauf_id": lauf_id}
    names, binds = ", ".join(row), ", ".join(f":{name}" for name in row)
    connection.execute(text(f"insert into betrieb.bilanz ({names}) values ({binds})"), row)


def scalar(engine: sa.Engine, statement: str, **values: Any) -> Any:
    with engine.connect() as connection:
        return connection.execute(text(statement), values).scalar_one()
