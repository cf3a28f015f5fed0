"""Every stage of a night on N invented persons, beside the floor: COPY of the finished rows into equal tables.

Ratios are taken in one run on one machine; seconds are this machine's. Process start and the making of the deliveries
are not part of it, the import of Great Expectations neither.
"""

from __future__ import annotations

import argparse
import io
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import sqlalchemy as sa
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from zaehlbar.contract import Verdict
from zaehlbar.load.copy import copy_into
from zaehlbar.load.spec import fact_tables
from zaehlbar.nightly import plan, records, setwise, stages
from zaehlbar.nightly.context import Night, open_night
from zaehlbar.sample import generate
from zaehlbar.settings import load_settings


class Clock:
    """Adds up seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - began


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--activities", type=int, default=None, help="default: ten per person")
    parser.add_argument("--providers", type=int, default=8)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--errors", type=float, default=0.01)
    parser.add_argument("--keep", type=Path, default=None, help="keep deliveries and warehouse in this folder")
    arguments = parser.parse_args()
    folder = arguments.keep or Path(tempfile.mkdtemp(prefix="zaehlbar-bench-"))
    try:
        _bench(arguments, folder)
    finally:
        if arguments.keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def _bench(arguments: argparse.Namespace, folder: Path) -> None:
    console = Console()
    sample = folder / "sample"
    site = load_settings().site_folder
    console.print(f"{arguments.persons} Personen werden erfunden …")
    if not (sample / "inbox").exists():
        generate(
            arguments.persons,
            arguments.months,
            arguments.providers,
            arguments.errors,
            1,
            sample,
            site,
            activities=arguments.activities,
        )
    site = sample / "site" if (sample / "site").exists() else site
    settings = load_settings({"ZAEHLBAR_HOME": str(folder / "home")}, folder)
    night = open_night(settings, site, "zaehlbar bench")
    _warm_up()
    clock = Clock()
    try:
        before = _client_seconds()
        _whole_night(night, sample / "inbox", site, clock)
        client = _client_seconds() - before
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rows, floor = _floor(night)
    finally:
        night.engine.dispose()
        if settings.warehouse_url is None:
            from zaehlbar.warehouse.connect import embedded_server

            server = embedded_server(settings)
            server.stop() if arguments.keep else server.destroy()
    _print(console, clock, rows, floor, client, peak)


def _warm_up() -> None:
    """Import what a process imports once."""
    import great_expectations  # noqa: F401

    import zaehlbar.publish.workbook  # noqa: F401


def _client_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _whole_night(night: Night, inbox: Path, site: Path, clock: Clock) -> None:
    with clock("Eingang sichten, archivieren"):
        opened = plan.open_(
            night, trigger="cli", inbox=inbox, site_folder=site, external_id=None, again=False
        )
    lauf_id, regelwerk_nr = opened.lauf_id, opened.regelwerk_nr
    with night.engine.connect() as connection:
        items = records.due(connection, lauf_id, None)
    for item in items:
        with clock("ingest"):
            ingested = stages.read(night, item)
        with clock("validate"):
            validated = stages.judge(night, lauf_id, regelwerk_nr, item, ingested)
        if validated.verdict in (Verdict.HELD, Verdict.REFUSED):
            raise SystemExit(f"Lieferung {item.lieferung_id}: {validated.verdict.value} {validated.reasons}")
        with clock("pseudonymize"):
            protected = stages.protect(night, validated)
        with clock("load"):
            stages.store(night, lauf_id, item, protected, stages.balances_after_judging(validated))
        del ingested, validated, protected
    for name, action in _set_based(night, lauf_id, regelwerk_nr):
        with clock(name):
            action()


def _set_based(night: Night, lauf_id: int, regelwerk_nr: int) -> list[tuple[str, Callable[[], object]]]:
    return [
        ("identify", lambda: setwise.identify(night, lauf_id, regelwerk_nr)),
        ("categorize", lambda: setwise.categorize(night, regelwerk_nr)),
        ("count", lambda: setwise.count(night, lauf_id, regelwerk_nr)),
        ("publish", lambda: setwise.publish(night, lauf_id)),
        ("abschließen", lambda: setwise.close(night, lauf_id)),
    ]


def _floor(night: Night) -> tuple[int, float]:
    """COPY the finished rows, as they stand in the warehouse, into empty tables with the same primary keys."""
    rows, seconds = 0, 0.0
    with night.engine.begin() as connection:
        connection.execute(text("create schema if not exists boden"))
    for table in fact_tables().values():
        data = _fetch(night.engine, table.sql_name)
        with night.engine.begin() as connection:
            connection.execute(text(f"drop table if exists boden.{table.name}"))
            connection.execute(text(f"create table boden.{table.name} (like {table.sql_name} including indexes)"))
        began = time.perf_counter()
        with night.engine.begin() as connection:
            copy_into(connection, f"boden.{table.name}", data)
        seconds += time.perf_counter() - began
        rows += data.num_rows
    with night.engine.begin() as connection:
        connection.execute(text("drop schema boden cascade"))
    return rows, seconds


def _fetch(engine: sa.Engine, table: str) -> pa.Table:
    buffer = io.BytesIO()
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        with raw.cursor() as cursor, cursor.copy(f"copy {table} to stdout with (format csv, header)") as copy:
            for chunk in copy:
                buffer.write(bytes(chunk))
    buffer.seek(0)
    names = buffer.readline().decode().strip().split(",")
    buffer.seek(0)
    options = pa.csv.ConvertOptions(
        column_types={name: pa.string() for name in names}, strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    return pa.csv.read_csv(buffer, convert_options=options)


def _print(console: Console, clock: Clock, rows: int, floor: float, client: float, peak: float) -> None:
    total = sum(clock.seconds.values())
    table = Table("Stufe", title=f"{rows} Tatsachen im Lager", title_justify="left")
    for column in ("Sekunden", "Anteil", "Zeilen/s"):
        table.add_column(column, justify="right")
    for name, seconds in clock.seconds.items():
        table.add_row(name, f"{seconds:.2f}", f"{seconds / total:.0%}", f"{rows / max(seconds, 1e-3):,.0f}")
    table.add_section()
    table.add_row("alle Stufen", f"{total:.2f}", "100%", f"{rows / total:,.0f}")
    table.add_row("Boden: COPY derselben Zeilen", f"{floor:.2f}", "", f"{rows / floor:,.0f}")
    console.print(table)
    console.print(
        f"Verhältnis zum Boden: {total / floor:.2f}   Rechenzeit dieses Prozesses: {client:.1f} s   "
        f"größter Speicher dieses Prozesses: {peak:,.0f} MiB",
        highlight=False,
    )


if __name__ == "__main__":
    main()
