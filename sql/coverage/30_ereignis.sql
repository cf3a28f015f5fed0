-- Events without persons by code and category, likewise.
create table z_ereignis as
select
    coalesce(cast(a.vorhaben_id as text), '*') as vorhaben_id,
    coalesce(cast(a.tvp_id as text), '*') as tvp_id,
    cast(a.angebot_code as text) as code,
    coalesce(k.kategorie, '') as kategorie,
    count(*) as ereignisse,
    cast(sum(a.anzahl_gesamt) as bigint) as anzahl,
    min(a.datum) as erste,
    max(a.datum) as letzte
from angebot as a
left join kategorie_zuordnung as k
    on
        a.angebot_code = k.code
        and a.datum >= k.gueltig_ab
        and (k.gueltig_bis is null or a.datum <= k.gueltig_bis)
group by
    grouping sets (
        (a.angebot_code, k.kategorie), (a.vorhaben_id, a.angebot_code, k.kategorie),
        (a.vorhaben_id, a.tvp_id, a.angebot_code, k.kategorie)
    )
