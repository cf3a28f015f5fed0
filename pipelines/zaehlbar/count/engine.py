"""Running the counting SQL of `sql/counts/`: one definition for the nightly months and for any period asked.

The facts are read once as columns and counted by DuckDB in this process: counting distinct persons over months is what
columnar engines are for (`make bench`). PostgreSQL keeps facts and figures.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import timedelta

import duckdb
import numpy as np
import pyarrow as pa
from sqlalchemy import Connection

from zaehlbar import resources
from zaehlbar.count.period import Period, Rules
from zaehlbar.count.source import read_source

MEASURES = (
    "teilnahmen",
    "personen",
    "eintritte",
    "eintritte_zaehlbar",
    "austritte",
    "austritte_zaehlbar",
    "bestand",
    "bestand_personen",
    "bestand_zaehlbar",
    "bestand_aktiv",
    "personen_unter_schwelle",
    "teilnahmen_parallel",
    "personen_parallel",
    "ausgetreten",
    "geblieben",
    "dauer_min",
)
"""What is counted. Each is a sum over persons: what a person adds to a cell depends on that person's rows alone."""
_CELL = [name for name in MEASURES if name != "geblieben"]

PLACES = ("land", "jc", "vh", "quartier", "tvp")
"""Dimensions of a cell beside its category, in the order of the result's columns."""
COLUMNS = dict(
    zip((*PLACES, "kat"), ("land", "jobcenter_nr", "vorhaben_id", "quartier_id", "tvp_id", "kategorie"), strict=True)
)
"""Columns of the result that say the cell → those of the stored tables (`zahl.figur`)."""
SETS: tuple[tuple[str, ...], ...] = (
    (),
    ("land",),
    ("jc",),
    ("vh",),
    ("jc", "vh"),
    ("vh", "quartier"),
    ("jc", "vh", "quartier"),
    ("vh", "tvp"),
    ("jc", "vh", "tvp"),
)
"""Combinations of dimensions that are counted every night, each for every category and for all ('*')."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is counted, as columns (`sql/sources/`): tables of the same name in the counting SQL."""

    teilnahme: pa.Table
    aktivitaet: pa.Table
    kategorie_zuordnung: pa.Table


def read_facts(
    connection: Connection, stand: int, kategorien_version: str, identities: Sequence[int] | None = None
) -> Facts:
    """Read the facts as known after run `stand`, of these identities alone (None: all), and a mapping."""
    return Facts(
        read_source(connection, "teilnahme", {"stand": stand}, identities),
        read_source(connection, "aktivitaet", {"stand": stand}, identities),
        read_source(connection, "kategorie_zuordnung", {"kategorien_version": kategorien_version}),
    )


def count_cells(
    connection: Connection, periods: Sequence[Period], rules: Rules, stand: int, sets: Sequence[Sequence[str]] = SETS
) -> pa.Table:
    """Count all cells and totals of `periods` as known after run `stand`; the result is that of `count_facts`."""
    return count_facts(read_facts(connection, stand, rules.kategorien_version), periods, rules, sets)


def count_facts(
    facts: Facts, periods: Sequence[Period], rules: Rules, sets: Sequence[Sequence[str]] = SETS
) -> pa.Table:
    """Count the cells of `periods` in `facts`, for each combination of dimensions in `sets`; nothing else is read.

    Returns columns periode (int32), `PLACES`, kat (string, '*' = all) and `MEASURES` (int64; null: switched off).
    Every measure is a sum over persons: counting disjoint sets of persons apart and adding gives the same figures.
    """
    tables = {
        **{field.name: getattr(facts, field.name) for field in fields(facts)},
        "teilnahme": _as_fine_as_asked(facts.teilnahme, sets),
        "z_satz": pa.table({name: pa.array([name in chosen for chosen in sets], pa.bool_()) for name in PLACES}),
        "z_periode": _period_table(periods),
        **_stretches(periods),
    }
    settings = {"schwelle_minuten": rules.schwelle_minuten, "aktiv_tage": rules.aktiv_tage}
    # What does not fit into memory goes to a folder of this process alone, never beside the working folder.
    with tempfile.TemporaryDirectory(prefix="zaehlbar-zaehlen-") as folder:
        engine = duckdb.connect(config={"temp_directory": folder, "autoinstall_known_extensions": False})
        engine.execute("set preserve_insertion_order = false")
        engine.execute("set enable_progress_bar = false")
        try:
            return _run(engine, tables, settings)
        finally:
            engine.close()


def _as_fine_as_asked(teilnahme: pa.Table, sets: Sequence[Sequence[str]]) -> pa.Table:
    """Blank the dimensions that no set asks for: the finest cells are then few, and counting into them is fast."""
    asked = {name for chosen in sets for name in chosen}
    for name in PLACES:
        if name not in asked:
            index = teilnahme.schema.get_field_index(COLUMNS[name])
            number = pa.repeat(pa.scalar(0, pa.int32()), teilnahme.num_rows)
            teilnahme = teilnahme.set_column(index, COLUMNS[name], pa.DictionaryArray.from_arrays(number, ["*"]))
    return teilnahme


def _run(engine: duckdb.DuckDBPyConnection, tables: dict[str, pa.Table], settings: dict[str, int | None]) -> pa.Table:
    for name, table in tables.items():
        engine.register(name, table)
    columns = ", ".join(f"{name} bigint default 0" for name in _CELL)
    engine.execute(f"create table z_zelle (periode integer, ort integer, kat integer, {columns})")
    for path in sorted((resources.folder("sql") / "counts").glob("*.sql")):
        statement = path.read_text(encoding="utf-8")
        used = {name: value for name, value in settings.items() if f"${name}" in statement}
        engine.execute(statement, used)
    keys = ", ".join(f"cast({name} as text) as {name}" for name in (*PLACES, "kat"))
    values = ", ".join(f"cast({name} as bigint) as {name}" for name in MEASURES)
    return engine.sql(f"select cast(periode as integer) as periode, {keys}, {values} from z_ergebnis").to_arrow_table()


def _period_table(periods: Sequence[Period]) -> pa.Table:
    return pa.table(
        {
            "periode": pa.array([period.nummer for period in periods], pa.int32()),
            **{
                name: pa.array([getattr(period, name) for period in periods], pa.date32())
                for name in ("von", "bis", "fluss_von", "fluss_bis", "stichtag")
            },
        }
    )


def _stretches(periods: Sequence[Period]) -> dict[str, pa.Table]:
    """Cut the days of all periods where one begins or ends: z_tag: that of a day, z_abschnitt: its periods."""
    edges = np.unique(
        np.array([day for period in periods for day in (period.von, period.bis + timedelta(days=1))], "datetime64[D]")
    )
    stretches, numbers, days, of_days = [], [], [], []
    used: set[int] = set()
    for period in periods:
        first, end = np.searchsorted(edges, np.array([period.von, period.bis + timedelta(days=1)], "datetime64[D]"))
        stretches.append(np.arange(first, end, dtype=np.int32))
        numbers.append(np.full(end - first, period.nummer, dtype=np.int32))
        used.update(range(first, end))
    for number in sorted(used):
        span = np.arange(edges[number], edges[number + 1])
        days.append(span)
        of_days.append(np.full(len(span), number, dtype=np.int32))
    return {
        "z_abschnitt": pa.table(
            {"abschnitt": pa.array(np.concatenate(stretches)), "periode": pa.array(np.concatenate(numbers))}
        ),
        "z_tag": pa.table({"tag": pa.array(np.concatenate(days)), "abschnitt": pa.array(np.concatenate(of_days))}),
    }
