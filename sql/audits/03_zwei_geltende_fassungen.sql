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
