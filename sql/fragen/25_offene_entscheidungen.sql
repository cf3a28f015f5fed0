-- Frage: Welche Lieferungen warten auf eine Entscheidung, und weshalb?
-- Für: Qualitätsverantwortung
-- Lesen: Angehalten ist nicht gescheitert: nichts wird durch Zeitablauf abgelehnt. Entscheiden: zaehlbar review list.
--   Niemand entscheidet über Lieferungen des eigenen Partners.
select l.vorhaben_id, l.tvp_id, l.zeitraum_bis, l.version, l.gruende, sum(b.wartend) as wartende_zeilen
from betrieb.lieferung as l
inner join betrieb.bilanz as b on l.lieferung_nr = b.lieferung_nr
where l.status = 'angehalten'
group by l.lieferung_nr
order by l.zeitraum_bis, l.vorhaben_id, l.tvp_id
