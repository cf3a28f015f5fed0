-- Identities with a time in which they were nobody or two persons, and persons who are not their own smallest identity.
select
    identitaet_id,
    'luecke' as art
from (
    select
        identitaet_id,
        bekannt_bis,
        lead(bekannt_von) over (partition by identitaet_id order by bekannt_von) as naechste_von
    from kern.person_zuordnung
) as p
where naechste_von is not null and bekannt_bis is distinct from naechste_von
union all
select
    p.identitaet_id,
    'person' as art
from kern.person_zuordnung as p
left join kern.person_zuordnung as q
    on p.person_id = q.identitaet_id and q.bekannt_bis is null and q.person_id = p.person_id
where
    p.bekannt_bis is null
    and (q.identitaet_id is null or p.identitaet_id < p.person_id)
    and not exists (select from betrieb.lauf as l where l.status = 'laeuft')
    and not exists (select from betrieb.anlass as a where a.gezaehlt_lauf is null)
