"""Every stage of a night on N invented persons, beside the floor: COPY of the finished rows into equal tables.

Ratios are taken in one run on one machine; seconds are this machine's. Process start and the making of the deliveries
are not part of it, the import of Great Expectations neither.
"""

from __future__ import annotations

import argparse
import importlib
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from zaehlbar.identify import Summary, identify, summary
from zaehlbar.load.copy import copy_into
from zaehlbar.load.spec import fact_tables
from zaehlbar.nightly import plan, records, setwise
from zaehlbar.nightly.context import Night, open_night
from zaehlbar.nightly.pipeline import Prepared, deliver
from zaehlbar.pseudonymize import Pseudonymized
from zaehlbar.sample import generate
from zaehlbar.settings import load_settings

_WHOLE = "alle Lieferungen (laden neben lesen und prüfen)"
_KEEPING = "aufheben für den Boden"
_BESIDE = ("ingest", "validate", "pseudonymize", "load")
"""Stages of deliveries, whose seconds overlap."""


class Clock:
    """Adds up seconds by stage; stages of different threads do not share a name."""

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
    parser.add_argument("--providers", type=int, default=4)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--errors", type=float, default=0.01)
    parser.add_argument("--misspelt", type=float, default=0.1, help="share of persons a second provider misspells")
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
            misspelt=arguments.misspelt,
        )
    site = sample / "site" if (sample / "site").exists() else site
    settings = load_settings({"ZAEHLBAR_HOME": str(folder / "home")}, folder)
    night = open_night(settings, site, "zaehlbar bench")
    _warm_up()
    clock = Clock()
    try:
        before = _client_seconds()
        finished = Finished(folder / "finished")
        _whole_night(night, sample / "inbox", site, clock, finished)
        client = _client_seconds() - before
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        matched = _matched(night)
        rows, floor = _floor(night, finished)
    finally:
        night.engine.dispose()
        if settings.warehouse_url is None:
            from zaehlbar.warehouse.connect import embedded_server

            server = embedded_server(settings)
            server.stop() if arguments.keep else server.destroy()
    _print(console, clock, rows, floor, client, peak)
    _print_matching(console, clock, matched)


def _warm_up() -> None:
    """Import what a process imports once."""
    for name in ("great_expectations", "zaehlbar.publish.workbook"):
        importlib.import_module(name)


def _client_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _whole_night(night: Night, inbox: Path, site: Path, clock: Clock, finished: Finished) -> None:
    with clock("Eingang sichten, archivieren"):
        opened = plan.open_(night, trigger="cli", inbox=inbox, site_folder=site, external_id=None, again=False)
    lauf_id, regelwerk_nr = opened.lauf_id, opened.regelwerk_nr
    with night.engine.connect() as connection:
        items = records.due(connection, lauf_id, None)

    def keep(ready: Prepared) -> None:
        with clock(_KEEPING):
            finished.keep(night, ready.protected, ready.item.lieferung_nr, lauf_id)

    with clock(_WHOLE):
        deliver(
            night,
            lauf_id,
            regelwerk_nr,
            items,
            clock=clock,
            loaded=keep,
        )
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


def _matched(night: Night) -> Matched:
    """Return what identify found, and the memory it needed: run once more from scratch, in a transaction undone."""
    with night.engine.connect() as connection:
        found = summary(connection)
        server = int(connection.execute(text("select pg_backend_pid()")).scalar_one())
        connection.execute(text("update abgleich.stand set regeln_sha256 = null"))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        identify(connection, 1, night.site.abgleich)
        peak = _peak_of_process(server)
        connection.rollback()
    here = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return Matched(found, peak, here)


