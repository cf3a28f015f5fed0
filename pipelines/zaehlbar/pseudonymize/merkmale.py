"""Matching tokens (Merkmale): which kinds there are, what each is made of, and their table.

Belongs here: the one list of kinds, the messages under the key. Does not belong here: how names are spelled alike
(normalize, names, phonetic), which row speaks for a person (persons), what follows from agreement (identify).

What somebody with the database and without the key can do is count: equal tokens are equal inputs, so a token that many
share is a common name, and the pattern of kinds in which two identities agree says how they differ. Against that: every
kind joins at least two fields, nearly every one a birth date or a PLZ, so that hardly a token repeats (100,000 persons
with names as uneven as Germany's: no group above 4, `benchmarks/frequency.py`); the one kind without either, `name`, is
made only for persons without a full birth date; kinds, versions and purposes never share a token, so that no column can
be counted against another; and rotation of the key makes old copies useless.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zaehlbar.pseudonymize.columns import Numbers
from zaehlbar.pseudonymize.keyed import keyed_tokens
from zaehlbar.pseudonymize.keys import KeyRing, Purpose
from zaehlbar.pseudonymize.parts import Parts
from zaehlbar.pseudonymize.tokens import digest_column, joined

EXACT = "exakt"


@dataclass(frozen=True, slots=True)
class Kind:
    """One Merkmalsart: its name, the parts (names of `parts.Parts`) it is made of, its size in bytes, what it is for.

    A token is null when one of its parts is missing. Every kind joins at least two fields: tokens of one field would be
    a list of first names or of birth days, readable by its frequencies alone.
    """

    name: str
    parts: tuple[str, ...]
    meets: str
    size: int = 16

    @property
    def column(self) -> str:
        return f"{self.name}_token"


MERKMALSARTEN = (
    Kind(EXACT, ("nachname", "vorname", "tag"), "dieselbe Schreibung und dasselbe volle Geburtsdatum", 32),
    Kind("phonetisch", ("nachname_klang", "vorname_klang", "tag"), "beide Namen klingen gleich"),
    Kind("nachname_phonetisch", ("nachname_klang", "vorname", "tag"), "der Nachname klingt gleich"),
    Kind("getauscht", ("alle_woerter", "tag"), "dieselben Namen in anderer Reihenfolge"),
    Kind("ohne_tag", ("nachname", "vorname", "jahr_monat"), "der Tag der Geburt weicht ab"),
    Kind("ohne_monat", ("nachname", "vorname", "jahr_tag"), "der Monat der Geburt weicht ab"),
    Kind("ohne_jahr", ("nachname", "vorname", "monat_tag"), "das Jahr der Geburt weicht ab"),
    Kind("tag_monat", ("nachname", "vorname", "jahr_geordnet"), "Tag und Monat der Geburt stehen vertauscht"),
    Kind("teilname", ("nachname_vorn", "vorname_vorn", "tag"), "von mehreren Namen steht nur der erste"),
    Kind("endname", ("nachname_hinten", "vorname_vorn", "tag"), "von einem Doppelnamen steht nur der letzte"),
    Kind("anfang", ("anfaenge", "tag"), "die Namen beginnen gleich, in welchem Feld sie auch stehen"),
    Kind("vorname_plz", ("vorname", "tag", "plz"), "der Nachname weicht ab, etwa nach einer Heirat"),
    Kind("nachname_plz", ("nachname", "tag", "plz"), "der Vorname weicht ab"),
    Kind("name_plz", ("nachname", "vorname", "plz"), "das Geburtsdatum weicht ab oder fehlt"),
    Kind("name", ("nachname", "vorname", "ohne_datum"), "beide haben kein volles Geburtsdatum"),
)
"""The one list of kinds. A column more or less needs a migration; other parts or another spelling of them a new
normaliser version, since stored tokens must be met again in years."""

KINDS: dict[str, int] = {kind.name: kind.size for kind in MERKMALSARTEN}
"""Merkmalsart → size of its token in bytes, in the order of the columns."""

FIRST_VERSION = 1
_KINDS_OF_VERSION = {FIRST_VERSION: (EXACT,)}
"""Kinds of older normaliser versions; every other version has all. Version 1 knew the exact token only."""

MERKMALE = pa.schema(
    [
        pa.field("ix", pa.int32(), nullable=False),
        pa.field("normalisierer_version", pa.int16(), nullable=False),
        *(pa.field(kind.column, pa.binary(kind.size)) for kind in MERKMALSARTEN),
    ]
)


def merkmale(keys: KeyRing, version: int, parts: Parts, rows: Numbers, ix: Numbers) -> pa.Table:
    """Return the table MERKMALE for these `rows` of `parts` (one per person), whose persons are `ix`.

    Rows that give no token at all are left out.
    """
    columns = {kind.column: _tokens(keys, kind, version, parts, rows) for kind in MERKMALSARTEN}
    some = np.zeros(len(rows), dtype=bool)
    for column in columns.values():
        some |= np.asarray(pc.is_valid(column))
    head = [pa.array(ix.astype(np.int32)), pa.array(np.full(len(rows), version, dtype=np.int16))]
    table = pa.Table.from_arrays([*head, *columns.values()], schema=MERKMALE)
    return table if bool(np.all(some)) else table.filter(pa.array(some))


def exact_column(keys: KeyRing, version: int, parts: Parts, rows: Numbers) -> pa.Array:
    """Return the exact token (binary(32)) of these rows, -1 standing for none."""
    column = _tokens(keys, MERKMALSARTEN[0], version, parts, rows[rows >= 0])
    places = np.full(len(rows), -1, dtype=np.int64)
    places[rows >= 0] = np.arange(len(column))
    return column.take(pa.array(places, mask=places < 0))


def _tokens(keys: KeyRing, kind: Kind, version: int, parts: Parts, rows: Numbers) -> pa.Array:
    if kind.name not in _KINDS_OF_VERSION.get(version, KINDS):
        return pa.nulls(len(rows), pa.binary(kind.size))
    chosen = [parts[name].take(rows) for name in kind.parts]
    usable = np.ones(len(rows), dtype=bool)
    for part in chosen:
        usable &= part.number > 0
    at = np.flatnonzero(usable)
    texts = [part.texts.take(pa.array(part.number[at])) for part in chosen]
    if version == FIRST_VERSION:
        texts[-1] = pc.utf8_slice_codeunits(texts[-1], 3)  # "10:" – the day ended the message without its length
    else:
        texts.insert(0, pa.scalar(joined((f"{kind.name}/{version}",))))
    messages = pc.binary_join_element_wise(*texts, "")
    number = np.full(len(rows), -1, dtype=np.int64)
    number[at] = np.arange(len(at))
    digests = keyed_tokens(keys, Purpose.ABGLEICH, messages.cast(pa.binary()).to_pylist(), kind.size)
    return digest_column(digests, number)


def concatenated(tables: Iterable[pa.Table]) -> pa.Table:
    """Return the tables of several versions as one, in the order of `ix`, the newest version first."""
    whole = pa.concat_tables([MERKMALE.empty_table(), *tables])
    return whole.take(pc.sort_indices(whole, [("ix", "ascending"), ("normalisierer_version", "descending")]))
