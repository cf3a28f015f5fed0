-- Until which day a partner's deliveries had spoken before a step.
create temporary table c_gesprochen on commit drop as
select
    s.schritt,
    l.vorhaben_id,
    l.tvp_id,
    max(l.zeitraum_bis) as bis
from c_schritt as s
inner join betrieb.ladung as g on s.von >= g.lauf_id
inner join betrieb.lieferung as l on g.lieferung_nr = l.lieferung_nr
group by s.schritt, l.vorhaben_id, l.tvp_id
