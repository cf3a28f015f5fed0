-- Units of each category in a participation and stretch of days: the stretches are what periods are made of, so units
-- are looked at once, in however many months, quarters and years their day lies.
create table z_kategorie_abschnitt as
select
    e.tn,
    e.kat,
    d.abschnitt,
    sum(e.dauer_min) as dauer_min
from z_einheit as e
inner join z_tag as d on e.datum = d.tag
group by e.tn, e.kat, d.abschnitt
