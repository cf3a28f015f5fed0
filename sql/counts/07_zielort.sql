-- The cells that are asked for: each combination of dimensions in z_satz with its values, * for the others.
create table z_zielort as
select
    cast(row_number() over () as integer) as ziel,
    z.land,
    z.jc,
    z.vh,
    z.quartier,
    z.tvp,
    z.orte
from (
    select
        case when s.land then cast(o.land as text) else '*' end as land,
        case when s.jc then cast(o.jobcenter_nr as text) else '*' end as jc,
        case when s.vh then cast(o.vorhaben_id as text) else '*' end as vh,
        case when s.quartier then cast(o.quartier_id as text) else '*' end as quartier,
        case when s.tvp then cast(o.tvp_id as text) else '*' end as tvp,
        list(distinct o.ort) as orte
    from z_ort as o
    cross join z_satz as s
    group by all
) as z
