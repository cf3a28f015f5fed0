-- Frage: Warum steht in DATES III eine andere Zahl als hier?
-- Für: Projektleitung
-- Lesen: Vom Wert, den die Partner im Begleitblatt nennen, Posten für Posten bis zu den zählbaren Teilnahmen: die Posten
--   ergeben zusammen genau den Unterschied. Nur Lieferungen, die eine Summe nennen; nur für den Vorhabenträger.
select posten_name, anzahl
from bericht.abgleich_dates
where vorhaben_id = '*' and zeitraum_bis = '2025-12-31' and groesse = 'teilnahmen'
order by reihenfolge
