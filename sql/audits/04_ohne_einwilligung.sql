-- Participations in the warehouse whose own row does not carry a consent, or whose withdrawal is remembered.
select
    t.identitaet_id,
    t.eintritt_datum
from kern.teilnahme as t
left join abgleich.identitaet_token as i on t.identitaet_id = i.identitaet_id
where
    t.einwilligung_stufe is distinct from '1' and t.einwilligung_stufe is distinct from '2'
    or t.widerruf_am is not null
    or t.bekannt_bis is null and exists (
        select from abgleich.widerruf as w
        where
            w.token in (i.tn_token, i.exakt_token)
            and w.widerruf_am >= (
                select coalesce(max(n.einwilligung_am), '-infinity'::date)
                from kern.teilnahme as n
                where n.identitaet_id = t.identitaet_id and n.bekannt_bis is null
            )
    )
