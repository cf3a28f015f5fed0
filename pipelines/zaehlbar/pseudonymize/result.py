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
        pa.field("exakt_token", TOKEN),
        pa.field("geburtsdatum_voll", pa.bool_(), nullable=False),
    ]
)
"""One row per tn_nr that occurs in a passed row. `ix` runs 0..n-1 in the order of `tn_token`, so that numbers given in
this order do not tell the alphabet of the provider's list. `exakt_token` is null without both names and a full birth
date; also for a person of whom only activities or steps passed, which says nothing about the person's earlier token."""

WITHDRAWALS = pa.schema(
    [
        pa.field("tn_token", TOKEN, nullable=False),
        pa.field("exakt_token", TOKEN),
        pa.field("widerruf_am", pa.date32(), nullable=False),
    ]
)
"""The withdrawals that decided (DESIGN.md, statement 6: remembered as token and date, and as nothing else)."""


@dataclass
class Pseudonymized:
    """One delivery without a name. Nothing in it is a value of a field of privacy class I or S, or a tn_nr.

    `tables` has every table of the delivery, only rows that are neither rejected nor duplicate nor withheld, in the
    order of the file. Columns of a person table, in this order: `ix` (int32, row of `identities`), the contract's
    fields in its order without tn_nr, vorhaben_id, tvp_id and without classes I and S, for teilnahme
    `altersgruppe_eintritt` (string, null where unknown), and where the contract says `wiederholbar` `nr` (int16: 0, 1,
    … within equal primary keys). Other tables keep vorhaben_id and tvp_id and have no `ix`. `_zeile` and `_datei` end
    here, as they lead back to the line of a person.

    `withheld` counts, per person table, the rows that were accepted and stop here for want of consent. `withdrawals`
    are those that decided. `key_id` is the key of all tokens here, `normalizer_version` that of `exakt_token`.
    """

    delivery: Delivery
    verdict: Verdict
    identities: pa.Table
    tables: dict[str, pa.Table]
    withheld: dict[str, int]
    withdrawals: pa.Table
    key_id: str
    normalizer_version: int
