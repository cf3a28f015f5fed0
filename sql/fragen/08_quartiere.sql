-- Frage: Aus welchen Quartieren kommen die Teilnehmenden meines Jobcenters?
-- Für: Controlling
-- Lesen: Zwölf Monate bis Juni 2026. OHNE: der Partner hat kein Quartier genannt; AUSSERHALB: die Person wohnt nicht in
--   einem Fördergebiet.
select f.vorhaben_id, f.quartier_id, q.name as quartier, f.teilnahmen, f.personen
from bericht.figuren as f
left join katalog.quartier as q on f.vorhaben_id = q.vorhaben_id and f.quartier_id = q.quartier_id
where
    f.zeitraum = 'zwoelf_monate' and f.ende = '2026-06-30' and f.jobcenter_nr = '99901'
    and f.vorhaben_id <> '*' and f.quartier_id <> '*' and f.land = '*' and f.tvp_id = '*' and f.kategorie = '*'
order by f.vorhaben_id, f.quartier_id
