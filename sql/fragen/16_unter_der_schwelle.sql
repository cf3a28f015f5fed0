-- Frage: Wie viele Personen haben wir erreicht, ohne dass sie die Stundenschwelle erreicht haben?
-- Für: Projektleitung
-- Lesen: Sie stehen neben jeder Summe, sonst belohnte die Schwelle die Auswahl derer, die leicht zu halten sind. Zwölf
--   Monate bis Juni 2026.
select f.vorhaben_id, v.akronym, f.personen, f.personen_unter_schwelle as davon_unter_schwelle
from bericht.figuren as f
inner join katalog.vorhaben as v on f.vorhaben_id = v.vorhaben_id
where
    f.zeitraum = 'zwoelf_monate' and f.ende = '2026-06-30' and f.jobcenter_nr = '*'
    and f.land = '*' and f.quartier_id = '*' and f.tvp_id = '*' and f.kategorie = '*'
order by f.vorhaben_id
