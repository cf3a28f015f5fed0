"""Angaben: who takes part and how it ended, one property at a time, for every period and cell.

Belongs here: which Angaben are counted and on which base, counting them, reading the current ones. Does not belong
here: crossing two of them (nothing here can), names of values (contract), disclosure control. Rules: domain.md
(d) 6 and 13 to 15; definitions are in the comments of `zahl.angabenzahl`.

An Angabe is what is known of a participation now: a later delivery that says otherwise corrects it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import product
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, text

from zaehlbar.count.period import Period
from zaehlbar.count.tally import (
    NEVER,
    Axis,
    Numbers,
    Overlaps,
    Stays,
    months_later,
    sums_by_bucket,
)

DIMENSIONS = {"jc": "jobcenter_nr", "vh": "vorhaben_id", "quartier": "quartier_id", "tvp": "tvp_id"}
"""Columns of the result by dimension of a cell."""
FEATURE_SETS: tuple[tuple[str, ...], ...] = ((), ("jc",), ("vh",), ("jc", "vh"), ("vh", "quartier"), ("vh", "tvp"))
FEATURE_MEASURES = ("teilnahmen", "personen", "eintritte", "austritte", "bestand")
UNKNOWN = "ohne Angabe"
ALL = "*"
NONE_GIVEN = "OHNE"
ASKED_AFTER_MONTHS = 6
"""EECR05 and EECR06 ask six months after the Austritt (VO (EU) 2021/1057 Annex I)."""

Base = Literal["teilnahme", "zugang", "austritt", "sechs_monate"]
Value = Callable[..., str | None]


def _as_delivered(value: Any) -> str | None:
    return None if value is None else str(value)


def women_and_others(code: str | None) -> str | None:
    """„Geschlecht: weiblich, übrige“: single persons would stand out under "nicht-binär, divers" (domain.md (d) 15)."""
    return None if code is None else "w" if code == "w" else "übrige"


def long_term_unemployed(erwerbsstatus: str | None, alo_dauer: str | None) -> str | None:
    """„Langzeitarbeitslos bei Eintritt (ESF-Angabe)“: registered unemployed for more than 12 months (EECO03)."""
    if erwerbsstatus is None or (erwerbsstatus == "ALO" and alo_dauer is None):
        return None
    return "j" if erwerbsstatus == "ALO" and alo_dauer == "AB12" else "n"


def known_quartier(quartier: str | None) -> str | None:
    """The Quartier of residence; as a dimension of cells it is OHNE where none was given."""
    return None if quartier == NONE_GIVEN else quartier


def needs_group(number: int | None) -> str | None:
    """The number of needs at entry: 0, 1, 2, 3 and more."""
    return None if number is None else str(number) if number < 3 else "3+"


@dataclass(frozen=True, slots=True)
class Feature:
    """An Angabe: the fields of a participation it comes from, on which base it is counted, and for which cells.

    Bases: all participations (`teilnahme`); the same, but never with Austritte (`zugang`, (d) 14); Austritte of the
    period (`austritt`); Austritte whose day six months later lies in it (`sechs_monate`).
    """

    name: str
    base: Base = "teilnahme"
    fields: tuple[str, ...] = ()
    value: Value = _as_delivered
    needs: tuple[str, ...] = ()
    """Dimensions a cell must have."""
    forbids: tuple[str, ...] = ()
    """Dimensions a cell must not have."""

    @property
    def columns(self) -> tuple[str, ...]:
        return self.fields or (self.name,)

    def counted_by(self, dimensions: Sequence[str]) -> bool:
        """Return whether cells of these dimensions are counted."""
        return set(self.needs) <= set(dimensions) and not set(self.forbids) & set(dimensions)


FEATURES: tuple[Feature, ...] = (
    *(Feature(name) for name in ("altersgruppe_eintritt", "erwerbsstatus_eintritt", "rechtskreis")),
    Feature("geschlecht", value=women_and_others),
    Feature("langzeitarbeitslos", fields=("erwerbsstatus_eintritt", "alo_dauer"), value=long_term_unemployed),
    *(Feature(name) for name in ("schulabschluss", "berufsabschluss", "herkunft_ausl", "drittstaat", "wohnungslos")),
    *(Feature(name) for name in ("alleinerziehend", "sprache_stufe", "vorher", "jc_massnahme_parallel")),
    Feature("hemmnisse", fields=("hemmnisse_anzahl_eintritt",), value=needs_group),
    # A Quartier has its name in its Vorhaben only.
    Feature("quartier", fields=("quartier_id",), value=known_quartier, needs=("vh",)),
    Feature("zugangsweg", "zugang"),
    # The reason for leaving is a sum of many ((d) 2, statement 13): never by the smallest cells.
    Feature("austritt_grund", "austritt", forbids=("quartier", "tvp")),
    *(Feature(name, "austritt") for name in ("anschluss", "beschfaehigkeit_erhoeht")),
    *(Feature(name, "austritt") for name in ("erg_arbeitsuche", "erg_bildung", "erg_qualifikation", "erg_arbeit")),
    *(Feature(name, "sechs_monate") for name in ("erg_6m_arbeit", "erg_6m_verbessert")),
)


class _Participations:
    """The columns of participations as numbers."""

    def __init__(self, table: pa.Table, axis: Axis) -> None:
        self.axis = axis
        self.table = table
        self.person = table.column("person_id").to_numpy()
        self.ein = _days(table, "eintritt_datum")
        # Neither a delivery nor a correction may put the Austritt before the Eintritt (ZB-Z-001).
        self.aus = np.maximum(_days(table, "austritt_datum"), self.ein)
        self.dimensions = {name: _coded(table, column, ALL) for name, column in DIMENSIONS.items()}
        self._bases: dict[Base, _Base] = {}

    def base(self, base: Base) -> _Base:
        kind: Base = "teilnahme" if base == "zugang" else base
        if kind not in self._bases:
            self._bases[kind] = _Running(self) if kind == "teilnahme" else _Left(self, kind)
        return self._bases[kind]

    def cells(self, dimensions: Sequence[str]) -> _Cells:
        cell = np.zeros(len(self.person), dtype=np.int64)
        for name in dimensions:
            codes, words = self.dimensions[name]
            cell = cell * len(words) + codes
        _, first, number = np.unique(cell, return_index=True, return_inverse=True)
        total = np.zeros(len(first), dtype=np.int64)
        found = {name: self.dimensions[name][0][first] if name in dimensions else total for name in DIMENSIONS}
        return _Cells(number, len(first), found)


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cell of every row as a number, how many there are, and the codes of each one's dimensions (0: all)."""

    number: Numbers
    size: int
    codes: dict[str, Numbers]


