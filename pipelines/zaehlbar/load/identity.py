"""Identities by keyed number, their matching tokens, and withdrawals, set-based."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlalchemy import Connection, text

from zaehlbar.contract import Rank
from zaehlbar.load.copy import copy_into
from zaehlbar.pseudonymize import Pseudonymized


@dataclass(frozen=True, slots=True)
class IdentityMap:
    """`ids[ix]` is the identity of row `ix` of `Pseudonymized.identities`; 0 where the warehouse knows none (yet)."""

    ids: npt.NDArray[np.int64]


def remember_withdrawals(connection: Connection, data: Pseudonymized) -> None:
    """Remember each withdrawal as token and date, and remove what rests on an older or equal consent.

    DESIGN.md, statement 6: the withdrawal works for the exact token (whoever delivered the person), and without one for
    the identity. Facts go with all their history.
    """
    if not data.withdrawals.num_rows:
        return
    connection.execute(
        text("create temporary table n_widerruf (tn_token bytea, exakt_token bytea, widerruf_am date) on commit drop")
    )
    copy_into(connection, "n_widerruf", data.withdrawals)
    connection.execute(text("analyze n_widerruf"))
    connection.execute(
        text("""
            insert into abgleich.widerruf (token, widerruf_am)
            select token, max(widerruf_am)
            from (
                select tn_token as token, widerruf_am from n_widerruf
                union all
                select exakt_token, widerruf_am from n_widerruf where exakt_token is not null
            ) as w
            group by token
            on conflict (token) do update set widerruf_am = excluded.widerruf_am
            where widerruf.widerruf_am < excluded.widerruf_am
            """)
    )
    connection.execute(
        text("""
            create temporary table n_entfernt on commit drop as
            select w.identitaet_id
            from (
                select s.identitaet_id, w.widerruf_am
                from n_widerruf as w inner join abgleich.identitaet_token as s on s.tn_token = w.tn_token
                union
                select t.identitaet_id, w.widerruf_am
                from n_widerruf as w inner join abgleich.identitaet_token as t on t.exakt_token = w.exakt_token
            ) as w
            where not exists (
                select from kern.teilnahme as n
                where n.identitaet_id = w.identitaet_id and n.bekannt_bis is null and n.einwilligung_am > w.widerruf_am
            )
            """)
    )
    if not connection.execute(text("select exists (select from n_entfernt)")).scalar_one():
        return
    for table in (
        "kern.teilnahme",
        "kern.aktivitaet",
        "kern.zwischenschritt",
        "kern.person_zuordnung",
        "abgleich.identitaet_token",
        "kern.identitaet",
    ):
        connection.execute(text(f"delete from {table} where identitaet_id in (select identitaet_id from n_entfernt)"))


def resolve(connection: Connection, data: Pseudonymized, rank: Rank, lieferung_nr: int, lauf_id: int) -> IdentityMap:
    """Return the identity of every person of the delivery; new ones only for persons with a participation here.

    Activities of a person whose participation has never arrived find no identity: nothing says that the person agreed,
    so their rows wait outside the warehouse.
    """
    assert data.delivery.scope is not None
    size = data.identities.num_rows
    with_participation = np.zeros(size, dtype=bool)
    declared: pa.Array | pa.ChunkedArray = pa.nulls(size, pa.date32())
    participations = data.tables.get("teilnahme")
    if participations is not None and participations.num_rows:
        with_participation[participations.column("ix").to_numpy()] = True
        declared = _latest_declaration(participations, size)
    people = data.identities.append_column("hat_teilnahme", pa.array(with_participation))
    people = people.append_column(pa.field("einwilligung_am", pa.date32()), declared)
    connection.execute(
        text(
            "create temporary table n_identitaet (ix integer, tn_token bytea, exakt_token bytea,"
            " geburtsdatum_voll boolean, hat_teilnahme boolean, einwilligung_am date) on commit drop"
        )
    )
    copy_into(connection, "n_identitaet", people)
    connection.execute(text("analyze n_identitaet"))
    _drop_withdrawn(connection)
    values = {
        "vorhaben_id": data.delivery.scope.vorhaben_id,
        "tvp_id": data.delivery.scope.tvp_id,
        "schluessel_id": data.key_id,
        "normalisierer_version": data.normalizer_version,
        "zeitraum_bis": rank.end,
        "version": rank.version,
        "fingerprint": rank.fingerprint,
        "lieferung_nr": lieferung_nr,
        "lauf_id": lauf_id,
    }
    connection.execute(text(_HIGHER_RANK), values)
    connection.execute(text(_NEW_IDENTITIES), values)
    # Two arrays instead of a row per person: no row becomes a Python object.
    numbers, identities = connection.execute(
        text("""
            select array_agg(n.ix), array_agg(s.identitaet_id)
            from n_identitaet as n inner join abgleich.identitaet_token as s on n.tn_token = s.tn_token
            """)
    ).one()
    ids = np.zeros(size, dtype=np.int64)
    if numbers:
        ids[np.array(numbers)] = np.array(identities)
    return IdentityMap(ids)


def withdrawn(connection: Connection) -> npt.NDArray[np.int32]:
    """Return the `ix` of persons whose remembered withdrawal is not older than their declaration (after `resolve`)."""
    rows = connection.execute(text("select ix from n_widerrufen")).scalars().all()
    return np.array(rows, dtype=np.int32)


def _latest_declaration(participations: pa.Table, size: int) -> pa.ChunkedArray | pa.Array:
    days = participations.column("einwilligung_am").cast(pa.int32()).fill_null(np.iinfo(np.int32).min).to_numpy()
    latest = np.full(size, np.iinfo(np.int32).min, dtype=np.int32)
    np.maximum.at(latest, participations.column("ix").to_numpy(), days)
    return pa.array(latest, mask=latest == np.iinfo(np.int32).min).cast(pa.date32())


def _drop_withdrawn(connection: Connection) -> None:
    connection.execute(
        text("""
            create temporary table n_widerrufen on commit drop as
            select n.ix
            from n_identitaet as n
            where exists (
                select from abgleich.widerruf as w
                where w.token in (n.tn_token, n.exakt_token)
                    and w.widerruf_am >= coalesce(n.einwilligung_am, '-infinity'::date)
                    and n.hat_teilnahme
            )
            """)
    )
    connection.execute(text("delete from n_identitaet where ix in (select ix from n_widerrufen)"))


_HIGHER_RANK = """
    update abgleich.identitaet_token as alt set
        exakt_token = n.exakt_token,
        geburtsdatum_voll = n.geburtsdatum_voll,
        schluessel_id = :schluessel_id,
        normalisierer_version = :normalisierer_version,
        zeitraum_bis = :zeitraum_bis,
        version = :version,
        lieferung_nr = :lieferung_nr,
        geaendert_lauf = case
            when alt.exakt_token is distinct from n.exakt_token then :lauf_id
            else alt.geaendert_lauf
        end
    from n_identitaet as n
    where n.tn_token = alt.tn_token
        and n.hat_teilnahme
        and alt.lieferung_nr <> :lieferung_nr
        and (
            alt.zeitraum_bis,
            alt.version,
            (select l.lieferung_id from betrieb.lieferung as l where l.lieferung_nr = alt.lieferung_nr)
        ) < (cast(:zeitraum_bis as date), cast(:version as integer), cast(:fingerprint as text))
"""

_NEW_IDENTITIES = """
    with unbekannt as materialized (
        select n.*, nextval('kern.identitaet_identitaet_id_seq') as identitaet_id
        from (
            select n.*
            from n_identitaet as n
            where n.hat_teilnahme
                and not exists (select from abgleich.identitaet_token as t where t.tn_token = n.tn_token)
            order by n.ix
        ) as n
    ),
    eingetragen as (
        insert into kern.identitaet (identitaet_id, vorhaben_id, tvp_id) overriding system value
        select identitaet_id, :vorhaben_id, :tvp_id from unbekannt
    )
    insert into abgleich.identitaet_token (
        identitaet_id, tn_token, exakt_token, geburtsdatum_voll, schluessel_id, normalisierer_version,
        zeitraum_bis, version, lieferung_nr, geaendert_lauf
    )
    select
        identitaet_id, tn_token, exakt_token, geburtsdatum_voll, :schluessel_id, :normalisierer_version,
        :zeitraum_bis, :version, :lieferung_nr, :lauf_id
    from unbekannt
"""
