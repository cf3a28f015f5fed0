"""Deliveries one after the other in one process; while the server loads one, the next is read and judged.

Loading is the server's work, reading and judging this process's: side by side they keep two cores busy. Loads stay one
at a time and in order, so the tables are those of the DAG.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from zaehlbar.contract import Balance, Verdict
from zaehlbar.nightly import stages
from zaehlbar.nightly.context import Night
from zaehlbar.nightly.records import Due
from zaehlbar.pseudonymize import Pseudonymized
from zaehlbar.validate import Validated

Clock = Callable[[str], AbstractContextManager[None]]
"""Gives a context for each stage by name; the benchmark measures with it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An accepted delivery without names, ready to load, with its balance after judging."""

    item: Due
    validated: Validated
    protected: Pseudonymized
    found: dict[str, Balance]


def deliver(
    night: Night,
    lauf_id: int,
    regelwerk_nr: int,
    items: Sequence[Due],
    *,
    done: Callable[[int], None] = lambda _: None,
    clock: Clock = lambda _: nullcontext(),
    loaded: Callable[[Prepared], None] = lambda _: None,
) -> None:
    """Take `items` through all rooms; one that fails is recorded and the others go on.

    `done` hears how many are through, `loaded` of each that was loaded. A lost database is raised: it is no delivery's
    fault.
    """

    def load(ready: Prepared) -> None:
        with clock("load"):
            final = stages.store(night, lauf_id, ready.item, ready.protected, ready.found)
        stages.write_reports(night, ready.validated.ingested.delivery, ready.validated, list(final.values()))

    def settle(ready: Prepared, future: Future[None]) -> None:
        def finish() -> None:
            future.result()
            loaded(ready)
            stages.reload_waiting(night, lauf_id, regelwerk_nr, ready.item.lieferung_nr)

        stages.guarded(night, lauf_id, ready.item, finish)

    under_way: tuple[Prepared, Future[None]] | None = None
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="laden") as loader:
        for number, item in enumerate(items):
            done(number)
            ready = _prepared(night, lauf_id, regelwerk_nr, item, clock)
            if under_way is not None:
                settle(*under_way)
            under_way = None if ready is None else (ready, loader.submit(load, ready))
        if under_way is not None:
            settle(*under_way)
    done(len(items))


def _prepared(night: Night, lauf_id: int, regelwerk_nr: int, item: Due, clock: Clock) -> Prepared | None:
    """Read, judge and protect a delivery; None when it ends here (held, refused, failed)."""
    result: list[Prepared] = []

    def prepare() -> None:
        with clock("ingest"):
            ingested = stages.read(night, item)
        with clock("validate"):
            validated = stages.judge(night, lauf_id, regelwerk_nr, item, ingested)
        if validated.verdict in (Verdict.HELD, Verdict.REFUSED):
            return
        with clock("pseudonymize"):
            protected = stages.protect(night, validated)
        result.append(Prepared(item, validated, protected, stages.balances_after_judging(validated)))

    stages.guarded(night, lauf_id, item, prepare)
    return result[0] if result else None
