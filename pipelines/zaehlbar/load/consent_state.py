"""Consent as the warehouse knows it: whose rows lost it, and whom a list to a Jobcenter may name.

    covered(connection, identities, *, recipient, day) -> frozenset[int]   of these identities, whom a list may name
    expired(connection, today, minimum_level) -> str                       temporary table: without consent on a day
    end_consents(connection, today, minimum_level) -> int                  removes them; for the door of retention
    remove_refused(connection) -> int                                      removes whose refusal is known; every night

Belongs here: the rule of pseudonymize/consent.py over everything that was loaded. Does not belong here: declarations of
one delivery (pseudonymize/consent), a delivery's own refusals (identity), deleting rows (forget).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, text

from zaehlbar.load.forget import forget

_UNDATED = "date '0001-01-01'"
"""pseudonymize/consent.UNDATED: older than every dated declaration."""

_LEVEL = """
    case
        when t.einwilligung_stufe = '2' and t.einwilligung_zweck is distinct from 'STATISTIK' then 2
        when t.einwilligung_stufe = '2' then 1
        when t.einwilligung_stufe = '1' and t.einwilligung_zweck is distinct from 'EINZELFALL' then 1
        else 0
    end
"""
"""What is left of the stated level by the purpose (pseudonymize/consent)."""

_REFUSALS = """
    select s.identitaet_id, w.widerruf_am
    from abgleich.widerruf as w
    inner join abgleich.identitaet_token as s on w.art = 'tn' and w.token = s.tn_token
    union all
    select m.identitaet_id, w.widerruf_am
    from abgleich.widerruf as w
    inner join abgleich.merkmal as m
        on w.art = 'exakt' and w.normalisierer_version = m.normalisierer_version and w.token = m.exakt_token
"""
"""Remembered refusals and whom they concern: the number, and every number with the same exact token."""


def covered(connection: Connection, identities: Sequence[int], *, recipient: str, day: date) -> frozenset[int]:
    """Return which of `identities` a list to `recipient` for the exchange on single cases may name on `day` ((d) 25).

    Covered is who declared level 2 under this very number, for this recipient and the purpose EINZELFALL, with a date
    not after `day`, until `day` or later; provided that nothing the person said on that day or since takes it back: a
    refusal or withdrawal at any provider, a lower level at another one, another or a lapsed declaration for this
    recipient. Whoever is restricted (Art. 18) is on no list.
    """
    values = {"ids": [int(one) for one in identities], "empfaenger": recipient, "tag": day}
    return frozenset(connection.execute(text(_COVERED), values).scalars())


def expired(connection: Connection, today: date, minimum_level: int) -> str:
    """Select the identities that have no consent on `today` any more, into a temporary table; return its name.

    Columns identitaet_id and widerruf_am (the day of the declaration that ended or is not enough). Their consent was
    given until a day that is over, or its level is below what the operating model needs (a site that changed it);
    with them go other numbers of the same person whose consent is older. Whoever is restricted stays until that is
    lifted (Art. 18 Abs. 1 Buchst. b). With a later `today`: what will go then.
    """
    connection.execute(text("drop table if exists n_ohne_einwilligung"))
    connection.execute(text(_EXPIRED), {"heute": today, "stufe": minimum_level})
    return "n_ohne_einwilligung"


def end_consents(connection: Connection, today: date, minimum_level: int) -> int:
    """Remove the identities that `expired` selects, with all their rows; return how many. The caller commits.

    Their tokens are remembered with the day of the declaration, so that the same consent, delivered again, stays out.
    """
    selected = expired(connection, today, minimum_level)
    _remember(connection, selected, exact=True)
    return forget(connection, selected, "einwilligung_abgelaufen")["kern.identitaet"]


def remove_refused(connection: Connection) -> int:
    """Remove the identities whose current consent is not newer than a remembered refusal; return how many.

    Loading does that for what a delivery says itself. What remains: providers loaded side by side, a correction that
    made a consent older, a participation with the newer consent that is no longer delivered. The caller commits.
    """
    connection.execute(text("drop table if exists n_widersprochen"))
    connection.execute(text(_REFUSED))
    remember_numbers(connection, "n_widersprochen")
    return forget(connection, "n_widersprochen", "widerruf")["kern.identitaet"]


def remember_numbers(connection: Connection, selected: str) -> None:
    """Remember the refusals in the temporary table `selected` (identitaet_id, widerruf_am) by the number, too.

    The person was known by the exact token; delivered again with another name, the old consent must not come back.
    """
    _remember(connection, selected, exact=False)


def _remember(connection: Connection, selected: str, *, exact: bool) -> None:
    known = f"""
        select 'tn' as art, 0 as version, s.tn_token as token, s.schluessel_id, n.widerruf_am
        from {selected} as n inner join abgleich.identitaet_token as s on n.identitaet_id = s.identitaet_id
    """
    if exact:
        known += f"""
            union all
            select 'exakt', m.normalisierer_version, m.exakt_token, m.schluessel_id, n.widerruf_am
            from {selected} as n inner join abgleich.merkmal as m on n.identitaet_id = m.identitaet_id
            where m.exakt_token is not null
        """
    connection.execute(
        text(f"""
            insert into abgleich.widerruf as w (art, normalisierer_version, token, schluessel_id, widerruf_am)
            select art, version, token, schluessel_id, max(widerruf_am)
            from ({known}) as k
            group by art, version, token, schluessel_id
            order by art, version, token
            on conflict (art, normalisierer_version, token) do update set widerruf_am = excluded.widerruf_am
            where w.widerruf_am < excluded.widerruf_am
            """)
    )


# An identity's declarations are its current rows; of one without any, those that were current last.
_EXPIRED = f"""
    create temporary table n_ohne_einwilligung on commit drop as
    with verdacht as materialized (
        select distinct t.identitaet_id
        from kern.teilnahme as t
        where t.einwilligung_bis < :heute or {_LEVEL} < :stufe
    ),
    gruppe as (
        select identitaet_id as wer, identitaet_id from verdacht
        union
        select a.identitaet_id, b.identitaet_id
        from verdacht as v
        inner join abgleich.merkmal as a on v.identitaet_id = a.identitaet_id
        inner join abgleich.merkmal as b
            on a.normalisierer_version = b.normalisierer_version and a.exakt_token = b.exakt_token
    ),
    erklaerung as (
        select
            t.identitaet_id,
            coalesce(t.einwilligung_am, {_UNDATED}) as am,
            {_LEVEL} >= :stufe and coalesce(t.einwilligung_bis >= :heute, true) as gilt
        from kern.teilnahme as t
        where
            t.identitaet_id in (select identitaet_id from gruppe)
            and coalesce(t.bekannt_bis, 2147483647) = (
                select max(coalesce(z.bekannt_bis, 2147483647)) from kern.teilnahme as z
                where z.identitaet_id = t.identitaet_id
            )
    ),
    stand as (
        select identitaet_id, max(am) filter (where gilt) as ja, max(am) filter (where not gilt) as nein
        from erklaerung
        group by identitaet_id
    )
    select s.identitaet_id, max(v.nein) as widerruf_am
    from gruppe as g
    inner join stand as s on g.identitaet_id = s.identitaet_id
    inner join stand as v on g.wer = v.identitaet_id
    where not exists (
        select from kern.einschraenkung as e where e.identitaet_id = s.identitaet_id and e.bekannt_bis is null
    )
    group by s.identitaet_id, s.ja
    having max(v.nein) >= coalesce(s.ja, '-infinity')
