-- The finest cells that participations lie in, as numbers: they are compared and grouped often.
create table z_ort as
select
    cast(row_number() over () as integer) as ort,
    o.land,
    o.jobcenter_nr,
    o.vorhaben_id,
    o.quartier_id,
    o.tvp_id
from (
    select distinct
        land,
        jobcenter_nr,
        vorhaben_id,
        quartier_id,
        tvp_id
    from teilnahme
) as o
