-- Each transition twice: as it was before (even) and as it is after (odd); what had happened by then has a smaller number.
create temporary table c_marke on commit drop as
select
    2 * k.nr + m.seite as marke,
    k.schritt,
    k.identitaet_id,
    p.neu,
    case when m.seite + 2 * k.nr > 2 * u.person then p.nachher else p.vorher end as person_id,
    coalesce(m.seite + 2 * k.nr > 2 * u.einschraenkung, false) or p.neu as einschraenkung_nach,
    coalesce(m.seite + 2 * k.nr > 2 * u.berichtigung, false) as berichtigung_nach
from c_kreis as k
inner join c_person as p on k.schritt = p.schritt and k.identitaet_id = p.identitaet_id
inner join (
    select
        schritt,
        min(nr) filter (where stufe = 3 and lieferung_nr = 0) as berichtigung,
        min(nr) filter (where stufe = 4) as einschraenkung,
        min(nr) filter (where stufe = 5) as person
    from c_uebergang
    group by schritt
) as u on k.schritt = u.schritt
cross join (values (0), (1)) as m (seite)
