"""The deliveries of the example inbox: a year of eight providers, and what is special about some of them.

Belongs here: which deliveries there are, and what is broken in which. Does not belong here: single people
(example_cases), file forms (export), writing (example_inbox), what must come out (example_answers).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from zaehlbar.sample.example_cases import plant, row_numbers, set_where
from zaehlbar.sample.plan import Period, Plan, Provider, Rhythm
from zaehlbar.sample.population import populate
from zaehlbar.sample.tables import Cutter, Tables
from zaehlbar.site import Site

SEED = 2026
PERSONS = 160
ACTIVITIES = 3600
_FIELDS_OF_NOBODY = {
    "tn_nr": "TEST-09999",
    "nachname": "Doppelt-Beispiel",
    "vorname": "Erika-Testina",
    "geburtsdatum": date(1970, 10, 10),
    "plz": "00998",
}


@dataclass(frozen=True, slots=True)
class Shipment:
    """One delivery of the example: its tables as they should be, as they are sent, and what must become of it."""

    provider: Provider
    period: Period
    tables: Tables
    version: int = 1
    sent: Tables | None = None
    """The tables with what is broken in them; None: nothing is."""
    verdict: str = "angenommen"
    rejected: dict[str, int] | None = None
    case: str = ""


def shipments(site: Site) -> Iterator[Shipment]:
    """Yield the deliveries of the site's partners, each partner's in the order in which they come."""
    providers = tuple(_providers(site))
    # Who is at two providers is planted by hand, so that the answers are known.
    plan = Plan(providers, PERSONS, ACTIVITIES, SEED, second_provider=0.0, respelled=0.0)
    cutter = Cutter(populate(plan))
    for number, provider in enumerate(providers):
        for period in provider.periods():
            tables = plant(cutter.tables(number, period), provider.partner.tvp_id, period.end)
            plain = Shipment(provider, period, tables)
            special = _SPECIAL.get((provider.partner.tvp_id, f"{period.end:%Y-%m}"))
            yield from special(plain) if special else (plain,)


def _providers(site: Site) -> Iterator[Provider]:
    for vorhaben in site.vorhaben:
        for partner in vorhaben.partner:
            assert partner.von is not None and partner.bis is not None
            yield Provider(vorhaben, partner, partner.von, partner.bis, cast(Rhythm, partner.rhythmus))


def _corrected(first: Shipment) -> Iterator[Shipment]:
    """Version 1 had a person who was never there, with five activities, and eight durations half an hour too long."""
    teilnahme, activities = first.tables["teilnahme"], first.tables["aktivitaet"]
    nobody = set_where(teilnahme.slice(0, 1), row_numbers(1, (0,)), _FIELDS_OF_NOBODY)
    ghost = set_where(activities.slice(0, 5), row_numbers(5, range(5)), {"tn_nr": _FIELDS_OF_NOBODY["tn_nr"]})
    minutes = activities["dauer_min"]
    longer = pc.add(minutes, pa.scalar(30, pa.int32()))
    minutes = pc.if_else(row_numbers(activities.num_rows, range(6, 14)), longer, minutes)
    place = activities.column_names.index("dauer_min")
    wrong = _renumbered(pa.concat_tables([activities.set_column(place, "dauer_min", minutes), ghost]))
    before = {**first.tables, "teilnahme": pa.concat_tables([teilnahme, nobody]), "aktivitaet": wrong}
    yield replace(first, tables=before, case="erste Fassung, wird später korrigiert")
    text = "Korrektur: eine Teilnahme und fünf Aktivitäten weniger, acht Dauern geändert"
    yield replace(first, version=2, case=text)


def _with_unknown_code(first: Shipment) -> Iterator[Shipment]:
    table = first.tables["aktivitaet"]
    rows = row_numbers(table.num_rows, range(3, 21, 3))
    tables = {**first.tables, "aktivitaet": set_where(table, rows, {"aktivitaet_code": "Z98"})}
    text = "sechs Aktivitäten mit dem unbekannten Code Z98"
    yield replace(first, tables=tables, verdict="angenommen_mit_befunden", case=text)


def _with_rejected(first: Shipment) -> Iterator[Shipment]:
    """One participation and two activities are unusable; of a third activity only the duration."""
    teilnahme, activities = first.tables["teilnahme"], first.tables["aktivitaet"]
    people, rows = teilnahme.num_rows, activities.num_rows
    sent = set_where(teilnahme, row_numbers(people, (people - 1,)), {"eintritt_datum": "31.04.2026"})
    broken = set_where(activities, row_numbers(rows, (5,)), {"datum": "2026-02-30"})
    broken = set_where(broken, row_numbers(rows, (9,)), {"dauer_min": "-45"})
    broken = set_where(broken, row_numbers(rows, (14,)), {"dauer_min": "720"})
    yield replace(
        first,
        sent={"teilnahme": sent, "aktivitaet": broken},
        verdict="angenommen_mit_befunden",
        rejected={"teilnahme": 1, "aktivitaet": 2},
        case="zurückgewiesen: je Tabelle ein unmögliches Datum, dazu 720 Minuten an einem Tag; von einer negativen "
        "Dauer wird nur der Wert verworfen",
    )


def _held(first: Shipment) -> Iterator[Shipment]:
    """Someone swapped entry and exit on a fifth of the rows."""
    table = first.tables["teilnahme"]
    ended = pc.fill_null(pc.greater(table["austritt_datum"], table["eintritt_datum"]), False).to_pylist()
    chosen = [row for row, longer in enumerate(ended) if longer][: table.num_rows // 5]
    rows = row_numbers(table.num_rows, chosen)
    swapped = table
    for name, source in (("eintritt_datum", "austritt_datum"), ("austritt_datum", "eintritt_datum")):
        values = pc.if_else(rows, table[source], table[name])
        swapped = swapped.set_column(table.column_names.index(name), name, values)
    yield replace(
        first,
        sent={"teilnahme": swapped},
        verdict="angehalten",
        rejected={"teilnahme": len(chosen)},
        case="angehalten: Eintritt und Austritt vertauscht, mehr als ein Zehntel der Teilnahmen unbrauchbar",
    )


def _and_again(first: Shipment) -> Iterator[Shipment]:
    yield first
    yield replace(first, case="dieselbe Lieferung noch einmal, in einem Unterordner")


def _and_half(first: Shipment) -> Iterator[Shipment]:
    yield first
    text = "abgelehnt: Mappe nur zur Hälfte übertragen, nicht lesbar"
    yield replace(first, version=2, verdict="abgelehnt", case=text)


_SPECIAL: dict[tuple[str, str], Callable[[Shipment], Iterator[Shipment]]] = {
    ("T01", "2025-12"): _corrected,
    ("T02", "2025-12"): _and_again,
    ("T04", "2026-03"): _with_unknown_code,
    ("T04", "2026-05"): _with_rejected,
    ("T06", "2026-06"): _held,
    ("T08", "2026-06"): _and_half,
}


def _renumbered(activities: pa.Table) -> pa.Table:
    numbers = pa.array(range(1, activities.num_rows + 1), pa.int32())
    return activities.set_column(activities.column_names.index("aktivitaet_lfd"), "aktivitaet_lfd", numbers)
