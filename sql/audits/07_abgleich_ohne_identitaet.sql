-- Merkmale, pairs and decisions of an identity that does not exist.
select
    v.tabelle,
    v.identitaet_id
from (
    select
        'merkmal' as tabelle,
        identitaet_id
    from abgleich.merkmal
    union all
    select
        'haeufig' as tabelle,
        identitaet_id
    from abgleich.haeufig
    union all
    select
        'paar' as tabelle,
        unnest(array[identitaet_a, identitaet_b]) as identitaet_id
    from abgleich.paar
    union all
    select
        'paar_entscheidung' as tabelle,
        unnest(array[identitaet_a, identitaet_b]) as identitaet_id
    from abgleich.paar_entscheidung
    union all
    select
        'widerspruch' as tabelle,
        unnest(array[identitaet_a, identitaet_b]) as identitaet_id
    from abgleich.widerspruch
) as v
where not exists (select from kern.identitaet as i where i.identitaet_id = v.identitaet_id)
