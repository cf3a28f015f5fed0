-- Participations attended within $aktiv_tage days up to the Stichtag, by category.
create table z_aktiv as
select
    e.tn,
    e.kat,
    p.periode
from z_einheit as e
inner join z_periode as p
    on e.datum <= p.stichtag and e.datum > p.stichtag - cast($aktiv_tage as integer)
where cast($aktiv_tage as integer) is not null
group by e.tn, e.kat, p.periode