@dataclass(frozen=True, slots=True)
class _Part:
    """The rows of one Angabe by one set of dimensions."""

    value: Numbers
    period: Numbers
    codes: dict[str, Numbers]
    measures: dict[str, Numbers]


class _Base:
    """Rows that are counted, as row numbers, and how."""

    rows: Numbers

    def measures(self, key: Numbers, size: int) -> dict[str, Numbers]:
        """Return measures by key and period; `key` has one entry per row of `rows`."""
        raise NotImplementedError


class _Running(_Base):
    def __init__(self, facts: _Participations) -> None:
        self.rows = np.arange(len(facts.person))
        self._axis = axis = facts.axis
        self._ein, self._aus = axis.bucket(facts.ein), axis.bucket(facts.aus)
        self._twice = Overlaps(axis, Stays(facts.person, facts.ein, facts.aus, ("bis", "von")))

    def measures(self, key: Numbers, size: int) -> dict[str, Numbers]:
        axis = self._axis
        begun = sums_by_bucket(key, size, self._ein, axis.buckets)
        ended = sums_by_bucket(key, size, self._aus, axis.buckets)
        running = axis.until(begun, "bis") - axis.until(ended, "vor")
        return {
            "teilnahmen": running,
            "personen": running - self._twice.count(key, size),
            "eintritte": axis.until(begun, "fluss_bis") - axis.until(begun, "fluss_von"),
            "austritte": axis.until(ended, "fluss_bis") - axis.until(ended, "fluss_von"),
            "bestand": axis.until(begun, "stichtag") - axis.until(ended, "stichtag"),
        }


