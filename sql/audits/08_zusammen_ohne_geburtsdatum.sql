-- Identities that are one person with others without anybody having decided, although no full birth date is known.
select
    p.identitaet_id,
    p.person_id
from kern.person_zuordnung as p
where
    p.bekannt_bis is null
    and p.grund in ('exakt', 'regel')
    and not exists (
        select from abgleich.merkmal as m
        where
            m.identitaet_id = p.identitaet_id
            and (m.exakt_token is not null or m.vorname_plz_token is not null or m.nachname_plz_token is not null)
    )
    and not exists (select from abgleich.ausstehend as a where a.identitaet_id = p.identitaet_id)
