-- Stock and flows by category: a participation belongs to a category from its first unit of it.
insert into z_zelle
select
    p.periode,
    k.ort,
    k.kat,
    0 as teilnahmen,
    0 as personen,
    count(*) filter (where k.erst > p.fluss_von and k.erst <= p.fluss_bis) as eintritte,
    count(*) filter (where k.erst_zaehlbar > p.fluss_von and k.erst_zaehlbar <= p.fluss_bis) as eintritte_zaehlbar,
    count(*) filter (where k.aus > p.fluss_von and k.aus <= p.fluss_bis) as austritte,
    count(*) filter (where k.erst <= p.stichtag and k.aus > p.stichtag) as bestand,
    count(*) filter (where not k.mehrfach and k.erst <= p.stichtag and k.aus > p.stichtag) as bestand_personen,
    0 as bestand_aktiv,
    0 as personen_unter_schwelle,
    0 as ausgetreten,
    0 as dauer_min
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
