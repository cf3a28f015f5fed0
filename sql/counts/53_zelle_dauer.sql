-- Time of all categories together: every unit has exactly one category.
insert into z_zelle
select
    periode,
    ort,
    0 as kat,
    0 as teilnahmen,
    0 as personen,
    0 as eintritte,
    0 as eintritte_zaehlbar,
    0 as austritte,
    0 as bestand,
    0 as bestand_personen,
    0 as bestand_aktiv,
    0 as personen_unter_schwelle,
    0 as ausgetreten,
    sum(dauer_min) as dauer_min
from z_zelle
where kat <> 0
group by periode, ort
