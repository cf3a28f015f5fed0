"""Kölner Phonetik (Hans Joachim Postel, 1969): names that sound alike to German ears get the same digits.

Belongs here: the sound of a name in search form. Does not belong here: spelling (normalize, names).

Our own forty lines, since the one library that does this alone (cologne_phonetics) works letter by letter in Python,
folds umlauts by a table of its own instead of DIN 91379, and had its last release in January 2024; the tests hold this
module to the published examples and to a letter-by-letter rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# Contexts are looked for in the letters before any of them becomes a digit; x is an X after C, K or Q.
_CONTEXTS = (
    (re.compile("(?<=[CKQ])X"), "x"),
    (re.compile("[DT](?=[CSZ])"), "8"),
    (re.compile("^C(?=[AHKLOQRUXx])|(?<=[^SZ\n])C(?=[AHKOQUXx])", re.MULTILINE), "4"),
    (re.compile("P(?=H)"), "3"),
)
_DIGITS = str.maketrans(
    {
        **dict.fromkeys("AEIJOUY", "0"),
        **dict.fromkeys("BP", "1"),
        **dict.fromkeys("DT", "2"),
        **dict.fromkeys("FVW", "3"),
        **dict.fromkeys("GKQ", "4"),
        **{"H": "", "L": "5", "M": "6", "N": "6", "R": "7", "X": "48"},
        **dict.fromkeys("CSZx", "8"),
    }
)
_FOREIGN = re.compile("[^A-Z\n]")
_REPEATED = re.compile(r"(\d)\1+")
_VOWELS_WITHIN = re.compile(r"(?<=\d)0+")


def sounds_of(forms: Iterable[str]) -> list[str]:
    """Return the digits of each name in search form (which has no line breaks); "" for one without A–Z, or of H alone.

    All names are worked on as one text: regular expressions cost per text, not per name. Words are not told apart: how
    a double name is joined does not change its sound.
    """
    listed = list(forms)
    if not listed:
        return []
    text = _FOREIGN.sub("", "\n".join(listed))
    for context, replacement in _CONTEXTS:
        text = context.sub(replacement, text)
    text = _REPEATED.sub(r"\1", text.translate(_DIGITS))
    return _VOWELS_WITHIN.sub("", text).split("\n")
