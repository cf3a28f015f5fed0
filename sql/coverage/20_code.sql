-- Units by code and category, for all, per Vorhaben and per Teilvorhabenpartner (* = all); distinct persons and
-- participations do not add up. Bagatelle: time in participations that have not reached the threshold until today.
create table z_code as
select
    coalesce(vorhaben_id, '*') as vorhaben_id,
    coalesce(tvp_id, '*') as tvp_id,
    code,
    kategorie,
    count(*) as einheiten,
    cast(coalesce(sum(dauer_min), 0) as bigint) as dauer_min,
    count(distinct tn) as teilnahmen,
    count(distinct person_id) as personen,
    count(*) filter (where unter_schwelle) as einheiten_bagatelle,
    cast(coalesce(sum(dauer_min) filter (where unter_schwelle), 0) as bigint) as dauer_min_bagatelle,
    min(datum) as erste,
    max(datum) as letzte
from z_einheit
group by grouping sets ((code, kategorie), (vorhaben_id, code, kategorie), (vorhaben_id, tvp_id, code, kategorie))
