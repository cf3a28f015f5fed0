-- A mapping that was born in this very run and no longer holds was never known at the end of a night.
delete from kern.person_zuordnung as p
using i_anders as s
where p.identitaet_id = s.identitaet_id and p.bekannt_bis is null and p.bekannt_von = :lauf_id
