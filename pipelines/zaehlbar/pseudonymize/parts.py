"""The parts that matching tokens are made of, per row of `teilnahme`: names, their sounds, pieces of the birth date.

Belongs here: from columns to numbered texts, over distinct values. Does not belong here: how a name is spelled alike
(normalize, names, phonetic), which parts make a token (merkmale).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zaehlbar.pseudonymize.columns import Column, Days, Mask, Numbers, days_of, pack
from zaehlbar.pseudonymize.names import Names, Words, names_of
from zaehlbar.pseudonymize.normalize import search_forms
from zaehlbar.pseudonymize.phonetic import sounds_of
from zaehlbar.pseudonymize.tokens import full_birth_date

_BEGINNING = 2
"""Letters of a name that `anfang` compares: with three fewer spellings meet, with one too many persons."""


@dataclass(frozen=True, slots=True)
class Part:
    """Per row the number of its text (0: missing); `texts` by number, each preceded by its length ("6:MUSTER")."""

    number: Numbers
    texts: pa.Array

    def take(self, rows: Numbers) -> Part:
        return Part(self.number[rows], self.texts)


def part_of(number: Numbers, values: Iterable[str]) -> Part:
    """Return the Part of rows that point into `values`; equal values share a number, an empty one is none."""
    numbers = {"": 0}
    dense = np.array([numbers.setdefault(value, len(numbers)) for value in values], dtype=np.int64)
    texts = pa.array([f"{len(text)}:{text}" for text in numbers], pa.string())
    return Part(dense[number], texts)


@dataclass
class Parts:
    """All parts of the rows of one table, each made when it is first asked for; see _MAKERS for the names."""

    names: Names
    birth: Column
    plz: Column
    _made: dict[str, Part] = field(default_factory=dict)
    _days: tuple[Numbers, Days] | None = None

    def __getitem__(self, name: str) -> Part:
        if name not in self._made:
            self._made[name] = _MAKERS[name](self)
        return self._made[name]

    def day_parts(self, text_of: Callable[[Days], Sequence[str]], where: Callable[[Days], Mask] | None = None) -> Part:
        """Return what `text_of` says of the full birth dates (those `where` allows); others are missing."""
        if self._days is None:
            full = full_birth_date(self.birth)
            distinct, inverse = np.unique(days_of(self.birth)[full], return_inverse=True)
            number = np.full(len(full), len(distinct), dtype=np.int64)
            number[full] = inverse
            self._days = number, distinct
        number, distinct = self._days
        texts = np.array([*text_of(distinct), ""], dtype=object)
        if where is not None:
            texts[:-1][~where(distinct)] = ""
        return part_of(number, texts.tolist())

    @property
    def identity(self) -> Numbers:
        """Return per row a number that is equal exactly where exact tokens are; -1 where there is none."""
        parts = [self[name] for name in ("nachname", "vorname", "tag")]
        usable = np.logical_and.reduce([part.number > 0 for part in parts])
        packed = pack([(part.number[usable], len(part.texts)) for part in parts])
        number = np.full(len(usable), -1, dtype=np.int64)
        number[usable] = np.unique(packed, return_inverse=True)[1]
        return number


def parts_of(participations: pa.Table, version: int) -> Parts:
    """Return the parts of the rows of `teilnahme` under this normaliser version."""
    return Parts(
        names_of(participations["nachname"], participations["vorname"], version),
        participations["geburtsdatum"],
        participations["plz"],
    )


def _last(text_of: Callable[[Words], str]) -> Callable[[Parts], Part]:
    return lambda parts: part_of(parts.names.last, map(text_of, parts.names.lasts))


def _first(text_of: Callable[[Words], str]) -> Callable[[Parts], Part]:
    return lambda parts: part_of(parts.names.first, map(text_of, parts.names.firsts))


def _all_words(parts: Parts) -> Part:
    """Return the words of both names in the order of the alphabet, one text per row, whichever field they stood in."""
    rows = np.flatnonzero((parts["nachname"].number > 0) & (parts["vorname"].number > 0))
    lasts, firsts = ([one.words for one in names] for names in (parts.names.lasts, parts.names.firsts))
    pairs = zip(parts.names.last[rows].tolist(), parts.names.first[rows].tolist(), strict=True)
    texts = [" ".join(sorted(lasts[one] + firsts[two])) for one, two in pairs]
    number = np.zeros(len(parts.names.last), dtype=np.int64)
    number[rows] = np.arange(1, len(rows) + 1)
    return Part(number, pa.array(["0:", *(f"{len(text)}:{text}" for text in texts)], pa.string()))


def _beginnings(parts: Parts) -> Part:
    """Return the first letters of both names, the smaller first; missing without both."""
    names = parts.names
    last = part_of(names.last, [one.proper[:_BEGINNING] for one in names.lasts])
    first = part_of(names.first, [one.front[:_BEGINNING] for one in names.firsts])
    packed = pack([(last.number, len(last.texts)), (first.number, len(first.texts))])
    distinct, inverse = np.unique(packed, return_inverse=True)
    pairs = zip(*np.divmod(distinct, len(first.texts)), strict=True)
    lasts, firsts = last.texts.to_pylist(), first.texts.to_pylist()
    return part_of(inverse, ["".join(sorted((lasts[one], firsts[two]))) if one and two else "" for one, two in pairs])


def _plz(parts: Parts) -> Part:
    column = parts.plz.combine_chunks() if isinstance(parts.plz, pa.ChunkedArray) else parts.plz
    encoded = column.dictionary_encode()
    forms = [*search_forms(encoded.dictionary.to_pylist()), ""]
    return part_of(np.asarray(pc.fill_null(encoded.indices, len(forms) - 1)).astype(np.int64), forms)


def _without_date(parts: Parts) -> Part:
    return part_of(full_birth_date(parts.birth).astype(np.int64), ["ohne", ""])


def _iso(days: Days) -> list[str]:
    return [str(day) for day in np.datetime_as_string(days)]


def _swappable(days: Days) -> Mask:
    """Return where day and month can be swapped and that gives another date that is a full one."""
    month, day = _month(days), _day(days)
    swappable: Mask = (day <= 12) & (day != month)
    return swappable


def _month(days: Days) -> Numbers:
    return days.astype("datetime64[M]").astype(np.int64) % 12 + 1


def _day(days: Days) -> Numbers:
    first: Days = days.astype("datetime64[M]").astype("datetime64[D]")
    number: Numbers = (days - first).astype(np.int64) + 1
    return number


def _sorted(text: str) -> str:
    year, *rest = text.split("-")
    return "-".join([year, *sorted(rest)])


_MAKERS: dict[str, Callable[[Parts], Part]] = {
    "nachname": _last(lambda words: words.whole),
    "vorname": _first(lambda words: words.whole),
    "nachname_klang": lambda parts: part_of(parts.names.last, sounds_of(words.whole for words in parts.names.lasts)),
    "vorname_klang": lambda parts: part_of(parts.names.first, sounds_of(words.whole for words in parts.names.firsts)),
    "nachname_vorn": _last(lambda words: words.proper),
    "nachname_hinten": _last(lambda words: words.back),
    "vorname_vorn": _first(lambda words: words.front),
    "alle_woerter": _all_words,
    "anfaenge": _beginnings,
    "tag": lambda parts: parts.day_parts(_iso),
    "jahr_monat": lambda parts: parts.day_parts(lambda days: [text[:7] for text in _iso(days)]),
    "jahr_tag": lambda parts: parts.day_parts(lambda days: [f"{text[:4]}--{text[8:]}" for text in _iso(days)]),
    "monat_tag": lambda parts: parts.day_parts(lambda days: [text[4:] for text in _iso(days)]),
    "jahr_geordnet": lambda parts: parts.day_parts(lambda days: list(map(_sorted, _iso(days))), _swappable),
    "plz": _plz,
    "ohne_datum": _without_date,
}
