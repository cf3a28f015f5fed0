-- Identities whose current mapping is not what follows from today's pairs; without a group an identity is alone.
create temporary table i_anders on commit drop as
select
    p.identitaet_id,
    coalesce(g.person_id, p.identitaet_id) as person_id,
    coalesce(g.grund, 'allein') as grund
from kern.person_zuordnung as p
left join i_gruppe as g on p.identitaet_id = g.identitaet_id
where
    p.bekannt_bis is null
    and (p.person_id, p.grund) is distinct from (coalesce(g.person_id, p.identitaet_id), coalesce(g.grund, 'allein'))
