"""Identities by keyed number, their matching tokens, and withdrawals, set-based."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, text

from zaehlbar.contract import Rank
from zaehlbar.load.consent_state import remember_numbers
from zaehlbar.load.copy import copy_into
from zaehlbar.load.forget import forget
from zaehlbar.load.merkmale import store_merkmale
from zaehlbar.pseudonymize import NORMALIZER_VERSION, Pseudonymized


@dataclass(frozen=True, slots=True)
class IdentityMap:
    """`ids[ix]` is the identity of row `ix` of `Pseudonymized.identities`; 0 where the warehouse knows none (yet).

    `revived`: somebody whose rows a refusal had kept out or taken out has a newer consent here.
    """

    ids: npt.NDArray[np.int64]
    revived: bool = False


def versions_in_use(connection: Connection) -> tuple[int, ...]:
    """Return the normaliser versions under which tokens are to be made, the newest last.

    The newest lives beside those of stored Merkmale until every identity was delivered again, and beside those of
    remembered withdrawals for ever: nobody can make their tokens anew.
    """
    stored = connection.execute(text("select aelteste_version from abgleich.stand")).scalar_one_or_none()
    withdrawn = connection.execute(
        text("select distinct normalisierer_version from abgleich.widerruf where art = 'exakt'")
    ).scalars()
    oldest = NORMALIZER_VERSION if stored is None else stored
    return tuple(sorted({*range(oldest, NORMALIZER_VERSION), *withdrawn, NORMALIZER_VERSION}))


def remember_withdrawals(connection: Connection, data: Pseudonymized) -> None:
    """Remember each withdrawal as token and date, and remove what rests on an older or equal consent.

    DESIGN.md, statement 6: the withdrawal works for the exact token (whoever delivered the person), and without one for
    the identity. Facts go with all their history.
    """
    if not data.withdrawals.num_rows:
        return
    connection.execute(
        text(
            "create temporary table n_widerruf"
            " (token bytea, art text, normalisierer_version smallint, widerruf_am date) on commit drop"
        )
    )
    copy_into(connection, "n_widerruf", data.withdrawals)
    connection.execute(text("analyze n_widerruf"))
    connection.execute(
        text("""
            insert into abgleich.widerruf (art, normalisierer_version, token, widerruf_am, schluessel_id)
            select art, normalisierer_version, token, max(widerruf_am), :schluessel_id
            from n_widerruf
            group by art, normalisierer_version, token
            order by art, normalisierer_version, token
            on conflict (art, normalisierer_version, token) do update set widerruf_am = excluded.widerruf_am
            where widerruf.widerruf_am < excluded.widerruf_am
            """),
        {"schluessel_id": data.key_id},
    )
    connection.execute(
        text("""
            create temporary table n_entfernt on commit drop as
            select w.identitaet_id, max(w.widerruf_am) as widerruf_am
            from (
                select s.identitaet_id, w.widerruf_am
                from n_widerruf as w
                inner join abgleich.identitaet_token as s on w.art = 'tn' and w.token = s.tn_token
                union
                select m.identitaet_id, w.widerruf_am
                from n_widerruf as w
                inner join abgleich.merkmal as m
                    on w.art = 'exakt' and w.normalisierer_version = m.normalisierer_version
                    and w.token = m.exakt_token
            ) as w
            where not exists (
                select from kern.teilnahme as n
                where n.identitaet_id = w.identitaet_id and n.bekannt_bis is null and n.einwilligung_am > w.widerruf_am
                    and n.einwilligung_stufe in ('1', '2')
            )
            group by w.identitaet_id
            """)
    )
    if not connection.execute(text("select exists (select from n_entfernt)")).scalar_one():
        return
    remember_numbers(connection, "n_entfernt")
    forget(connection, "n_entfernt", "widerruf")


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
            "create temporary table n_identitaet (ix integer, tn_token bytea, geburtsdatum_voll boolean,"
            " hat_teilnahme boolean, einwilligung_am date) on commit drop"
        )
    )
    copy_into(connection, "n_identitaet", people)
    connection.execute(text("analyze n_identitaet"))
    _drop_withdrawn(connection, data.merkmale, data.key_id)
    values = {
        "vorhaben_id": data.delivery.scope.vorhaben_id,
        "tvp_id": data.delivery.scope.tvp_id,
        "schluessel_id": data.key_id,
        "zeitraum_bis": rank.end,
        "version": rank.version,
        "fingerprint": rank.fingerprint,
        "lieferung_nr": lieferung_nr,
        "lauf_id": lauf_id,
    }
    spoken_for = _array(connection, _SPOKEN_FOR, values)
    created = _array(connection, _NEW_IDENTITIES, values)
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
    store_merkmale(connection, data, ids, created=created, spoken_for=spoken_for, lauf_id=lauf_id)
    connection.execute(text(_HIGHER_RANK), values)
    return IdentityMap(ids, revived=bool(np.isin(created, _once_refused(connection)).any()))


def withdrawn(connection: Connection) -> npt.NDArray[np.int32]:
    """Return the `ix` of persons whose remembered withdrawal is not older than their declaration (after `resolve`)."""
    rows = connection.execute(text("select ix from n_widerrufen")).scalars().all()
    return np.array(rows, dtype=np.int32)


def _once_refused(connection: Connection) -> npt.NDArray[np.int64]:
    """Return the `ix` of persons with a remembered refusal that their consent outdoes (after `_drop_withdrawn`)."""
    rows = connection.execute(text("select ix from n_erinnert except select ix from n_widerrufen")).scalars().all()
    return np.array(rows, dtype=np.int64)


def _latest_declaration(participations: pa.Table, size: int) -> pa.ChunkedArray | pa.Array:
    """Return per person the day of the newest consent; a refusal that an own newer consent outdid is none."""
    consents = pc.is_in(participations.column("einwilligung_stufe"), value_set=pa.array(["1", "2"]))
    participations = participations.filter(consents)
    days = participations.column("einwilligung_am").cast(pa.int32()).fill_null(np.iinfo(np.int32).min).to_numpy()
    latest = np.full(size, np.iinfo(np.int32).min, dtype=np.int32)
    np.maximum.at(latest, participations.column("ix").to_numpy(), days)
    return pa.array(latest, mask=latest == np.iinfo(np.int32).min).cast(pa.date32())


def _array(connection: Connection, statement: str, values: Mapping[str, object]) -> npt.NDArray[np.int64]:
    found = connection.execute(text(statement), values).scalar_one()
    return np.array(found or [], dtype=np.int64)


def _drop_withdrawn(connection: Connection, merkmale: pa.Table, key_id: str) -> None:
    """Take out of `n_identitaet` who has refused since the consent that stands; `n_widerrufen` has them.

    The consent that stands is the newest of this delivery and of what is current: a late, older delivery of somebody
    who consented anew since is loaded like all others.
    """
    connection.execute(
        text("""
            create temporary table n_erinnert on commit drop as
            select n.ix, w.widerruf_am
            from n_identitaet as n
            inner join abgleich.widerruf as w on w.art = 'tn' and n.tn_token = w.token
            where n.hat_teilnahme
            """)
    )
    if connection.execute(text("select exists (select from abgleich.widerruf where art = 'exakt')")).scalar_one():
        connection.execute(
            text(
                "create temporary table n_exakt (ix integer, normalisierer_version smallint, exakt_token bytea)"
                " on commit drop"
            )
        )
        copy_into(connection, "n_exakt", merkmale.select(["ix", "normalisierer_version", "exakt_token"]))
        connection.execute(
            text("""
                insert into n_erinnert
                select n.ix, w.widerruf_am
                from n_identitaet as n
                inner join n_exakt as e on n.ix = e.ix
                inner join abgleich.widerruf as w
                    on w.art = 'exakt' and e.normalisierer_version = w.normalisierer_version and e.exakt_token = w.token
                where n.hat_teilnahme
                """)
        )
        connection.execute(text("drop table n_exakt"))
    connection.execute(text(_STILL_REFUSED))
    connection.execute(text(_REMEMBER_NUMBERS), {"schluessel_id": key_id})
    connection.execute(text("delete from n_identitaet where ix in (select ix from n_widerrufen)"))


_STILL_REFUSED = """
    create temporary table n_widerrufen on commit drop as
    select n.ix, max(w.widerruf_am) as widerruf_am
    from n_erinnert as w
    inner join n_identitaet as n on w.ix = n.ix
    group by n.ix, n.tn_token, n.einwilligung_am
    having max(w.widerruf_am) >= greatest(
        coalesce(n.einwilligung_am, '-infinity'),
        (
            select max(t.einwilligung_am)
            from abgleich.identitaet_token as s
            inner join kern.teilnahme as t on s.identitaet_id = t.identitaet_id
            where s.tn_token = n.tn_token and t.bekannt_bis is null and t.einwilligung_stufe in ('1', '2')
        )
    )
