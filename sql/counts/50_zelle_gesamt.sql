-- All measures that add up, for all participations (category *), in the finest cells.
insert into z_zelle by name
select
    p.periode,
    t.ort,
    0 as kat,
    count(*) filter (where t.ein <= p.bis and t.aus >= p.von) as teilnahmen,
    count(*) filter (where not t.mehrfach and t.ein <= p.bis and t.aus >= p.von) as personen,
    count(*) filter (where t.ein > p.fluss_von and t.ein <= p.fluss_bis) as eintritte,
    count(*) filter (where z.zaehlbar_ab > p.fluss_von and z.zaehlbar_ab <= p.fluss_bis) as eintritte_zaehlbar,
    count(*) filter (where t.aus > p.fluss_von and t.aus <= p.fluss_bis) as austritte,
    count(*) filter (
        where z.zaehlbar_ab is not null and t.aus > p.fluss_von and t.aus <= p.fluss_bis
    ) as austritte_zaehlbar,
    count(*) filter (where t.ein <= p.stichtag and t.aus > p.stichtag) as bestand,
    count(*) filter (where not t.mehrfach and t.ein <= p.stichtag and t.aus > p.stichtag) as bestand_personen,
    count(*) filter (where z.zaehlbar_ab <= p.stichtag and t.aus > p.stichtag) as bestand_zaehlbar,
    count(*) filter (
        where not t.mehrfach and t.ein <= p.bis and t.aus >= p.von and (z.zaehlbar_ab is null or z.zaehlbar_ab > p.bis)
    ) as personen_unter_schwelle,
    count(*) filter (where t.parallel and t.ein <= p.bis and t.aus >= p.von) as teilnahmen_parallel,
    count(*) filter (
        where t.parallel and not t.mehrfach and t.ein <= p.bis and t.aus >= p.von
    ) as personen_parallel,
    count(*) filter (where not t.mehrfach and t.ein <= p.bis and t.aus >= p.von and t.aus <= p.bis) as ausgetreten
from z_periode as p
inner join z_teilnahme as t
    on
        t.ein <= greatest(p.bis, p.fluss_bis, p.stichtag)
        and (
            t.aus >= least(p.von, p.stichtag)
            or t.aus > p.fluss_von
        )
left join z_zaehlbar as z on t.tn = z.tn
group by p.periode, t.ort
