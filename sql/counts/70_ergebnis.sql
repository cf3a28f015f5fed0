-- All cells and all their totals over Jobcenter, Vorhaben and TVP (* = all). Only persons in several cells are counted
-- anew for every total.
create table z_ergebnis as
with
einfach as (
    select
        periode,
        coalesce(o.jobcenter_nr, '*') as jc,
        coalesce(o.vorhaben_id, '*') as vh,
        coalesce(o.tvp_id, '*') as tvp,
        kat,
        sum(teilnahmen) as teilnahmen,
        sum(personen) as personen,
        sum(eintritte) as eintritte,
        sum(eintritte_zaehlbar) as eintritte_zaehlbar,
        sum(austritte) as austritte,
        sum(bestand) as bestand,
        sum(bestand_personen) as bestand_personen,
        sum(bestand_aktiv) as bestand_aktiv,
        sum(personen_unter_schwelle) as personen_unter_schwelle,
        sum(ausgetreten) as ausgetreten,
        sum(dauer_min) as dauer_min
    from z_zelle as z
    inner join z_ort as o on z.ort = o.ort
    group by periode, kat, cube (o.jobcenter_nr, o.vorhaben_id, o.tvp_id)
),

person as (
    select
        periode,
        coalesce(o.jobcenter_nr, '*') as jc,
        coalesce(o.vorhaben_id, '*') as vh,
        coalesce(o.tvp_id, '*') as tvp,
        kat,
        person_id,
        bool_or(im_zeitraum) as im_zeitraum,
        bool_or(im_bestand) as im_bestand,
        bool_and(unter_schwelle) as unter_schwelle,
        max(letzte) as letzte
    from z_mehrfach as z
    inner join z_ort as o on z.ort = o.ort
    where streut
    group by periode, kat, person_id, cube (o.jobcenter_nr, o.vorhaben_id, o.tvp_id)
),

mehrfach as (
    select
        periode,
        jc,
        vh,
        tvp,
        kat,
        count(*) filter (where im_zeitraum) as personen,
        count(*) filter (where im_bestand) as bestand_personen,
        count(*) filter (where im_zeitraum and unter_schwelle) as personen_unter_schwelle,
        count(*) filter (where im_zeitraum and letzte % 2 = 0) as ausgetreten
    from person
    group by periode, jc, vh, tvp, kat
)

select
    e.periode,
    e.jc,
    e.vh,
    e.tvp,
    n.kategorie as kat,
    e.teilnahmen,
    e.personen + coalesce(m.personen, 0) as personen,
    e.eintritte,
    e.eintritte_zaehlbar,
    e.austritte,
    e.bestand,
    e.bestand_personen + coalesce(m.bestand_personen, 0) as bestand_personen,
    case when cast($aktiv_tage as integer) is not null then e.bestand_aktiv end as bestand_aktiv,
    case
        when cast($schwelle_minuten as integer) is not null
            then e.personen_unter_schwelle + coalesce(m.personen_unter_schwelle, 0)
    end as personen_unter_schwelle,
    e.ausgetreten + coalesce(m.ausgetreten, 0) as ausgetreten,
    e.personen + coalesce(m.personen, 0) - e.ausgetreten - coalesce(m.ausgetreten, 0) as geblieben,
    e.dauer_min
from einfach as e
inner join z_nummer as n on e.kat = n.kat
left join mehrfach as m
    on e.periode = m.periode and e.jc = m.jc and e.vh = m.vh and e.tvp = m.tvp and e.kat = m.kat
