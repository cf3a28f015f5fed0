-- Frage: Hat sich eine schon gezählte Monatszahl seither geändert?
-- Für: Projektleitung
-- Lesen: Jede Fassung einer Zahl bleibt mit dem Lauf, seit dem sie galt. Warum sie sich änderte, sagt zaehlbar changes.
--   In der Beispiel-Site lief eine Nacht: von jeder Zahl gibt es eine Fassung.
select beginn as monat, count(*) as fassungen, min(bekannt_von) as erster_lauf, max(bekannt_von) as letzter_lauf
from zahl.figur
where
    zeitraum = 'monat' and beginn between '2026-04-01' and '2026-06-01' and jobcenter_nr = '99901'
    and land = '*' and vorhaben_id = '*' and quartier_id = '*' and tvp_id = '*' and kategorie = '*'
group by beginn
order by beginn
