-- Facts of an identity that does not exist (bulk tables carry no foreign keys).
select
    'teilnahme' as tabelle,
    t.identitaet_id
from kern.teilnahme as t
where not exists (select from kern.identitaet as i where i.identitaet_id = t.identitaet_id)
union all
select
    'aktivitaet' as tabelle,
    t.identitaet_id
from kern.aktivitaet as t
where not exists (select from kern.identitaet as i where i.identitaet_id = t.identitaet_id)
union all
select
    'zwischenschritt' as tabelle,
    t.identitaet_id
from kern.zwischenschritt as t
where not exists (select from kern.identitaet as i where i.identitaet_id = t.identitaet_id)
