-- Participations as known at :stand, with dimensions and person. `ab` and `bis` are the window in which an activity of
-- the identity belongs to this participation: from its Eintritt (the first: from ever) to the next Eintritt (exclusive).
-- `mehrfach`: the person has more than one participation here, so distinct counting is needed for it.
create temporary table z_teilnahme on commit drop as
select
    row_number() over ()::integer as tn,
    t.identitaet_id,
    t.eintritt_datum as ein,
    coalesce(t.austritt_datum, 'infinity'::date) as aus,
    case
        when row_number() over je_identitaet = 1 then '-infinity'::date
        else t.eintritt_datum
    end as ab,
    coalesce(lead(t.eintritt_datum) over je_identitaet, 'infinity'::date) as bis,
    coalesce(t.jobcenter_nr, 'OHNE') as jc,
    i.vorhaben_id as vh,
    i.tvp_id as tvp,
    p.person_id,
    count(*) over (partition by p.person_id) > 1 as mehrfach
from kern.teilnahme as t
inner join kern.identitaet as i on t.identitaet_id = i.identitaet_id
inner join kern.person_zuordnung as p
    on
        t.identitaet_id = p.identitaet_id
        and p.bekannt_von <= :stand
        and (p.bekannt_bis is null or p.bekannt_bis > :stand)
where
    t.bekannt_von <= :stand
    and (t.bekannt_bis is null or t.bekannt_bis > :stand)
    and t.status is distinct from 'STORNO'
window je_identitaet as (partition by t.identitaet_id order by t.eintritt_datum)
