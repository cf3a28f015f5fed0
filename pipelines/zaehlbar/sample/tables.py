"""What one delivery shows: the canonical tables of one provider as they were known at the end of a period.

Belongs here: cutting the population into deliveries. Does not belong here: files (canonical, export), errors.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zaehlbar.contract import contract
from zaehlbar.sample.attributes import EXIT_FIELDS, LATER_FIELDS, Columns, attributes, numbers
from zaehlbar.sample.dice import Ints, Mask
from zaehlbar.sample.events import (
    ACTIVITY_CODES,
    FORMATS,
    OFFER_CODES,
    REFERRALS,
    RESULTS,
    STEP_CODES,
    activities,
    offers,
    steps,
)
from zaehlbar.sample.plan import Period, Provider, add_months
from zaehlbar.sample.population import NEVER, Population, days
from zaehlbar.site import Quartier

Tables = dict[str, pa.Table]

_HALF_A_YEAR = 180
_OUTSIDE = "AUSSERHALB"


class Cutter:
    """Cuts one population into the deliveries of its providers."""

    def __init__(self, population: Population) -> None:
        self._population = population
        self._attributes = attributes(population)
        self._activities = activities(population)
        self._steps = steps(population)
        self._offers = offers(population)
        part = population.participations
        provider = population.identities.provider[part.identity]
        count = len(population.plan.providers)
        self._rows = np.searchsorted(provider, np.arange(count + 1))
        self._activity_rows = np.searchsorted(self._activities.participation, self._rows)
        self._step_rows = np.searchsorted(self._steps.participation, self._rows)
        self._offer_rows = np.searchsorted(self._offers.provider, np.arange(count + 1))

    def tables(self, number: int, period: Period) -> Tables:
        """Return the tables of provider `number` for `period`: contract fields that are delivered, canonical values.

        Types are those of the contract, but for boolean fields, which are ja/nein.
        """
        provider = self._population.plan.providers[number]
        return {
            "teilnahme": self._teilnahme(number, provider, period),
            "aktivitaet": self._aktivitaet(number, provider, period),
            "zwischenschritt": self._zwischenschritt(number, provider, period),
            "angebot": self._angebot(number, provider, period),
            "verzeichnis": _verzeichnis(provider, period),
            "vereinbarung": _vereinbarung(provider, period),
        }

    def _teilnahme(self, number: int, provider: Provider, period: Period) -> pa.Table:
        part = self._population.participations
        rows = np.arange(self._rows[number], self._rows[number + 1])
        rows = rows[part.entry[rows] <= days(period.end)]
        end = days(period.end)
        left = part.exit[rows] <= end
        columns: Columns = {name: values.take(pa.array(rows)) for name, values in self._attributes.items()}
        known = dict.fromkeys(EXIT_FIELDS, left)
        known |= dict.fromkeys(LATER_FIELDS, part.exit[rows] + _HALF_A_YEAR <= end)
        for name, visible in known.items():
            columns[name] = _only(columns[name], visible)
        columns["eintritt_datum"] = _dates(part.entry[rows])
        columns["austritt_datum"] = _dates(part.exit[rows], left)
        columns["status"] = _status(left, part.reentry[rows])
        columns["einwilligung_am"] = _dates(self._first_entry(rows))
        columns["widerruf_am"] = _dates(part.withdrawal[rows], part.withdrawal[rows] <= end)
        columns |= self._places(rows, provider, columns["rechtskreis"], columns["einwilligung_stufe"])
        return _table("teilnahme", provider, columns, len(rows))

    def _first_entry(self, rows: Ints) -> Ints:
        part = self._population.participations
        firsts = np.searchsorted(part.identity, part.identity[rows])
        return part.entry[firsts]

    def _places(self, rows: Ints, provider: Provider, legal: pa.Array, consent: pa.Array) -> Columns:
        """Return where the persons live within the provider's Vorhaben, and the Jobcenter of their Quartier."""
        identities, persons = self._population.identities, self._population.persons
        person = identities.person[self._population.participations.identity[rows]]
        quartiere = provider.vorhaben.quartiere
        if not quartiere:
            return {}
        home = persons.surname[person] * 7 + persons.given[person] * 13 + persons.consent[person]
        outside = home % 12 == 0
        place = home % len(quartiere)
        by_place = pa.array([quartier.quartier_id for quartier in quartiere] + [_OUTSIDE])
        centres = pa.array([quartier.jobcenter_nr for quartier in quartiere]).take(pa.array(place))
        case = pc.if_else(pc.equal(consent, "2"), centres, pa.scalar(None, pa.string()))
        return {
            "quartier_id": by_place.take(pa.array(np.where(outside, len(quartiere), place))),
            "jobcenter_nr": pc.if_else(pc.equal(legal, "SGB2"), centres, pa.scalar(None, pa.string())),
            "einwilligung_empfaenger": case,
        }

    def _aktivitaet(self, number: int, provider: Provider, period: Period) -> pa.Table:
        done = self._activities
        begin, end = self._activity_rows[number : number + 2]
        rows = _within(done.day[begin:end], period) + begin
        columns = {
            "aktivitaet_lfd": pa.array(np.arange(1, len(rows) + 1, dtype=np.int32)),
            "tn_nr": self._tn_nr(done.participation[rows]),
            "aktivitaet_code": ACTIVITY_CODES.take(pa.array(done.code[rows])),
            "datum": _dates(done.day[rows]),
            "periode": pa.repeat(pa.scalar("T"), len(rows)),
            "dauer_min": pa.array(done.minutes[rows].astype(np.int32)),
            "format": FORMATS.take(pa.array(done.form[rows])),
            "ergebnis": RESULTS.take(pa.array(done.result[rows], mask=done.result[rows] < 0)),
        }
        return _table("aktivitaet", provider, columns, len(rows))

    def _zwischenschritt(self, number: int, provider: Provider, period: Period) -> pa.Table:
        begin, end = self._step_rows[number : number + 2]
        rows = _within(self._steps.day[begin:end], period) + begin
        columns = {
            "tn_nr": self._tn_nr(self._steps.participation[rows]),
            "datum": _dates(self._steps.day[rows]),
            "code": STEP_CODES.take(pa.array(self._steps.code[rows])),
        }
        return _table("zwischenschritt", provider, columns, len(rows))

    def _angebot(self, number: int, provider: Provider, period: Period) -> pa.Table:
        events = self._offers
        begin, end = self._offer_rows[number : number + 2]
        rows = _within(events.day[begin:end], period) + begin
        code, total, women = events.code[rows], events.total[rows], events.women[rows]
        walk_in = code == 0
        referral = np.where((code >= 1) & (code <= 3), code - 1, -1)
        names = [quartier.quartier_id for quartier in provider.vorhaben.quartiere] or [_OUTSIDE]
        columns = {
            "datum": _dates(events.day[rows]),
            "angebot_code": OFFER_CODES.take(pa.array(code)),
            "quartier_id": pa.array(names).take(pa.array(events.place[rows])),
            "dauer_min": pa.array(np.full(len(rows), 180, dtype=np.int32), mask=~walk_in),
            "anzahl_gesamt": pa.array(total.astype(np.int32)),
            "anzahl_art": pa.array(["GEZAEHLT", "GESCHAETZT"]).take(pa.array(np.where(walk_in & (total > 20), 1, 0))),
            "anzahl_w": pa.array(women.astype(np.int32), mask=~walk_in),
            "anzahl_m": pa.array((total - women).astype(np.int32), mask=~walk_in),
            "verweis_an": REFERRALS.take(pa.array(referral, mask=referral < 0)),
        }
        return _table("angebot", provider, columns, len(rows))

    def _tn_nr(self, participation: Ints) -> pa.Array:
        """Return the tn_nr of each participation; made once per number, then looked up."""
        identity = self._population.participations.identity[participation]
        if not len(identity):
            return pa.array([], pa.string())
        running = self._population.identities.number[identity]
        return numbers(np.arange(int(running.max()) + 1)).take(pa.array(running))


