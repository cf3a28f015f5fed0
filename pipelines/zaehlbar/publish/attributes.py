"""Angaben in reports: which ones, in which order, and what they and their answers are called at the end of a period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from zaehlbar.contract import contract

UNKNOWN = "ohne Angabe"

COMPOSITION = (
    "altersgruppe_eintritt",
    "geschlecht",
    "langzeitarbeitslos",
    "erwerbsstatus_eintritt",
    "rechtskreis",
    "schulabschluss",
    "berufsabschluss",
    "sprache_stufe",
    "herkunft_ausl",
    "drittstaat",
    "alleinerziehend",
    "wohnungslos",
    "hemmnisse",
)
"""Who takes part; an Angabe that the site's partners do not deliver has no table."""

FIRST = ("altersgruppe_eintritt", "geschlecht", "langzeitarbeitslos")
"""What the first screen shows of them."""

ACCESS = "zugangsweg"
BEFORE = "vorher"
FOLLOW_UP = "anschluss"
AT_EXIT = ("beschfaehigkeit_erhoeht", "erg_qualifikation", "erg_bildung", "erg_arbeitsuche", "erg_arbeit")
SIX_MONTHS = ("erg_6m_verbessert", "erg_6m_arbeit")
"""Work last (domain.md (d) 13)."""

_DERIVED = {
    "altersgruppe_eintritt": {
        "U18": "unter 18", "18-24": "18 bis 24", "25-29": "25 bis 29", "30-54": "30 bis 54", "55+": "55 und älter",
    },
    "langzeitarbeitslos": {"j": "ja: über 12 Monate arbeitslos gemeldet", "n": "nein"},
    "hemmnisse": {"0": "keiner", "1": "einer", "2": "zwei", "3+": "drei und mehr"},
}  # fmt: skip
"""Answers that no partner delivers: they are made of the fields in `_FROM`."""

_FROM = {
    "altersgruppe_eintritt": "geburtsdatum",
    "langzeitarbeitslos": "alo_dauer",
    "hemmnisse": "hemmnisse_anzahl_eintritt",
}


@dataclass(frozen=True, slots=True)
class Names:
    """What codes are called on the last day of a report's period, in this version of the site."""

    titles: Mapping[str, str] = field(default_factory=dict)
    """Angabe → its name."""
    labels: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(kind, code) → its name; kinds as in `katalog.bezeichnung`."""

    def title(self, angabe: str) -> str:
        """Return what an Angabe is called."""
        return self.titles.get(angabe, angabe)

    def code(self, kind: str, code: str) -> str:
        """Return what a code is called; one that nothing is known of stays as it is."""
        return self.labels.get((kind, code)) or _codes(kind).get(code, code)


def order(angabe: str, code: str) -> tuple[int, str]:
    """Sort answers as the questionnaire has them, what is unknown last."""
    codes = list(_codes(angabe))
    return (codes.index(code) if code in codes else len(codes) + (code == UNKNOWN), code)


def source(angabe: str) -> str:
    """Return where the question comes from, for the definitions."""
    name = _FROM.get(angabe, angabe)
    return next((one.zaehlbar.source for one in contract().table("teilnahme").fields if one.name == name), "")


@cache
def _codes(kind: str) -> Mapping[str, str]:
    if kind in _DERIVED:
        return _DERIVED[kind]
    if kind == "zwischenschritt":
        return contract().table("zwischenschritt").field("code").codes
    fields = [one for table in ("teilnahme", "angebot") for one in contract().table(table).fields if one.name == kind]
    return fields[0].codes if fields else {}
