-- Pairs that wait for a person: what a rule leaves to one, and contradictions; one per pair of persons.
with person as (
    select
        identitaet_id,
        person_id
    from kern.person_zuordnung
    where bekannt_bis is null
),

entschieden as (
    select
        identitaet_a,
        identitaet_b,
        entscheidung
    from abgleich.paar_entscheidung_gilt
    where entscheidung <> 'zurueckgenommen'
),

-- Two persons one pair of whom is parted are not asked about again: joining them would contradict it.
getrennt as (
    select distinct
        least(p.person_id, q.person_id) as person_a,
        greatest(p.person_id, q.person_id) as person_b
    from (
        select
            identitaet_a,
            identitaet_b
        from entschieden
        where entscheidung = 'verschieden'
        union all
        select
            n.identitaet_a,
            n.identitaet_b
        from abgleich.paar as n
        left join entschieden as e on n.identitaet_a = e.identitaet_a and n.identitaet_b = e.identitaet_b
        where n.wirkung = 'nie' and e.entscheidung is null
    ) as v
    inner join person as p on v.identitaet_a = p.identitaet_id
    inner join person as q on v.identitaet_b = q.identitaet_id
),

offen as (
    select
        v.identitaet_a,
        v.identitaet_b,
        v.art,
        least(p.person_id, q.person_id) as person_a,
        greatest(p.person_id, q.person_id) as person_b
    from (
        select
            n.identitaet_a,
            n.identitaet_b,
            'regel' as art
        from abgleich.paar as n
        left join entschieden as e on n.identitaet_a = e.identitaet_a and n.identitaet_b = e.identitaet_b
        where n.wirkung = 'pruefen' and e.entscheidung is null
        union all
        select
            identitaet_a,
            identitaet_b,
            'widerspruch' as art
        from abgleich.widerspruch
        where art = 'regel'
    ) as v
    inner join person as p on v.identitaet_a = p.identitaet_id
    inner join person as q on v.identitaet_b = q.identitaet_id
    where p.person_id <> q.person_id
),

eine_je_person as (
    select distinct on (o.person_a, o.person_b)
        o.identitaet_a,
        o.identitaet_b,
        o.art
    from offen as o
    where (o.person_a, o.person_b) not in (select g.person_a, g.person_b from getrennt as g)
    order by o.person_a asc, o.person_b asc, o.art desc, o.identitaet_a asc, o.identitaet_b asc
)

select
    identitaet_a,
    identitaet_b,
    art
from eine_je_person
union all
select
    identitaet_a,
    identitaet_b,
    'widerspruch' as art
from abgleich.widerspruch
where art = 'entscheidung'
