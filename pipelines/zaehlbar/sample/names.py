"""Names of people who do not exist and look it: every surname and every given name carries a marker.

Belongs here: the pools and the marker. Does not belong here: who gets which name.
The shapes are those of real exports (umlauts, accents, double names, particles), so that encodings and the comparing of
names are put to the test. No two entries are equal in the search form of DIN 91379 (a test says so).
"""

from __future__ import annotations

MARKERS = ("beispiel", "erfunden", "fiktiv", "muster", "probe", "test")
"""One of these stands in every name of an invented person, in whatever case."""

_FEMALE = (
    "Aïcha", "Anna", "Aylin", "Birgül", "Chloé", "Doris", "Elke", "Fatma", "Gül", "Hannelore", "Ingrid", "Jörga",
    "Käthe", "Leïla", "Maria", "Marie-Luise", "Nadja", "Olha", "Petra", "Renée", "Sabine", "Šejla", "Ute", "Yağmur",
    "Zoë", "Agnieszka", "Anna Lena", "Rūta", "Ægir-Lis", "Thị",
)  # fmt: skip
_MALE = (
    "Ahmed", "André", "Björn", "Bülent", "Carlos", "Detlef", "Émile", "François", "Günther", "Hans-Jürgen", "Ibrahim",
    "Jörg", "Kemal", "Łukasz", "Marek", "Øyvind", "Oleksandr", "Peter", "Quirin", "Rüdiger", "Sören", "Șerban",
    "Thomas", "Uğur", "Václav", "Werner", "Yusuf", "Željko", "Karl Heinz", "Ömer",
)  # fmt: skip
_FEMALE_SUFFIX = ("Testina", "Probella", "Fiktiva", "Mustrina-Test")
_MALE_SUFFIX = ("Testo", "Probert", "Fiktivus", "Mustrich-Test")
_BASES = (
    "Musterfrau", "Mustermann", "Müller", "Özdemir", "Schröder", "Weiß", "Groß", "Jäger", "Krüger", "Łapiński",
    "Nguyễn", "Şahin", "García", "Conceição", "Ångström", "Bjørnsen", "Dvořák", "Kovač", "O'Neill", "Yılmaz",  # noqa: RUF001
    "Al-Hamadi", "Kaya", "Petrenko", "Schmidt", "Meyer", "Becker", "Hoffmann", "Popović", "Szabó", "Țepeș",
)  # fmt: skip
_ENDINGS = ("Beispiel", "Musterli", "Testfall", "Probst-Probe", "Erfunden")
_WITH_PARTICLE = (
    "von der Musterheide", "van den Beispiel", "de la Probe", "zu Erfundenstein", "El Testi", "Ben Musteri",
    "dos Fiktivos", "von und zu Musterburg", "Graf von Beispielau", "di Testarossa",
)  # fmt: skip

FEMALE = tuple(f"{name}-{suffix}" for suffix in _FEMALE_SUFFIX for name in _FEMALE)
MALE = tuple(f"{name}-{suffix}" for suffix in _MALE_SUFFIX for name in _MALE)
GIVEN = FEMALE + MALE
"""Given names: the first half is female, the second male."""

SURNAMES = tuple(f"{base}-{ending}" for ending in _ENDINGS for base in _BASES) + _WITH_PARTICLE

_RESPELL = (
    ("ü", "u"), ("ö", "o"), ("ä", "a"), ("ß", "s"), ("é", "ée"), ("y", "i"), ("z", "c"), ("k", "c"), ("ff", "f"),
    ("tt", "t"), ("th", "t"), ("ei", "ai"), ("i", "y"), ("e", "a"), ("a", "e"),
)  # fmt: skip


def respelled(name: str) -> str:
    """Return another spelling that no normaliser makes equal: the marker stays, one sound before it changes.

    >>> respelled("Meyer-Beispiel")
    'Meier-Beispiel'
    """
    head, dash, tail = name.partition("-")
    if not dash:
        head, dash, tail = name.partition(" ")
    for old, new in _RESPELL:
        if old in head[1:] and not any(marker in head.casefold() for marker in MARKERS):
            return head[0] + head[1:].replace(old, new, 1) + dash + tail
    return name + "-Fiktiv"


def is_marked(name: str) -> bool:
    """Return whether `name` says of itself that it is invented."""
    return any(marker in name.casefold() for marker in MARKERS)
