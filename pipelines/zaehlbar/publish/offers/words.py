"""What an Angebotsblatt says, in German: every cell and sentence, for the page (HTML) and the PDF alike.

Belongs here: how a value is worded on a day. Does not belong here: layout, and the data for machines (feed).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from zaehlbar.contract import contract
from zaehlbar.publish.offers.content import Offer, Sheet

PROGRAMME = "BIWAQ – Bildung, Wirtschaft, Arbeit im Quartier"
ASK = "bitte erfragen"
NONE = "keine Angabe"
OLD = timedelta(days=183)
"""Information older than this is marked: half a year, the longest rhythm in which partners usually deliver."""

PLACES = "Freie Plätze: „wenige“ heißt ein oder zwei, am Tag des Stands. Bitte rufen Sie vor einer Empfehlung an."
VOLUNTARY = (
    "Die Teilnahme ist freiwillig. Wer nicht teilnimmt oder aufhört, hat deswegen keine Rechtsfolgen nach §§ 31, 31a "
    "SGB II."
)
HEAD = ("Angebot", "Wann", "Plätze frei", "Sprache, Kinder", "Zugang und Kontakt")


def sheet_words(sheet: Sheet, day: date) -> dict[str, Any]:
    """Return everything that is printed on the sheet as of `day`; equal content gives equal words."""
    stands = sorted({offer.stand_datum for offer in sheet.offers})
    several = len(stands) > 1
    ends = [offer.gueltig_bis for offer in sheet.offers if offer.gueltig_bis is not None]
    return {
        "titel": f"Angebote im Quartier {sheet.quartier_name}",
        "programm": PROGRAMME,
        "fuer": f"Für Integrationsfachkräfte · {sheet.jobcenter_name} · Vorhaben {sheet.vorhaben_name}",
        "kopf": list(HEAD),
        "abschnitte": [
            {"titel": title, "angebote": section}
            for title, section in (
                ("Im Quartier", [_cells(offer, day, several) for offer in sheet.here]),
                (
                    "An anderem Ort oder ohne Angabe des Quartiers",
                    [_cells(offer, day, several) | {"ort": f"Ort: {place(offer)}"} for offer in sheet.elsewhere],
                ),
            )
            if section
        ],
        "stand": _stand(stands[0], stands[-1]),
        "gueltig": f"Dieses Blatt nach dem {german(min(ends))} nicht mehr verwenden." if ends else "",
        "saetze": [PLACES, VOLUNTARY],
    }


def _cells(offer: Offer, day: date, several_stands: bool) -> dict[str, Any]:
    """Return the words of one offer; a list is one line each, as (label, value) or (value,)."""
    old = day - offer.stand_datum > OLD
    stand = [f"Stand {german(offer.stand_datum)}"] if several_stands or old else []
    return {
        "titel": offer.titel,
        "kurztext": offer.kurztext or "",
        "fuer": offer.zielgruppe or NONE,
        "partner": offer.tvp_name,
        "ort": "",
        "zeiten": offer.zeiten or ASK,
        "start": start(offer, day),
        "frei": ASK if offer.freie_plaetze == "unbekannt" else offer.freie_plaetze,
        "stand": [*stand, *(["Angaben älter als ein halbes Jahr"] if old else [])],
        "sprache": offer.sprache or ASK,
        "kinder": label("kinderbetreuung", offer.kinderbetreuung),
        "zugang": label("zugang", offer.zugang),
        "kontakt": offer.funktionskontakt or NONE,
    }


def start(offer: Offer, day: date) -> str:
    """Return when one can begin; a day that has passed is no next start any more."""
    if offer.naechster_start is None:
        return "jederzeit"
    shown = german(offer.naechster_start)
    return shown if offer.naechster_start >= day else f"{ASK} (zuletzt genannt: {shown})"


def place(offer: Offer) -> str:
    """Return the name of the Quartier, or what is known instead."""
    if offer.quartier_name is not None:
        return offer.quartier_name
    codes = contract().table("verzeichnis").field("quartier_id").codes
    return codes.get(offer.quartier_id or "", NONE)


def label(field: str, code: str | None) -> str:
    """Return the label of a code of the contract; what is not known is to be asked for."""
    known = contract().table("verzeichnis").field(field).codes.get(code or "")
    return ASK if code is None or known == "unbekannt" else known or code


def german(day: date) -> str:
    """Return a day as it is written in Germany."""
    return f"{day:%d.%m.%Y}"


def _stand(first: date, last: date) -> str:
    if first == last:
        return f"Stand der Lieferung vom {german(first)}."
    return f"Stand der Lieferungen: {german(first)} bis {german(last)}, je Angebot genannt."
