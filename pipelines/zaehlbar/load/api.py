"""The door: load one delivery, in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlalchemy import Connection, text

from zaehlbar.load import correction, expiry, identity, places, without_consent
from zaehlbar.load.history import Incoming, Merged, merge
from zaehlbar.load.keyring import refuse_other_key
from zaehlbar.load.spec import FactTable, fact_tables
from zaehlbar.pseudonymize import Pseudonymized


@dataclass(slots=True)
class Loaded:
    """Per table: what became of its rows, how many wait for their participation, how many a withdrawal or their age
    withholds. `revived`: somebody consented anew whose rows, also of earlier deliveries, had been kept or taken out."""

    merged: dict[str, Merged] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    withheld: dict[str, int] = field(default_factory=dict)
    revived: bool = False


def load_delivery(
    connection: Connection,
    data: Pseudonymized,
    *,
    lieferung_nr: int,
    lauf_id: int,
    person_months: int | None = None,
) -> Loaded:
    """Load `data` as delivery `lieferung_nr` in run `lauf_id`; nothing is committed here.

    Deliveries of one partner are serialised by a lock until the transaction ends; different partners load side by side.
    `person_months`: what ended longer ago than that, by the latest period end known of the partner, is withheld, and
    what the warehouse has of it goes (expiry); None: nothing expires.
    """
    scope = data.delivery.scope
    assert scope is not None
    refuse_other_key(connection, data.key_id)
    incoming = Incoming(scope, data.delivery.rank, lieferung_nr, lauf_id)
    connection.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:partner, 0))"),
        {"partner": f"zaehlbar/{scope.vorhaben_id}/{scope.tvp_id}"},
    )
    day = expiry.as_of(connection, scope)
    fresh = expiry.split(data.tables, person_months, day)
    data = replace(data, tables=fresh.tables)
    identity.remember_withdrawals(connection, data)
    people = identity.resolve(connection, data, incoming.rank, lieferung_nr, lauf_id)
    withdrawn = np.zeros(data.identities.num_rows, dtype=bool)
    withdrawn[identity.withdrawn(connection)] = True
    expired = expiry.Withheld(connection, fresh, people.ids)
    result = Loaded(revived=people.revived)
    for name, table in fact_tables().items():
        rows = data.tables.get(name)
        if rows is None:
            continue
        if table.persons:
            rows = _with_identity(rows, table, people.ids, withdrawn, result)
            result.withheld[name] += expired.count(name)
        if name == "teilnahme":
            correction.note_fulfilled(connection, rows, scope, incoming.rank)
            expired.remember(rows)
        rows = rows.select(list(table.columns))
        result.merged[name] = merge(connection, table, rows, incoming, spared=expired.spared(name))
    if person_months is not None:
        expired.remove(connection, person_months, day, scope)
    without_consent.replace(connection, data.without_consent, incoming)
    places.replace(connection, data.tables.get("verzeichnis"), lieferung_nr)
    connection.execute(
        text("insert into betrieb.ladung (lauf_id, lieferung_nr) values (:lauf_id, :nr) on conflict do nothing"),
        {"lauf_id": lauf_id, "nr": lieferung_nr},
    )
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
