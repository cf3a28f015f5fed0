"""Breaking a share of rows on purpose, in the ways in which real exports are broken.

Belongs here: kinds of mistakes and putting them in. Does not belong here: what a rule says about them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zaehlbar.sample.dice import Dice
from zaehlbar.sample.tables import Tables


@dataclass(frozen=True, slots=True)
class Mistake:
    """In the rows it hits, `field` gets the text `value` (None: empty), or the value of the field `copy_of`."""

    field: str
    value: str | None = None
    copy_of: str | None = None


MISTAKES: Mapping[str, Sequence[Mistake]] = {
    "teilnahme": (
        Mistake("eintritt_datum", "31.04.2026"),
        Mistake("eintritt_datum"),
        Mistake("eintritt_datum", "2062-01-15"),
        Mistake("austritt_datum", "2009-02-03"),
        Mistake("geburtsdatum", copy_of="eintritt_datum"),
        Mistake("geburtsdatum", "1985-13-01"),
        Mistake("einwilligung_stufe"),
        Mistake("einwilligung_stufe", "ja"),
        Mistake("tn_nr"),
        Mistake("tn_nr", "TEST-NUMMER-DIE-VIEL-ZU-LANG-IST"),
        Mistake("geschlecht", "weibl."),
        Mistake("rechtskreis", "ALG2"),
        Mistake("zugangsweg", "Flyer"),
        Mistake("quartier_id", "Q99"),
        Mistake("plz", "999"),
        Mistake("vorname", "Testina\ue000"),
        Mistake("nachname", "M\ue002ller-Beispiel"),
    ),
    "aktivitaet": (
        Mistake("datum", "2026-02-30"),
        Mistake("datum", "gestern"),
        Mistake("datum"),
        Mistake("datum", "2019-01-02"),
        Mistake("aktivitaet_code", "Z98"),
        Mistake("aktivitaet_code"),
        Mistake("dauer_min", "720"),
        Mistake("dauer_min", "-30"),
        Mistake("dauer_min", "zwei Stunden"),
        Mistake("tn_nr", "TEST-99999999"),
        Mistake("format", "ONLINE"),
        Mistake("ergebnis", "gut\ue000"),
    ),
    "zwischenschritt": (
        Mistake("datum", "2026-06-31"),
        Mistake("code", "GESUND"),
        Mistake("tn_nr"),
    ),
    "angebot": (
        Mistake("anzahl_gesamt", "viele"),
        Mistake("angebot_code", "A99"),
        Mistake("datum", "2019-01-02"),
    ),
}
"""Characters U+E000 and U+E002 become a delimiter and a broken byte when written (canonical.SENTINELS)."""


def broken(tables: Tables, share: float, dice: Dice, label: str) -> Tables:
    """Return the tables that have kinds of mistakes, each with about this share of its rows broken in one way."""
    return {
        name: _break(tables[name], kinds, share, dice, f"{label} {name}")
        for name, kinds in MISTAKES.items()
        if name in tables
    }


def _break(table: pa.Table, kinds: Sequence[Mistake], share: float, dice: Dice, label: str) -> pa.Table:
    rows = np.flatnonzero(dice.chance(f"mistake {label}", share, table.num_rows))
    kind = dice.below(f"kind {label}", len(kinds), len(rows))
    texts = {name: table[name].cast(pa.string()) for name in {mistake.field for mistake in kinds}}
    for number, mistake in enumerate(kinds):
        hit = np.zeros(table.num_rows, dtype=bool)
        hit[rows[kind == number]] = True
        if not hit.any():
            continue
        value = (
            pa.scalar(mistake.value, pa.string())
            if mistake.copy_of is None
            else table[mistake.copy_of].cast(pa.string())
        )
        texts[mistake.field] = pc.if_else(pa.array(hit), value, texts[mistake.field])
    for name, column in texts.items():
        table = table.set_column(table.column_names.index(name), name, column)
    return table
