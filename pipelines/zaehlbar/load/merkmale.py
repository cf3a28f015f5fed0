"""The Merkmale of identities: those of the highest-ranked delivery, whole or not at all.

Belongs here: writing `abgleich.merkmal` and noting whose are new. Does not belong here: whose delivery speaks
(identity), what agreement means (identify).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlalchemy import Connection, text

from zaehlbar.load.copy import copy_into
from zaehlbar.pseudonymize import KINDS, Pseudonymized

_TOKENS = tuple(f"{kind}_token" for kind in KINDS)
_COLUMNS = ", ".join(("identitaet_id", "normalisierer_version", *_TOKENS, "schluessel_id"))


def store_merkmale(
    connection: Connection,
    data: Pseudonymized,
    ids: npt.NDArray[np.int64],
    *,
    created: npt.NDArray[np.int64],
    spoken_for: npt.NDArray[np.int64],
    lauf_id: int,
) -> None:
    """Store the Merkmale of the identities `created` by this delivery and of those known that it is `spoken_for`.

    Both are `ix`, `ids` the identity of each. Whose Merkmale are new or other than before stands in
    `abgleich.ausstehend` afterwards; a delivery without a name for a person takes the person's earlier ones away.
    """
    rows = _with_identity(data, ids, _kept_versions(connection, data))
    _store_new(connection, rows.filter(_of(rows, created)), ids[created], lauf_id)
    if len(spoken_for):
        _replace(connection, rows.filter(_of(rows, spoken_for)), ids[spoken_for], lauf_id)


def _kept_versions(connection: Connection, data: Pseudonymized) -> npt.NDArray[np.bool_]:
    """Return which rows are to be stored: an older version only while identities are compared under it."""
    oldest = connection.execute(text("select aelteste_version from abgleich.stand")).scalar_one_or_none()
    version = data.merkmale.column("normalisierer_version").to_numpy()
    kept: npt.NDArray[np.bool_] = version >= (data.normalizer_version if oldest is None else oldest)
    return kept


def _with_identity(data: Pseudonymized, ids: npt.NDArray[np.int64], kept: npt.NDArray[np.bool_]) -> pa.Table:
    rows = data.merkmale if kept.all() else data.merkmale.filter(pa.array(kept))
    identity = pa.array(ids[rows.column("ix").to_numpy()])
    key = pa.array([data.key_id] * rows.num_rows, pa.string())
    return rows.append_column("identitaet_id", identity).append_column("schluessel_id", key)


def _of(rows: pa.Table, chosen: npt.NDArray[np.int64]) -> pa.Array:
    ix = rows.column("ix").to_numpy()
    wanted = np.zeros(max(int(ix.max(initial=-1)), int(chosen.max(initial=-1))) + 1, dtype=bool)
    wanted[chosen] = True
    return pa.array(wanted[ix])


def _store_new(connection: Connection, rows: pa.Table, identities: npt.NDArray[np.int64], lauf_id: int) -> None:
    """Nothing is there yet: COPY goes straight in, in the order of the primary key."""
    if rows.num_rows:
        lauf = pa.repeat(pa.scalar(lauf_id, pa.int32()), rows.num_rows)
        ordered = rows.drop_columns(["ix"]).append_column("geaendert_lauf", lauf)
        ordered = ordered.sort_by([("identitaet_id", "ascending"), ("normalisierer_version", "ascending")])
        copy_into(connection, "abgleich.merkmal", ordered)
    # Persons without Merkmale are new, too: they are persons of their own.
    if len(identities):
        copy_into(connection, "abgleich.ausstehend", pa.table({"identitaet_id": identities}))


def _replace(connection: Connection, rows: pa.Table, identities: npt.NDArray[np.int64], lauf_id: int) -> None:
    """Bring the stored Merkmale of `identities` to `rows`, touching only what differs."""
    connection.execute(text("create temporary table n_bekannt (identitaet_id bigint) on commit drop"))
    connection.execute(
        text(f"create temporary table n_merkmal on commit drop as select {_COLUMNS} from abgleich.merkmal with no data")
    )
    copy_into(connection, "n_bekannt", pa.table({"identitaet_id": identities}))
    copy_into(connection, "n_merkmal", rows.drop_columns(["ix"]))
    connection.execute(text("analyze n_bekannt"))
    connection.execute(text("analyze n_merkmal"))
    stored, sent = (", ".join(f"{side}.{name}" for name in _TOKENS) for side in ("m", "n"))
    connection.execute(
        text(f"""
            create temporary table n_anders on commit drop as
            select distinct coalesce(m.identitaet_id, n.identitaet_id) as identitaet_id
            from (
                select * from abgleich.merkmal where identitaet_id in (select identitaet_id from n_bekannt)
            ) as m
            full join n_merkmal as n
                on m.identitaet_id = n.identitaet_id and m.normalisierer_version = n.normalisierer_version
            where row({stored}) is distinct from row({sent})
            """)
    )
    connection.execute(text("delete from abgleich.merkmal where identitaet_id in (select identitaet_id from n_anders)"))
    connection.execute(
        text(f"""
            insert into abgleich.merkmal ({_COLUMNS}, geaendert_lauf)
            select {_COLUMNS}, :lauf_id
            from n_merkmal
            where identitaet_id in (select identitaet_id from n_anders)
            order by identitaet_id, normalisierer_version
            """),
        {"lauf_id": lauf_id},
    )
    connection.execute(
        text("""
            update abgleich.identitaet_token set geaendert_lauf = :lauf_id
            where identitaet_id in (select identitaet_id from n_anders)
            """),
        {"lauf_id": lauf_id},
    )
    connection.execute(text("insert into abgleich.ausstehend select identitaet_id from n_anders"))
    connection.execute(text("drop table n_bekannt, n_merkmal, n_anders"))
