-- Frage: Wann werden die Zeilen der Personen gelöscht?
-- Für: Datenschutz
-- Lesen: So viele Monate nach dem Austritt, wie die Site sagt (aufbewahrung.yaml, hier 18); wer nicht ausgetreten ist,
--   hat noch kein Datum. Vorschau mit Sperren: zaehlbar retention list.
select
    to_char(t.austritt_datum + interval '18 months', 'YYYY "Quartal" Q') as loeschung,
    count(*) as teilnahmen
from kern.teilnahme as t
where t.bekannt_bis is null
group by loeschung
order by loeschung nulls last
