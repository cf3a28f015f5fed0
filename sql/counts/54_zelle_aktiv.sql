-- "davon aktiv": stock at the Stichtag attended recently, by category and for all.
insert into z_zelle
select
    a.periode,
    t.ort,
    a.kat,
    0 as teilnahmen,
    0 as personen,
    0 as eintritte,
    0 as eintritte_zaehlbar,
    0 as austritte,
    0 as bestand,
    0 as bestand_personen,
    count(*) as bestand_aktiv,
    0 as personen_unter_schwelle,
    0 as ausgetreten,
    0 as dauer_min
from (
    select
        tn,
        kat,
        periode
    from z_aktiv
    union all
    select
        tn,
        0 as kat,
        periode
    from z_aktiv
    group by tn, periode
) as a
inner join z_periode as p on a.periode = p.periode
inner join z_teilnahme as t on a.tn = t.tn and t.ein <= p.stichtag and t.aus > p.stichtag
group by a.periode, t.ort, a.kat
