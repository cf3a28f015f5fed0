"""Counting Angaben, steps and events, slow and obvious: plain loops over rows, no SQL, no numbers for values.

It must agree with `zaehlbar.count.features` and `zaehlbar.count.events`. Rules: domain.md (d) 6, 9, 13 and 14, and the
definitions in the comments of `zahl.angabenzahl` and `zahl.ereigniszahl`. Nothing here comes from the code it checks.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from zaehlbar.count.period import Period

Row = dict[str, Any]
Key = tuple[Any, ...]
PLACES = {"jc": "jobcenter_nr", "vh": "vorhaben_id", "quartier": "quartier_id", "tvp": "tvp_id"}
PLAIN = (
    "altersgruppe_eintritt", "geschlecht", "erwerbsstatus_eintritt", "rechtskreis", "schulabschluss", "berufsabschluss",
    "herkunft_ausl", "drittstaat", "wohnungslos", "alleinerziehend", "sprache_stufe", "vorher", "jc_massnahme_parallel",
)  # fmt: skip
AT_EXIT = (
    "austritt_grund", "anschluss", "beschfaehigkeit_erhoeht", "erg_arbeitsuche", "erg_bildung", "erg_qualifikation",
    "erg_arbeit",
)  # fmt: skip
SIX_MONTHS_LATER = ("erg_6m_arbeit", "erg_6m_verbessert")


def values(row: Row) -> dict[str, str]:
    """All Angaben of a participation."""
    found = {name: row.get(name) for name in (*PLAIN, "zugangsweg", *AT_EXIT, *SIX_MONTHS_LATER)}
    found["quartier"] = None if row["quartier_id"] == "OHNE" else row["quartier_id"]
    if found["geschlecht"] not in (None, "w"):
        found["geschlecht"] = "übrige"
    number = row.get("hemmnisse_anzahl_eintritt")
    found["hemmnisse"] = None if number is None else "3+" if number >= 3 else str(number)
    status, duration = row.get("erwerbsstatus_eintritt"), row.get("alo_dauer")
    if status in ("ERW", "NERW"):
        found["langzeitarbeitslos"] = "n"
    elif status == "ALO" and duration is not None:
        found["langzeitarbeitslos"] = "j" if duration == "AB12" else "n"
    else:
        found["langzeitarbeitslos"] = None
    return {name: "ohne Angabe" if value is None else value for name, value in found.items()}


def six_months_after(day: date) -> date:
    year, month = (day.year, day.month + 6) if day.month <= 6 else (day.year + 1, day.month - 6)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def cells(row: Row, sets: Iterable[Sequence[str]]) -> Iterator[tuple[tuple[str, ...], Sequence[str]]]:
    for chosen in sets:
        yield tuple(row[column] if name in chosen else "*" for name, column in PLACES.items()), chosen


def count_features(
    rows: list[Row], period: Period, sets: Iterable[Sequence[str]], names: Iterable[str]
) -> dict[Key, Row]:
    """Return cell, Angabe and value → the five measures (None: this Angabe does not have it), without rows of zeros."""
    wanted = set(names)
    grouped: dict[Key, list[Row]] = {}
    for row in rows:
        for cell, chosen in cells(row, sets):
            for name, value in values(row).items():
                if name not in wanted or (name == "quartier" and "vh" not in chosen):
                    continue
                if name == "austritt_grund" and ("quartier" in chosen or "tvp" in chosen):
                    continue
                grouped.setdefault((*cell, name, value), []).append(row)
    counted = {key: _measures(key[4], members, period) for key, members in grouped.items()}
    return {key: measures for key, measures in counted.items() if any(measures.values())}


def _measures(name: str, rows: list[Row], period: Period) -> Row:
    def flow(day: date | None) -> bool:
        return day is not None and period.fluss_von < day <= period.fluss_bis

    if name in AT_EXIT or name in SIX_MONTHS_LATER:
        shift: Callable[[date], date] = six_months_after if name in SIX_MONTHS_LATER else lambda day: day
        left = [row for row in rows if row["austritt_datum"] is not None and flow(shift(row["austritt_datum"]))]
        return _row(None, persons(left), None, len(left), None)
    running = [
        row
        for row in rows
        if row["eintritt_datum"] <= period.bis
        and (row["austritt_datum"] is None or row["austritt_datum"] >= period.von)
    ]
    entries = sum(flow(row["eintritt_datum"]) for row in rows)
    if name == "zugangsweg":
        return _row(len(running), persons(running), entries, None, None)
    exits = sum(flow(row["austritt_datum"]) for row in rows)
    stock = sum(
        row["eintritt_datum"] <= period.stichtag
        and (row["austritt_datum"] is None or row["austritt_datum"] > period.stichtag)
        for row in rows
    )
    return _row(len(running), persons(running), entries, exits, stock)


def _row(*measures: int | None) -> Row:
    return dict(zip(("teilnahmen", "personen", "eintritte", "austritte", "bestand"), measures, strict=True))


def persons(rows: Iterable[Row]) -> int:
    return len({row["person_id"] for row in rows})


def count_steps(rows: list[Row], steps: list[Row], period: Period, sets: Iterable[Sequence[str]]) -> dict[Key, Row]:
    """Return cell, art, code and zaehlweise → measures."""
    grouped: dict[Key, list[Row]] = {}
    for step in steps:
        home = home_of(step, rows)
        if home is not None and period.von <= step["datum"] <= period.bis:
            for cell, _ in cells(home, sets):
                grouped.setdefault((*cell, "zwischenschritt", step["code"], ""), []).append(home)
    return {
        key: {
            "ereignisse": len(homes), "ereignisse_ohne_anzahl": 0, "anzahl": len(homes), "personen": persons(homes)
        }
        for key, homes in grouped.items()
    }  # fmt: skip


def home_of(step: Row, rows: list[Row]) -> Row | None:
    """The participation a step belongs to: the last that had begun, before the first one the first."""
    own = sorted((row for row in rows if row["identitaet_id"] == step["identitaet_id"]), key=_entry)
    begun = [row for row in own if row["eintritt_datum"] <= step["datum"]]
    return (begun or own[:1] or [None])[-1]


def _entry(row: Row) -> date:
    day: date = row["eintritt_datum"]
    return day


def count_events(
    events: list[Row], mapping: list[Row], period: Period, sets: Iterable[Sequence[str]]
) -> dict[Key, Row]:
    """Return cell, art, code and zaehlweise → measures."""
    grouped: dict[Key, list[Row]] = {}
    for event in events:
        if not period.von <= event["datum"] <= period.bis:
            continue
        category = category_of(event, mapping)
        how = "gezaehlt" if event["anzahl_art"] == "GEZAEHLT" else "geschaetzt"
        for cell, _ in cells(event, sets):
            grouped.setdefault((*cell, *kind_of(event, category), how), []).append(event)
            grouped.setdefault((*cell, "kategorie", category or "K-0-NZ", how), []).append(event)
    result = {}
    for key, members in grouped.items():
        known = [event["anzahl_gesamt"] for event in members if event["anzahl_gesamt"] is not None]
        result[key] = {
            "ereignisse": len(members),
            "ereignisse_ohne_anzahl": len(members) - len(known),
            "anzahl": sum(known) if known else None,
            "personen": None,
        }
    return result


def category_of(event: Row, mapping: list[Row]) -> str | None:
    for line in mapping:
        until = line["gueltig_bis"] or date.max
        if line["code"] == event["angebot_code"] and line["gueltig_ab"] <= event["datum"] <= until:
            found: str = line["kategorie"]
            return found
    return None


def kind_of(event: Row, category: str | None) -> tuple[str, str]:
    """Which of the kinds that have no overlap, and its code."""
    code: str = event["angebot_code"]
    if category == "K-OFFEN":
        return "besuch", code
    if category == "K-STRUK":
        return "kontakt", code
    if category == "K-KOMM" or event["verweis_an"] is not None:
        return "verweis", event["verweis_an"] or "ohne Angabe"
    return ("nicht_zugeordnet" if category is None else "sonstiges"), code
