-- What counting reads of the events without persons as known after run :stand, with the Jobcenter to which the site assigns
-- the Quartier (as of now; OHNE: it knows none).
select
    a.vorhaben_id,
    a.tvp_id,
    a.datum,
    a.angebot_code,
    a.quartier_id,
    coalesce(q.jobcenter_nr, 'OHNE') as jobcenter_nr,
    a.anzahl_gesamt,
    a.anzahl_art,
    a.verweis_an
from kern.angebot as a
left join katalog.quartier as q on a.vorhaben_id = q.vorhaben_id and a.quartier_id = q.quartier_id
where a.bekannt_von <= :stand and (a.bekannt_bis is null or a.bekannt_bis > :stand)
