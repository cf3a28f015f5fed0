-- Frage: Nach welchen Regeln ist die Zahl vom Juni 2026 gezählt?
-- Für: Controlling
-- Lesen: Jede Zahl nennt ihre Regeln; die Versionen stehen mit dem SHA-256 ihres Inhalts in betrieb.regelwerk_teil.
--   Solange nicht beide Seiten zugestimmt haben, steht „Vorschlag, nicht abgestimmt“ an jeder Zahl.
select
    betriebsmodell, kategorien_version, zaehlregeln_version, kalender_version, abgleich_version, zuordnung_stand, stand,
    hinweis
from bericht.figuren
where
    zeitraum = 'monat' and beginn = '2026-06-01' and jobcenter_nr = '99901'
    and land = '*' and vorhaben_id = '*' and quartier_id = '*' and tvp_id = '*' and kategorie = '*'
