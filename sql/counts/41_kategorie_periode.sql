-- Units of each category in a participation and calendar period.
create table z_kategorie_periode as
select
    e.tn,
    e.kat,
    d.periode,
    sum(e.dauer_min) as dauer_min
from z_einheit as e
inner join z_tag as d on e.datum = d.tag
group by e.tn, e.kat, d.periode
