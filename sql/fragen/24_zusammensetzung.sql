-- Frage: Wie viele Eintretende waren langzeitarbeitslos (ESF-Angabe)?
-- Für: Projektleitung
-- Lesen: ESF-Angabe bei Eintritt, nie der Langzeitleistungsbezug. „ohne Angabe“ steht da, statt zu verschwinden.
--   Eintritte der zwölf Monate bis Juni 2026.
select auspraegung, auspraegung_name, eintritte
from bericht.zusammensetzung
where
    zeitraum = 'zwoelf_monate' and ende = '2026-06-30' and angabe = 'langzeitarbeitslos'
    and jobcenter_nr = '*' and vorhaben_id = '*' and quartier_id = '*'
order by reihenfolge, auspraegung
