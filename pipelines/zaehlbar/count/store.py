"""Storing counted tables with their history: a row says from which run on it was known so, and until which.

Belongs here: writing what differs from the stored rows, the same way for every table of schema `zahl` that is counted
by period. Does not belong here: counting, and which tables there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa
from sqlalchemy import Connection, text

from zaehlbar.load.copy import copy_into

COUNTED = "not exists (select from zahl.eingefroren as f where f.monat between {row}.beginn and {row}.ende)"
"""Condition on a row with `beginn` and `ende`: no month of its period is kept as it was (`zahl.eingefroren`)."""


def store_history(
    connection: Connection,
    table: str,
    dimensions: Sequence[str],
    columns: Sequence[str],
    new: pa.Table | Iterable[pa.Table],
    lauf_id: int,
    *,
    complete: bool = True,
    scope: str = "true",
) -> int:
    """Make `new` what `table` says as of run `lauf_id`; return the number of rows written.

    `table` has `dimensions` (not null, a key beside `bekannt_von`), `columns`, `bekannt_von` and `bekannt_bis`; among
    them `beginn` and `ende`. `new` has dimensions and columns, each key once, and may come in parts. Only rows that
    differ are written; stored rows that differ or are not in `new` end with this run (what it wrote itself goes).
    `complete=False`: `new` holds only some of the keys and the others stay. `scope`: a condition on stored rows `z`
    outside of which all stay; `new` has none of those. Rows of a period that has a month in `zahl.eingefroren` stay as
    they are, and none are added.
    """
    names = [*dimensions, *columns]
    listed = ", ".join(names)
    connection.execute(
        text(f"create temporary table z_neu on commit drop as select {listed} from {table} with no data")
    )
    for part in [new] if isinstance(new, pa.Table) else new:
        copy_into(connection, "z_neu", part.select(names))
    connection.execute(text(f"delete from z_neu as n where not {COUNTED.format(row='n')}"))
    connection.execute(text("analyze z_neu"))
    same = " and ".join(f"z.{name} = n.{name}" for name in dimensions)
    alike = " and ".join(f"z.{name} is not distinct from n.{name}" for name in columns)
    ending = f"z.bekannt_bis is null and ({scope}) and {COUNTED.format(row='z')}"
    ending += f" and not exists (select from z_neu as n where {same} and {alike})"
    if not complete:
        ending += f" and exists (select from z_neu as n where {same})"
    values = {"lauf_id": lauf_id}
    connection.execute(text(f"delete from {table} as z where z.bekannt_von = :lauf_id and {ending}"), values)
    connection.execute(text(f"update {table} as z set bekannt_bis = :lauf_id where {ending}"), values)
    written = connection.execute(
        text(f"""
            insert into {table} ({listed}, bekannt_von)
            select {listed}, :lauf_id from z_neu as n
            where not exists (select from {table} as z where z.bekannt_bis is null and {same})
            order by {", ".join(dimensions)}
            """),
        values,
    ).rowcount
    connection.execute(text("drop table z_neu"))
    return written
