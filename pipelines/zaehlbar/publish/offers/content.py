"""What is on offer: the rows of `bericht.angebotsblatt` that are valid on a day, as sheets and as lists.

Belongs here: which offers are shown, where and in which order. Does not belong here: sentences (words), layout, files.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer; the names are those of the contract, empty texts are None. No number of places, free or not."""

    vorhaben_id: str
    vorhaben_name: str
    tvp_id: str
    tvp_name: str
    angebot_id: str
    titel: str
    kurztext: str | None
    zielgruppe: str | None
    quartier_id: str | None
    quartier_name: str | None
    """None outside all Quartiere, and where the offer or the site says nothing."""
    zeiten: str | None
    naechster_start: date | None
    freie_plaetze: str
    """ja, wenige, nein or unbekannt."""
    sprache: str | None
    kinderbetreuung: str | None
    zugang: str | None
    funktionskontakt: str | None
    gueltig_bis: date | None
    stand_datum: date


@dataclass(frozen=True, slots=True)
class Sheet:
    """The page of one Quartier; `elsewhere` are offers of its Vorhaben that are in no Quartier of it."""

    jobcenter_nr: str
    jobcenter_name: str
    vorhaben_id: str
    vorhaben_name: str
    quartier_id: str
    quartier_name: str
    here: tuple[Offer, ...]
    elsewhere: tuple[Offer, ...]

    @property
    def offers(self) -> tuple[Offer, ...]:
        return (*self.here, *self.elsewhere)


@dataclass(frozen=True, slots=True)
class Offers:
    """All that is on offer on one day."""

    day: date
    """Information must be valid on it."""
    sheets: tuple[Sheet, ...]
    """By Jobcenter, Vorhaben and Quartier; only Quartiere with something on offer."""
    jobcenters: Mapping[str, str]
    """Number → name of every Jobcenter that has a Quartier, with or without offers."""
    quartiere: frozenset[str]
    """Every Quartier of the site, with or without offers."""
    unplaced: tuple[Offer, ...]
    """Valid offers that stand on no sheet, because their Vorhaben has no Quartier in the site."""

    def of_jobcenter(self, jobcenter_nr: str) -> tuple[Offer, ...]:
        """Return the offers of a Jobcenter's sheets, each once, sorted as on a sheet."""
        own = [sheet for sheet in self.sheets if sheet.jobcenter_nr == jobcenter_nr]
        return in_order({offer for sheet in own for offer in sheet.offers})


def in_order(offers: set[Offer]) -> tuple[Offer, ...]:
    """Return the offers by Zielgruppe and title, as one reads them; the keys make the order complete."""
    return tuple(sorted(offers, key=_sort_key))


def fetch_offers(connection: Connection, day: date) -> Offers:
    """Return what is on offer on `day`: an offer is shown up to and including the day its information is valid."""
    rows = connection.execute(
        text("select * from bericht.angebotsblatt where gueltig_bis is null or gueltig_bis >= :day"), {"day": day}
    ).mappings()
    sheets: defaultdict[tuple[str, ...], tuple[set[Offer], set[Offer]]] = defaultdict(lambda: (set(), set()))
    unplaced: set[Offer] = set()
    for row in rows:
        offer = _offer(row)
        if row["jobcenter_nr"] is None:
            unplaced.add(offer)
            continue
        names = ("jobcenter_nr", "jobcenter_name", "vorhaben_id", "vorhaben_name", "blatt_quartier_id")
        here, elsewhere = sheets[(*(row[name] for name in names), row["blatt_quartier_name"])]
        (here if row["im_quartier"] else elsewhere).add(offer)
    known = connection.execute(
        text("""
            select q.quartier_id, q.jobcenter_nr, j.name
            from katalog.quartier as q inner join katalog.jobcenter as j on q.jobcenter_nr = j.jobcenter_nr
            order by q.jobcenter_nr
            """)
    ).all()
    return Offers(
        day=day,
        sheets=tuple(
            Sheet(nr, name, vorhaben_id, vorhaben, quartier_id, quartier, in_order(here), in_order(elsewhere))
            for (nr, name, vorhaben_id, vorhaben, quartier_id, quartier), (here, elsewhere) in sorted(sheets.items())
        ),
        jobcenters={row.jobcenter_nr: row.name for row in known},
        quartiere=frozenset(row.quartier_id for row in known),
        unplaced=in_order(unplaced),
    )


def _offer(row: Mapping[Any, Any]) -> Offer:
    values: dict[str, Any] = {field.name: row[field.name] for field in fields(Offer)}
    values |= {name: _clean(value) for name, value in values.items() if isinstance(value, str)}
    return Offer(**values | {"titel": values["titel"] or values["angebot_id"]})


def _clean(value: str) -> str | None:
    """Return one line without control and format characters, which could hide or turn round what is read."""
    spaced = " ".join(unicodedata.normalize("NFC", value).split())
    return "".join(one for one in spaced if unicodedata.category(one)[0] != "C").strip() or None


def _sort_key(offer: Offer) -> tuple[bool | str, ...]:
    group = (offer.zielgruppe or "").casefold()
    return (
        group != "alle",  # first what nobody is excluded from
        group,
        offer.titel.casefold(),
        offer.vorhaben_id,
        offer.tvp_id,
        offer.angebot_id,
    )
