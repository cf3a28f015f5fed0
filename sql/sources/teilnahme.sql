-- What counting reads of the participations as known after run :stand. A cancelled participation was none.
-- Corrections lie over what was delivered (kern.teilnahme_nach); whoever is restricted does not count.
select
    t.identitaet_id,
    t.eintritt_datum,
    t.austritt_datum,
    coalesce(v.land, 'OHNE') as land,
    coalesce(t.jobcenter_nr, 'OHNE') as jobcenter_nr,
    i.vorhaben_id,
    coalesce(t.quartier_id, 'OHNE') as quartier_id,
    i.tvp_id,
    p.person_id,
    coalesce(t.jc_massnahme_parallel = 'j', false) as parallel
from kern.teilnahme_nach(:stand) as t
inner join kern.identitaet as i on t.identitaet_id = i.identitaet_id
inner join kern.person_zuordnung as p
    on
        t.identitaet_id = p.identitaet_id
        and p.bekannt_von <= :stand
        and (p.bekannt_bis is null or p.bekannt_bis > :stand)
left join katalog.vorhaben as v on i.vorhaben_id = v.vorhaben_id
where
    t.status is distinct from 'STORNO'
    and not exists (
        select from kern.einschraenkung as e
        where
            e.identitaet_id = t.identitaet_id
            and e.bekannt_von <= :stand
            and (e.bekannt_bis is null or e.bekannt_bis > :stand)
    )
