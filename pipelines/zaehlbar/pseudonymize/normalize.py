"""Names in one spelling for comparing: NFC, then the search form of DIN 91379, then letters and digits only.

Belongs here: what makes two spellings of a name equal. Does not belong here: keys and tokens. A name is compared in
this form and never stored in it. A change of any result needs a new NORMALIZER_VERSION, since stored tokens rest on it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

NORMALIZER_VERSION = 2

_LIST = Path(__file__).with_name("din91379_suchform.csv")
# Combining marks, modifier letters (many an apostrophe is one), punctuation, symbols, blanks, controls. Lone surrogates
# count among the controls (Cs), so every result can be encoded.
_SIGNS = frozenset("MPSZC")


def search_form_list() -> dict[str, str]:
    """Return the 649 characters and sequences of DIN 91379 (NFC) with their search form (A–Z)."""
    lines = [line for line in _LIST.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    pairs = (line.split(",") for line in lines[1:])
    return {"".join(chr(int(point, 16)) for point in points.split()): form for points, form in pairs}


class _Characters(dict[int, str]):
    """Code point → search form, for str.translate; characters outside the list are worked out once and remembered."""

    def __missing__(self, point: int) -> str:
        character = chr(point)
        plain = unicodedata.normalize("NFKD", character)
        form = "".join(map(self._one, plain)) if plain != character else self._one(character)
        self[point] = form
        return form

    def _one(self, character: str) -> str:
        if ord(character) in self:
            return self[ord(character)]
        category = unicodedata.category(character)
        if category[0] in _SIGNS or category == "Lm":
            return ""
        return "".join(sign for sign in character.upper() if unicodedata.category(sign)[0] not in _SIGNS)


@cache
def _tables() -> tuple[_Characters, dict[str, str], re.Pattern[str], frozenset[str]]:
    listed = search_form_list()
    single = _Characters({ord(key): form for key, form in listed.items() if len(key) == 1})
    sequences = {key: form for key, form in listed.items() if len(key) > 1}
    # The longest first: C with ogonek and breve is not C with ogonek followed by a breve.
    pattern = "|".join(map(re.escape, sorted(sequences, key=len, reverse=True)))
    seconds = frozenset(key[1] for key in sequences)
    return single, sequences, re.compile(pattern), seconds


def search_form(name: str) -> str:
    """Return `name` in search form: A–Z, digits, and upper-case letters of other scripts; "" when nothing is left.

    Blanks, hyphens, apostrophes and all other signs vanish, so "Müller-Lüdenscheidt" equals "Mueller Luedenscheidt" and
    "D'Angelo" equals "Dangelo": providers write them at will, and the birth date stands beside the name in every token.
    Characters outside the list lose their marks (NFKD) and else stay as they are, in upper case.
    """
    single, sequences, pattern, seconds = _tables()
    if name.isascii():
        return name.translate(single)
    composed = unicodedata.normalize("NFC", name)
    if not seconds.isdisjoint(composed):
        composed = pattern.sub(lambda match: sequences[match.group()], composed)
    return composed.translate(single)


def search_forms(names: Iterable[str | None]) -> list[str]:
    """Return the search form of each of the (distinct) names; "" for None."""
    return [search_form(name) if name else "" for name in names]
