-- Frage: Warum ist die Zahl des Quartals kleiner als die Summe seiner drei Monate?
-- Für: Controlling
-- Lesen: Jeder Zeitraum ist für sich gezählt: wer in drei Monaten teilnimmt, ist im Quartal eine Person. Eintritte
--   dagegen fallen auf einen Tag; ihre Summe stimmt.
select
    q.personen as personen_quartal,
    sum(m.personen) as personen_summe_der_monate,
    q.eintritte as eintritte_quartal,
    sum(m.eintritte) as eintritte_summe_der_monate
from bericht.figuren as q
inner join bericht.figuren as m
    on
        q.jobcenter_nr = m.jobcenter_nr and q.vorhaben_id = m.vorhaben_id and q.tvp_id = m.tvp_id
        and q.land = m.land and q.quartier_id = m.quartier_id and q.kategorie = m.kategorie
where
    q.zeitraum = 'quartal' and q.beginn = '2026-04-01' and m.zeitraum = 'monat' and m.beginn between q.beginn and q.ende
    and q.jobcenter_nr = '99901'
    and q.land = '*' and q.vorhaben_id = '*' and q.quartier_id = '*' and q.tvp_id = '*' and q.kategorie = '*'
group by q.personen, q.eintritte
