-- Enter what is not known yet.
insert into kern.person_zuordnung (identitaet_id, person_id, grund, bekannt_von)
select
    i.identitaet_id,
    coalesce(g.person_id, i.identitaet_id) as person_id,
    coalesce(g.grund, 'allein') as grund,
    :lauf_id
from kern.identitaet as i
left join i_gruppe as g on i.identitaet_id = g.identitaet_id
where not exists (
    select from kern.person_zuordnung as p
    where p.identitaet_id = i.identitaet_id and p.bekannt_bis is null
)
order by i.identitaet_id