def _status(left: Mask, reentry: Mask) -> pa.Array:
    return pa.array(["AKTIV", "BEENDET", "WIEDEREINTRITT"]).take(pa.array(np.where(left, 1, np.where(reentry, 2, 0))))


def _only(values: pa.Array, visible: Mask) -> pa.Array:
    return pc.if_else(pa.array(visible), values, pa.scalar(None, values.type))


def _within(day: Ints, period: Period) -> Ints:
    return np.flatnonzero((day >= days(period.start)) & (day <= days(period.end)))


def _dates(day: Ints, visible: Mask | None = None) -> pa.Array:
    hidden = day >= NEVER if visible is None else ~visible
    return pa.array(np.where(hidden, 0, day).astype(np.int32), mask=hidden).cast(pa.date32())


def _table(name: str, provider: Provider, columns: Columns, rows: int) -> pa.Table:
    """Put the columns into the contract's order, with Vorhaben and TVP before them."""
    columns = {
        "vorhaben_id": pa.repeat(pa.scalar(provider.vorhaben.vorhaben_id), rows),
        "tvp_id": pa.repeat(pa.scalar(provider.partner.tvp_id), rows),
        **columns,
    }
    names = [field for field in contract().table(name).field_names if field in columns]
    return pa.table({field: columns[field] for field in names})


