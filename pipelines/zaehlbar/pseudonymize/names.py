"""A person's two name fields as words in search form: without titles, particles in their place, order put right.

Belongs here: what a name field holds beside the name, and which word belongs to which name. Does not belong here:
letters (normalize), sounds (phonetic). A change of any result needs a new NORMALIZER_VERSION.

What is folded here makes two spellings equal in the exact token, which merges by itself when the birth date agrees. So
only what says nothing about who the person is goes: titles, salutations, the birth name after "geb.", brackets. Words
that tell persons apart stay ("jun.", a second first name, one half of a double name); other kinds of tokens are there
to meet those who wrote less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zaehlbar.pseudonymize import words as wording
from zaehlbar.pseudonymize.columns import Column, Mask, Numbers, pack
from zaehlbar.pseudonymize.normalize import search_form


@dataclass(frozen=True)
class Words:
    """One name as words in search form, in their order; without words there is no name."""

    words: tuple[str, ...] = ()

    @cached_property
    def whole(self) -> str:
        """The name as exact tokens have it: "Müller-Lüdenscheidt" and "Mueller Luedenscheidt" are one."""
        return "".join(self.words)

    @property
    def front(self) -> str:
        """The first word: "Anna" of "Anna-Maria"."""
        return self.words[0] if self.words else ""

    @cached_property
    def _own(self) -> tuple[str, ...]:
        """The words but those that stand before and behind a name; never none of them."""
        own = tuple(word for word in self.words if word not in wording.BEHIND) or self.words
        at = 0
        while at < len(own) - 1 and wording.stands_before(own[at], own[at + 1]):
            at += 1
        return own[at:]

    @property
    def proper(self) -> str:
        """The first word that is no particle: "Müller" of "Müller-Lüdenscheidt", "Leyen" of "von der Leyen"."""
        return self._own[0] if self.words else ""

    @property
    def back(self) -> str:
        """The last word: "Lüdenscheidt" of "Müller-Lüdenscheidt", "Müller" of "Müller jun."."""
        return self._own[-1] if self.words else ""


@dataclass(frozen=True, slots=True)
class Names:
    """Per row the numbers of its Nachname in `lasts` and its Vorname in `firsts`."""

    last: Numbers
    lasts: list[Words]
    first: Numbers
    firsts: list[Words]


@dataclass(frozen=True, slots=True)
class _Field:
    """One name field: its words, those behind its comma, and whether words may belong to the other field."""

    words: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    open: bool = False


def names_of(last: Column, first: Column, version: int) -> Names:
    """Return the names of the rows under this normaliser version; version 1 knows no words, only letters."""
    last_number, last_texts = _distinct(last)
    first_number, first_texts = _distinct(first)
    if version == 1:
        return Names(last_number, list(map(_letters, last_texts)), first_number, list(map(_letters, first_texts)))
    last_fields, first_fields = list(map(_last_field, last_texts)), list(map(_first_field, first_texts))
    names = Names(
        last_number,
        [_named(field.words) for field in last_fields],
        first_number,
        [_named(field.words) for field in first_fields],
    )
    rows = np.flatnonzero(_open(last_fields)[last_number] | _open(first_fields)[first_number])
    return _with_pairs(names, rows, last_fields, first_fields) if len(rows) else names


def name_of(last: str | None, first: str | None) -> tuple[Words, Words]:
    """Return Nachname and Vorname of one person under the newest version: the meaning of `names_of`."""
    one, two = _together(_last_field(last or ""), _first_field(first or ""))
    return _named(one), _named(two)


def _with_pairs(names: Names, rows: Numbers, lasts: Sequence[_Field], firsts: Sequence[_Field]) -> Names:
    """Return `names` with those of `rows` decided from both fields together."""
    pairs = pack([(names.last[rows], len(lasts)), (names.first[rows], len(firsts))])
    _, example, inverse = np.unique(pairs, return_index=True, return_inverse=True)
    last, first = names.last.copy(), names.first.copy()
    found = [
        _together(lasts[one], firsts[two])
        for one, two in zip(last[rows[example]].tolist(), first[rows[example]].tolist(), strict=True)
    ]
    last[rows] = len(lasts) + inverse
    first[rows] = len(firsts) + inverse
    return Names(
        last,
        names.lasts + [_named(one) for one, _ in found],
        first,
        names.firsts + [_named(two) for _, two in found],
    )


def _distinct(names: Column) -> tuple[Numbers, list[str]]:
    """Return per row the number of its text; the last text stands for null."""
    flat = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names
    encoded = flat.dictionary_encode()
    texts = [*encoded.dictionary.to_pylist(), ""]
    return np.asarray(pc.fill_null(encoded.indices, len(texts) - 1)).astype(np.int64), texts


def _open(fields: Sequence[_Field]) -> Mask:
    return np.array([field.open for field in fields], dtype=bool)


def _letters(text: str) -> Words:
    form = search_form(text)
    return Words((form,)) if form else Words()


def _named(words: tuple[str, ...]) -> Words:
    """Return the words as a name. Words for "no name" are none: two unknown persons must never become one."""
    return Words() if wording.means_nobody("".join(words)) else Words(words)


def _last_field(text: str) -> _Field:
    if wording.is_one_word(text):
        return _Field(_letters(text).words)
    first, *others = wording.segments(text, degrees=True) or [()]
    behind: tuple[str, ...] = ()
    for words in others:
        # "Leyen, von der": particles come before the name. Other words behind a comma are a Vorname, if none is given.
        if wording.are_particles(words):
            first = (*words, *first)
        else:
            behind = (*behind, *words)
    name, particles = wording.without_trailing_particles(first)
    return _Field((*particles, *name, *behind), behind, open=bool(behind))


def _first_field(text: str) -> _Field:
    if wording.is_one_word(text):
        return _Field(_letters(text).words)
    first, *others = wording.segments(text) or [()]
    behind = tuple(word for words in others for word in words)
    words = (*first, *behind)
    _, particles = wording.without_trailing_particles(words)
    return _Field(words, behind, open=bool(particles or behind))


def _together(last: _Field, first: _Field) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Decide which words belong to which name where one field holds words of both."""
    if first.behind and not last.words:  # "Müller, Hans" as Vorname
        last, first = first, _Field()
    last_words, first_words = last.words, first.words
    if last.behind and first_words in ((), last.behind):  # "Müller, Hans" as Nachname, alone or beside "Hans"
        last_words, first_words = last_words[: -len(last.behind)], last.behind
    if last_words:
        first_words, particles = wording.without_trailing_particles(first_words)
        last_words = (*particles, *last_words)
    return last_words, first_words
