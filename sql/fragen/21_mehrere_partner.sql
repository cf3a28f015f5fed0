-- Frage: Wie viele Menschen nehmen bei mehr als einem Partner teil?
-- Für: Projektleitung
-- Lesen: Identitäten sind Nummern der Partner, Personen sind Menschen; zusammengeführt wird nach den Regeln der Site
--   (abgleich.yaml). Eine Person zählt in jeder Zelle einmal.
select identitaeten, count(*) as personen
from (
    select p.person_id, count(distinct t.identitaet_id) as identitaeten
    from kern.teilnahme as t
    inner join kern.person_zuordnung as p on t.identitaet_id = p.identitaet_id and p.bekannt_bis is null
    where t.bekannt_bis is null
    group by p.person_id
) as person
group by identitaeten
order by identitaeten
