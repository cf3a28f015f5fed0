"""From tn_nr to running numbers: which persons occur in a delivery, and the tables of their tokens.

Belongs here: numbering persons, choosing the tokens that stand for one. Does not belong here: who may pass (consent),
who is one person (identify).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zaehlbar.contract import Scope
from zaehlbar.pseudonymize.columns import Days, Mask, Numbers, days_of
from zaehlbar.pseudonymize.keys import KeyRing
from zaehlbar.pseudonymize.merkmale import EXACT, concatenated, exact_column, merkmale
from zaehlbar.pseudonymize.parts import Parts
from zaehlbar.pseudonymize.result import IDENTITIES, WITHDRAWALS
from zaehlbar.pseudonymize.tokens import canonical, digest_column, full_birth_date, leading_bits, tn_tokens


@dataclass(frozen=True, slots=True)
class Persons:
    """All tn_nr of a delivery, and per person table the number of each row's person (-1: no tn_nr)."""

    tn_nrs: list[str]
    numbers: dict[str, Numbers]

    def __len__(self) -> int:
        return len(self.tn_nrs)


def number_persons(tables: Mapping[str, pa.Table]) -> Persons:
    """Number the persons of all person tables together."""
    encoded = {name: table["tn_nr"].combine_chunks().dictionary_encode() for name, table in tables.items()}
    spelled = {name: _canonical(column.dictionary) for name, column in encoded.items()}
    distinct = pa.concat_arrays([pa.array([], pa.string()), *spelled.values()]).unique()
    numbers = {}
    for name, column in encoded.items():
        by_value = np.append(np.asarray(pc.index_in(spelled[name], value_set=distinct)), -1).astype(np.int64)
        numbers[name] = by_value[np.asarray(pc.fill_null(column.indices, len(by_value) - 1))]
    return Persons(distinct.to_pylist(), numbers)


def _canonical(values: pa.Array) -> pa.Array:
    if pc.all(pc.string_is_ascii(values)).as_py() in (True, None):
        return values
    return pa.array([canonical(value) for value in values.to_pylist()], pa.string())


def speaking_rows(rows: pa.Table, person: Numbers, parts: Parts, spoken: Mask, count: int) -> Numbers:
    """Return per person that of its `spoken` rows of `teilnahme` whose names and birth date stand for it (-1: none).

    The latest Eintritt that gives an exact token, else the latest that gives a name; at equal day the smaller values:
    the order of the rows never counts.
    """
    named = (parts["nachname"].number > 0) | (parts["vorname"].number > 0)
    usable = np.flatnonzero(spoken & (person >= 0) & named)
    found = np.full(count, -1, dtype=np.int64)
    found[person[usable]] = usable
    alone = np.bincount(person[usable], minlength=count) <= 1
    rivals = usable[~alone[person[usable]]]
    if len(rivals):
        entry = days_of(rows["eintritt_datum"])[rivals].astype(np.int64)
        order = np.lexsort((*_values(parts, rivals), entry, parts.identity[rivals] >= 0))
        found[person[rivals[order]]] = rivals[order]  # of several assignments to one person the last stays
    return found


def _values(parts: Parts, rows: Numbers) -> list[Numbers]:
    """Return what tells the rows apart as descending numbers, the most important last."""
    chosen = [parts[name].take(rows) for name in ("plz", "tag", "vorname", "nachname")]
    texts = (part.texts.take(pa.array(part.number)) for part in chosen)
    # Dense: equal values are equal, else the order of the rows would decide between them.
    return [-np.asarray(pc.rank(one, tiebreaker="dense")).astype(np.int64) for one in texts]


def full_birth_of_persons(rows: pa.Table, person: Numbers, passed: Mask, count: int) -> Mask:
    """Return per person whether one of its passed participations has a full birth date."""
    full = np.zeros(count, dtype=bool)
    full[person[passed & (person >= 0) & full_birth_date(rows["geburtsdatum"])]] = True
    return full


@dataclass(frozen=True, slots=True)
class Speakers:
    """The rows of `teilnahme` in parts under one normaliser version, and per person the row that speaks (-1: none)."""

    version: int
    parts: Parts
    row: Numbers


@dataclass(frozen=True, slots=True)
class TokenTables:
    """The tables of the result that hold tokens, and per person of the delivery its `ix` (-1: did not pass)."""

    identities: pa.Table
    merkmale: pa.Table
    withdrawals: pa.Table
    ix: Numbers


def token_tables(
    keys: KeyRing,
    scope: Scope,
    persons: Persons,
    *,
    passed: Mask,
    withdrawn: Days,
    full_birth: Mask,
    speakers: Sequence[Speakers],
    known_by: Numbers,
) -> TokenTables:
    """Compute the tokens of the persons that `passed` or have a day in `withdrawn` (both per person), of no others.

    `known_by`: the person (-1: none) of each row of `teilnahme` whose names a refusal is remembered by: all names under
    which the person was delivered, as another provider may know an earlier one.
    """
    chosen = np.flatnonzero(passed | ~np.isnat(withdrawn))
    digests = tn_tokens(keys, scope.vorhaben_id, scope.tvp_id, [persons.tn_nrs[one] for one in chosen.tolist()])
    order = np.argsort(leading_bits(digests), kind="stable")
    digests, chosen = digests[order], chosen[order]
    present, gone = np.flatnonzero(passed[chosen]), np.flatnonzero(~np.isnat(withdrawn[chosen]))
    ix = np.full(len(persons), -1, dtype=np.int64)
    ix[chosen[present]] = np.arange(len(present))
    columns = [
        pa.array(np.arange(len(present), dtype=np.int32)),
        digest_column(digests, present),
        pa.array(full_birth[chosen[present]]),
    ]
    return TokenTables(
        pa.Table.from_arrays(columns, schema=IDENTITIES),
        _merkmale(keys, chosen[present], speakers),
        _withdrawals(keys, digest_column(digests, gone), withdrawn[chosen[gone]], known_by, withdrawn, speakers),
        ix,
    )


def _merkmale(keys: KeyRing, present: Numbers, speakers: Sequence[Speakers]) -> pa.Table:
    tables = []
    for one in speakers:
        ix = np.flatnonzero(one.row[present] >= 0)
        tables.append(merkmale(keys, one.version, one.parts, one.row[present[ix]], ix))
    return concatenated(tables)


def _withdrawals(
    keys: KeyRing, tn_token: pa.Array, tn_day: Days, known_by: Numbers, withdrawn: Days, speakers: Sequence[Speakers]
) -> pa.Table:
    tables = [_withdrawal_table(tn_token, "tn", 0, pa.array(tn_day))]
    rows = np.flatnonzero(known_by >= 0)
    day = pa.array(withdrawn[known_by[rows]])
    for one in speakers:
        exact = exact_column(keys, one.version, one.parts, rows)
        known = pc.is_valid(exact)
        tables.append(_withdrawal_table(exact.filter(known), EXACT, one.version, day.filter(known)))
    whole = pa.concat_tables(tables)
    # One person under two numbers is one exact token.
    key = ["art", "normalisierer_version", "token"]
    latest = whole.group_by(key).aggregate([("widerruf_am", "max")]).rename_columns([*key, "widerruf_am"])
    return latest.select(WITHDRAWALS.names).sort_by([(name, "ascending") for name in key]).cast(WITHDRAWALS)


def _withdrawal_table(token: pa.Array, art: str, version: int, day: pa.Array) -> pa.Table:
    columns = [token, pa.repeat(art, len(token)), pa.repeat(pa.scalar(version, pa.int16()), len(token)), day]
    return pa.Table.from_arrays(columns, schema=WITHDRAWALS)
