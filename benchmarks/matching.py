"""Persons found on FEBRL: Zählbar's tokens and the example site's rules beside Splink on the clear text, in one run.

Splink (a Fellegi-Sunter model, trained on the same records without their truth) sees what Zählbar's warehouse never
does, and its best threshold is chosen by the truth: an upper bound, not a rival. Run by `make bench-matching`.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from benchmarks.febrl import SETS, Outcome, Pairs, Record, Score, match, read, score, true_pairs

_UNTUNED = 0.95
"""A probability to merge at that somebody without the truth would choose."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Pairs with their probability, and how long it took."""

    pairs: list[tuple[float, tuple[int, int]]]
    seconds: float

    def above(self, probability: float) -> Pairs:
        return {pair for its, pair in self.pairs if its >= probability}


def main() -> None:
    """Run the comparison and print one table per data set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=None, help="folder with dataset1.csv, dataset4a.csv, dataset4b.csv"
    )
    parser.add_argument("--without-splink", action="store_true")
    arguments = parser.parse_args()
    folder = arguments.data or _shared()
    if not (folder / "dataset1.csv").is_file():
        sys.exit(f"Die FEBRL-Daten fehlen in {folder}: ZAEHLBAR_SHARED_DATA oder --data nennt ihren Ordner.")
    console = Console(width=100)
    with _warehouses() as warehouse:
        _warm_up(folder, warehouse, with_splink=not arguments.without_splink)
        for name in SETS:
            records = read(folder, name)
            with warehouse() as engine:
                ours = match(engine, records)
            theirs = None if arguments.without_splink else splink(records)
            console.print(report(name, records, ours, theirs))


def _warm_up(folder: Path, warehouse: Callable[[], Any], *, with_splink: bool) -> None:
    """Import what a process imports once, and let the server touch its catalogue."""
    with warehouse() as engine:
        match(engine, read(folder, "FEBRL 1")[:100])
    if with_splink:
        importlib.import_module("splink.comparison_library")
        logging.getLogger("splink").setLevel(logging.ERROR)


def report(name: str, records: list[Record], ours: Outcome, theirs: Scored | None) -> Table:
    """Return the figures as a table."""
    truth = true_pairs(records)
    table = Table(
        "Weg",
        title=f"{name}: {len(records)} Datensätze, {len(truth)} wahre Paare",
        title_justify="left",
    )
    for column in ("Precision", "Recall", "F1", "falsch", "zu prüfen", "Datensätze/s"):
        table.add_column(column, justify="right")

    def row(way: str, found: Pairs, asked: int | None, seconds: float) -> None:
        figures = score(found, truth)
        table.add_row(way, *_figures(figures), "" if asked is None else str(asked), f"{len(records) / seconds:,.0f}")

    row("Zählbar, von selbst", ours.merged, None, ours.seconds)
    row("Zählbar, mit Entscheidungen", ours.merged | ours.asked, len(ours.asked), ours.seconds)
    # Whoever is asked decides rightly: what was asked in vain is not merged.
    row("Zählbar, richtig entschieden", ours.merged | (ours.asked & truth), len(ours.asked), ours.seconds)
    if theirs is not None:
        table.add_section()
        row(f"Splink im Klartext, ab {_UNTUNED}", theirs.above(_UNTUNED), None, theirs.seconds)
        row("Splink, bestes F1", theirs.above(_best(theirs, truth, lambda one: one.f1)), None, theirs.seconds)
        faultless = _best(theirs, truth, lambda one: one.recall if not one.false else -1.0)
        row("Splink, ohne falsches Paar", theirs.above(faultless), None, theirs.seconds)
    return table


def _figures(one: Score) -> tuple[str, ...]:
    return (f"{one.precision:.4f}", f"{one.recall:.4f}", f"{one.f1:.4f}", str(one.false))


def _best(found: Scored, truth: Pairs, worth: Callable[[Score], float]) -> float:
    """Return the probability from which on the pairs are worth most, judged by the truth."""
    best, at = float("-inf"), 1.0
    right = total = 0
    ordered = sorted(found.pairs, reverse=True)
    for place, (probability, pair) in enumerate(ordered):
        right, total = right + (pair in truth), total + 1
        if place + 1 < len(ordered) and ordered[place + 1][0] == probability:
            continue  # no threshold parts equal probabilities
        its = worth(Score(right / total, right / len(truth), total - right))
        if its > best:
            best, at = its, probability
    return at


def splink(records: list[Record]) -> Scored:
    """Train and predict with Splink on DuckDB, over the same four fields as clear text."""
    import splink.comparison_library as library
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    warnings.simplefilter("ignore")
    sources = sorted({record.source for record in records})
    tables = [_clear(records, source) for source in sources]
    began = time.perf_counter()
    api = DuckDBAPI()
    frames = [
        api.register(table, dataset_display_name=f"s{source}") for source, table in zip(sources, tables, strict=True)
    ]
    settings = SettingsCreator(
        link_type="dedupe_only" if len(frames) == 1 else "link_only",
        unique_id_column_name="nummer",
        comparisons=[
            library.ForenameSurnameComparison("vorname", "nachname"),
            library.DateOfBirthComparison("geburtsdatum", input_is_string=True),
            library.DamerauLevenshteinAtThresholds("plz", [1, 2]),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("plz"),
            block_on("geburtsdatum"),
            block_on("vorname", "nachname"),
            "l.vorname = r.nachname and l.nachname = r.vorname",
            block_on("nachname", "substr(geburtsdatum, 1, 4)"),
            block_on("vorname", "substr(geburtsdatum, 1, 4)"),
            block_on("nachname", "substr(geburtsdatum, 6, 5)"),
            block_on("vorname", "substr(geburtsdatum, 6, 5)"),
        ],
    )
    linker = Linker(frames if len(frames) > 1 else frames[0], settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("vorname", "nachname", "geburtsdatum"), block_on("nachname", "geburtsdatum", "plz")], recall=0.6
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=2_000_000, seed=1)
    for rule in (block_on("geburtsdatum"), block_on("plz"), block_on("nachname")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found: dict[str, list[Any]] = linker.inference.predict(threshold_match_probability=0.01).as_dict()
    seconds = time.perf_counter() - began
    pairs = zip(found["nummer_l"], found["nummer_r"], strict=True)
    ordered = [(min(pair), max(pair)) for pair in pairs]
    return Scored(list(zip(found["match_probability"], ordered, strict=True)), seconds)


def _clear(records: list[Record], source: int) -> pa.Table:
    rows = [(at, record) for at, record in enumerate(records) if record.source == source]
    days = [record.geburtsdatum for _, record in rows]
    return pa.table(
        {
            "nummer": pa.array([at for at, _ in rows], pa.int64()),
            "vorname": pa.array([record.vorname for _, record in rows], pa.string()),
            "nachname": pa.array([record.nachname for _, record in rows], pa.string()),
            "geburtsdatum": pa.array([day and day.isoformat() for day in days], pa.string()),
            "plz": pa.array([record.plz for _, record in rows], pa.string()),
        }
    )


def _shared() -> Path:
    given = os.environ.get("ZAEHLBAR_SHARED_DATA")
    root = Path(given) if given else Path(__file__).parents[2] / "shared" / "data"
    return root / "matching"


@contextmanager
def _warehouses() -> Iterator[Callable[[], Any]]:
    """Start a server of our own; what is yielded gives an empty, migrated warehouse for the length of a with block."""
    from zaehlbar.warehouse.connect import engine_for
    from zaehlbar.warehouse.embedded import EmbeddedServer
    from zaehlbar.warehouse.migrate import upgrade

    home = Path(tempfile.mkdtemp(prefix="zaehlbar-matching-"))
    server = EmbeddedServer(home)
    try:
        engine = engine_for(server.ensure_started())

        @contextmanager
        def empty() -> Iterator[sa.Engine]:
            from zaehlbar.warehouse.migrate import downgrade

            upgrade(engine)
            yield engine
            downgrade(engine, "base")

        yield empty
        engine.dispose()
    finally:
        server.destroy()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
