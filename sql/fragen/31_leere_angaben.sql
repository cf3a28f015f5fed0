-- Frage: Welche Angaben fehlen bei welchem Partner am häufigsten?
-- Für: Qualitätsverantwortung
-- Lesen: Anteil der Teilnahmen mit Angabe, zwölf Monate bis Juni 2026. Dient dem Gespräch mit dem Partner und nur ihm;
--   geht nie an Jobcenter.
select vorhaben_id, tvp_id, angabe, gesamt, ohne_angabe
from bericht.vollstaendigkeit
where ende = '2026-06-30' and tvp_id <> '*' and ohne_angabe > 0
order by ohne_angabe desc, vorhaben_id, tvp_id, angabe
limit 10
