-- The transitions in the order in which they are taken: step, cause, delivery.
create temporary table c_uebergang on commit drop as
select
    row_number() over (order by schritt, stufe, lieferung_nr) as nr,
    schritt,
    stufe,
    lieferung_nr
from c_ereignis
group by schritt, stufe, lieferung_nr
