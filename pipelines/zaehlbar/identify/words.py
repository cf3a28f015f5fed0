"""What agrees between two identities, in words for people; never a value, there is none.

Belongs here: sentences. Does not belong here: comparing (pairs).
"""

from __future__ import annotations

from collections.abc import Mapping

_NAMES = (
    (("exakt", "tag_monat", "ohne_tag", "ohne_monat", "ohne_jahr", "name_plz", "name"), "Namen gleich"),
    (("getauscht",), "dieselben Namen in anderer Reihenfolge"),
    (("nachname_phonetisch",), "Vorname gleich, Nachname klingt gleich"),
    (("phonetisch",), "Namen klingen gleich"),
    (("teilname", "endname"), "von mehreren Namen einer gleich"),
    (("anfang",), "Namen beginnen gleich"),
    (("vorname_plz",), "Vorname gleich, Nachname anders"),
    (("nachname_plz",), "Nachname gleich, Vorname anders"),
)
_DATES = (
    (
        (
            "exakt",
            "getauscht",
            "nachname_phonetisch",
            "phonetisch",
            "teilname",
            "endname",
            "anfang",
            "vorname_plz",
            "nachname_plz",
        ),
        "Geburtsdatum gleich",
    ),
    (("tag_monat",), "Tag und Monat der Geburt vertauscht"),
    (("ohne_tag",), "Geburtsdatum bis auf den Tag gleich"),
    (("ohne_monat",), "Geburtsdatum bis auf den Monat gleich"),
    (("ohne_jahr",), "Geburtsdatum bis auf das Jahr gleich"),
)
_WITH_PLZ = ("vorname_plz", "nachname_plz", "name_plz")


def in_words(agreement: Mapping[str, bool | None], birth_dates: str) -> str:
    """Return one line: names, birth date (every agreement but in names alone tells of it), PLZ.

    `agreement`: kind → whether it agrees, None where one side has no such Merkmal. `birth_dates`: beide_voll,
    eines_fehlt, beide_fehlen.
    """
    names = _first(_NAMES, agreement)
    if names is None:
        return "keine Übereinstimmung"
    found = [names]
    if birth_dates == "beide_fehlen":
        found.append("Geburtsdatum fehlt bei beiden")
    elif birth_dates == "eines_fehlt":
        found.append("Geburtsdatum fehlt bei einer")
    else:
        found.append(_first(_DATES, agreement) or "Geburtsdatum anders")
    if any(agreement.get(kind) for kind in _WITH_PLZ):
        found.append("PLZ gleich")
    elif _apart_by_plz(agreement):
        found.append("PLZ anders")
    return ", ".join(found)


def _first(table: tuple[tuple[tuple[str, ...], str], ...], agreement: Mapping[str, bool | None]) -> str | None:
    return next((words for kinds, words in table if any(agreement.get(kind) for kind in kinds)), None)


def _apart_by_plz(agreement: Mapping[str, bool | None]) -> bool:
    """Whether both PLZ are known and differ: a kind with PLZ differs whose other parts agree."""
    same_name = _first(_NAMES[:1], agreement) is not None
    return same_name and agreement.get("name_plz") is False
