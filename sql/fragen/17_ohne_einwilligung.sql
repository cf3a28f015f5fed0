-- Frage: Wie viele Teilnahmen von Personen ohne Einwilligung gibt es im Juni 2026?
-- Für: Projektleitung
-- Lesen: Eine eigene Zeile, in der geschützten Zone gezählt, nicht entdoppelt, nie zu anderen Zahlen addiert; nur wo die
--   Site eine Rechtsgrundlage nennt. Quoten gibt es nicht: Ablehnen hat keine Folgen.
select jobcenter_nr, bezeichnung, teilnahmen, bestand
from bericht.ohne_einwilligung
where monat = '2026-06-01'
order by jobcenter_nr <> '*', jobcenter_nr
