"""Keyed tokens: HMAC-SHA-256 over distinct values.

Belongs here: which fields make a token and how they are joined. Does not belong here: keys (keys), spelling
(normalize), which rows may have a token at all (consent, api).
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zaehlbar.pseudonymize.columns import Column, Mask, Numbers, codes_of, days_of, pack
from zaehlbar.pseudonymize.keys import KeyRing, Purpose
from zaehlbar.pseudonymize.normalize import search_forms
from zaehlbar.pseudonymize.result import TOKEN

_BLOCK = 64  # of SHA-256, in bytes

Digests = npt.NDArray[np.uint8]
"""Shape (number of tokens, 32)."""


def hmac_sha256(key: bytes, messages: Iterable[bytes]) -> Digests:
    """Return the HMAC-SHA-256 (RFC 2104) of each message under one key, shape (messages, 32).

    `key` is at most 64 bytes (ValueError). Both keyed states are prepared once and copied, which takes less than half
    the time of `hmac.digest` per message; tests hold it to that function and to the vectors of RFC 4231.
    """
    if len(key) > _BLOCK:
        raise ValueError(f"a key has at most {_BLOCK} bytes")
    padded = key.ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))
    digests = []
    for message in messages:
        within, around = inner.copy(), outer.copy()
        within.update(message)
        around.update(within.digest())
        digests.append(around.digest())
    return np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, 32)


def digest_column(digests: Digests, rows: Numbers) -> pa.Array:
    """Return the digests of these rows as a binary(32) column; null where the row is -1."""
    whole = np.ascontiguousarray(digests)
    column = pa.FixedSizeBinaryArray.from_buffers(TOKEN, len(whole), [None, pa.py_buffer(whole)])
    return column.take(pa.array(rows, mask=rows < 0))


def leading_bits(digests: Digests) -> npt.NDArray[np.uint64]:
    """Return the first 64 bits of each digest as a number: enough to put them in order."""
    return np.ascontiguousarray(digests[:, :8]).view(">u8").ravel().astype(np.uint64)


def joined(fields: Iterable[str]) -> str:
    """Join fields to one text; each is preceded by its length, so that boundaries cannot be shifted."""
    return "".join([f"{len(field)}:{field}" for field in fields])


def tn_tokens(keys: KeyRing, vorhaben_id: str, tvp_id: str, tn_nrs: Iterable[str]) -> Digests:
    """Return the token of each (distinct, canonical) tn_nr of this Vorhaben and TVP."""
    scope = joined((canonical(vorhaben_id), canonical(tvp_id)))
    # The last field needs no length: it ends with the message.
    return hmac_sha256(keys.derive(Purpose.TN_NR), [f"{scope}{tn_nr}".encode() for tn_nr in tn_nrs])


def canonical(value: str) -> str:
    """Return a number or id as it is compared: exactly, but for its Unicode composition (NFC)."""
    return unicodedata.normalize("NFC", value)


def full_birth_date(birth: Column) -> Mask:
    """Return where a birth date (date32) is a full one: null is none, and 01.01. stands for "day unknown"."""
    days = days_of(birth)
    full: Mask = ~np.isnat(days) & (days != days.astype("datetime64[Y]").astype("datetime64[D]"))
    return full


@dataclass(frozen=True, slots=True)
class ExactTokens:
    """Distinct tokens, and per row the number of its token (-1: none)."""

    digests: Digests
    number: Numbers


def exact_tokens(keys: KeyRing, participations: pa.Table) -> ExactTokens:
    """Return the tokens of Nachname, Vorname and Geburtsdatum of the rows of `participations`.

    None where the birth date is not a full one or a name is missing or has neither letter nor digit.
    """
    last, last_forms = _normalized(participations["nachname"])
    first, first_forms = _normalized(participations["vorname"])
    birth = participations["geburtsdatum"]
    usable = full_birth_date(birth) & (last > 0) & (first > 0)
    packed = pack([(last, len(last_forms)), (first, len(first_forms)), codes_of(birth)])
    # One row stands for each distinct identity, so that nothing is hashed twice.
    _, example, inverse = np.unique(packed[usable], return_index=True, return_inverse=True)
    rows = np.flatnonzero(usable)[example]
    days = np.datetime_as_string(days_of(birth)[rows]).tolist()
    last_prefixes, first_prefixes = ([f"{len(form)}:{form}" for form in forms] for forms in (last_forms, first_forms))
    messages = [
        f"{last_prefixes[one]}{first_prefixes[two]}{day}".encode()
        for one, two, day in zip(last[rows].tolist(), first[rows].tolist(), days, strict=True)
    ]
    number = np.full(len(usable), -1, dtype=np.int64)
    number[usable] = inverse
    return ExactTokens(hmac_sha256(keys.derive(Purpose.ABGLEICH), messages), number)


def _normalized(names: Column) -> tuple[Numbers, list[str]]:
    """Return per row the number of its search form (0: none) and the search forms by number."""
    flat = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names
    encoded = flat.dictionary_encode()
    numbers = {"": 0}
    forms = search_forms(encoded.dictionary.to_pylist())
    by_value = np.array([*(numbers.setdefault(form, len(numbers)) for form in forms), 0], dtype=np.int64)
    codes = np.asarray(pc.fill_null(encoded.indices, len(forms)))
    return by_value[codes], list(numbers)
