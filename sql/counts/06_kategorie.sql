-- Categories as numbers, for the same reason; 0 stands for all (*).
create table z_nummer as
select
    cast(row_number() over (order by k.kategorie) as integer) as kat,
    k.kategorie
from (
    select kategorie from kategorie_zuordnung
    union
    select 'K-0-NZ' as kategorie
) as k
union all
select
    0 as kat,
    '*' as kategorie
