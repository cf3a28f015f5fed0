-- Counting as anybody would write it: participations joined with months, distinct persons counted per cell. It runs in
-- PostgreSQL and in DuckDB alike, on the tables teilnahme, aktivitaet, kategorie_zuordnung (as sql/sources/ reads them)
-- and monat; $schwelle are the minutes of the threshold.
with
tn as (
    select
        row_number() over () as tn,
        t.person_id,
        t.identitaet_id,
        t.jobcenter_nr as jc,
        t.eintritt_datum as ein,
        coalesce(t.austritt_datum, date '9999-12-31') as aus,
        case
            when row_number() over je_identitaet = 1 then date '0001-01-01' else t.eintritt_datum
        end as ab,
        coalesce(lead(t.eintritt_datum) over je_identitaet, date '9999-12-31') as bis
    from teilnahme as t
    window je_identitaet as (partition by t.identitaet_id order by t.eintritt_datum)
),

einheit as (
    select
        t.tn,
        t.person_id,
        t.jc,
        t.ein,
        t.aus,
        coalesce(k.kategorie, 'K-0-NZ') as kat,
        a.datum,
        a.dauer_min
    from aktivitaet as a
    inner join tn as t on a.identitaet_id = t.identitaet_id and a.datum >= t.ab and a.datum < t.bis
    left join kategorie_zuordnung as k
        on
            a.aktivitaet_code = k.code
            and a.datum >= k.gueltig_ab
            and a.datum <= coalesce(k.gueltig_bis, date '9999-12-31')
),

zaehlbar as (
    select
        s.tn,
        greatest(least(min(s.datum), s.aus), s.ein) as ab
    from (
        select
            tn,
            ein,
            aus,
            datum,
            sum(dauer_min) over (partition by tn order by datum) as summe
        from einheit
    ) as s
    where s.summe >= $schwelle
    group by s.tn, s.ein, s.aus
),

erste as (
    select
        e.tn,
        e.person_id,
        e.jc,
        e.kat,
        greatest(min(e.datum), e.ein) as ein,
        greatest(e.aus, min(e.datum)) as aus
    from einheit as e
    group by e.tn, e.person_id, e.jc, e.kat, e.ein, e.aus
),

teilnahmen as (
    select
        m.periode,
        coalesce(t.jc, '*') as jc,
        '*' as kat,
        count(*) filter (where t.ein <= m.bis and t.aus >= m.von) as teilnahmen,
        count(distinct t.person_id) filter (where t.ein <= m.bis and t.aus >= m.von) as personen,
        count(*) filter (where t.ein > m.fluss_von and t.ein <= m.fluss_bis) as eintritte,
        count(*) filter (where z.ab > m.fluss_von and z.ab <= m.fluss_bis) as eintritte_zaehlbar,
        count(*) filter (where t.aus > m.fluss_von and t.aus <= m.fluss_bis) as austritte,
        count(*) filter (where t.ein <= m.stichtag and t.aus > m.stichtag) as bestand,
        count(distinct t.person_id) filter (where t.ein <= m.stichtag and t.aus > m.stichtag) as bestand_personen
    from monat as m
    inner join tn as t on t.ein <= m.bis and t.aus > m.fluss_von
    left join zaehlbar as z on t.tn = z.tn
    group by grouping sets ((m.periode), (m.periode, t.jc))
),

kategorien as (
    select
        m.periode,
        coalesce(e.jc, '*') as jc,
        e.kat,
        count(*) filter (where e.ein > m.fluss_von and e.ein <= m.fluss_bis) as eintritte,
        count(*) filter (
            where z.ab is not null and greatest(e.ein, z.ab) > m.fluss_von and greatest(e.ein, z.ab) <= m.fluss_bis
        ) as eintritte_zaehlbar,
        count(*) filter (where e.aus > m.fluss_von and e.aus <= m.fluss_bis) as austritte,
        count(*) filter (where e.ein <= m.stichtag and e.aus > m.stichtag) as bestand,
        count(distinct e.person_id) filter (where e.ein <= m.stichtag and e.aus > m.stichtag) as bestand_personen
    from monat as m
    inner join erste as e on e.ein <= m.fluss_bis and e.aus > m.fluss_von
    left join zaehlbar as z on e.tn = z.tn
    group by grouping sets ((m.periode, e.kat), (m.periode, e.jc, e.kat))
),

einheiten as (
    select
        m.periode,
        coalesce(e.jc, '*') as jc,
        coalesce(e.kat, '*') as kat,
        count(distinct e.tn) as teilnahmen,
        count(distinct e.person_id) as personen,
        sum(e.dauer_min) as dauer_min
    from monat as m
    inner join einheit as e on e.datum >= m.von and e.datum <= m.bis
    group by grouping sets ((m.periode), (m.periode, e.kat), (m.periode, e.jc), (m.periode, e.jc, e.kat))
)

select
    coalesce(t.periode, k.periode, e.periode) as periode,
    coalesce(t.jc, k.jc, e.jc) as jc,
    coalesce(t.kat, k.kat, e.kat) as kat,
    coalesce(case when e.kat <> '*' then e.teilnahmen else t.teilnahmen end, 0) as teilnahmen,
    coalesce(case when e.kat <> '*' then e.personen else t.personen end, 0) as personen,
    coalesce(t.eintritte, k.eintritte, 0) as eintritte,
    coalesce(t.eintritte_zaehlbar, k.eintritte_zaehlbar, 0) as eintritte_zaehlbar,
    coalesce(t.austritte, k.austritte, 0) as austritte,
    coalesce(t.bestand, k.bestand, 0) as bestand,
    coalesce(t.bestand_personen, k.bestand_personen, 0) as bestand_personen,
    coalesce(e.dauer_min, 0) as dauer_min
from teilnahmen as t
full join kategorien as k on t.periode = k.periode and t.jc = k.jc and t.kat = k.kat
full join einheiten as e
    on
        coalesce(t.periode, k.periode) = e.periode
        and coalesce(t.jc, k.jc) = e.jc
        and coalesce(t.kat, k.kat) = e.kat