def _small_table(name: str, provider: Provider, rows: list[dict[str, object]]) -> pa.Table:
    schema = contract().table(name).arrow_schema
    columns = {field: pa.array([row[field] for row in rows], schema.field(field).type) for field in rows[0]}
    return _table(name, provider, columns, len(rows))


def _verzeichnis(provider: Provider, period: Period) -> pa.Table:
    quartiere = provider.vorhaben.quartiere or (Quartier(quartier_id=_OUTSIDE, name="außerhalb", jobcenter_nr="00000"),)
    offered = (
        ("TREFF", "Offener Treff", "Kaffee, Fragen, erste Beratung", "alle", "Mi 14–17 Uhr", "OFFEN", 20, 8),
        ("DEUTSCH", "Deutsch im Quartier", "Deutsch im Alltag", "A0 bis A2", "Di, Do 9–12 Uhr", "ANMELDUNG", 14, 2),
        ("WERK", "Werkstatt", "Holz und Rad, acht Wochen", "ab 18", "Mo bis Mi 8–12 Uhr", "GESPRAECH", 10, 0),
    )  # fmt: skip
    rows: list[dict[str, object]] = [
        {
            "angebot_id": key,
            "titel": title,
            "kurztext": text,
            "zielgruppe": group,
            "quartier_id": quartiere[position % len(quartiere)].quartier_id,
            "zeiten": times,
            "naechster_start": None if access == "OFFEN" else add_months(period.end, 1) + timedelta(days=4),
            "plaetze": places,
            "plaetze_frei": free,
            "sprache": "Deutsch, Arabisch, Ukrainisch",
            "kinderbetreuung": "j" if position == 1 else "n",
            "zugang": access,
            "funktionskontakt": f"Projektbüro, quartier{position + 1}@example.org",
            "gueltig_bis": add_months(period.end, 7) - timedelta(days=1),
        }
        for position, (key, title, text, group, times, access, places, free) in enumerate(offered)
    ]
    return _small_table("verzeichnis", provider, rows)


def _vereinbarung(provider: Provider, period: Period) -> pa.Table:
    centres = sorted({quartier.jobcenter_nr for quartier in provider.vorhaben.quartiere})
    rows: list[dict[str, object]] = [
        {
            "jobcenter_nr": centre,
            "gueltig_ab": date(period.start.year, 1, 1),
            "vorstellungen_vereinbart": 4,
            "vorstellungen_stattgefunden": 3,
            "austausch_vereinbart": 4,
            "austausch_stattgefunden": 2,
            "naechster_termin": add_months(period.end, 1) + timedelta(days=14),
            "kontakt_funktion_jobcenter": "Teamleitung Markt und Integration",
            "kontakt_funktion_vorhaben": "Projektkoordination",
            "erreichbarkeit": "Mo bis Do 9–15 Uhr, Sammelpostfach",
            "kooplan_abgestimmt": "j",
            "kooplan_abgestimmt_am": date(period.start.year, 2, 3),
            "liefertag": 10,
            "kategorien_version": "1",
        }
        for centre in centres
    ]
    if not rows:
        return pa.table({})
    return _small_table("vereinbarung", provider, rows)
