-- Frage: Was ging über einzelne Personen an ein Jobcenter?
-- Für: Datenschutz
-- Lesen: Ohne uebermittlung.yaml in der Site entsteht nie eine Liste; jede hinausgegangene und jeder Widerruf steht hier.
--   Keine Zeile: nichts ging hinaus.
select jobcenter_nr, art, count(*) as listen
from betrieb.uebermittlung
group by jobcenter_nr, art
order by jobcenter_nr, art
