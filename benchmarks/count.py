"""Counting a whole country anew, and a night in which little changed, beside the plain query in PostgreSQL and DuckDB.

Every contender starts from the same rows in PostgreSQL, runs in a process of its own and ends with the same cells:
months by Jobcenter and category with their totals. The cells are compared; one difference fails the run. Ratios are
taken in one run on one machine; seconds are this machine's.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, text

from benchmarks.facts import FIRST, LAST, Size, fill, night, run
from benchmarks.night import _peak_of_process
from zaehlbar import resources
from zaehlbar.count.delta import add_history, affected, difference, remember
from zaehlbar.count.engine import COLUMNS, MEASURES, count_cells, count_facts, read_facts
from zaehlbar.count.monthly import DIMENSIONS, SPAN, figure_rows, store_figures
from zaehlbar.count.period import Period, load_calendar, load_rules, months_between
from zaehlbar.settings import load_settings
from zaehlbar.warehouse.connect import embedded_server, engine_for
from zaehlbar.warehouse.migrate import upgrade

SETS: tuple[tuple[str, ...], ...] = ((), ("jc",))
KEYS = ("periode", "jc", "kat")
TABLES = ("teilnahme", "aktivitaet", "kategorie_zuordnung")
COMPARED = (
    "teilnahmen",
    "personen",
    "eintritte",
    "eintritte_zaehlbar",
    "austritte",
    "bestand",
    "bestand_personen",
    "dauer_min",
)
AT_LEAST_FASTER, AT_MOST_SLOWER, AT_MOST_NIGHT = 4.0, 1.5, 0.2
"""What is asked: times faster than PostgreSQL, times the time of DuckDB, share of PostgreSQL's time for a night."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one run of a contender says: seconds of reading and in all, largest memory in MiB (process or backend)."""

    reading: float
    whole: float
    peak: float


@dataclass(frozen=True, slots=True)
class Nightly:
    """Seconds of a night: finding who changed, reading and counting them twice, storing; and how much that was."""

    finding: float
    counting: float
    storing: float
    identities: int
    cells: int

    @property
    def whole(self) -> float:
        return self.finding + self.counting + self.storing


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--participations", type=int, default=1_000_000)
    parser.add_argument("--activities", type=int, default=10_000_000)
    parser.add_argument("--jobcenters", type=int, default=400)
    parser.add_argument("--share", type=float, default=0.01, help="share of participations that change in the night")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each in turn; medians are shown")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="zaehlbar-bench-"))
    settings = load_settings({"ZAEHLBAR_HOME": str(folder / "home")}, folder)
    server = embedded_server(settings)
    try:
        _bench(arguments, folder, server.ensure_started())
    finally:
        server.destroy()
        shutil.rmtree(folder, ignore_errors=True)


def _bench(arguments: argparse.Namespace, folder: Path, url: str) -> None:
    console = Console()
    size = Size(arguments.participations, arguments.activities, arguments.jobcenters)
    random = np.random.default_rng(1)
    engine = engine_for(url, application_name="zaehlbar bench")
    upgrade(engine)
    began = time.perf_counter()
    with engine.begin() as connection:
        world = fill(connection, size, random)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    console.print(f"erfunden und geladen in {time.perf_counter() - began:.0f} s")
    told = compare(url, folder, world.regelwerk_nr, arguments.repeat)
    with engine.begin() as connection:
        _store_everything(connection, world.regelwerk_nr, 1)
    with engine.begin() as connection:
        lauf_id = night(connection, world, arguments.share, random)
    with engine.begin() as connection:
        nightly = _night(connection, world.regelwerk_nr, lauf_id)
        wrong = _wrong_cells(connection, world.regelwerk_nr, lauf_id)
    engine.dispose()
    _print(console, size, told, nightly)
    if wrong:
        raise SystemExit(f"Nacht: {wrong} Zellen sind anders als nach einer vollen Zählung")


def _store_everything(connection: Connection, regelwerk_nr: int, stand: int) -> None:
    """Store the figures that a night starts from."""
    rules, periods = load_rules(connection, regelwerk_nr), _months(connection, regelwerk_nr)
    store_figures(connection, [figure_rows(count_cells(connection, periods, rules, stand, SETS), periods)], stand)
    remember(connection, stand, regelwerk_nr, periods)


