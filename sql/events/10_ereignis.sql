-- Events with their category on that day; a code without one is "nicht zugeordnet", never dropped. What is not said to be
-- counted is estimated. An unknown number is unknown, not 0.
create table z_ereignis as
select
    a.datum,
    cast(a.jobcenter_nr as text) as jc,
    cast(a.vorhaben_id as text) as vh,
    cast(a.quartier_id as text) as quartier,
    cast(a.tvp_id as text) as tvp,
    cast(a.angebot_code as text) as angebot_code,
    cast(a.verweis_an as text) as verweis_an,
    k.kategorie,
    case when a.anzahl_art = 'GEZAEHLT' then 'gezaehlt' else 'geschaetzt' end as zaehlweise,
    a.anzahl_gesamt
from angebot as a
left join kategorie_zuordnung as k
    on
        a.angebot_code = k.code
        and a.datum >= k.gueltig_ab
        and (k.gueltig_bis is null or a.datum <= k.gueltig_bis)
