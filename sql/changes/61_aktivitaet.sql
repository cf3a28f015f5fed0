-- The attended units of every transition, before and after it. `materialized`: who is concerned is few, all units are many.
with gewaehlt as materialized (
    select
        m.marke,
        w.identitaet_id,
        w.datum,
        w.aktivitaet_code,
        w.nr,
        case when m.marke > 2 * u.nr then w.neu_von else w.alt_von end as bekannt_von
    from c_marke as m
    inner join c_wechsel_aktivitaet as w on m.identitaet_id = w.identitaet_id and m.schritt = w.schritt
    inner join c_uebergang as u on w.schritt = u.schritt and w.stufe = u.stufe and w.lieferung_nr = u.lieferung_nr
    where {marken}
)

select
    m.marke * 1099511627776 + m.identitaet_id as identitaet_id,
    a.datum,
    a.aktivitaet_code,
    a.dauer_min
from c_marke as m
inner join c_schritt as s on m.schritt = s.schritt
inner join kern.aktivitaet as a
    on
        m.identitaet_id = a.identitaet_id
        and s.von >= a.bekannt_von
        and (a.bekannt_bis is null or a.bekannt_bis > s.nach)
where not m.neu and {marken}
union all
select
    g.marke * 1099511627776 + g.identitaet_id as identitaet_id,
    a.datum,
    a.aktivitaet_code,
    a.dauer_min
from gewaehlt as g
inner join kern.aktivitaet as a
    on
        g.identitaet_id = a.identitaet_id
        and g.datum = a.datum
        and g.aktivitaet_code = a.aktivitaet_code
        and g.nr = a.nr
        and g.bekannt_von = a.bekannt_von
