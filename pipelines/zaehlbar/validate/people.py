"""Values that name a person of the same delivery in a field that is not for persons: a name typed as an activity code.

Such a value would pass as an unknown code or as a free text, and leave the trusted zone (DESIGN.md, statement 5). Only
here are the names of the delivery known, so only here can it be noticed. Belongs here: marking the rows, column by
column. Does not belong here: what happens to them (rule ZB-F-012). What nobody can notice is a name that stands in no
`teilnahme` of the delivery, such as that of a member of staff without a form of address.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from zaehlbar.contract import Field, Table, contract
from zaehlbar.site import Site

PREFIX = "_person_in_"
"""Helper column, boolean, of the field whose name follows: whether its value names a person. It is there only where at
least one row does."""

_IDS = frozenset({"vorhaben_id", "tvp_id", "tn_nr"})
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_NO_BASE = dict(zip("ßøđðłħıæœþŋŧ", ["ss", "o", "d", "d", "l", "h", "i", "ae", "oe", "th", "n", "t"], strict=True))
_WORD = re.compile(r"[^\W_]+")
_DAY = re.compile(r"(?<!\d)(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?!\d)|(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_ADDRESSED = re.compile(r"\b(?:Frau|Herrn?|Hr\.|Fr\.)\s+(?:Dr\.\s+|Prof\.\s+)*[A-ZÄÖÜ]\w")
_SHORTEST_NAME, _SHORTEST_NUMBER, _LONGEST_NAME = 3, 5, 6


def open_field(field: Field) -> bool:
    """Return whether a field of the contract leaves the trusted zone and takes texts that no closed list limits."""
    closed = bool(field.codes) and field.zaehlbar.codes_from is None
    shaped = field.constraints.pattern is not None and field.zaehlbar.codes_from is None
    return field.type == "string" and not (field.personal or closed or shaped or field.name in _IDS)


def add_person_marks(table: pa.Table, of: Table, people: People) -> pa.Table:
    """Add the helper columns to `table`; most deliveries need none."""
    for field in filter(open_field, of.fields):
        column = table[field.name]
        if column.null_count == table.num_rows:
            continue
        values = pc.unique(column).drop_null().to_pylist()
        alone = not (field.required or field.name in of.primary_key)
        if named := [value for value in values if people.named_in(value, surname_alone=alone)]:
            marks = pc.is_in(column, value_set=pa.array(named, column.type))
            table = table.append_column(PREFIX + field.name, marks)
    return table


@dataclass
class People:
    """The people of one delivery; nothing is worked out before a value needs it."""

    participations: pa.Table | None
    site: Site

    def named_in(self, value: str, *, surname_alone: bool) -> bool:
        """Return whether `value` names one of them, by name, number, birth date or PLZ, or addresses somebody.

        `surname_alone`: whether a surname among other words counts. Many a surname is a noun, too, so where a row would
        be lost (a title "Offener Treff im Sommer") only a whole name does.
        """
        text = value.strip()
        if text in self._codes:
            return False
        if _ADDRESSED.search(text) or self._has_day(text):
            return True
        if text in self._postcodes or self._has_number({text, *text.split()}):
            return True
        words = [(_plain(word), word[0].isupper()) for word in _WORD.findall(text) if not word.isdigit()]
        if all(word in self._vocabulary for word, _ in words):
            return False
        plain = [word for word, _ in words]
        whole = "".join(plain)
        if whole in self._surnames or whole in self._first_names or self._splits_into_name(plain):
            return True
        return any(
            self._splits_into_name(run) or (surname_alone and self._is_surname("".join(run))) for run in _runs(words)
        )

    def _is_surname(self, word: str) -> bool:
        return word in self._surnames and word not in self._vocabulary

    def _splits_into_name(self, words: list[str]) -> bool:
        """Return whether the words are a first name and a surname of the delivery, in either order."""
        for middle in range(1, len(words)):
            one, other = "".join(words[:middle]), "".join(words[middle:])
            if (one in self._first_names and other in self._surnames) or (
                one in self._surnames and other in self._first_names
            ):
                return True
        return False

    def _has_day(self, text: str) -> bool:
        for found in _DAY.finditer(text):
            day, month, year, iso_year, iso_month, iso_day = found.groups()
            if f"{year or iso_year}-{int(month or iso_month):02d}-{int(day or iso_day):02d}" in self._days:
                return True
        return False

    def _has_number(self, words: set[str]) -> bool:
        long = sorted(word for word in words if len(word) >= _SHORTEST_NUMBER)
        if self.participations is None or not long:
            return False
        column = self.participations["tn_nr"]  # a million of them: not worth a set for a handful of words
        return bool(pc.any(pc.is_in(column, value_set=pa.array(long, column.type))).as_py())

    def _column(self, name: str) -> list[Any]:
        if self.participations is None:
            return []
        return list(pc.unique(self.participations[name]).drop_null().to_pylist())

    @cached_property
    def _codes(self) -> frozenset[str]:
        codes = {entry.code for entry in self.site.katalog.codes} | {item.jobcenter_nr for item in self.site.jobcenter}
        codes |= {place.quartier_id for vorhaben in self.site.vorhaben for place in vorhaben.quartiere}
        return frozenset(codes.union(*(field.codes for table in contract().tables for field in table.fields)))

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        """Words that the contract and the site use themselves: "Deutsch im Quartier" names nobody called Deutsch."""
        fields = [field for table in contract().tables for field in table.fields]
        texts = [text for field in fields for text in (field.title, field.description, *field.codes.values())]
        texts += [entry.name for entry in self.site.katalog.codes]
        texts += [item.name for item in self.site.jobcenter]
        for vorhaben in self.site.vorhaben:
            texts += [vorhaben.akronym, *(place.name for place in vorhaben.quartiere)]
        return frozenset(word for text in texts for word in _WORD.findall(_plain(text)))

    @cached_property
    def _days(self) -> frozenset[str]:
        return frozenset(day.isoformat() for day in self._column("geburtsdatum"))

    @cached_property
    def _postcodes(self) -> frozenset[str]:
        return frozenset(self._column("plz"))

    @cached_property
    def _surnames(self) -> frozenset[str]:
        return frozenset(_names(self._column("nachname")))

    @cached_property
    def _first_names(self) -> frozenset[str]:
        return frozenset(_names(self._column("vorname")))


def _names(values: Iterable[str]) -> Iterable[str]:
    for value in values:
        for form in {_plain(value), _plain(value.lower().translate(_GERMAN))}:
            joined = "".join(_WORD.findall(form))
            if len(joined) >= _SHORTEST_NAME:
                yield joined


def _runs(words: list[tuple[str, bool]]) -> Iterable[list[str]]:
    """Yield every row of neighbouring words that begins with a capital letter: a name may have several."""
    for begin, (_, capital) in enumerate(words):
        if capital:
            for end in range(begin + 1, min(begin + _LONGEST_NAME, len(words)) + 1):
                yield [word for word, _ in words[begin:end]]


def _plain(text: str) -> str:
    """Return `text` in lower case without marks, as two spellings of a name are compared here."""
    lowered = text.casefold()
    if lowered.isascii():
        return lowered
    letters = unicodedata.normalize("NFKD", lowered)
    return "".join(_NO_BASE.get(sign, sign) for sign in letters if not unicodedata.combining(sign))
