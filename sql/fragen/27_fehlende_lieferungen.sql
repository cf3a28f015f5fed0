-- Frage: Welche erwarteten Lieferungen fehlen?
-- Für: Qualitätsverantwortung
-- Lesen: Je Vorhaben und Monat, in denen nicht alle erwarteten Partner geladen sind. Nur für den Vorhabenträger:
--   Pünktlichkeit einzelner Partner geht nie an Jobcenter.
select vorhaben_id, min(monat) as von, max(monat) as bis, count(*) as monate, max(erwartet - eingegangen) as fehlend
from bericht.abdeckung
where eingegangen < erwartet and monat <= '2026-06-01'
group by vorhaben_id
order by vorhaben_id
