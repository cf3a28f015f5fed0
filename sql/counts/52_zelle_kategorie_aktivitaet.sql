-- Participations, persons and time of the calendar period by category.
insert into z_zelle by name
select
    k.periode,
    t.ort,
    k.kat,
    count(*) as teilnahmen,
    count(*) filter (where not t.mehrfach) as personen,
    count(*) filter (where not t.mehrfach and (z.zaehlbar_ab is null or z.zaehlbar_ab > p.bis)) as personen_unter_schwelle,
    count(*) filter (where t.parallel) as teilnahmen_parallel,
    count(*) filter (where t.parallel and not t.mehrfach) as personen_parallel,
    count(*) filter (where not t.mehrfach and t.aus <= p.bis) as ausgetreten,
    sum(k.dauer_min) as dauer_min
from z_kategorie_periode as k
inner join z_teilnahme as t on k.tn = t.tn
inner join z_periode as p on k.periode = p.periode
left join z_zaehlbar as z on k.tn = z.tn
group by k.periode, t.ort, k.kat
