"""Running the counting SQL of `sql/counts/`: one definition for the nightly months and for any period asked.

The facts are read once as columns and counted by DuckDB in this process: counting distinct persons over months is what
columnar engines are for (`make bench`). PostgreSQL keeps facts and figures.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence

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
    "bestand",
    "bestand_personen",
    "bestand_aktiv",
    "personen_unter_schwelle",
    "ausgetreten",
    "geblieben",
    "dauer_min",
)
_CELL = [name for name in MEASURES if name != "geblieben"]


def count_cells(connection: Connection, periods: Sequence[Period], rules: Rules, stand: int) -> pa.Table:
    """Count all cells and totals of `periods` as known after run `stand`.

    Returns columns periode (int32), jc, vh, tvp, kat (string, '*' = all) and `MEASURES` (int64; null: switched off).
    """
    facts = {
        "teilnahme": read_source(connection, "teilnahme", {"stand": stand}),
        "aktivitaet": read_source(connection, "aktivitaet", {"stand": stand}),
        "kategorie_zuordnung": read_source(
            connection, "kategorie_zuordnung", {"kategorien_version": rules.kategorien_version}
        ),
        "z_periode": _period_table(periods),
        "z_tag": _day_table(periods),
    }
    settings = {"schwelle_minuten": rules.schwelle_minuten, "aktiv_tage": rules.aktiv_tage}
    # What does not fit into memory goes to a folder of this process alone, never beside the working folder.
    with tempfile.TemporaryDirectory(prefix="zaehlbar-zaehlen-") as folder:
        engine = duckdb.connect(config={"temp_directory": folder, "autoinstall_known_extensions": False})
        try:
            return _run(engine, facts, settings)
        finally:
            engine.close()


def _run(engine: duckdb.DuckDBPyConnection, facts: dict[str, pa.Table], settings: dict[str, int | None]) -> pa.Table:
    for name, table in facts.items():
        engine.register(name, table)
    columns = ", ".join(f"{name} bigint" for name in _CELL)
    engine.execute(f"create table z_zelle (periode integer, ort integer, kat integer, {columns})")
    for path in sorted((resources.folder("sql") / "counts").glob("*.sql")):
        statement = path.read_text(encoding="utf-8")
        used = {name: value for name, value in settings.items() if f"${name}" in statement}
        engine.execute(statement, used)
    keys = ", ".join(f"cast({name} as text) as {name}" for name in ("jc", "vh", "tvp", "kat"))
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


def _day_table(periods: Sequence[Period]) -> pa.Table:
    """Every day of every period, so that units find their periods by equality."""
    days = [np.arange(np.datetime64(period.von, "D"), np.datetime64(period.bis, "D") + 1) for period in periods]
    numbers = [np.full(len(span), period.nummer, dtype=np.int32) for span, period in zip(days, periods, strict=True)]
    return pa.table({"tag": pa.array(np.concatenate(days)), "periode": pa.array(np.concatenate(numbers))})
