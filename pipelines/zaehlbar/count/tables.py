"""The tables that a night counts, each as one value: its columns, and counting it from facts in memory.

Belongs here: what a preview needs to do what the night does (count/monthly, count/beside) without writing.
Does not belong here: counting itself, storing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlalchemy import Connection, text

from zaehlbar.count import beside, monthly
from zaehlbar.count.engine import COLUMNS, MEASURES, SETS, Facts, count_facts, read_facts
from zaehlbar.count.events import EVENT_MEASURES, count_events, count_steps
from zaehlbar.count.features import DIMENSIONS, FEATURE_MEASURES, FEATURE_SETS, count_features
from zaehlbar.count.period import Period, Rules
from zaehlbar.count.source import read_source

ALL = "*"
Sets = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that is counted, as columns; the tables are those of `sql/sources/`."""

    facts: Facts
    angabe: pa.Table
    angebot: pa.Table
    zwischenschritt: pa.Table


@dataclass(frozen=True, slots=True)
class CountedTable:
    """One table of schema `zahl` that is counted by period."""

    name: str
    keys: tuple[str, ...]
    """Columns that say the cell, zeitraum and beginn first."""
    spans: tuple[str, ...]
    """Further days of the period."""
    values: tuple[str, ...]
    places: dict[str, str]
    """Dimension of a set → its column."""
    sets: Sets
    """Combinations of dimensions that are stored."""
    rests_on: frozenset[str]
    """Parts of the rules that it rests on, by the names of `count/preview.PARTS`."""
    counting: Callable[[Inputs, Sequence[Period], Rules, Sets], pa.Table]

    @property
    def schema(self) -> pa.Schema:
        days = {name: pa.date32() for name in ("beginn", "ende", "stichtag")}
        words = {name: days.get(name, pa.string()) for name in (*self.keys, *self.spans)}
        return pa.schema([*words.items(), *((name, pa.int64()) for name in self.values)])

    def count(self, inputs: Inputs, periods: Sequence[Period], rules: Rules, sets: Sets) -> pa.Table:
        """Return the rows that a night would store, for these of its sets."""
        own = self._own(sets)
        if not periods or not own:
            return self.schema.empty_table()
        return self.counting(inputs, periods, rules, own).select(self.schema.names).cast(self.schema)

    def stored(self, connection: Connection, periods: Sequence[Period], sets: Sets) -> pa.Table:
        """Return the rows that are current, for these periods and sets."""
        own = self._own(sets)
        if not periods or not own:
            return self.schema.empty_table()
        cell = " or ".join(
            f"({' and '.join(self._given(name, column, chosen) for name, column in self.places.items())})"
            for chosen in own
        )
        rows = connection.execute(
            text(f"""
                select {", ".join(self.schema.names)} from {self.name}
                where bekannt_bis is null and ({cell})
                    and (zeitraum, beginn) in (select * from unnest(cast(:kinds as text[]), cast(:days as date[])))
                """),
            {"kinds": [period.zeitraum for period in periods], "days": [period.von for period in periods]},
        ).mappings()
        return pa.Table.from_pylist([dict(row) for row in rows], schema=self.schema)

    def _own(self, sets: Sets) -> list[Sequence[str]]:
        return [chosen for chosen in sets if set(chosen) in [set(known) for known in self.sets]]

    @staticmethod
    def _given(name: str, column: str, chosen: Sequence[str]) -> str:
        return f"{column} {'<>' if name in chosen else '='} '{ALL}'"


def read_inputs(connection: Connection, stand: int, kategorien_version: str) -> Inputs:
    """Read everything as known after run `stand`, with the mapping of a version."""
    values = {"stand": stand}
    return Inputs(
        read_facts(connection, stand, kategorien_version),
        *(read_source(connection, name, values) for name in ("angabe", "angebot", "zwischenschritt")),
    )


def _figures(inputs: Inputs, periods: Sequence[Period], rules: Rules, sets: Sets) -> pa.Table:
    return monthly.figure_rows(count_facts(inputs.facts, periods, rules, sets), periods)


def _events(inputs: Inputs, periods: Sequence[Period], _: Rules, sets: Sets) -> pa.Table:
    events = count_events(inputs.angebot, inputs.facts.kategorie_zuordnung, periods, sets)
    steps = count_steps(inputs.angabe, inputs.zwischenschritt, periods, sets)
    return beside.stored_rows(pa.concat_tables([events, steps], promote_options="permissive"), periods)


def _features(inputs: Inputs, periods: Sequence[Period], _: Rules, sets: Sets) -> pa.Table:
    return beside.stored_rows(count_features(inputs.angabe, periods, sets), periods)


FIGURES = CountedTable(
    name="zahl.figur",
    keys=monthly.DIMENSIONS,
    spans=monthly.SPAN,
    values=MEASURES,
    places={name: column for name, column in COLUMNS.items() if name != "kat"},
    sets=SETS,
    rests_on=frozenset({"gebiete", "zuordnung", "zaehlregeln", "kalender"}),
    counting=_figures,
)
EVENTS = CountedTable(
    name="zahl.ereigniszahl",
    keys=beside.EVENT_DIMENSIONS,
    spans=("ende",),
    values=EVENT_MEASURES,
    places=DIMENSIONS,
    sets=FEATURE_SETS,
    rests_on=frozenset({"gebiete", "zuordnung"}),
    counting=_events,
)
FEATURES = CountedTable(
    name="zahl.angabenzahl",
    keys=beside.FEATURE_DIMENSIONS,
    spans=("ende",),
    values=FEATURE_MEASURES,
    places=DIMENSIONS,
    sets=FEATURE_SETS,
    rests_on=frozenset({"kalender"}),
    counting=_features,
)
TABLES = (FIGURES, EVENTS, FEATURES)
