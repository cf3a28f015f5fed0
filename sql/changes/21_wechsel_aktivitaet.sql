-- The same for attended units.
create temporary table c_wechsel_aktivitaet on commit drop as
with fassung as (
    -- begun with the step
    select
        s.schritt,
        true as neu,
        t.identitaet_id,
        t.datum,
        t.aktivitaet_code,
        t.nr,
        t.bekannt_von,
        t.lieferung_nr
    from kern.aktivitaet as t
    inner join c_lauf as l on t.bekannt_von = l.lauf_id
    inner join c_schritt as s on l.schritt = s.schritt
    where t.bekannt_bis is null or t.bekannt_bis > s.nach
    union all
    -- ended with the step
    select
        s.schritt,
        false as neu,
        t.identitaet_id,
        t.datum,
        t.aktivitaet_code,
        t.nr,
        t.bekannt_von,
        t.lieferung_nr
    from kern.aktivitaet as t
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
        t.datum,
        t.aktivitaet_code,
        t.nr,
        t.bekannt_von,
        t.lieferung_nr
    from c_neu as n
    inner join c_schritt as s on n.schritt = s.schritt
    inner join kern.aktivitaet as t
        on
            n.identitaet_id = t.identitaet_id
            and s.von >= t.bekannt_von
            and (t.bekannt_bis is null or t.bekannt_bis > s.nach)
),

paar as (
    select
        coalesce(n.schritt, a.schritt) as schritt,
        coalesce(n.identitaet_id, a.identitaet_id) as identitaet_id,
        coalesce(n.datum, a.datum) as datum,
        coalesce(n.aktivitaet_code, a.aktivitaet_code) as aktivitaet_code,
        coalesce(n.nr, a.nr) as nr,
        n.bekannt_von as neu_von,
        a.bekannt_von as alt_von,
        n.lieferung_nr
    from (select * from fassung where neu) as n
    full join (select * from fassung where not neu) as a
        on
            n.schritt = a.schritt
            and n.identitaet_id = a.identitaet_id
            and n.datum = a.datum
            and n.aktivitaet_code = a.aktivitaet_code
            and n.nr = a.nr
)

select
    p.schritt,
    p.identitaet_id,
    p.datum,
    p.aktivitaet_code,
    p.nr,
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
        else 3
    end as stufe
from paar as p
inner join kern.identitaet as i on p.identitaet_id = i.identitaet_id
left join lateral (
    select
        d.lieferung_nr,
        d.freigegeben
    from c_geladen as d
    where
        p.schritt = d.schritt
        and i.vorhaben_id = d.vorhaben_id
        and i.tvp_id = d.tvp_id
        and 'aktivitaet' = any(d.tabellen)
        and p.datum between d.zeitraum_von and d.zeitraum_bis
        and (p.neu_von is not null or d.umfang = 'voll')
    order by d.lieferung_nr = p.lieferung_nr desc nulls last, d.zeitraum_bis desc, d.version desc, d.lieferung_id desc
    limit 1
) as l on true
where {gefragt}
