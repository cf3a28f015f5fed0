"""How fields become a message and digests a column; the token of a tn_nr.

Belongs here: what all tokens share. Does not belong here: keys (keys, keyed), matching tokens (merkmale), spelling
(normalize), which rows may have a token at all (consent, api).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zaehlbar.pseudonymize.columns import Column, Mask, Numbers, days_of
from zaehlbar.pseudonymize.keyed import Digests, keyed_tokens
from zaehlbar.pseudonymize.keys import KeyRing, Purpose


def digest_column(digests: Digests, rows: Numbers) -> pa.Array:
    """Return the digests of these rows as a column of fixed binary values; null where the row is -1."""
    whole = np.ascontiguousarray(digests)
    column = pa.FixedSizeBinaryArray.from_buffers(pa.binary(whole.shape[1]), len(whole), [None, pa.py_buffer(whole)])
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
    return keyed_tokens(keys, Purpose.TN_NR, [f"{scope}{tn_nr}".encode() for tn_nr in tn_nrs])


def canonical(value: str) -> str:
    """Return a number or id as it is compared: exactly, but for its Unicode composition (NFC)."""
    return unicodedata.normalize("NFC", value)


def full_birth_date(birth: Column) -> Mask:
    """Return where a birth date (date32) is a full one: null is none, and 01.01. stands for "day unknown"."""
    days = days_of(birth)
    full: Mask = ~np.isnat(days) & (days != days.astype("datetime64[Y]").astype("datetime64[D]"))
    return full
