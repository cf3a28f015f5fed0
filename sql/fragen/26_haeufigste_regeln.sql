-- Frage: Welche Prüfregeln schlagen am häufigsten an?
-- Für: Qualitätsverantwortung
-- Lesen: Befunde nennen Regel, Feld und Anzahl, nie einen Wert. Was die Regel verlangt, steht in expectations/.
select b.regel, b.schwere, b.tabelle, b.feld, count(distinct b.lieferung_nr) as lieferungen, sum(b.anzahl) as zeilen
from betrieb.befund as b
group by b.regel, b.schwere, b.tabelle, b.feld
order by zeilen desc, b.regel, b.tabelle, b.feld
limit 10