"""

_REFUSED = f"""
    create temporary table n_widersprochen on commit drop as
    select w.identitaet_id, max(w.widerruf_am) as widerruf_am
    from ({_REFUSALS}) as w
    group by w.identitaet_id
    having max(w.widerruf_am) >= coalesce(
        (
            select max(coalesce(t.einwilligung_am, {_UNDATED})) from kern.teilnahme as t
            where t.identitaet_id = w.identitaet_id and t.bekannt_bis is null and t.einwilligung_stufe in ('1', '2')
        ),
        '-infinity'
    )
"""

_COVERED = f"""
    with gefragt as (
        select distinct unnest(cast(:ids as bigint[])) as wer
    ),
    gruppe as (
        select wer, wer as identitaet_id from gefragt
        union
        select a.identitaet_id, b.identitaet_id
        from gefragt as g
        inner join abgleich.merkmal as a on g.wer = a.identitaet_id
        inner join abgleich.merkmal as b
            on a.normalisierer_version = b.normalisierer_version and a.exakt_token = b.exakt_token
        union
        select a.identitaet_id, b.identitaet_id
        from gefragt as g
        inner join kern.person_zuordnung as a on g.wer = a.identitaet_id and a.bekannt_bis is null
        inner join kern.person_zuordnung as b on a.person_id = b.person_id and b.bekannt_bis is null
    ),
    erklaerung as (
        select
            g.wer,
            g.wer = t.identitaet_id as eigene,
            coalesce(t.einwilligung_am, {_UNDATED}) as am,
            {_LEVEL} as stufe,
            coalesce(t.einwilligung_empfaenger = :empfaenger, false) as gemeint,
            coalesce(
                {_LEVEL} = 2 and t.einwilligung_zweck = 'EINZELFALL' and t.einwilligung_empfaenger = :empfaenger
                and t.einwilligung_am <= :tag and coalesce(t.einwilligung_bis >= :tag, true),
                false
            ) as deckt
        from gruppe as g
        inner join kern.teilnahme as t on g.identitaet_id = t.identitaet_id
        where t.bekannt_bis is null and t.status is distinct from 'STORNO'
    ),
    stand as (
        select
            wer,
            max(am) filter (where eigene and deckt) as ja,
            max(am) filter (where not deckt and (eigene or gemeint or stufe < 2)) as nein
        from erklaerung
        group by wer
    ),
    widerruf as (
        select g.wer, max(w.widerruf_am) as am
        from gruppe as g inner join ({_REFUSALS}) as w on g.identitaet_id = w.identitaet_id
        group by g.wer
    )
    select s.wer
    from stand as s
    left join widerruf as w on s.wer = w.wer
    where s.ja > coalesce(s.nein, '-infinity') and s.ja > coalesce(w.am, '-infinity')
        and not exists (
            select from gruppe as g inner join kern.einschraenkung as e on g.identitaet_id = e.identitaet_id
            where g.wer = s.wer and e.bekannt_bis is null
        )
"""
