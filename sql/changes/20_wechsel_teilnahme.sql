-- Versions of participations that began or ended with a step, and into which cause their change falls: 1 late, 2 released,
-- 3 corrected. A row that nothing replaces was closed by the highest delivery of the step that covers it; an increment
-- that confirms a row later writes its number into it, then the highest of the step had brought it.
-- An Austritt after the day until which the partner had spoken is news, no correction.
create temporary table c_wechsel_teilnahme on commit drop as
with fassung as (
    -- begun with the step
    select
        s.schritt,
        true as neu,
        t.identitaet_id,
        t.eintritt_datum,
        t.bekannt_von,
        t.lieferung_nr,
        t.austritt_datum,
        concat_ws(
            '/',
            coalesce(t.jobcenter_nr, '-'),
            coalesce(t.quartier_id, '-'),
            coalesce(t.jc_massnahme_parallel = 'j', false),
            coalesce(t.status = 'STORNO', false)
        ) as rest
    from kern.teilnahme as t
    inner join c_lauf as l on t.bekannt_von = l.lauf_id
    inner join c_schritt as s on l.schritt = s.schritt
    where t.bekannt_bis is null or t.bekannt_bis > s.nach
    union all
    -- ended with the step
    select
        s.schritt,
        false as neu,
        t.identitaet_id,
        t.eintritt_datum,
        t.bekannt_von,
        t.lieferung_nr,
        t.austritt_datum,
        concat_ws(
            '/',
            coalesce(t.jobcenter_nr, '-'),
            coalesce(t.quartier_id, '-'),
            coalesce(t.jc_massnahme_parallel = 'j', false),
            coalesce(t.status = 'STORNO', false)
        ) as rest
    from kern.teilnahme as t
    inner join c_lauf as l on t.bekannt_bis = l.lauf_id
    inner join c_schritt as s on l.schritt = s.schritt
    where
        t.bekannt_von <= s.von
        and not exists (
            select from c_neu as n where n.schritt = s.schritt and n.identitaet_id = t.identitaet_id
        )
    union all
    -- known before, but not whose it is
    select
        s.schritt,
        true as neu,
        t.identitaet_id,
        t.eintritt_datum,
        t.bekannt_von,
        t.lieferung_nr,
        t.austritt_datum,
        concat_ws(
            '/',
            coalesce(t.jobcenter_nr, '-'),
            coalesce(t.quartier_id, '-'),
            coalesce(t.jc_massnahme_parallel = 'j', false),
            coalesce(t.status = 'STORNO', false)
        ) as rest
    from c_neu as n
    inner join c_schritt as s on n.schritt = s.schritt
    inner join kern.teilnahme as t
        on
            n.identitaet_id = t.identitaet_id
            and s.von >= t.bekannt_von
            and (t.bekannt_bis is null or t.bekannt_bis > s.nach)
),

paar as (
    select
        coalesce(n.schritt, a.schritt) as schritt,
        coalesce(n.identitaet_id, a.identitaet_id) as identitaet_id,
        coalesce(n.eintritt_datum, a.eintritt_datum) as eintritt_datum,
        n.bekannt_von as neu_von,
        a.bekannt_von as alt_von,
        n.lieferung_nr,
        a.austritt_datum as alt_austritt,
        n.austritt_datum as neu_austritt,
        a.rest = n.rest as rest_gleich
    from (select * from fassung where neu) as n
    full join (select * from fassung where not neu) as a
        on
            n.schritt = a.schritt
            and n.identitaet_id = a.identitaet_id
            and n.eintritt_datum = a.eintritt_datum
)

select
    p.schritt,
    p.identitaet_id,
    p.eintritt_datum,
    p.neu_von,
    p.alt_von,
    coalesce(l.lieferung_nr, p.lieferung_nr, 0) as lieferung_nr,
    case
        when
            coalesce(
                l.freigegeben,
                exists (
                    select from betrieb.entscheidung as e
                    where e.lieferung_nr = p.lieferung_nr and e.entscheidung = 'freigegeben'
                )
            )
            then 2
        when p.alt_von is null then 1
        when p.neu_von is not null and p.alt_austritt is null and p.rest_gleich and p.neu_austritt > g.bis then 1
        else 3
    end as stufe
from paar as p
inner join kern.identitaet as i on p.identitaet_id = i.identitaet_id
left join c_gesprochen as g on p.schritt = g.schritt and i.vorhaben_id = g.vorhaben_id and i.tvp_id = g.tvp_id
left join lateral (
    select
        d.lieferung_nr,
        d.freigegeben
    from c_geladen as d
    where
        p.schritt = d.schritt
        and i.vorhaben_id = d.vorhaben_id
        and i.tvp_id = d.tvp_id
        and 'teilnahme' = any(d.tabellen)
        and p.eintritt_datum <= d.zeitraum_bis
        and (p.neu_von is not null or d.umfang = 'voll')
    order by d.lieferung_nr = p.lieferung_nr desc nulls last, d.zeitraum_bis desc, d.version desc, d.lieferung_id desc
    limit 1
) as l on true
where {gefragt}
