-- Frage: Was ist am 15. Juli 2026 in meinen Quartieren im Angebot, und wo ist etwas frei?
-- Für: Controlling
-- Lesen: Dasselbe steht auf den Angebotsblättern (zaehlbar offers). Es ist kein Personenbezug darin und nichts davon ist
--   intern; die Zahl der Plätze steht nicht dabei.
select distinct quartier_name, titel, zielgruppe, freie_plaetze, zeiten, tvp_name, stand_datum
from bericht.angebotsblatt
where jobcenter_nr = '99901' and im_quartier and (gueltig_bis is null or gueltig_bis >= '2026-07-15')
order by quartier_name, titel
