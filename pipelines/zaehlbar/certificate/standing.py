"""Which rows of several deliveries of one partner stand: valid ones, each as the highest-ranked delivery has it.

Belongs here: the rule of DESIGN.md ("Delivery") on raw rows, where no warehouse keeps the history. Does not belong
here: judging rows (validate), persons.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zaehlbar.contract import Scope, Table, contract
from zaehlbar.validate import Validated

CANCELLED = "STORNO"
"""`teilnahme.status` of what was recorded by mistake and counts nowhere."""


def standing_rows(deliveries: Sequence[Validated]) -> dict[str, pa.Table]:
    """Return the person tables of one partner's `deliveries` (all of one Vorhaben × TVP, none of them fatal).

    Rows that validation rejected and repeated rows are left out, values it found worthless are null. Where several
    deliveries speak for a day, the highest-ranked full one does; an increment adds rows and replaces those of its keys.
    """
    ranked = sorted(deliveries, key=lambda one: one.ingested.delivery.rank, reverse=True)
    result: dict[str, pa.Table] = {}
    for table in contract().tables:
        if not table.zaehlbar.persons:
            continue
        parts: list[pa.Table] = []
        covered: list[tuple[date, date]] = []
        for validated in ranked:
            rows = _passed(validated, table)
            if rows is None:
                continue
            rows = _outside(rows, table, covered)
            if parts and rows.num_rows:
                rows = _new_keys(rows, parts, table)
            parts.append(rows)
            covered += _speaks_for(validated, table)
        result[table.name] = pa.concat_tables(parts) if parts else table.arrow_schema.empty_table()
    return result


def _passed(validated: Validated, table: Table) -> pa.Table | None:
    rows = validated.ingested.tables.get(table.name)
    if rows is None:
        return None
    for name, mask in validated.nulled.get(table.name, {}).items():
        column = rows[name]
        emptied = pc.if_else(pa.array(mask), pa.scalar(None, column.type), column)
        rows = rows.set_column(rows.schema.get_field_index(name), rows.schema.field(name), emptied)
    return rows.filter(pa.array(~(validated.rejected[table.name] | validated.duplicate[table.name])))


def _speaks_for(validated: Validated, table: Table) -> list[tuple[date, date]]:
    scope: Scope | None = validated.ingested.delivery.scope
    if scope is None or scope.increment != "voll":
        return []
    start = date.min if table.zaehlbar.scope == "bis" else scope.start
    return [(start, scope.end)]


def _outside(rows: pa.Table, table: Table, covered: Sequence[tuple[date, date]]) -> pa.Table:
    """Keep the rows of days that no higher-ranked delivery speaks for."""
    assert table.zaehlbar.position is not None
    days = np.asarray(rows[table.zaehlbar.position].cast(pa.int32()).fill_null(0)).astype("datetime64[D]")
    keep = np.ones(len(days), dtype=bool)
    for start, end in covered:
        keep &= (days < np.datetime64(start)) | (days > np.datetime64(end))
    return rows.filter(pa.array(keep))


def _new_keys(rows: pa.Table, parts: Sequence[pa.Table], table: Table) -> pa.Table:
    key = list(table.primary_key)
    known = pa.concat_tables([part.select(key) for part in parts])
    numbered = rows.select(key).append_column("_nr", pa.array(np.arange(rows.num_rows)))
    kept = numbered.join(known, keys=key, join_type="left anti")["_nr"].sort()
    return rows.take(kept)