def _night(connection: Connection, regelwerk_nr: int, lauf_id: int) -> Nightly:
    """Count what changed and store it, as the nightly count does."""
    rules, periods = load_rules(connection, regelwerk_nr), _months(connection, regelwerk_nr)
    began = time.perf_counter()
    part = affected(connection, lauf_id, regelwerk_nr, periods)
    if part is None:
        raise SystemExit("Nacht: es würde alles gezählt")
    found = time.perf_counter()
    after, before = (
        count_facts(read_facts(connection, stand, rules.kategorien_version, part.identities), periods, rules, SETS)
        for stand in (lauf_id, part.since)
    )
    change = figure_rows(difference(after, before, ("periode", *COLUMNS), MEASURES), periods)
    counted = time.perf_counter()
    cells = add_history(connection, "zahl.figur", DIMENSIONS, SPAN, MEASURES, change, lauf_id)
    remember(connection, lauf_id, regelwerk_nr, periods)
    if cells is None:
        raise SystemExit("Nacht: die gespeicherten Figuren sind nicht die zuletzt gezählten")
    ended = time.perf_counter()
    return Nightly(found - began, counted - found, ended - counted, len(part.identities), cells)


def _wrong_cells(connection: Connection, regelwerk_nr: int, lauf_id: int) -> int:
    """Count everything again, store that, and return how many figures it had to change: the night is to leave none."""
    rules, periods = load_rules(connection, regelwerk_nr), _months(connection, regelwerk_nr)
    cells = figure_rows(count_cells(connection, periods, rules, lauf_id, SETS), periods)
    again = run(connection, regelwerk_nr)
    changed = store_figures(connection, [cells], again)
    ended = text("select count(*) from zahl.figur where bekannt_bis = :again")
    return changed + int(connection.execute(ended, {"again": again}).scalar_one())


def compare(url: str, folder: Path, regelwerk_nr: int, repeat: int) -> dict[str, Told]:
    """Run every contender `repeat` times in turn and compare the cells; return the medians."""
    runs: dict[str, list[Told]] = {name: [] for name in CONTENDERS}
    for _ in range(repeat):
        for name in CONTENDERS:
            runs[name].append(_apart(name, url, regelwerk_nr, folder / f"{name}.parquet"))
    for name in CONTENDERS:
        differing(folder / "zaehlbar.parquet", folder / f"{name}.parquet", name)
    return {
        name: Told(*(statistics.median(getattr(one, field) for one in told) for field in ("reading", "whole", "peak")))
        for name, told in runs.items()
    }


def differing(ours: Path, other: Path, name: str) -> None:
    """Exit when the cells that are not empty differ in any measure."""
    names = ", ".join((*KEYS, *COMPARED))
    full = " or ".join(f"{measure} <> 0" for measure in COMPARED)
    ours_, theirs = (f"select {names} from read_parquet('{path}') where {full}" for path in (ours, other))
    ((cells,),) = duckdb.sql(f"select count(*) from ({ours_})").fetchall()
    one_sided = []
    for left, right in ((ours_, theirs), (theirs, ours_)):
        query = f"select count(*), any_value(d) from ({left} except {right}) as d"
        one_sided += duckdb.sql(query).fetchall()
    if not cells or any(count for count, _ in one_sided):
        raise SystemExit(f"{name}: von {cells} Zellen weichen welche ab (Anzahl und Beispiel): {one_sided}")


