-- Frage: Wie viele Plätze haben die Angebote im Juni 2026, und wie viele sind besetzt?
-- Für: Projektleitung
-- Lesen: Plätze stehen nur hier beieinander, für den Vorhabenträger; Jobcenter sehen ja, wenige oder nein. Nur Angebote,
--   zu denen Plätze und freie Plätze geliefert wurden.
select vorhaben_id, angebote, plaetze, besetzt, frei, besetzung
from bericht.plaetze_intern
where monat = '2026-06-01' and ebene = 'vorhaben'
order by vorhaben_id
