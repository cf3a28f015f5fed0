-- Frage: Was haben Teilnehmende unterhalb der Arbeitsaufnahme erreicht?
-- Für: Controlling
-- Lesen: Schritte sind Ereignisse, Personen verschiedene Menschen; eine Person kann mehrere Schritte erreichen. Kein
--   Schritt sagt etwas über Gesundheit, Sucht oder Schulden.
select schritt, schritt_name, schritte, personen
from bericht.zwischenschritte
where zeitraum = 'zwoelf_monate' and ende = '2026-06-30' and jobcenter_nr = '*' and vorhaben_id = '*' and quartier_id = '*'
order by schritte desc, schritt
