-- The participations of every transition, before and after it, as sql/sources/teilnahme.sql reads them of one state.
with fassung as (
    select
        m.marke,
        m.schritt,
        m.person_id,
        m.einschraenkung_nach,
        m.berichtigung_nach,
        t.identitaet_id,
        t.eintritt_datum,
        t.bekannt_von
    from c_marke as m
    inner join c_schritt as s on m.schritt = s.schritt
    inner join kern.teilnahme as t
        on
            m.identitaet_id = t.identitaet_id
            and s.von >= t.bekannt_von
            and (t.bekannt_bis is null or t.bekannt_bis > s.nach)
    where not m.neu and {marken}
    union all
    select
        m.marke,
        m.schritt,
        m.person_id,
        m.einschraenkung_nach,
        m.berichtigung_nach,
        w.identitaet_id,
        w.eintritt_datum,
        case when m.marke > 2 * u.nr then w.neu_von else w.alt_von end as bekannt_von
    from c_marke as m
    inner join c_wechsel_teilnahme as w on m.schritt = w.schritt and m.identitaet_id = w.identitaet_id
    inner join c_uebergang as u on w.schritt = u.schritt and w.stufe = u.stufe and w.lieferung_nr = u.lieferung_nr
    where {marken}
)

select
    f.marke * 1099511627776 + f.identitaet_id as identitaet_id,
    f.eintritt_datum,
    case when b.werte ? 'austritt_datum' then (b.werte ->> 'austritt_datum')::date else t.austritt_datum end
        as austritt_datum,
    {land} as land,
    coalesce(
        case when b.werte ? 'jobcenter_nr' then b.werte ->> 'jobcenter_nr' else t.jobcenter_nr end, 'OHNE'
    ) as jobcenter_nr,
    i.vorhaben_id,
    coalesce(
        case when b.werte ? 'quartier_id' then b.werte ->> 'quartier_id' else t.quartier_id end, 'OHNE'
    ) as quartier_id,
    {tvp_id} as tvp_id,
    f.marke * 1099511627776 + f.person_id as person_id,
    coalesce(
        case
            when b.werte ? 'jc_massnahme_parallel' then b.werte ->> 'jc_massnahme_parallel'
            else t.jc_massnahme_parallel
        end = 'j', false
    ) as parallel
from fassung as f
inner join c_schritt as s on f.schritt = s.schritt
inner join kern.teilnahme as t
    on f.identitaet_id = t.identitaet_id and f.eintritt_datum = t.eintritt_datum and f.bekannt_von = t.bekannt_von
inner join kern.identitaet as i on f.identitaet_id = i.identitaet_id
left join katalog.vorhaben as v on i.vorhaben_id = v.vorhaben_id
left join lateral (
    select jsonb_object_agg(k.feld, k.wert order by k.berichtigung_nr) as werte
    from kern.berichtigung as k
    where
        k.identitaet_id = f.identitaet_id
        and k.eintritt_datum = f.eintritt_datum
        and k.bekannt_von <= case when f.berichtigung_nach then s.nach else s.von end
        and (k.bekannt_bis is null or k.bekannt_bis > case when f.berichtigung_nach then s.nach else s.von end)
) as b on true
where
    case when b.werte ? 'status' then b.werte ->> 'status' else t.status end is distinct from 'STORNO'
    and not exists (
        select from kern.einschraenkung as e
        where
            e.identitaet_id = f.identitaet_id
            and e.bekannt_von <= case when f.einschraenkung_nach then s.nach else s.von end
            and (e.bekannt_bis is null or e.bekannt_bis > case when f.einschraenkung_nach then s.nach else s.von end)
    )
