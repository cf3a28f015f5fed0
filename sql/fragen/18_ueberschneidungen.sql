-- Frage: Wie oft überschneidet sich eine Teilnahme mit einer Maßnahme des Jobcenters, und wie oft endete sie dadurch?
-- Für: Projektleitung
-- Lesen: Geplante und kurzfristige Wechsel stehen getrennt: kurzfristige waren der Anlass der Studie. Der Austrittsgrund
--   erscheint nur als Summe je Vorhaben.
select vorhaben_id, teilnahmen, teilnahmen_parallel, austritte, wechsel_geplant, wechsel_kurzfristig
from bericht.ueberschneidungen
where zeitraum = 'zwoelf_monate' and ende = '2026-06-30' and jobcenter_nr = '*' and vorhaben_id <> '*'
order by vorhaben_id
