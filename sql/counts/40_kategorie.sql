-- First unit of each category in a participation; it is never earlier than the Eintritt.
create table z_kategorie as
select
    e.tn,
    e.kat,
    greatest(min(e.datum), t.ein) as erst
from z_einheit as e
inner join z_teilnahme as t on e.tn = t.tn
group by e.tn, e.kat, t.ein