def _apart(name: str, url: str, regelwerk_nr: int, result: Path) -> Told:
    """Run a contender in a fresh process, so that each has its own memory."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_contend, (name, url, regelwerk_nr, str(result)))


def _contend(name: str, url: str, regelwerk_nr: int, result: str) -> Told:
    engine = engine_for(url, application_name=f"zaehlbar bench {name}")
    with engine.connect() as connection:
        told, cells = CONTENDERS[name](connection, regelwerk_nr)
    engine.dispose()
    pq.write_table(cells, result)
    return told


def _zaehlbar(connection: Connection, regelwerk_nr: int) -> tuple[Told, pa.Table]:
    rules = load_rules(connection, regelwerk_nr)
    periods = _months(connection, regelwerk_nr)
    began = time.perf_counter()
    facts = read_facts(connection, 1, rules.kategorien_version)
    read = time.perf_counter()
    cells = count_facts(facts, periods, rules, sets=SETS)
    whole = time.perf_counter()
    return Told(read - began, whole - began, _own_peak()), cells.select([*KEYS, *COMPARED])


def _postgresql(connection: Connection, regelwerk_nr: int) -> tuple[Told, pa.Table]:
    """The tables are what `sql/sources/` reads, as PostgreSQL has them; memory for sorting as for a single report."""
    rules = load_rules(connection, regelwerk_nr)
    raw = connection.connection.driver_connection
    assert raw is not None
    periods = _month_table(_months(connection, regelwerk_nr)).to_pylist()
    server = int(raw.execute("select pg_backend_pid()").fetchone()[0])
    raw.execute("set work_mem = '512MB'")
    days = ("von", "bis", "fluss_von", "fluss_bis", "stichtag")
    raw.execute(f"create temporary table monat (periode integer, {', '.join(f'{name} date' for name in days)})")
    with raw.cursor() as cursor:
        binds = ", ".join(f"%({name})s" for name in days)
        cursor.executemany(f"insert into monat values (%(periode)s, {binds})", periods)
    raw.execute("analyze monat")
    values = {"stand": 1, "kategorien_version": rules.kategorien_version}
    tables = ", ".join(f"{name} as ({_source(name, values)})" for name in TABLES)
    query = _plain(rules.schwelle_minuten).replace("with\ntn as", f"with {tables}, tn as", 1)
    began = time.perf_counter()
    with raw.cursor() as cursor:
        cursor.execute(query)
        rows = cursor.fetchall()
        names = [column.name for column in cursor.description]
    whole = time.perf_counter() - began
    columns = {name: pa.array([row[index] for row in rows]) for index, name in enumerate(names)}
    cells = pa.table({name: column if name in KEYS else column.cast(pa.int64()) for name, column in columns.items()})
    return Told(0.0, whole, _peak_of_process(server) or 0.0), cells.select([*KEYS, *COMPARED])


def _duckdb(connection: Connection, regelwerk_nr: int) -> tuple[Told, pa.Table]:
    """Rows are read as Zählbar reads them, the query is the plain one."""
    rules = load_rules(connection, regelwerk_nr)
    periods = _months(connection, regelwerk_nr)
    began = time.perf_counter()
    facts = read_facts(connection, 1, rules.kategorien_version)
    read = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="zaehlbar-bench-") as spill:
        engine = duckdb.connect(config={"temp_directory": spill})
        engine.execute("set enable_progress_bar = false")
        for name in TABLES:
            engine.register(name, getattr(facts, name))
        engine.register("monat", _month_table(periods))
        cells = engine.sql(_plain(rules.schwelle_minuten)).to_arrow_table()
        engine.close()
    whole = time.perf_counter()
    types = dict(zip(KEYS, (pa.int32(), pa.string(), pa.string()), strict=True)) | dict.fromkeys(COMPARED, pa.int64())
    return Told(read - began, whole - began, _own_peak()), cells.select(list(types)).cast(pa.schema(types))


CONTENDERS: dict[str, Callable[[Connection, int], tuple[Told, pa.Table]]] = {
    "zaehlbar": _zaehlbar,
    "duckdb": _duckdb,
    "postgresql": _postgresql,
}


def _plain(threshold: int | None) -> str:
    query = Path(__file__).with_name("count_plain.sql").read_text(encoding="utf-8")
    return query.replace("$schwelle", str(threshold or 0))


def _source(name: str, values: dict[str, object]) -> str:
    query = (resources.folder("sql") / "sources" / f"{name}.sql").read_text(encoding="utf-8")
    for key, value in values.items():
        query = query.replace(f":{key}", psycopg.sql.Literal(value).as_string())
    return query


def _months(connection: Connection, regelwerk_nr: int) -> list[Period]:
    calendar = load_calendar(connection, load_rules(connection, regelwerk_nr))
    return [calendar.period(number, "monat", month) for number, month in enumerate(months_between(FIRST, LAST))]


def _month_table(periods: list[Period]) -> pa.Table:
    names = ("von", "bis", "fluss_von", "fluss_bis", "stichtag")
    return pa.table(
        {"periode": pa.array([period.nummer for period in periods], pa.int32())}
        | {name: [getattr(period, name) for period in periods] for name in names}
    )


def _print(console: Console, size: Size, told: dict[str, Told], nightly: Nightly) -> None:
    title = (
        f"{size.participations:,} Teilnahmen, {size.activities:,} Aktivitäten, {size.jobcenters} Jobcenter, 48 Monate"
    )
    table = Table("Zählung aller Zellen", title=title, title_justify="left")
    for column in ("Sekunden", "davon lesen", "MiB", "Zählbar = 1"):
        table.add_column(column, justify="right")
    ours, server = told["zaehlbar"].whole, told["postgresql"].whole
    for name, one in told.items():
        reading = f"{one.reading:.1f}" if one.reading else "–"
        table.add_row(name, f"{one.whole:.1f}", reading, f"{one.peak:,.0f}", f"{one.whole / ours:.2f}")
    console.print(table)
    column_store = told["duckdb"].whole
    console.print(
        f"Nacht: {nightly.identities} Identitäten zweimal gezählt, {nightly.cells} Zellen geschrieben, "
        f"{nightly.whole:.1f} s (finden {nightly.finding:.1f}, zählen {nightly.counting:.1f}, "
        f"speichern {nightly.storing:.1f})\n"
        f"schneller als PostgreSQL: {server / ours:.1f}-mal (verlangt {AT_LEAST_FASTER})   "
        f"Zeit von DuckDB: {ours / column_store:.2f}-mal (höchstens {AT_MOST_SLOWER})   "
        f"Nacht: {nightly.whole / server:.1%} von PostgreSQL (höchstens {AT_MOST_NIGHT:.0%})",
        highlight=False,
    )


def _own_peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