class _Left(_Base):
    """Participations that ended, at their Austritt or at the day six months later."""

    def __init__(self, facts: _Participations, base: Base) -> None:
        self.rows = np.flatnonzero(facts.aus < NEVER)
        self._axis = axis = facts.axis
        day = facts.aus[self.rows]
        if base == "sechs_monate":
            day = months_later(day, ASKED_AFTER_MONTHS)
        self._day = axis.bucket(day)
        self._twice = Overlaps(axis, Stays(facts.person[self.rows], day, day - 1, ("fluss_bis", "fluss_von")))

    def measures(self, key: Numbers, size: int) -> dict[str, Numbers]:
        axis = self._axis
        ended = sums_by_bucket(key, size, self._day, axis.buckets)
        austritte = axis.until(ended, "fluss_bis") - axis.until(ended, "fluss_von")
        return {"austritte": austritte, "personen": austritte - self._twice.count(key, size)}


_HIDDEN: dict[Base, tuple[str, ...]] = {"zugang": ("austritte", "bestand")}
"""Never with Austritte, nor with what they could be computed from."""


class FeatureCount:
    """Counts Angaben of the same participations, one at a time: all of them together may not fit into memory."""

    def __init__(
        self, teilnahme: pa.Table, periods: Sequence[Period], sets: Sequence[Sequence[str]] = FEATURE_SETS
    ) -> None:
        self._facts = _Participations(teilnahme, Axis(periods))
        self._periods = periods
        self._cells = {tuple(chosen): self._facts.cells(chosen) for chosen in sets}

    def count(self, feature: Feature) -> pa.Table:
        """Return the rows of this Angabe, as `count_features` does."""
        value, words = _values(self._facts.table, feature)
        parts = [
            _counted(self._facts, feature, value, words, cells)
            for chosen, cells in self._cells.items()
            if feature.counted_by(chosen)
        ]
        return _result(self._facts, self._periods, feature, words, parts)


def count_features(
    teilnahme: pa.Table,
    periods: Sequence[Period],
    sets: Sequence[Sequence[str]] = FEATURE_SETS,
    features: Sequence[Feature] = FEATURES,
) -> pa.Table:
    """Count every Angabe of the participations (`sql/sources/angabe.sql`) for `periods`, by each set of dimensions.

    Returns columns periode (int32), jc, vh, quartier, tvp ('*' = all), angabe, auspraegung (string) and
    FEATURE_MEASURES (int32; null where the Angabe does not have it); rows of zeros are left out. Every measure is a sum
    over persons: counting disjoint sets of persons apart and adding gives the same.
    """
    counted = FeatureCount(teilnahme, periods, sets)
    return pa.concat_tables([counted.count(feature).cast(_PLAIN) for feature in features])


def _counted(facts: _Participations, feature: Feature, value: Numbers, words: list[str], cells: _Cells) -> _Part:
    base = facts.base(feature.base)
    # Of all cells with all values only those that occur.
    joint = (cells.number * len(words) + value)[base.rows]
    occurs = np.bincount(joint, minlength=cells.size * len(words)) > 0
    joints = np.flatnonzero(occurs)
    measures = base.measures((np.cumsum(occurs) - 1)[joint], len(joints))
    for name in _HIDDEN.get(feature.base, ()):
        del measures[name]
    kept = np.flatnonzero(reduce(np.logical_or, (counts.ravel() != 0 for counts in measures.values())))
    number, period = np.divmod(kept, facts.axis.size)
    cell, own = np.divmod(joints[number], len(words))
    return _Part(
        own,
        period,
        {name: codes[cell] for name, codes in cells.codes.items()},
        {name: counts.ravel()[kept] for name, counts in measures.items()},
    )


