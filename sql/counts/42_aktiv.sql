-- Participations attended within $aktiv_tage days up to the Stichtag, by category.
create table z_aktiv as
select
    e.tn,
    e.kat,
    d.periode
from z_einheit as e
inner join (
    select
        p.periode,
        cast(unnest(range(p.stichtag - cast($aktiv_tage as integer) + 1, p.stichtag + 1, interval 1 day)) as date) as tag
    from z_periode as p
    where cast($aktiv_tage as integer) is not null
) as d on e.datum = d.tag
group by e.tn, e.kat, d.periode
