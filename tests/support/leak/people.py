"""People nobody else is: every value that a delivery may carry about them is unmistakable, whatever it is written as.

Belongs here: the values, and what of them a sink may hold. Does not belong here: where they are planted (inbox), how
they could be written (needles).
"""

from __future__ import annotations

import random
from dataclasses import dataclass, fields
from datetime import date, timedelta

# Letters of DIN 91379 that character sets, search forms and case mappings treat differently.
_SYLLABLES = [
    "zwur",
    "quęb",
    "thüm",
    "gnøf",
    "pršk",
    "vług",
    "kňax",
    "drōv",
    "fjöst",
    "ßegl",
    "mäxo",
    "tğaz",
    "dżuq",
    "ŵyrn",
    "ąčko",
    "ḩulp",
    "þorv",
    "ēķni",
    "įžaw",
    "łȳpt",
    "ñaqu",
    "ŭgħi",
    "ðrux",
    "őwz",
]
_PLAIN = [
    "zwur",
    "queb",
    "thum",
    "gnof",
    "prusk",
    "vlug",
    "knax",
    "drov",
    "fjost",
    "segl",
    "maxo",
    "tagaz",
    "dzuq",
    "wyrn",
    "ackob",
    "hulp",
    "thorv",
]


@dataclass(frozen=True)
class Person:
    """One invented person. Every text is at least eight characters long, so that a hit is no chance."""

    nachname: str
    vorname: str
    geburtsdatum: date
    plz: str
    strasse: str
    telefon: str
    mail: str
    kundennummer: str
    bg_nummer: str
    tn_nr: str

    @property
    def name(self) -> str:
        return f"{self.vorname} {self.nachname}"


PEOPLE = 24


def people(count: int = PEOPLE, seed: int = 20261122) -> tuple[Person, ...]:
    """Return `count` people; the same ones for the same seed."""
    dice = random.Random(seed)
    used: set[str] = set()

    def word(syllables: list[str] | tuple[str, ...], number: int) -> str:
        while True:
            found = "".join(dice.sample(list(syllables), number)).capitalize()
            if found not in used:
                used.add(found)
                return found

    result = []
    for nr in range(count):
        # Every third has letters of ASCII only, every third of Windows-1252, the others of all of DIN 91379.
        pool = (
            _PLAIN,
            [s for s in _SYLLABLES if s.encode("cp1252", "ignore").decode("cp1252") == s] + _PLAIN,
            _SYLLABLES,
        )[nr % 3]
        last, first = word(pool, 3), word(pool, 3)
        if nr % 4 == 1:
            last = f"{last}-{word(pool, 3)}"
        if nr % 4 == 2:
            last, first = f"von der {last}", f"{first} {word(pool, 3)}"
        if nr % 4 == 3:
            last = f"O'{last}"
        result.append(
            Person(
                nachname=last,
                vorname=first,
                # Old, so that no date of a delivery, a log or a calendar is near.
                geburtsdatum=date(1931, 2, 13) + timedelta(days=97 * nr + dice.randrange(60) * 101),
                # Above every port and most process numbers.
                plz=str(93_000 + 263 * nr + dice.randrange(200)),
                strasse=f"{word(_PLAIN, 3)}steig {dice.randrange(100, 999)}",
                telefon=f"07{dice.randrange(10**8, 10**9)}",
                mail=f"{word(_PLAIN, 3)}@{word(_PLAIN, 2)}.invalid".lower(),
                kundennummer=f"{dice.randrange(100, 999)}{dice.choice('ABDEZ')}{dice.randrange(10**5, 10**6):06d}",
                bg_nummer=f"{dice.randrange(10**4, 10**5)}//{dice.randrange(10**6, 10**7)}",
                tn_nr=f"Qx{nr:02d}-{dice.randrange(10**5, 10**6)}-{dice.choice('KRVW')}Z",
            )
        )
    return tuple(result)


def values(person: Person) -> dict[str, str | date]:
    return {field.name: getattr(person, field.name) for field in fields(person)}
