"""The same person written differently by another provider: the mistakes that real lists have.

Belongs here: kinds of misspelling and how names and birth dates look under each. Does not belong here: who is misspelt
(population), rows that are broken (mistakes).
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zaehlbar.sample.dice import Ints, Mask
from zaehlbar.sample.names import GIVEN, SURNAMES, respelled


class Misspelling(IntEnum):
    """What the other provider does to the name or the birth date of a person."""

    NONE = 0
    SOUND = 1
    """Another spelling of the surname (names.respelled)."""
    UMLAUT = 2
    """ae for ä and the like in both names: a normaliser makes them equal."""
    TYPO = 3
    """Two letters of the surname in the wrong order."""
    SWAPPED_NAMES = 4
    SWAPPED_DATE = 5
    """Day and month in the wrong order; where that is no date, the day before or after."""
    DAY = 6
    """The day before or after."""


MISTAKES = (
    Misspelling.UMLAUT,
    Misspelling.TYPO,
    Misspelling.SWAPPED_NAMES,
    Misspelling.SWAPPED_DATE,
    Misspelling.DAY,
)
"""Those that the option `misspelt` deals out, in equal shares."""

_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ø": "oe"})


def transliterated(name: str) -> str:
    """Return `name` as typed on a keyboard without umlauts.

    >>> transliterated("Groß-Müller")
    'Gross-Mueller'
    """
    return name.translate(_LETTERS)


def mistyped(name: str) -> str:
    """Return `name` with its second and third letter in the wrong order, or its last letter twice; markers stay.

    >>> mistyped("Petrenko-Beispiel")
    'Pterenko-Beispiel'
    """
    head, dash, tail = name.partition("-")
    if dash and head[1:2] != head[2:3] and head[1:3].isalpha() and len(head) > 2:
        return head[0] + head[2] + head[1] + head[3:] + dash + tail
    return name + name[-1]


_SURNAMES = pa.array(
    (
        *SURNAMES,
        *map(respelled, SURNAMES),
        *map(transliterated, SURNAMES),
        *map(mistyped, SURNAMES),
    ),
    pa.string(),
)
_GIVEN = pa.array((*GIVEN, *map(transliterated, GIVEN)), pa.string())


def names(surname: Ints, given: Ints, misspelling: Ints) -> tuple[pa.Array, pa.Array]:
    """Return surnames and given names as written."""
    block = np.where(misspelling <= Misspelling.TYPO, misspelling, 0)
    last = _SURNAMES.take(pa.array(surname + block * len(SURNAMES)))
    first = _GIVEN.take(pa.array(given + np.where(misspelling == Misspelling.UMLAUT, len(GIVEN), 0)))
    swapped = pa.array(misspelling == Misspelling.SWAPPED_NAMES)
    return pc.if_else(swapped, first, last), pc.if_else(swapped, last, first)


def births(birth: Ints, misspelling: Ints, known: Mask) -> Ints:
    """Return birth dates (days since 1970) as written; unknown ones stay so."""
    days = birth.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    day = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    years = months.astype("datetime64[Y]")
    month = (months - years.astype("datetime64[M]")).astype(np.int64) + 1
    other_month = (years.astype("datetime64[M]") + (day - 1)).astype("datetime64[D]")
    exchanged = other_month.astype(np.int64) + month - 1
    beside = np.where(day == 1, birth + 1, birth - 1)
    swappable = (day <= 12) & (day != month)
    swapped = known & (misspelling == Misspelling.SWAPPED_DATE)
    result: Ints = np.where(swapped & swappable, exchanged, birth)
    return np.where((swapped & ~swappable) | (known & (misspelling == Misspelling.DAY)), beside, result)
