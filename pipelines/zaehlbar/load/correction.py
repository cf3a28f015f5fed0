"""Corrections (Art. 16 DSGVO): they lie over what was delivered until a later delivery brings the corrected value.

Belongs here: when one begins and ends to hold. Does not belong here: which values are allowed (rights), laying them
over the participations (`kern.teilnahme_nach`).

Whether one is fulfilled is a property of the set of deliveries, not of their order: some delivery ranked above all that
were loaded when it was made has the corrected value in that row.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, text

from zaehlbar.contract import Rank, Scope


def note_fulfilled(connection: Connection, rows: pa.Table, scope: Scope, rank: Rank) -> None:
    """Mark the corrections that the participations `rows` (with `identitaet_id`) of a delivery bring."""
    open_ones = connection.execute(
        text("""
            select b.berichtigung_nr, b.identitaet_id, b.eintritt_datum, b.feld, b.wert
            from kern.berichtigung as b
            inner join kern.identitaet as i on b.identitaet_id = i.identitaet_id
            where not b.erfuellt and i.vorhaben_id = :vorhaben_id and i.tvp_id = :tvp_id
                and (b.nach_zeitraum_bis, b.nach_version, b.nach_lieferung_id)
                < (cast(:ende as date), cast(:version as integer), cast(:fingerprint as text))
            """),
        {
            "vorhaben_id": scope.vorhaben_id,
            "tvp_id": scope.tvp_id,
            "ende": rank.end,
            "version": rank.version,
            "fingerprint": rank.fingerprint,
        },
    ).all()
    if not open_ones or not rows.num_rows:
        return
    identities = rows.column("identitaet_id").to_numpy()
    concerned = rows.filter(pa.array(np.isin(identities, [row.identitaet_id for row in open_ones])))
    for row in open_ones:
        same = pc.and_(
            pc.equal(concerned.column("identitaet_id"), row.identitaet_id),
            pc.equal(concerned.column("eintritt_datum"), pa.scalar(row.eintritt_datum)),
        )
        delivered = concerned.filter(same).column(row.feld).to_pylist()
        if any(as_text(value) == row.wert for value in delivered):
            connection.execute(
                text("update kern.berichtigung set erfuellt = true where berichtigung_nr = :nr"),
                {"nr": row.berichtigung_nr},
            )


def as_text(value: object) -> str | None:
    """Return a canonical value as the warehouse remembers a corrected one."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def apply(connection: Connection, lauf_id: int) -> int:
    """Begin the corrections that wait and end those that are fulfilled or replaced, in this run; return how many."""
    return sum(connection.execute(text(one), {"lauf_id": lauf_id}).rowcount for one in (_END_NEW, _END, _BEGIN))


_REPLACED = """
    exists (
        select from kern.berichtigung as n
        where n.identitaet_id = b.identitaet_id and n.eintritt_datum = b.eintritt_datum and n.feld = b.feld
            and n.berichtigung_nr > b.berichtigung_nr
    )
"""

_END_NEW = f"""
    update kern.berichtigung as b set bekannt_von = null
    where b.bekannt_bis is null and b.bekannt_von = :lauf_id and (b.erfuellt or {_REPLACED})
"""
"""What was born in this very run was never known at the end of a night."""

_END = f"""
    update kern.berichtigung as b set bekannt_bis = :lauf_id
    where b.bekannt_bis is null and b.bekannt_von < :lauf_id and (b.erfuellt or {_REPLACED})
"""

_BEGIN = f"""
    update kern.berichtigung as b set bekannt_von = :lauf_id
    where b.bekannt_von is null and not b.erfuellt and not {_REPLACED}
"""
