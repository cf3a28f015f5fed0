-- Frage: Wie steht die BIWAQ-Zahl neben der Aktivierungsquote K3E2 desselben Monats?
-- Für: Controlling
-- Lesen: Zwei Zahlen nebeneinander, nie addiert. Der amtliche Wert kommt aus einer Tabelle der Site (kennzahlen.yaml);
--   ohne sie bleibt er leer und nur Name und Quelle stehen da.
select monat, kennzahl, kennzahl_name, amtlicher_wert, einheit, ergaenzend_personen, abgrenzung
from bericht.amtliche_kennzahlen
where kennzahl = 'K3E2' and jobcenter_nr = '99901' and monat between '2026-04-01' and '2026-06-01'
order by monat
