"""What is stored every night beside the figures: Angaben, Zwischenschritte and events.

Belongs here: counting them all or, for Angaben and steps, of the changed persons only, and storing them with their
history. Does not belong here: how they are counted (features, events), and what changed (delta).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, text

from zaehlbar.count.delta import Affected, add_history, difference
from zaehlbar.count.events import EVENT_MEASURES, count_events, count_steps
from zaehlbar.count.features import DIMENSIONS, FEATURE_MEASURES, FEATURES, FeatureCount, count_features
from zaehlbar.count.period import Period, Rules
from zaehlbar.count.source import read_query, read_source
from zaehlbar.count.store import store_history
from zaehlbar.load.copy import copy_into

_PERIOD = {"zeitraum": "zeitraum", "beginn": "von"}
_SPAN = {"ende": "bis"}
_FEATURE_KEYS = ("periode", *DIMENSIONS, "angabe", "auspraegung")
_EVENT_KEYS = ("periode", *DIMENSIONS, "art", "code", "zaehlweise")
FEATURE_DIMENSIONS = ("angabe", *_PERIOD, *DIMENSIONS.values(), "auspraegung")
"""Key of `zahl.angabenzahl` beside `bekannt_von`."""
EVENT_DIMENSIONS = (*_PERIOD, *DIMENSIONS.values(), "art", "code", "zaehlweise")
"""Key of `zahl.ereigniszahl` beside `bekannt_von`."""
_MANY = 20_000
"""Participations from which on Angaben are compared as columns before they are written."""
_COLUMNS = {
    "zahl.angabenzahl": (FEATURE_DIMENSIONS, (*_SPAN, *FEATURE_MEASURES)),
    "zahl.ereigniszahl": (EVENT_DIMENSIONS, (*_SPAN, *EVENT_MEASURES)),
}
_EVENTS = "z.art <> 'zwischenschritt'"


def count_beside(
    connection: Connection, periods: Sequence[Period], rules: Rules, lauf_id: int, part: Affected | None
) -> int:
    """Count and store Angaben, steps and events as known after run `lauf_id`; return the number of rows written.

    `part`: whose Angaben and steps to count, the others stay; None: all. Events have no persons and are counted whole.
    Periods with a month in `zahl.eingefroren` keep what they have.
    """
    added = None if part is None else _add_change(connection, periods, lauf_id, part)
    events = [_events(connection, periods, rules, lauf_id)] if periods else []
    if added is not None:
        return added + _store(connection, "zahl.ereigniszahl", events, lauf_id, _EVENTS)
    participations = read_source(connection, "angabe", {"stand": lauf_id})
    if periods:
        events.append(stored_rows(count_steps(participations, _steps(connection, lauf_id), periods), periods))
    written = _store(connection, "zahl.ereigniszahl", events, lauf_id)
    counted = _features(participations, periods)
    if participations.num_rows >= _MANY:
        return written + _store_many(connection, counted, lauf_id)
    return written + _store(connection, "zahl.angabenzahl", (part for _, part in counted), lauf_id)


def _add_change(connection: Connection, periods: Sequence[Period], lauf_id: int, part: Affected) -> int | None:
    features, steps = [], []
    for stand in (lauf_id, part.since):
        participations = read_source(connection, "angabe", {"stand": stand}, part.identities)
        features.append(count_features(participations, periods))
        steps.append(count_steps(participations, _steps(connection, stand, part.identities), periods))
    written = 0
    for table, keys, measures, dimensions, (after, before) in (
        ("zahl.angabenzahl", _FEATURE_KEYS, FEATURE_MEASURES, FEATURE_DIMENSIONS, features),
        ("zahl.ereigniszahl", _EVENT_KEYS, EVENT_MEASURES, EVENT_DIMENSIONS, steps),
    ):
        change = stored_rows(difference(after, before, keys, measures), periods)
        added = add_history(connection, table, dimensions, tuple(_SPAN), measures, change, lauf_id)
        if added is None:
            return None
        written += added
    return written


def _features(participations: pa.Table, periods: Sequence[Period]) -> Iterator[tuple[str, pa.Table]]:
    if periods:
        counted = FeatureCount(participations, periods)
        for feature in FEATURES:
            yield feature.name, stored_rows(counted.count(feature), periods)


def _store_many(connection: Connection, parts: Iterator[tuple[str, pa.Table]], lauf_id: int) -> int:
    """Make these the Angaben as of run `lauf_id`: they are compared here, one Angabe at a time, as columns.

    There may be ten times as many as figures, and most of them say what the last count said.
    """
    dims = ", ".join(FEATURE_DIMENSIONS)
    connection.execute(
        text(f"create temporary table z_anders on commit drop as select {dims} from zahl.angabenzahl with no data")
    )
    same = " and ".join(f"a.{name} = z.{name}" for name in FEATURE_DIMENSIONS)
    scope = f"exists (select from z_anders as a where {same})"
    written = _store(connection, "zahl.angabenzahl", _differing(connection, parts), lauf_id, scope)
    connection.execute(text("drop table z_anders"))
    return written


def _differing(connection: Connection, parts: Iterator[tuple[str, pa.Table]]) -> Iterator[pa.Table]:
    """Yield the rows that are not stored so; the keys of stored rows that are not among `parts` go to z_anders."""
    names, dims = ", ".join((*FEATURE_DIMENSIONS, *_SPAN, *FEATURE_MEASURES)), ", ".join(FEATURE_DIMENSIONS)
    current = "from zahl.angabenzahl where bekannt_bis is null and "
    counted = []
    engine = duckdb.connect(config={"autoinstall_known_extensions": False})
    try:
        for angabe, part in parts:
            counted.append(angabe)
            new = part.select(names.split(", "))
            engine.register("neu", new)
            query = f"select {names} {current} angabe = '{angabe}'"
            engine.register("alt", read_query(connection, query, new.schema))
            ended = f"select {dims} from (select * from alt except select * from neu)"
            copy_into(connection, "z_anders", engine.sql(ended).to_arrow_table())
            yield engine.sql("select * from neu except select * from alt").to_arrow_table()
    finally:
        engine.close()
    connection.execute(
        text(f"insert into z_anders select {dims} {current} not angabe = any(:counted)"), {"counted": counted}
    )
    connection.execute(text("analyze z_anders"))


def _steps(connection: Connection, stand: int, identities: Sequence[int] | None = None) -> pa.Table:
    return read_source(connection, "zwischenschritt", {"stand": stand}, identities)


def _events(connection: Connection, periods: Sequence[Period], rules: Rules, stand: int) -> pa.Table:
    angebot = read_source(connection, "angebot", {"stand": stand})
    mapping = read_source(connection, "kategorie_zuordnung", {"kategorien_version": rules.kategorien_version})
    return stored_rows(count_events(angebot, mapping, periods), periods)


def _store(connection: Connection, table: str, new: Iterable[pa.Table], lauf_id: int, scope: str = "true") -> int:
    dimensions, columns = _COLUMNS[table]
    return store_history(connection, table, dimensions, columns, new, lauf_id, scope=scope)


def stored_rows(counted: pa.Table, periods: Sequence[Period]) -> pa.Table:
    """Return the counted rows with the columns of their table."""
    index = pc.index_in(counted.column("periode"), pa.array([period.nummer for period in periods], pa.int32()))
    spans = {
        name: pa.array([getattr(period, own) for period in periods]).take(index)
        for name, own in (_PERIOD | _SPAN).items()
    }
    named = {DIMENSIONS.get(name, name): counted.column(name) for name in counted.column_names if name != "periode"}
    return pa.table(spans | named)