"""

_REMEMBER_NUMBERS = """
    insert into abgleich.widerruf as w (art, normalisierer_version, token, widerruf_am, schluessel_id)
    select 'tn', 0, n.tn_token, r.widerruf_am, :schluessel_id
    from n_widerrufen as r inner join n_identitaet as n on r.ix = n.ix
    order by n.tn_token
    on conflict (art, normalisierer_version, token) do update set widerruf_am = excluded.widerruf_am
    where w.widerruf_am < excluded.widerruf_am
"""
"""Who was known by the exact token stays out also when delivered again with another name."""

_NOT_ABOVE = """
    (
        t.zeitraum_bis,
        t.version,
        (select l.lieferung_id from betrieb.lieferung as l where l.lieferung_nr = t.lieferung_nr)
    ) <= (cast(:zeitraum_bis as date), cast(:version as integer), cast(:fingerprint as text))
"""
"""No higher delivery has spoken for the identity; this one may have, before a new normaliser version."""

_SPOKEN_FOR = f"""
    select array_agg(n.ix)
    from n_identitaet as n
    inner join abgleich.identitaet_token as t on n.tn_token = t.tn_token
    where n.hat_teilnahme and {_NOT_ABOVE}
"""

_HIGHER_RANK = f"""
    update abgleich.identitaet_token as t set
        geburtsdatum_voll = n.geburtsdatum_voll,
        schluessel_id = :schluessel_id,
        zeitraum_bis = :zeitraum_bis,
        version = :version,
        lieferung_nr = :lieferung_nr
    from n_identitaet as n
    where n.tn_token = t.tn_token and n.hat_teilnahme and t.lieferung_nr <> :lieferung_nr and {_NOT_ABOVE}
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
    ),
    erkennbar as (
        insert into abgleich.identitaet_token (
            identitaet_id, tn_token, geburtsdatum_voll, schluessel_id, zeitraum_bis, version, lieferung_nr,
            geaendert_lauf
        )
        select
            identitaet_id, tn_token, geburtsdatum_voll, :schluessel_id, :zeitraum_bis, :version, :lieferung_nr,
            :lauf_id
        from unbekannt
    )
    select array_agg(ix) from unbekannt
"""
