-- Which deliveries were loaded in which step, and whether a person had released them.
create temporary table c_geladen on commit drop as
select
    s.schritt,
    l.lieferung_nr,
    l.vorhaben_id,
    l.tvp_id,
    l.zeitraum_von,
    l.zeitraum_bis,
    l.version,
    l.lieferung_id,
    l.umfang,
    exists (
        select from betrieb.entscheidung as e
        where e.lieferung_nr = l.lieferung_nr and e.entscheidung = 'freigegeben'
    ) as freigegeben,
    array(select b.tabelle from betrieb.bilanz as b where b.lieferung_nr = l.lieferung_nr) as tabellen
from c_schritt as s
inner join betrieb.ladung as g on s.von < g.lauf_id and s.nach >= g.lauf_id
inner join betrieb.lieferung as l on g.lieferung_nr = l.lieferung_nr
group by s.schritt, l.lieferung_nr
