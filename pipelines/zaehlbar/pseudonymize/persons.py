"""From tn_nr to running numbers: which persons occur in a delivery, and the tables of their tokens.

Belongs here: numbering persons, choosing the tokens that stand for one. Does not belong here: who may pass (consent),
who is one person (identify).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zaehlbar.contract import Scope
from zaehlbar.pseudonymize.columns import Days, Mask, Numbers, days_of
from zaehlbar.pseudonymize.keys import KeyRing
from zaehlbar.pseudonymize.result import IDENTITIES, WITHDRAWALS
from zaehlbar.pseudonymize.tokens import ExactTokens, canonical, digest_column, full_birth_date, leading_bits, tn_tokens


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


def exact_of_persons(rows: pa.Table, person: Numbers, exact: ExactTokens, spoken: Mask, count: int) -> Numbers:
    """Return per person the number of the exact token (-1: none) that its `spoken` rows of `teilnahme` give it.

    The latest Eintritt that has a token speaks for the person, at equal day the smaller token; row order never.
    """
    found = np.full(count, -1, dtype=np.int64)
    usable = np.flatnonzero(spoken & (person >= 0) & (exact.number >= 0))
    entry = days_of(rows["eintritt_datum"])[usable].astype(np.int64)
    token = leading_bits(exact.digests)[exact.number[usable]]
    order = usable[np.lexsort((~token, entry))]
    found[person[order]] = exact.number[order]  # of several assignments to one person the last stays
    return found


def full_birth_of_persons(rows: pa.Table, person: Numbers, passed: Mask, count: int) -> Mask:
    """Return per person whether one of its passed participations has a full birth date."""
    full = np.zeros(count, dtype=bool)
    full[person[passed & (person >= 0) & full_birth_date(rows["geburtsdatum"])]] = True
    return full


@dataclass(frozen=True, slots=True)
class TokenTables:
    """`identities` and `withdrawals` of the result, and per person of the delivery its `ix` (-1: did not pass)."""

    identities: pa.Table
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
    exact: ExactTokens,
    exact_of: Numbers,
) -> TokenTables:
    """Compute the tokens of the persons that `passed` or have a day in `withdrawn` (both per person), of no others."""
    chosen = np.flatnonzero(passed | ~np.isnat(withdrawn))
    digests = tn_tokens(keys, scope.vorhaben_id, scope.tvp_id, [persons.tn_nrs[one] for one in chosen.tolist()])
    order = np.argsort(leading_bits(digests), kind="stable")
    digests, chosen = digests[order], chosen[order]
    present, gone = np.flatnonzero(passed[chosen]), np.flatnonzero(~np.isnat(withdrawn[chosen]))

    def columns(rows: Numbers) -> list[pa.Array]:
        return [digest_column(digests, rows), digest_column(exact.digests, exact_of[chosen[rows]])]

    number = pa.array(np.arange(len(present), dtype=np.int32))
    ix = np.full(len(persons), -1, dtype=np.int64)
    ix[chosen[present]] = np.arange(len(present))
    return TokenTables(
        pa.Table.from_arrays([number, *columns(present), pa.array(full_birth[chosen[present]])], schema=IDENTITIES),
        pa.Table.from_arrays([*columns(gone), pa.array(withdrawn[chosen[gone]])], schema=WITHDRAWALS),
        ix,
    )
