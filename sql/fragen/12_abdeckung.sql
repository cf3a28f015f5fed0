-- Frage: Auf wie vielen der erwarteten Lieferungen beruht jeder Monat, und ist er endgültig?
-- Für: Controlling
-- Lesen: Fehlt eine Lieferung, sind die Zahlen des Monats zu klein und sagen es. Endgültig wird ein Monat nach der Frist
--   der Zählregeln.
select beginn as monat, lieferungen_eingegangen, lieferungen_erwartet, stand
from bericht.figuren
where
    zeitraum = 'monat' and beginn between '2025-07-01' and '2026-06-01' and jobcenter_nr = '*'
    and land = '*' and vorhaben_id = '*' and quartier_id = '*' and tvp_id = '*' and kategorie = '*'
order by beginn
