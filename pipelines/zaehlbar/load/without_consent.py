"""The numbers of persons without consent (domain.md (d) 18): which delivery speaks for its partner.

Belongs here: replacing, refusing and taking back the numbers; whose data must not be counted. Does not belong here:
counting (pseudonymize/aggregate, in the trusted zone), showing (count/without_consent, publish).

The highest-ranked full delivery with participations speaks for its partner: its scope has all participations up to its
end, so no other delivery knows a month better. The table is a function of the deliveries, not of their order.
"""

from __future__ import annotations

import pyarrow as pa
from sqlalchemy import Connection, text

from zaehlbar.load.copy import copy_into
from zaehlbar.load.history import Incoming

_OUTRANKED = """
    select exists (
        select from betrieb.lieferung as l
        inner join betrieb.bilanz as b on l.lieferung_nr = b.lieferung_nr and b.tabelle = 'teilnahme'
        where l.status = 'geladen' and l.umfang = 'voll' and l.vorhaben_id = :vorhaben_id and l.tvp_id = :tvp_id
            and (l.zeitraum_bis, l.version, l.lieferung_id)
            > (cast(:ende as date), cast(:version as integer), cast(:fingerprint as text))
    )
"""

_FORGET_PARTNER = """
    delete from zahl.ohne_einwilligung as z using betrieb.lieferung as l
    where z.lieferung_nr = l.lieferung_nr and l.vorhaben_id = :vorhaben_id and l.tvp_id = :tvp_id
"""


def replace(connection: Connection, counts: pa.Table | None, incoming: Incoming) -> None:
    """Let the counts (schema WITHOUT_CONSENT) of the incoming delivery replace its partner's, unless it is outranked.

    None (nothing may be counted, or the delivery cannot say): only what this delivery itself had said before goes.
    """
    values = {
        "vorhaben_id": incoming.scope.vorhaben_id,
        "tvp_id": incoming.scope.tvp_id,
        "ende": incoming.rank.end,
        "version": incoming.rank.version,
        "fingerprint": incoming.rank.fingerprint,
    }
    if counts is None or connection.execute(text(_OUTRANKED), values).scalar_one():
        own = text("delete from zahl.ohne_einwilligung where lieferung_nr = :nr")
        connection.execute(own, {"nr": incoming.lieferung_nr})
        return
    connection.execute(text(_FORGET_PARTNER), values)
    if counts.num_rows:
        number = pa.repeat(pa.scalar(incoming.lieferung_nr, pa.int32()), counts.num_rows)
        copy_into(connection, "zahl.ohne_einwilligung", counts.append_column("lieferung_nr", number))


def take_back(connection: Connection) -> None:
    """Delete all numbers: the site names no legal basis for them any more. The caller commits."""
    connection.execute(text("delete from zahl.ohne_einwilligung"))


def restricted_tokens(connection: Connection) -> frozenset[bytes]:
    """Return the tokens of persons whose processing is restricted (Art. 18): they are not counted either."""
    return frozenset(map(bytes, connection.execute(text("select token from abgleich.einschraenkung_token")).scalars()))
