-- Frage: Wie haben die Teilnehmenden zu uns gefunden?
-- Für: Projektleitung
-- Lesen: Eintritte der zwölf Monate bis Juni 2026. Der Zugangsweg steht nie neben Austritten, Stunden oder Ergebnissen:
--   das Jobcenter weiß, wen es zugewiesen hat.
select zugangsweg, zugangsweg_name, eintritte, eintritte_gesamt
from bericht.zugangswege
where zeitraum = 'zwoelf_monate' and ende = '2026-06-30' and jobcenter_nr = '*' and vorhaben_id = '*' and quartier_id = '*'
order by eintritte desc, zugangsweg
