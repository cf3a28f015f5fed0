"""How often matching tokens repeat: what somebody with the database and without the key can count.

100,000 invented persons whose names are as unevenly spread as Germany's (the commonest Nachname 1 %, the commonest
Vorname 2 %), in 600 PLZ, one in twenty without a full birth date. Run by `python -m benchmarks.frequency`.
"""

from __future__ import annotations

import sys
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table
from tests.support.pseudonymize import KEYS, canonical_table

from zaehlbar.pseudonymize import KINDS, NORMALIZER_VERSION
from zaehlbar.pseudonymize.merkmale import merkmale
from zaehlbar.pseudonymize.parts import parts_of

_SYLLABLES = (
    *("ba", "be", "bi", "bo", "du", "fa", "ge", "ho", "ja", "ka", "le", "li", "mo", "mü", "na", "ni", "or", "pe", "ra"),
    *("ro", "sa", "schu", "ta", "ti", "ve", "wei", "zel", "berg", "feld", "mann"),
)


def main() -> None:
    """Print per kind the largest group and the share of tokens that more than one person has."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    every = np.arange(size)
    tokens = merkmale(KEYS, NORMALIZER_VERSION, parts_of(_persons(size), NORMALIZER_VERSION), every, every)
    table = Table("Merkmalsart", title=f"{size} erfundene Personen", title_justify="left")
    for column in ("Token", "größte Gruppe", "nicht einzig"):
        table.add_column(column, justify="right")
    for kind in KINDS:
        known = tokens[f"{kind}_token"].drop_null()
        groups = np.asarray(pc.value_counts(known).field("counts"))
        table.add_row(kind, f"{len(known):,}", str(groups.max()), f"{1 - np.sum(groups == 1) / len(known):.2%}")
    Console().print(table)


def _persons(size: int) -> pa.Table:
    dice = np.random.default_rng(7)
    lasts, firsts = _names(dice, 30_000, 3), _names(dice, 900, 2)
    births = [date(1960, 1, 1) + timedelta(days=int(day)) for day in dice.integers(0, 365 * 45, size)]
    unknown = dice.random(size) < 0.05
    columns: dict[str, list[object]] = {
        "nachname": [lasts[at] for at in _uneven(dice, len(lasts), 10, size)],
        "vorname": [firsts[at] for at in _uneven(dice, len(firsts), 8, size)],
        "geburtsdatum": [None if gone else day for day, gone in zip(births, unknown, strict=True)],
        "plz": [str(44_000 + number) for number in dice.integers(0, 600, size)],
    }
    table = canonical_table("teilnahme", [{}]).take(pa.array(np.zeros(size, dtype=np.int64)))
    for name, values in columns.items():
        field = table.schema.field(name)
        table = table.set_column(table.schema.get_field_index(name), field, pa.array(values, field.type))
    return table


def _names(dice: np.random.Generator, count: int, syllables: int) -> list[str]:
    places = dice.integers(0, len(_SYLLABLES), (3 * count, syllables))
    return list(dict.fromkeys("".join(_SYLLABLES[at] for at in row).capitalize() for row in places))[:count]


def _uneven(dice: np.random.Generator, count: int, shift: int, size: int) -> np.typing.NDArray[np.int64]:
    """Return `size` places below `count`, the first ones most often (Zipf, flattened at the top by `shift`)."""
    weight = 1 / (np.arange(1, count + 1) + shift)
    return dice.choice(count, size, p=weight / weight.sum())


if __name__ == "__main__":
    main()
