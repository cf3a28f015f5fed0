-- Time of all categories together: every unit has exactly one category.
insert into z_zelle by name
select
    periode,
    ort,
    0 as kat,
    sum(dauer_min) as dauer_min
from z_zelle
where kat <> 0
group by periode, ort
