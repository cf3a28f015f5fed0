-- Participations with the window in which a step of the identity belongs to them, as activities do
-- (sql/counts/10_teilnahme.sql): from the Eintritt (the first: from ever) to the next Eintritt (exclusive).
create table z_teilnahme as
select
    t.identitaet_id,
    t.person_id,
    cast(t.jobcenter_nr as text) as jc,
    cast(t.vorhaben_id as text) as vh,
    cast(t.quartier_id as text) as quartier,
    cast(t.tvp_id as text) as tvp,
    case
        when row_number() over je_identitaet = 1 then '-infinity'::date
        else t.eintritt_datum
    end as ab,
    coalesce(lead(t.eintritt_datum) over je_identitaet, 'infinity'::date) as bis
from teilnahme as t
window je_identitaet as (partition by t.identitaet_id order by t.eintritt_datum)
