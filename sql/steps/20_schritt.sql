-- Steps of these participations by period, finest cell, code and person; a step without participation is none.
create table z_schritt as
select
    d.periode,
    t.jc,
    t.vh,
    t.quartier,
    t.tvp,
    cast(s.code as text) as code,
    t.person_id,
    count(*) as ereignisse
from zwischenschritt as s
inner join z_teilnahme as t on s.identitaet_id = t.identitaet_id and s.datum >= t.ab and s.datum < t.bis
inner join z_tag as d on s.datum = d.tag
group by all
