-- Identities that counted nowhere before a step, as nobody had said yet which person they are: all they have is new.
create temporary table c_neu on commit drop as
select
    s.schritt,
    p.identitaet_id
from kern.person_zuordnung as p
inner join c_lauf as l on p.bekannt_von = l.lauf_id
inner join c_schritt as s on l.schritt = s.schritt
where
    (p.bekannt_bis is null or p.bekannt_bis > s.nach)
    and not exists (
        select from kern.person_zuordnung as v
        where
            v.identitaet_id = p.identitaet_id
            and v.bekannt_von <= s.von
            and (v.bekannt_bis is null or v.bekannt_bis > s.von)
    )
