-- "davon aktiv": stock at the Stichtag attended recently, by category and for all.
insert into z_zelle by name
select
    p.periode,
    a.ort,
    a.kat,
    a.bestand_aktiv
from (
    select
        a.stichtag,
        t.ort,
        a.kat,
        count(*) as bestand_aktiv
    from (
        select
            tn,
            kat,
            stichtag
        from z_aktiv
        union all
        select
            tn,
            0 as kat,
            stichtag
        from z_aktiv
        group by tn, stichtag
    ) as a
    inner join z_teilnahme as t on a.tn = t.tn and t.ein <= a.stichtag and t.aus > a.stichtag
    group by a.stichtag, t.ort, a.kat
) as a
inner join z_periode as p on a.stichtag = p.stichtag
