-- Frage: Was ist mit welchem Jobcenter vereinbart, und was hat stattgefunden?
-- Für: Projektleitung
-- Lesen: Vereinbart und stattgefunden in zwölf Monaten, wie es die Partner melden. Kontakte sind Funktionen, keine Namen.
select
    vorhaben_id, jobcenter_nr, vorstellungen_vereinbart, vorstellungen_stattgefunden, austausch_vereinbart,
    austausch_stattgefunden, kontakt_funktion_jobcenter
from bericht.zusammenarbeit
where monat = '2026-06-01'
order by vorhaben_id, jobcenter_nr
