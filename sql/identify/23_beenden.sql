-- End what no longer holds.
update kern.person_zuordnung as p
set bekannt_bis = :lauf_id
from i_anders as s
where
    p.identitaet_id = s.identitaet_id
    and p.bekannt_bis is null
    and p.bekannt_von < :lauf_id
    and (p.person_id, p.grund) is distinct from (s.person_id, s.grund)
