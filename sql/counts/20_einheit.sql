-- Attended units of these participations with their category on that day; a code without one is "nicht zugeordnet".
create table z_einheit as
select
    t.tn,
    coalesce(k.kategorie, 'K-0-NZ') as kat,
    a.datum,
    a.dauer_min
from aktivitaet as a
inner join z_teilnahme as t on a.identitaet_id = t.identitaet_id and a.datum >= t.ab and a.datum < t.bis
left join kategorie_zuordnung as k
    on a.aktivitaet_code = k.code and a.datum between k.gueltig_ab and coalesce(k.gueltig_bis, 'infinity'::date)
