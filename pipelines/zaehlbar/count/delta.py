"""Counting only what changed: the stored figures plus what the changed persons add now, minus what they added before.

    affected(connection, lauf_id, regelwerk_nr, periods) -> Affected | None   whose facts to count twice; None: all
    difference(after, before, keys, measures) -> pa.Table                     what the cells change by
    add_history(connection, table, dimensions, span, measures, change, lauf_id) -> int | None
    remember(connection, lauf_id, regelwerk_nr, periods)                      what the figures rest on now
    forget_standing(connection)                                               the next count counts everything

Belongs here: when a part of the facts is enough, which part, and adding its difference to tables with a history. Does
not belong here: counting, and writing all cells (store).

Every measure is a sum over persons, and what a person adds depends on that person's rows alone. So it is enough to
count the persons of whom any row changed since the last count, as they were known then and as they are known now. That
rests on the rows of then being there and on nothing else having changed. Where that is in doubt, everything is counted:
under other rules (mapping, calendar, site), with another version of this program, over other months, after rows with a
history were deleted (a trigger notes that: `zahl.zaehlstand`), when a run counts that is not the next one, when a cell
would fall below zero, and when it would save nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, text

from zaehlbar import resources
from zaehlbar.count.period import Period
from zaehlbar.count.store import COUNTED
from zaehlbar.load.copy import copy_into

_AT_MOST = 0.25
"""Share of all identities from which on counting everything once is no slower than counting these twice."""
_TABLES = ("teilnahme", "aktivitaet", "zwischenschritt", "person_zuordnung", "einschraenkung", "berichtigung")
"""What figures of persons are counted from, in schema `kern`."""
_COUNTED_WITH = tuple((folder, "*.sql") for folder in ("counts", "steps", "events", "sources"))


@dataclass(frozen=True, slots=True)
class Affected:
    """Whole persons, then and now: `identities` are all of theirs, `since` is the run after which they counted last."""

    since: int
    identities: tuple[int, ...]


def affected(connection: Connection, lauf_id: int, regelwerk_nr: int, periods: Sequence[Period]) -> Affected | None:
    """Return whom a count of `periods` in run `lauf_id` has to look at; None when it has to count everything."""
    standing = connection.execute(text("select * from zahl.zaehlstand")).one_or_none()
    if standing is None or standing.lauf_id >= lauf_id or _span(periods) == (None, None):
        return None
    now = (regelwerk_nr, method(), *_span(periods))
    if (standing.regelwerk_nr, standing.zaehlweise_sha256, standing.beginn, standing.ende) != now:
        return None
    values = {"since": standing.lauf_id, "lauf_id": lauf_id}
    connection.execute(text("drop table if exists d_geaendert, d_person"))
    connection.execute(text(f"create temporary table d_geaendert on commit drop as {_CHANGED}"), values)
    connection.execute(text("analyze d_geaendert"))
    changed, known = connection.execute(
        text("select (select count(*) from d_geaendert), (select count(*) from kern.identitaet)")
    ).one()
    if changed > known * _AT_MOST:
        return None
    connection.execute(text(f"create temporary table d_person on commit drop as {_PERSONS}"), values)
    connection.execute(text("analyze d_person"))
    identities = connection.execute(text(_IDENTITIES), values).scalars().all()
    connection.execute(text("drop table d_geaendert, d_person"))
    return Affected(standing.lauf_id, tuple(identities))


def difference(after: pa.Table, before: pa.Table, keys: Sequence[str], measures: Sequence[str]) -> pa.Table:
    """Return, by `keys`, `measures` of `after` less those of `before`, without cells that stay as they are.

    A measure that is switched off (null on both sides) stays null.
    """
    names = [*keys, *measures]
    negated = before.select(names)
    for name in measures:
        index = negated.schema.get_field_index(name)
        negated = negated.set_column(index, name, pc.negate(negated.column(name)))
    both = pa.concat_tables([after.select(names), negated.cast(after.select(names).schema)])
    summed = both.group_by(list(keys)).aggregate([(name, "sum") for name in measures])
    summed = summed.select([*keys, *(f"{name}_sum" for name in measures)]).rename_columns(names)
    moved = pa.scalar(False)
    for name in measures:
        moved = pc.or_(moved, pc.not_equal(summed.column(name).fill_null(0), 0))
    return summed.filter(moved)


def add_history(
    connection: Connection,
    table: str,
    dimensions: Sequence[str],
    span: Sequence[str],
    measures: Sequence[str],
    change: pa.Table,
    lauf_id: int,
) -> int | None:
    """Add `change` to the current rows of `table` as of run `lauf_id`; return the number of rows written.

    `table` is as for `store_history`, its columns are `span` (equal for equal dimensions) and `measures`; `change` has
    them all. A row that comes to nothing ends, one that was not there begins. Rows of a period with a month in
    `zahl.eingefroren` stay as they are. Returns None, and writes nothing, when a measure would fall below zero: then
    the stored rows are not what was counted last.
    """
    dims, rest = ", ".join(dimensions), ", ".join(span)
    connection.execute(
        text(
            f"create temporary table d_zelle on commit drop as"
            f" select {dims}, {rest}, {', '.join(measures)} from {table} with no data"
        )
    )
    copy_into(connection, "d_zelle", change.select([*dimensions, *span, *measures]))
    connection.execute(text(f"delete from d_zelle as n where not {COUNTED.format(row='n')}"))
    connection.execute(text(f"analyze d_zelle ({dims})"))
    same = " and ".join(f"z.{name} = d.{name}" for name in dimensions)
    sums = ", ".join(f"d.{name} + coalesce(z.{name}, 0) as {name}" for name in measures)
    keys = ", ".join(f"d.{name}" for name in (*dimensions, *span))
    connection.execute(
        text(
            f"create temporary table d_summe on commit drop as select {keys}, {sums}, z.ctid as zeile"
            f" from d_zelle as d left join {table} as z on z.bekannt_bis is null and {same}"
        )
    )
    below = " or ".join(f"{name} < 0" for name in measures)
    impossible = connection.execute(text(f"select exists (select from d_summe where {below})")).scalar_one()
    written = None if impossible else _write(connection, table, dimensions, [*span, *measures], measures, lauf_id)
    connection.execute(text("drop table d_zelle, d_summe"))
    return written


def _write(
    connection: Connection,
    table: str,
    dimensions: Sequence[str],
    columns: Sequence[str],
    measures: Sequence[str],
    lauf_id: int,
) -> int:
    names = ", ".join([*dimensions, *columns])
    something = " or ".join(f"{name} <> 0" for name in measures)
    values = {"lauf_id": lauf_id}
    # Rows are found again by their place: nobody else writes figures while a run counts.
    connection.execute(
        text(f"update {table} as z set bekannt_bis = :lauf_id from d_summe as d where z.ctid = d.zeile"), values
    )
    statement = f"insert into {table} ({names}, bekannt_von) select {names}, :lauf_id from d_summe where {something}"
    return connection.execute(text(f"{statement} order by {', '.join(dimensions)}"), values).rowcount


def remember(connection: Connection, lauf_id: int, regelwerk_nr: int, periods: Sequence[Period]) -> None:
    """Note what the stored figures rest on now; in the transaction that stores them."""
    begin, end = _span(periods)
    forget_standing(connection)
    connection.execute(
        text("""
            insert into zahl.zaehlstand (lauf_id, regelwerk_nr, zaehlweise_sha256, beginn, ende)
            values (:lauf_id, :nr, :method, :begin, :end)
            """),
        {"lauf_id": lauf_id, "nr": regelwerk_nr, "method": method(), "begin": begin, "end": end},
    )


def forget_standing(connection: Connection) -> None:
    """Let the next run count everything."""
    connection.execute(text("delete from zahl.zaehlstand"))


@cache
def method() -> str:
    """Return a SHA-256 over what is counted with: the SQL, and this room."""
    files = [path for folder, pattern in _COUNTED_WITH for path in (resources.folder("sql") / folder).glob(pattern)]
    files += Path(__file__).parent.glob("*.py")
    digest = hashlib.sha256()
    for path in sorted(files, key=lambda one: (one.parent.name, one.name)):
        digest.update(f"{path.parent.name}/{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _span(periods: Sequence[Period]) -> tuple[date | None, date | None]:
    """Return the first and last day of the months counted: with the calendar they say which periods there are."""
    months = [period for period in periods if period.zeitraum == "monat"]
    if not months:
        return None, None
    return min(period.von for period in months), max(period.bis for period in months)


_CHANGED = " union ".join(
    f"select identitaet_id from kern.{table} where {bound} > :since"
    for table in _TABLES
    for bound in ("bekannt_von", "bekannt_bis")
)
"""Identities of whom a row began or ended since, also one that did both and so was never counted."""

_KNOWN = "(p.bekannt_bis is null or p.bekannt_bis > {run}) and p.bekannt_von <= {run}"
_THEN_OR_NOW = f"(({_KNOWN.format(run=':since')}) or ({_KNOWN.format(run=':lauf_id')}))"

_PERSONS = f"""
    select distinct p.person_id
    from d_geaendert as d inner join kern.person_zuordnung as p on d.identitaet_id = p.identitaet_id
    where {_THEN_OR_NOW}
"""

_IDENTITIES = f"""
    select distinct p.identitaet_id
    from d_person as d inner join kern.person_zuordnung as p on d.person_id = p.person_id and p.bekannt_bis is null
    where {_THEN_OR_NOW}
    union
    select distinct p.identitaet_id
    from d_person as d inner join kern.person_zuordnung as p on d.person_id = p.person_id and p.bekannt_bis is not null
    where {_THEN_OR_NOW}
    order by 1
"""
"""Two halves, as there is an index for each."""
