-- Frage: Was haben die Personen meines Jobcenters im zweiten Quartal 2026 getan?
-- Für: Controlling
-- Lesen: Personen je Kategorie ergeben nicht die Summe: wer in zwei Kategorien etwas tut, zählt in jeder, insgesamt (*)
--   einmal.
select kategorie, kategorie_name, personen, stunden
from bericht.figuren
where
    zeitraum = 'quartal' and beginn = '2026-04-01' and jobcenter_nr = '99901'
    and land = '*' and vorhaben_id = '*' and quartier_id = '*' and tvp_id = '*'
order by kategorie <> '*', personen desc, kategorie
