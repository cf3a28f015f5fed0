-- Stock and flows by category: a participation belongs to a category from its first unit of it.
insert into z_zelle by name
select
    p.periode,
    k.ort,
    k.kat,
    count(*) filter (where k.erst > p.fluss_von and k.erst <= p.fluss_bis) as eintritte,
    count(*) filter (where k.erst_zaehlbar > p.fluss_von and k.erst_zaehlbar <= p.fluss_bis) as eintritte_zaehlbar,
    count(*) filter (where k.aus > p.fluss_von and k.aus <= p.fluss_bis) as austritte,
    count(*) filter (
        where k.erst_zaehlbar is not null and k.aus > p.fluss_von and k.aus <= p.fluss_bis
    ) as austritte_zaehlbar,
    count(*) filter (where k.erst <= p.stichtag and k.aus > p.stichtag) as bestand,
    count(*) filter (where not k.mehrfach and k.erst <= p.stichtag and k.aus > p.stichtag) as bestand_personen,
    count(*) filter (where k.erst_zaehlbar <= p.stichtag and k.aus > p.stichtag) as bestand_zaehlbar
from (
    select
        k.tn,
        k.kat,
        t.ort,
        t.mehrfach,
        k.erst,
        -- Never countable (null) stays null: greatest() alone would ignore it.
        case when z.zaehlbar_ab is not null then greatest(k.erst, z.zaehlbar_ab) end as erst_zaehlbar,
        -- A unit after the Austritt must not make the stock fall before it rose.
        greatest(t.aus, k.erst) as aus
    from z_kategorie as k
    inner join z_teilnahme as t on k.tn = t.tn
    left join z_zaehlbar as z on k.tn = z.tn
) as k
inner join z_periode as p on k.erst <= greatest(p.fluss_bis, p.stichtag) and k.aus > least(p.fluss_von, p.stichtag)
group by p.periode, k.ort, k.kat
