-- All cells that are asked for (* = all). Only persons in several of the finest cells are counted anew for each.
create table z_ergebnis as
with
einfach as (
    select
        z.periode,
        o.ziel,
        z.kat,
        sum(z.teilnahmen) as teilnahmen,
        sum(z.personen) as personen,
        sum(z.eintritte) as eintritte,
        sum(z.eintritte_zaehlbar) as eintritte_zaehlbar,
        sum(z.austritte) as austritte,
        sum(z.austritte_zaehlbar) as austritte_zaehlbar,
        sum(z.bestand) as bestand,
        sum(z.bestand_personen) as bestand_personen,
        sum(z.bestand_zaehlbar) as bestand_zaehlbar,
        sum(z.bestand_aktiv) as bestand_aktiv,
        sum(z.personen_unter_schwelle) as personen_unter_schwelle,
        sum(z.teilnahmen_parallel) as teilnahmen_parallel,
        sum(z.personen_parallel) as personen_parallel,
        sum(z.ausgetreten) as ausgetreten,
        sum(z.dauer_min) as dauer_min
    from z_zelle as z
    inner join z_ziel as o on z.ort = o.ort
    group by z.periode, o.ziel, z.kat
),

person as (
    select
        z.periode,
        o.ziel,
        z.kat,
        z.person_id,
        bool_or(z.im_zeitraum) as im_zeitraum,
        bool_or(z.im_bestand) as im_bestand,
        bool_and(z.unter_schwelle) as unter_schwelle,
        bool_or(z.parallel) as parallel,
        max(z.letzte) as letzte
    from z_mehrfach as z
    inner join z_ziel as o on z.ort = o.ort
    where z.streut
    group by z.periode, o.ziel, z.kat, z.person_id
),

mehrfach as (
    select
        periode,
        ziel,
        kat,
        count(*) filter (where im_zeitraum) as personen,
        count(*) filter (where im_bestand) as bestand_personen,
        count(*) filter (where im_zeitraum and unter_schwelle) as personen_unter_schwelle,
        count(*) filter (where im_zeitraum and parallel) as personen_parallel,
        count(*) filter (where im_zeitraum and letzte % 2 = 0) as ausgetreten
    from person
    group by periode, ziel, kat
)

select
    e.periode,
    o.land,
    o.jc,
    o.vh,
    o.quartier,
    o.tvp,
    n.kategorie as kat,
    e.teilnahmen,
    e.personen + coalesce(m.personen, 0) as personen,
    e.eintritte,
    e.eintritte_zaehlbar,
    e.austritte,
    e.austritte_zaehlbar,
    e.bestand,
    e.bestand_personen + coalesce(m.bestand_personen, 0) as bestand_personen,
    e.bestand_zaehlbar,
    case when cast($aktiv_tage as integer) is not null then e.bestand_aktiv end as bestand_aktiv,
    case
        when cast($schwelle_minuten as integer) is not null
            then e.personen_unter_schwelle + coalesce(m.personen_unter_schwelle, 0)
    end as personen_unter_schwelle,
    e.teilnahmen_parallel,
    e.personen_parallel + coalesce(m.personen_parallel, 0) as personen_parallel,
    e.ausgetreten + coalesce(m.ausgetreten, 0) as ausgetreten,
    e.personen + coalesce(m.personen, 0) - e.ausgetreten - coalesce(m.ausgetreten, 0) as geblieben,
    e.dauer_min
from einfach as e
inner join z_zielort as o on e.ziel = o.ziel
inner join z_nummer as n on e.kat = n.kat
left join mehrfach as m on e.periode = m.periode and e.ziel = m.ziel and e.kat = m.kat
