"""Restricted processing (Art. 18 DSGVO): whose rows stay stored but do not count and stand on no list.

Belongs here: from the tokens of the restrictions that hold to dated identities, in every run. Does not belong here:
declaring and lifting one (rights), leaving the rows out (sql/sources).
"""

from __future__ import annotations

from sqlalchemy import Connection, text


def apply(connection: Connection, lauf_id: int) -> int:
    """Bring `kern.einschraenkung` to what the tokens say (after `identify`); return how many identities changed.

    Restricted is whoever has one of the tokens, and everybody who is one person with them. By token, so that it holds
    for what is delivered later, by another partner too.
    """
    if not connection.execute(text(_ANY)).scalar_one():
        return 0
    connection.execute(text(_FOLLOW_NORMALIZER))
    connection.execute(text(_TARGET))
    values = {"lauf_id": lauf_id}
    changed = 0
    for statement in (_END_NEW, _END, _ENTER):
        changed += connection.execute(text(statement), values).rowcount
    connection.execute(text("drop table r_soll"))
    return changed


_ANY = """
    select exists (select from abgleich.einschraenkung_token)
        or exists (select from kern.einschraenkung where bekannt_bis is null)
"""

_FOLLOW_NORMALIZER = """
    insert into abgleich.einschraenkung_token (
        einschraenkung_nr, token, art, normalisierer_version, schluessel_id
    )
    select distinct e.einschraenkung_nr, neu.exakt_token, 'exakt', neu.normalisierer_version, neu.schluessel_id
    from abgleich.einschraenkung_token as e
    inner join abgleich.merkmal as alt
        on e.art = 'exakt' and e.token = alt.exakt_token and e.normalisierer_version = alt.normalisierer_version
    inner join abgleich.merkmal as neu
        on alt.identitaet_id = neu.identitaet_id and alt.normalisierer_version < neu.normalisierer_version
    where neu.exakt_token is not null
        and not exists (
            select from abgleich.einschraenkung_token as da
            where da.einschraenkung_nr = e.einschraenkung_nr and da.normalisierer_version = neu.normalisierer_version
        )
    on conflict do nothing
"""
"""A token of an older normaliser version would no longer be met once the older ones are gone."""

_TARGET = """
    create temporary table r_soll on commit drop as
    with getroffen as (
        select s.identitaet_id
        from abgleich.einschraenkung_token as e
        inner join abgleich.identitaet_token as s on e.art = 'tn' and e.token = s.tn_token
        union
        select m.identitaet_id
        from abgleich.einschraenkung_token as e
        inner join abgleich.merkmal as m
            on e.art = 'exakt' and e.token = m.exakt_token and e.normalisierer_version = m.normalisierer_version
    )
    select identitaet_id from getroffen
    union
    select q.identitaet_id
    from getroffen as g
    inner join kern.person_zuordnung as p on g.identitaet_id = p.identitaet_id and p.bekannt_bis is null
    inner join kern.person_zuordnung as q on p.person_id = q.person_id and q.bekannt_bis is null
"""

_END_NEW = """
    delete from kern.einschraenkung as e
    where e.bekannt_bis is null and e.bekannt_von = :lauf_id
        and not exists (select from r_soll as s where s.identitaet_id = e.identitaet_id)
"""

_END = """
    update kern.einschraenkung as e set bekannt_bis = :lauf_id
    where e.bekannt_bis is null
        and not exists (select from r_soll as s where s.identitaet_id = e.identitaet_id)
"""

_ENTER = """
    insert into kern.einschraenkung (identitaet_id, bekannt_von)
    select s.identitaet_id, :lauf_id
    from r_soll as s
    where not exists (
        select from kern.einschraenkung as e where e.identitaet_id = s.identitaet_id and e.bekannt_bis is null
    )
    order by s.identitaet_id
    on conflict (identitaet_id, bekannt_von) do update set bekannt_bis = null
"""