def _values(table: pa.Table, feature: Feature) -> tuple[Numbers, list[str]]:
    """Return the Angabe of every row as a number, and the values by number."""
    coded = [_coded(table, column, None) for column in feature.columns]
    joint = np.zeros(table.num_rows, dtype=np.int64)
    for codes, words in coded:
        joint = joint * len(words) + codes
    named = [feature.value(*values) or UNKNOWN for values in product(*(words for _, words in coded))]
    words = sorted(set(named))
    place = {word: number for number, word in enumerate(words)}
    return np.array([place[word] for word in named], dtype=np.int64)[joint], words


def _coded(table: pa.Table, column: str, first: str | None) -> tuple[Numbers, list[Any]]:
    """Return the column as numbers into its values; value 0 is `first`, which stands for null, too."""
    chunked = table.column(column)
    if not pa.types.is_dictionary(chunked.type):
        chunked = chunked.dictionary_encode()
    array = chunked.unify_dictionaries().combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], chunked.type)
    codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64) + 1
    return codes, [first, *array.dictionary.to_pylist()]


def _days(table: pa.Table, column: str) -> Numbers:
    days: Numbers = table.column(column).cast(pa.int32()).fill_null(NEVER).to_numpy().astype(np.int64)
    return days


def _result(
    facts: _Participations, periods: Sequence[Period], feature: Feature, words: list[str], parts: Sequence[_Part]
) -> pa.Table:
    number = np.array([period.nummer for period in periods], dtype=np.int32)
    value = _joined([part.value for part in parts])
    columns = {"periode": pa.array(number[_joined([part.period for part in parts])], pa.int32())}
    for name, (_, values) in facts.dimensions.items():
        columns[name] = _worded(_joined([part.codes[name] for part in parts]), values)
    columns["angabe"] = _worded(np.zeros(len(value), dtype=np.int64), [feature.name])
    columns["auspraegung"] = _worded(value, words)
    for name in FEATURE_MEASURES:
        if parts and name not in parts[0].measures:
            columns[name] = pa.nulls(len(value), pa.int32())
        else:
            columns[name] = pa.array(_joined([part.measures[name] for part in parts]), pa.int32())
    return pa.table(columns)


_PLAIN = pa.schema(
    [
        ("periode", pa.int32()),
        *((name, pa.string()) for name in (*DIMENSIONS, "angabe", "auspraegung")),
        *((name, pa.int32()) for name in FEATURE_MEASURES),
    ]
)


def _joined(arrays: Sequence[Numbers]) -> Numbers:
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype=np.int64)


def _worded(codes: Numbers, words: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(words, pa.string()))


def current_features(
    connection: Connection, zeitraum: str, beginn: date, angaben: Sequence[str] | None = None, **cell: str
) -> list[dict[str, Any]]:
    """Return the current Angaben of one period and cell, sorted by Angabe and value.

    `cell`: jobcenter_nr, vorhaben_id, quartier_id, tvp_id; what is not given is '*' (all). Rows per TVP are for the
    Vorhabenträger only. Each row has angabe, auspraegung and FEATURE_MEASURES (None where the Angabe does not have it).
    """
    unknown = set(cell) - set(DIMENSIONS.values())
    if unknown:
        raise ValueError(f"unknown dimensions: {', '.join(sorted(unknown))}")
    values = dict.fromkeys(DIMENSIONS.values(), ALL) | cell
    rows = connection.execute(
        text(f"""
            select angabe, auspraegung, {", ".join(FEATURE_MEASURES)} from zahl.angabenzahl
            where bekannt_bis is null and zeitraum = :zeitraum and beginn = :beginn
                and {" and ".join(f"{name} = :{name}" for name in values)}
                and (cast(:angaben as text[]) is null or angabe = any(:angaben))
            order by angabe, auspraegung
            """),
        {"zeitraum": zeitraum, "beginn": beginn, "angaben": None if angaben is None else list(angaben), **values},
    ).mappings()
    return [dict(row) for row in rows]
