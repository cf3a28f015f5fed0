-- Pairs that bind or part, as columns: what a person decided stands above what a rule says.
select
    coalesce(array_agg(a) filter (where art = 'gleich'), '{}') as gleich_a,
    coalesce(array_agg(b) filter (where art = 'gleich'), '{}') as gleich_b,
    coalesce(array_agg(a) filter (where art = 'exakt'), '{}') as exakt_a,
    coalesce(array_agg(b) filter (where art = 'exakt'), '{}') as exakt_b,
    coalesce(array_agg(a) filter (where art = 'regel'), '{}') as regel_a,
    coalesce(array_agg(b) filter (where art = 'regel'), '{}') as regel_b,
    coalesce(array_agg(a) filter (where art = 'getrennt'), '{}') as getrennt_a,
    coalesce(array_agg(b) filter (where art = 'getrennt'), '{}') as getrennt_b
from (
    select
        coalesce(e.identitaet_a, p.identitaet_a) as a,
        coalesce(e.identitaet_b, p.identitaet_b) as b,
        case
            when e.entscheidung = 'gleich' then 'gleich'
            when e.entscheidung = 'verschieden' or p.wirkung = 'nie' then 'getrennt'
            when p.wirkung = 'zusammen' and p.exakt_gleich then 'exakt'
            when p.wirkung = 'zusammen' then 'regel'
        end as art
    from abgleich.paar as p
    full join (
        select
            identitaet_a,
            identitaet_b,
            entscheidung
        from abgleich.paar_entscheidung_gilt
        where entscheidung <> 'zurueckgenommen'
    ) as e on p.identitaet_a = e.identitaet_a and p.identitaet_b = e.identitaet_b
    where p.wirkung is distinct from 'pruefen' or e.entscheidung is not null
) as v
