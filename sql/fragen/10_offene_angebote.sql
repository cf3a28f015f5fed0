-- Frage: Wie viele Besuche hatten die offenen Angebote in meinen Quartieren, und wie sicher ist die Zahl?
-- Für: Controlling
-- Lesen: Besuche sind Ereignisse ohne Person und werden nie zu Teilnahmen addiert. Gezählt und geschätzt stehen getrennt;
--   ohne Anzahl gelieferte Termine stehen daneben, statt als 0 zu zählen.
select zaehlweise, sum(ereignisse) as termine, sum(ereignisse_ohne_anzahl) as davon_ohne_anzahl, sum(anzahl) as besuche
from bericht.ereignisse
where
    zeitraum = 'zwoelf_monate' and ende = '2026-06-30' and art = 'besuch'
    and jobcenter_nr = '99901' and vorhaben_id = '*' and quartier_id = '*'
group by zaehlweise
order by zaehlweise
