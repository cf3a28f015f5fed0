-- Frage: Wie haben sich Eintritte, Austritte und Bestand in den letzten zwölf Monaten entwickelt?
-- Für: Controlling
-- Lesen: Eintritte und Austritte zählen vom Tag nach dem vorigen Stichtag bis zum Stichtag, nicht nach Kalendermonat; so
--   geht der Bestand auf.
select beginn as monat, stichtag, eintritte, austritte, bestand, stand
from bericht.figuren
where
    zeitraum = 'monat' and beginn between '2025-07-01' and '2026-06-01' and jobcenter_nr = '99901'
    and land = '*' and vorhaben_id = '*' and quartier_id = '*' and tvp_id = '*' and kategorie = '*'
order by beginn
