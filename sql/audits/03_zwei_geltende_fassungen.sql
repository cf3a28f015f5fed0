-- Facts with more than one current version.
select
    'teilnahme' as tabelle,
    identitaet_id,
    eintritt_datum as datum,
    '' as code
from kern.teilnahme
where bekannt_bis is null
group by identitaet_id, eintritt_datum
having count(*) > 1
union all
select
    'aktivitaet' as tabelle,
    identitaet_id,
    datum,
    aktivitaet_code || '/' || nr as code
from kern.aktivitaet
where bekannt_bis is null
group by identitaet_id, datum, aktivitaet_code, nr
having count(*) > 1
union all
select
    'zwischenschritt' as tabelle,
    identitaet_id,
    datum,
    code
from kern.zwischenschritt
where bekannt_bis is null
group by identitaet_id, datum, code
having count(*) > 1
union all
select
    'angebot' as tabelle,
    null as identitaet_id,
    datum,
    concat_ws('/', vorhaben_id, tvp_id, angebot_code, quartier_id, nr) as code
from kern.angebot
where bekannt_bis is null
group by vorhaben_id, tvp_id, datum, angebot_code, quartier_id, nr
having count(*) > 1
union all
select
    'verzeichnis' as tabelle,
    null as identitaet_id,
    null as datum,
    concat_ws('/', vorhaben_id, tvp_id, angebot_id) as code
from kern.verzeichnis
where bekannt_bis is null
group by vorhaben_id, tvp_id, angebot_id
having count(*) > 1
union all
select
    'vereinbarung' as tabelle,
    null as identitaet_id,
    null as datum,
    concat_ws('/', vorhaben_id, tvp_id, jobcenter_nr) as code
from kern.vereinbarung
where bekannt_bis is null
group by vorhaben_id, tvp_id, jobcenter_nr
having count(*) > 1
