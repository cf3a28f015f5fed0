"""The door: load one delivery, in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlalchemy import Connection, text

from zaehlbar.load import identity
from zaehlbar.load.history import Incoming, Merged, merge
from zaehlbar.load.spec import FactTable, fact_tables
from zaehlbar.pseudonymize import Pseudonymized


@dataclass(slots=True)
class Loaded:
    """Per table: what became of its rows, how many wait for their participation, how many a withdrawal withholds."""

    merged: dict[str, Merged] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    withheld: dict[str, int] = field(default_factory=dict)


def load_delivery(connection: Connection, data: Pseudonymized, *, lieferung_nr: int, lauf_id: int) -> Loaded:
    """Load `data` as delivery `lieferung_nr` in run `lauf_id`; nothing is committed here.

    Deliveries of one partner are serialised by a lock until the transaction ends; different partners load side by side.
    """
    scope = data.delivery.scope
    assert scope is not None
    incoming = Incoming(scope, data.delivery.rank, lieferung_nr, lauf_id)
    connection.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:partner, 0))"),
        {"partner": f"zaehlbar/{scope.vorhaben_id}/{scope.tvp_id}"},
    )
    identity.remember_withdrawals(connection, data)
    people = identity.resolve(connection, data, incoming.rank, lieferung_nr, lauf_id)
    withdrawn = np.zeros(data.identities.num_rows, dtype=bool)
    withdrawn[identity.withdrawn(connection)] = True
    result = Loaded()
    for name, table in fact_tables().items():
        rows = data.tables.get(name)
        if rows is None:
            continue
        if table.persons:
            rows = _with_identity(rows, table, people.ids, withdrawn, result)
        result.merged[name] = merge(connection, table, rows.select(list(table.columns)), incoming)
    return result


def _with_identity(
    rows: pa.Table,
    table: FactTable,
    ids: npt.NDArray[np.int64],
    withdrawn: npt.NDArray[np.bool_],
    result: Loaded,
) -> pa.Table:
    """Replace `ix` by `identitaet_id`; rows of withdrawn and of unknown persons stay outside, counted."""
    index = rows.column("ix").to_numpy()
    gone = withdrawn[index]
    identities = ids[index]
    unknown = (identities == 0) & ~gone
    result.withheld[table.name] = int(gone.sum())
    result.waiting[table.name] = int(unknown.sum())
    rows = rows.drop_columns(["ix"]).add_column(0, "identitaet_id", pa.array(identities))
    keep = ~(gone | unknown)
    return rows if keep.all() else rows.filter(pa.array(keep))
