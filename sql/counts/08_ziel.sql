-- Which finest cells lie in which cell that is asked for.
create table z_ziel as
select
    unnest(orte) as ort,
    ziel
from z_zielort
