-- Every set of dimensions (* = all), from the finest cells: events have no persons, so they add up.
create table z_ergebnis as
select
    z.periode,
    case when m.jc then z.jc else '*' end as jc,
    case when m.vh then z.vh else '*' end as vh,
    case when m.quartier then z.quartier else '*' end as quartier,
    case when m.tvp then z.tvp else '*' end as tvp,
    z.art,
    z.code,
    z.zaehlweise,
    sum(z.ereignisse) as ereignisse,
    sum(z.ereignisse_ohne_anzahl) as ereignisse_ohne_anzahl,
    sum(z.anzahl) as anzahl,
    null as personen
from (
    select
        d.periode,
        a.jc,
        a.vh,
        a.quartier,
        a.tvp,
        a.art,
        a.code,
        a.zaehlweise,
        count(*) as ereignisse,
        count(*) filter (where a.anzahl_gesamt is null) as ereignisse_ohne_anzahl,
        sum(a.anzahl_gesamt) as anzahl
    from z_art as a
    inner join z_tag as d on a.datum = d.tag
    group by all
) as z
cross join z_satz as m
group by all
