-- Identities that are nobody, or more than one person at once, although the last run has ended.
select
    i.identitaet_id,
    count(p.person_id) as personen
from kern.identitaet as i
left join kern.person_zuordnung as p on i.identitaet_id = p.identitaet_id and p.bekannt_bis is null
where not exists (select from betrieb.lauf as l where l.status = 'laeuft')
group by i.identitaet_id
having count(p.person_id) <> 1
