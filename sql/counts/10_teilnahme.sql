-- Participations with dimensions and person. `ab` and `bis` are the window in which an activity of the identity belongs to
-- this participation: from its Eintritt (the first: from ever) to the next Eintritt (exclusive).
-- Nobody leaves before having entered: an earlier Austritt counts on the day of the Eintritt.
-- `mehrfach`: the person has more than one participation here, so distinct counting is needed for it; `streut`: in more
-- than one cell, so that totals over cells need it, too.
create table z_teilnahme as
select
    cast(row_number() over () as integer) as tn,
    t.identitaet_id,
    t.eintritt_datum as ein,
    greatest(coalesce(t.austritt_datum, 'infinity'::date), t.eintritt_datum) as aus,
    case
        when row_number() over je_identitaet = 1 then '-infinity'::date
        else t.eintritt_datum
    end as ab,
    coalesce(lead(t.eintritt_datum) over je_identitaet, 'infinity'::date) as bis,
    o.ort,
    t.parallel,
    t.person_id,
    count(*) over je_person > 1 as mehrfach,
    min(o.ort) over je_person <> max(o.ort) over je_person as streut
from teilnahme as t
inner join z_ort as o
    on
        t.land = o.land
        and t.jobcenter_nr = o.jobcenter_nr
        and t.vorhaben_id = o.vorhaben_id
        and t.quartier_id = o.quartier_id
        and t.tvp_id = o.tvp_id
window
    je_identitaet as (partition by t.identitaet_id order by t.eintritt_datum),
    je_person as (partition by t.person_id)
