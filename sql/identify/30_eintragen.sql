-- Enter what is not known yet.
insert into kern.person_zuordnung (identitaet_id, person_id, grund, bekannt_von)
select
    s.identitaet_id,
    s.person_id,
    s.grund,
    :lauf_id
from i_soll as s
where not exists (
    select from kern.person_zuordnung as p
    where p.identitaet_id = s.identitaet_id and p.bekannt_bis is null
)
order by s.identitaet_id
