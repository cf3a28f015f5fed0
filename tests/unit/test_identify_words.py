"""What agrees, said so that a quality officer understands it."""

from __future__ import annotations

import pytest

from zaehlbar.contract import MATCH_KINDS
from zaehlbar.identify.words import in_words

DATED = set(MATCH_KINDS) - {"name", "name_plz"}
WITHOUT_PLZ = DATED - {"vorname_plz", "nachname_plz"}
SWAPPED = "Namen gleich, Tag und Monat der Geburt vertauscht, PLZ anders"


@pytest.mark.parametrize(
    "equal,different,dates,words",
    [
        ({"name"}, set(), "beide_fehlen", "Namen gleich, Geburtsdatum fehlt bei beiden"),
        ({"name_plz"}, set(), "eines_fehlt", "Namen gleich, Geburtsdatum fehlt bei einer, PLZ gleich"),
        (DATED | {"name_plz"}, set(), "beide_voll", "Namen gleich, Geburtsdatum gleich, PLZ gleich"),
        (WITHOUT_PLZ, {"name_plz"}, "beide_voll", "Namen gleich, Geburtsdatum gleich, PLZ anders"),
        ({"ohne_tag"}, {"exakt"}, "beide_voll", "Namen gleich, Geburtsdatum bis auf den Tag gleich"),
        ({"tag_monat"}, {"exakt", "name_plz"}, "beide_voll", SWAPPED),
        ({"name_plz"}, {"exakt", "ohne_jahr"}, "beide_voll", "Namen gleich, Geburtsdatum anders, PLZ gleich"),
        ({"nachname_plz"}, {"exakt"}, "beide_voll", "Nachname gleich, Vorname anders, Geburtsdatum gleich, PLZ gleich"),
        ({"getauscht"}, {"exakt"}, "beide_voll", "dieselben Namen in anderer Reihenfolge, Geburtsdatum gleich"),
        ({"phonetisch", "anfang"}, {"exakt"}, "beide_voll", "Namen klingen gleich, Geburtsdatum gleich"),
        (set(), {"exakt"}, "beide_voll", "keine Übereinstimmung"),
    ],
)  # fmt: skip
def test_words(equal: set[str], different: set[str], dates: str, words: str) -> None:
    agreement = {kind: True if kind in equal else False if kind in different else None for kind in MATCH_KINDS}
    assert in_words(agreement, dates) == words


@pytest.mark.parametrize("kind", MATCH_KINDS)
def test_every_kind_that_agrees_is_said(kind: str) -> None:
    agreement = {name: name == kind for name in MATCH_KINDS}
    assert in_words(agreement, "beide_voll") != "keine Übereinstimmung"
