-- What this very run ended and holds again was never ended at the end of a night.
update kern.person_zuordnung as p
set bekannt_bis = null
from i_anders as s
where
    p.identitaet_id = s.identitaet_id
    and p.bekannt_bis = :lauf_id
    and (p.person_id, p.grund) = (s.person_id, s.grund)
