-- Who is which person before and after each step, of all who have to do with what happened in it. New identities are from
-- the start who they are after the step: a delivered person who is known already is no merge.
create temporary table c_person on commit drop as
with beteiligt as (
    select distinct
        e.schritt,
        p.person_id
    from (select distinct schritt, identitaet_id from c_ereignis) as e
    inner join c_schritt as s on e.schritt = s.schritt
    inner join kern.person_zuordnung as p
        on
            e.identitaet_id = p.identitaet_id
            and s.nach >= p.bekannt_von
            and (p.bekannt_bis is null or p.bekannt_bis > s.von)
),

dabei as (
    select distinct
        b.schritt,
        p.identitaet_id
    from beteiligt as b
    inner join c_schritt as s on b.schritt = s.schritt
    inner join kern.person_zuordnung as p
        on
            b.person_id = p.person_id
            and s.nach >= p.bekannt_von
            and (p.bekannt_bis is null or p.bekannt_bis > s.von)
    inner join kern.identitaet as i on p.identitaet_id = i.identitaet_id
    where {gefragt}
)

select
    d.schritt,
    d.identitaet_id,
    a.person_id is null as neu,
    coalesce(a.person_id, n.person_id) as vorher,
    n.person_id as nachher
from dabei as d
inner join c_schritt as s on d.schritt = s.schritt
left join kern.person_zuordnung as a
    on
        d.identitaet_id = a.identitaet_id
        and s.von >= a.bekannt_von
        and (a.bekannt_bis is null or a.bekannt_bis > s.von)
inner join kern.person_zuordnung as n
    on
        d.identitaet_id = n.identitaet_id
        and s.nach >= n.bekannt_von
        and (n.bekannt_bis is null or n.bekannt_bis > s.nach)
