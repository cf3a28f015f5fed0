-- Participations attended within $aktiv_tage days up to the Stichtag, by category; periods share their Stichtage.
create table z_aktiv as
select
    e.tn,
    e.kat,
    d.stichtag
from z_einheit as e
inner join (
    select
        s.stichtag,
        cast(unnest(range(s.stichtag - cast($aktiv_tage as integer) + 1, s.stichtag + 1, interval 1 day)) as date) as tag
    from (select distinct stichtag from z_periode) as s
    where cast($aktiv_tage as integer) is not null
) as d on e.datum = d.tag
group by e.tn, e.kat, d.stichtag
