-- Every set of dimensions counted as itself (* = all): a person counts once in each cell and code.
create table z_ergebnis as
select
    s.periode,
    case when m.jc then s.jc else '*' end as jc,
    case when m.vh then s.vh else '*' end as vh,
    case when m.quartier then s.quartier else '*' end as quartier,
    case when m.tvp then s.tvp else '*' end as tvp,
    'zwischenschritt' as art,
    s.code,
    '' as zaehlweise,
    sum(s.ereignisse) as ereignisse,
    0 as ereignisse_ohne_anzahl,
    sum(s.ereignisse) as anzahl,
    count(distinct s.person_id) as personen
from z_schritt as s
cross join z_satz as m
group by all
