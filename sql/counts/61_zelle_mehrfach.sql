-- Persons with several participations in one cell add up like all others.
insert into z_zelle by name
select
    periode,
    ort,
    kat,
    count(*) filter (where im_zeitraum) as personen,
    count(*) filter (where im_bestand) as bestand_personen,
    count(*) filter (where im_zeitraum and unter_schwelle) as personen_unter_schwelle,
    count(*) filter (where im_zeitraum and parallel) as personen_parallel,
    count(*) filter (where im_zeitraum and letzte % 2 = 0) as ausgetreten
from z_mehrfach
where not streut
group by periode, ort, kat
