-- Whom each transition concerns: the identities it happened to and all who are one person with them then.
create temporary table c_kreis on commit drop as
with person as (
    select distinct
        u.nr,
        u.schritt,
        u.stufe,
        unnest(case when u.stufe = 5 then array[p.vorher, p.nachher] else array[p.vorher] end) as person_id
    from c_uebergang as u
    inner join c_ereignis as e
        on u.schritt = e.schritt and u.stufe = e.stufe and u.lieferung_nr = e.lieferung_nr
    inner join c_person as p on e.schritt = p.schritt and e.identitaet_id = p.identitaet_id
)

select
    k.nr,
    k.schritt,
    p.identitaet_id
from person as k
inner join c_person as p on k.schritt = p.schritt and k.person_id = p.vorher
union
select
    k.nr,
    k.schritt,
    p.identitaet_id
from person as k
inner join c_person as p on k.schritt = p.schritt and k.person_id = p.nachher
where k.stufe = 5