def _peak_of_process(pid: int) -> float | None:
    """Return the largest memory of a server process in MiB; None where the system does not tell (not Linux)."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


@dataclass(frozen=True, slots=True)
class Matched:
    """Numbers of the matching; memory of the server process that did it, and by how much this one grew (MiB)."""

    found: Summary
    server_peak: float | None
    client_growth: float


class Finished:
    """The canonical rows as they were delivered and as they end in the warehouse, kept on disk for the floor."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, night: Night, data: Pseudonymized, lieferung_nr: int, lauf_id: int) -> None:
        """Keep the rows of one delivery, in its order, with the identities they got."""
        ids = self._identities(night.engine, data)
        for name, table in fact_tables().items():
            rows = data.tables.get(name)
            if rows is None:
                continue
            if table.persons:
                identity = pa.array(ids[rows.column("ix").to_numpy()])
                rows = rows.add_column(0, "identitaet_id", identity).filter(pc.greater(identity, 0))
            rows = rows.select(list(table.columns))
            for column, value in (("lieferung_nr", lieferung_nr), ("bekannt_von", lauf_id)):
                rows = rows.append_column(column, pa.repeat(pa.scalar(value, pa.int32()), rows.num_rows))
            folder = self._folder / name
            folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(rows, folder / f"{lieferung_nr}.parquet")

    def rows(self, name: str) -> pa.Table:
        """Return all rows of a table in the order they were delivered."""
        files = sorted((self._folder / name).glob("*.parquet"), key=lambda path: int(path.stem))
        return pa.concat_tables([pq.read_table(path) for path in files])

    @staticmethod
    def _identities(engine: sa.Engine, data: Pseudonymized) -> npt.NDArray[np.int64]:
        with engine.connect() as connection:
            statement = text("select array_agg(tn_token), array_agg(identitaet_id) from abgleich.identitaet_token")
            tokens_known, ids_known = connection.execute(statement).one()
        known = dict(zip(map(bytes, tokens_known), ids_known, strict=True))
        tokens = data.identities.column("tn_token").to_pylist()
        return np.array([known.get(token, 0) for token in tokens], dtype=np.int64)


def _floor(night: Night, finished: Finished) -> tuple[int, float]:
    """COPY the finished rows, in the order they were delivered, into empty tables with the same primary keys."""
    rows, seconds = 0, 0.0
    with night.engine.begin() as connection:
        connection.execute(text("create schema if not exists boden"))
    for name, table in fact_tables().items():
        data = finished.rows(name)
        seconds += statistics.median(_copy_once(night.engine, name, table.sql_name, data) for _ in range(3))
        rows += data.num_rows
    with night.engine.begin() as connection:
        connection.execute(text("drop schema boden cascade"))
    return rows, seconds


def _copy_once(engine: sa.Engine, name: str, like: str, data: pa.Table) -> float:
    """Return the seconds of one COPY into a fresh table; one alone depends on the server's checkpoints too much."""
    with engine.begin() as connection:
        connection.execute(text(f"drop table if exists boden.{name}"))
        connection.execute(text(f"create table boden.{name} (like {like} including indexes)"))
    began = time.perf_counter()
    with engine.begin() as connection:
        copy_into(connection, f"boden.{name}", data)
    return time.perf_counter() - began


def _print(console: Console, clock: Clock, rows: int, floor: float, client: float, peak: float) -> None:
    seconds_of = dict(clock.seconds)
    seconds_of[_WHOLE] -= seconds_of.pop(_KEEPING)
    total = sum(seconds for name, seconds in seconds_of.items() if name not in _BESIDE)
    table = Table("Stufe", title=f"{rows} Tatsachen im Lager", title_justify="left")
    for column in ("Sekunden", "Anteil", "Zeilen/s"):
        table.add_column(column, justify="right")
    for name, seconds in seconds_of.items():
        table.add_row(
            f"  {name}" if name in _BESIDE else name,
            f"{seconds:.2f}",
            f"{seconds / total:.0%}",
            f"{rows / max(seconds, 1e-3):,.0f}",
        )
    table.add_section()
    table.add_row("alle Stufen", f"{total:.2f}", "100%", f"{rows / total:,.0f}")
    table.add_row("Boden: COPY derselben Zeilen", f"{floor:.2f}", "", f"{rows / floor:,.0f}")
    console.print(table)
    console.print(
        f"Verhältnis zum Boden: {total / floor:.2f}   Rechenzeit dieses Prozesses: {client:.1f} s   "
        f"größter Speicher dieses Prozesses: {peak:,.0f} MiB",
        highlight=False,
    )


def _print_matching(console: Console, clock: Clock, matched: Matched) -> None:
    seconds, found = clock.seconds, matched.found
    ratio = seconds["identify"] / (seconds[_WHOLE] - seconds.get(_KEEPING, 0.0))
    pairs = sum(row.paare for row in found.je_regel)
    peak = "unbekannt" if matched.server_peak is None else f"{matched.server_peak:,.0f} MiB"
    console.print(
        f"identify: {found.identitaeten} Identitäten, {found.personen} Personen, {pairs} Paare mit Regel, davon "
        f"{found.zu_pruefen} zu prüfen; {ratio:.2f} der Zeit aller Lieferungen\n"
        f"Speicher von identify: Prozess des Servers höchstens {peak} (mit gemeinsamem Puffer), dieser Prozess "
        f"{matched.client_growth:,.0f} MiB mehr",
        highlight=False,
    )


if __name__ == "__main__":
    main()
