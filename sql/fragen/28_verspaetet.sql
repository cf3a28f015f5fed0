-- Frage: Welcher Partner liefert nach der vereinbarten Frist?
-- Für: Qualitätsverantwortung
-- Lesen: Die Frist steht in der Vereinbarung (liefertag). Im Beispiel liegen alle Dateien erst seit der Vorführung im
--   Eingang, darum ist verspätet, wer eine Frist hat. Nie für Jobcenter.
select vorhaben_id, tvp_id, lieferung, count(*) as lieferungen
from bericht.puenktlichkeit
where monat <= '2026-06-01'
group by vorhaben_id, tvp_id, lieferung
order by vorhaben_id, tvp_id, lieferung
