-- Persons with several participations in one cell add up like all others.
insert into z_zelle
select
    periode,
    ort,
    kat,
    0 as teilnahmen,
    count(*) filter (where im_zeitraum) as personen,
    0 as eintritte,
    0 as eintritte_zaehlbar,
    0 as austritte,
    0 as bestand,
    count(*) filter (where im_bestand) as bestand_personen,
    0 as bestand_aktiv,
    count(*) filter (where im_zeitraum and unter_schwelle) as personen_unter_schwelle,
    count(*) filter (where im_zeitraum and letzte % 2 = 0) as ausgetreten,
    0 as dauer_min
from z_mehrfach
where not streut
group by periode, ort, kat
