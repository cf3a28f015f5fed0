-- The day a participation becomes countable: its attended time reaches the threshold; without one, its Eintritt. Time
-- recorded after the Austritt counts, but as of the Austritt: nobody enters after having left.
create table z_zaehlbar as
select
    t.tn,
    t.ein as zaehlbar_ab
from z_teilnahme as t
where cast($schwelle_minuten as integer) is null
union all
select
    s.tn,
    greatest(least(min(s.datum), t.aus), t.ein) as zaehlbar_ab
from (
    select
        tn,
        datum,
        sum(dauer_min) over (partition by tn order by datum) as summe
    from z_einheit
    where cast($schwelle_minuten as integer) is not null
) as s
inner join z_teilnahme as t on s.tn = t.tn
where s.summe >= cast($schwelle_minuten as integer)
group by s.tn, t.ein, t.aus
