"""What leaves the room: tokens, facts with a running number in place of a person, counts of what was withheld."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from zaehlbar.contract import Delivery, Verdict

TOKEN = pa.binary(32)

IDENTITIES = pa.schema(
    [
        pa.field("ix", pa.int32(), nullable=False),
        pa.field("tn_token", TOKEN, nullable=False),
        pa.field("geburtsdatum_voll", pa.bool_(), nullable=False),
    ]
)
"""One row per tn_nr that occurs in a passed row. `ix` runs 0..n-1 in the order of `tn_token`, so that numbers given in
this order do not tell the alphabet of the provider's list."""

WITHDRAWALS = pa.schema(
    [
        pa.field("token", TOKEN, nullable=False),
        pa.field("art", pa.string(), nullable=False),
        pa.field("normalisierer_version", pa.int16(), nullable=False),
        pa.field("widerruf_am", pa.date32(), nullable=False),
    ]
)
"""The withdrawals that decided (DESIGN.md, statement 6: remembered as token and date, and as nothing else): one row per
token, `art` "tn" (version 0: a tn_token knows none) or "exakt" (one per normaliser version in use)."""

WITHOUT_CONSENT = pa.schema(
    [
        pa.field("monat", pa.date32(), nullable=False),
        pa.field("jobcenter_nr", pa.string(), nullable=False),
        pa.field("stichtag", pa.date32(), nullable=False),
        pa.field("teilnahmen", pa.int32(), nullable=False),
        pa.field("eintritte", pa.int32(), nullable=False),
        pa.field("austritte", pa.int32(), nullable=False),
        pa.field("bestand", pa.int32(), nullable=False),
    ]
)
"""Participations of persons without consent, counted (domain.md (d) 18): numbers, nobody is in it."""


@dataclass
class Pseudonymized:
    """One delivery without a name. Nothing in it is a value of a field of privacy class I or S, or a tn_nr.

    `tables` has every table of the delivery, only rows that are neither rejected nor duplicate nor withheld, in the
    order of the file. Columns of a person table, in this order: `ix` (int32, row of `identities`), the contract's
    fields in its order without tn_nr, vorhaben_id, tvp_id and without classes I and S, for teilnahme
    `altersgruppe_eintritt` (string, null where unknown), and where the contract says `wiederholbar` `nr` (int16: 0, 1,
    … within equal primary keys). Other tables keep vorhaben_id and tvp_id and have no `ix`. `_zeile` and `_datei` end
    here, as they lead back to the line of a person.

    `merkmale` (schema merkmale.MERKMALE) has the matching tokens: per normaliser version in use one row for every `ix`
    with a passed participation whose names give a token. A person without a row gave none in this delivery; a person
    of whom only activities or steps passed has none either, which says nothing about the person's earlier tokens.

    `withheld` counts, per person table, the rows that were accepted and stop here for want of consent. `withdrawals`
    are those that decided; a person with a newer consent may pass beside one. `without_consent` counts who has no
    consent and did not withdraw; None where the site names no legal basis for that, or the delivery cannot say (an
    increment, no `teilnahme`). `key_id` is the key of all tokens here, `normalizer_version` the newest in `merkmale`.
    """

    delivery: Delivery
    verdict: Verdict
    identities: pa.Table
    merkmale: pa.Table
    tables: dict[str, pa.Table]
    withheld: dict[str, int]
    withdrawals: pa.Table
    key_id: str
    normalizer_version: int
    without_consent: pa.Table | None = None
