-- Units of each category in a participation and calendar period.
create table z_kategorie_periode as
select
    k.tn,
    k.kat,
    a.periode,
    sum(k.dauer_min) as dauer_min
from z_kategorie_abschnitt as k
inner join z_abschnitt as a on k.abschnitt = a.abschnitt
group by k.tn, k.kat, a.periode
