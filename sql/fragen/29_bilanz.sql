-- Frage: Wo sind die gelieferten Teilnahmezeilen geblieben?
-- Für: Qualitätsverantwortung
-- Lesen: Jede gefundene Zeile hat genau ein Schicksal; die Spalten ergeben zusammen „gefunden“. Zurückgehalten heißt ohne
--   Einwilligung: Quoten daraus gibt es nirgends.
select
    coalesce(l.vorhaben_id, 'unbekannt') as vorhaben,
    sum(b.gefunden) as gefunden,
    sum(b.neu + b.geaendert + b.unveraendert) as im_lager,
    sum(b.doppelt + b.ueberholt) as doppelt_oder_ueberholt,
    sum(b.zurueckgewiesen) as zurueckgewiesen,
    sum(b.zurueckgehalten) as zurueckgehalten,
    sum(b.wartend) as wartend,
    sum(b.abgelehnt) as abgelehnt
from betrieb.bilanz as b
inner join betrieb.lieferung as l on b.lieferung_nr = l.lieferung_nr
where b.tabelle = 'teilnahme'
group by vorhaben
order by vorhaben
