-- Participations of identities that never consented themselves, or whose consent is not newer than a remembered refusal;
-- participations that were withdrawn.
with ablehnung as (
    select
        i.identitaet_id,
        w.widerruf_am
    from abgleich.widerruf as w
    inner join abgleich.identitaet_token as i on w.art = 'tn' and w.token = i.tn_token
    union all
    select
        m.identitaet_id,
        w.widerruf_am
    from abgleich.widerruf as w
    inner join abgleich.merkmal as m
        on w.art = 'exakt' and w.normalisierer_version = m.normalisierer_version and w.token = m.exakt_token
)

select
    t.identitaet_id,
    t.eintritt_datum
from kern.teilnahme as t
where
    t.widerruf_am is not null
    or not exists (
        select from kern.teilnahme as n
        where n.identitaet_id = t.identitaet_id and n.einwilligung_stufe in ('1', '2')
    )
    or exists (
        select from ablehnung as w
        where
            w.identitaet_id = t.identitaet_id
            and w.widerruf_am >= (
                select coalesce(max(coalesce(n.einwilligung_am, '0001-01-01'::date)), '-infinity'::date)
                from kern.teilnahme as n
                where
                    n.identitaet_id = t.identitaet_id
                    and n.bekannt_bis is null
                    and n.einwilligung_stufe in ('1', '2')
            )
    )
