-- Attended units of these participations with their category on that day; a code without one is "nicht zugeordnet".
create table z_einheit as
select
    t.tn,
    coalesce(k.kat, (select n.kat from z_nummer as n where n.kategorie = 'K-0-NZ')) as kat,
    a.datum,
    a.dauer_min
from aktivitaet as a
inner join z_teilnahme as t on a.identitaet_id = t.identitaet_id and a.datum >= t.ab and a.datum < t.bis
left join (
    select
        z.code,
        z.gueltig_ab,
        coalesce(z.gueltig_bis, 'infinity'::date) as gueltig_bis,
        n.kat
    from kategorie_zuordnung as z
    inner join z_nummer as n on z.kategorie = n.kategorie
) as k
    on a.aktivitaet_code = k.code and a.datum between k.gueltig_ab and k.gueltig_bis
