-- Periods in which Bestand is not Bestand before + Eintritte - Austritte, once formal and once zählbar (all participations;
-- one count knows no corrections). The stock before is that of the month before the period.
-- Months that are no longer counted may be from different counts.
select
    z.zeitraum,
    z.beginn,
    z.land,
    z.jobcenter_nr,
    z.vorhaben_id,
    z.quartier_id,
    z.tvp_id,
    z.kategorie
from zahl.figur as z
left join zahl.figur as v
    on
        v.bekannt_bis is null
        and v.zeitraum = 'monat'
        and v.beginn = (z.beginn - interval '1 month')::date
        and v.land = z.land
        and v.jobcenter_nr = z.jobcenter_nr
        and v.vorhaben_id = z.vorhaben_id
        and v.quartier_id = z.quartier_id
        and v.tvp_id = z.tvp_id
        and v.kategorie = z.kategorie
where
    z.bekannt_bis is null
    and z.beginn > (select min(beginn) from zahl.figur where bekannt_bis is null and zeitraum = 'monat')
    and (
        z.bestand <> coalesce(v.bestand, 0) + z.eintritte - z.austritte
        or (
            z.bestand_zaehlbar <> case when v.beginn is null then 0 else v.bestand_zaehlbar end
            + z.eintritte_zaehlbar - z.austritte_zaehlbar
        )
    )
    and not exists (
        select from zahl.eingefroren as f
        where f.monat between (z.beginn - interval '1 month')::date and z.ende
    )
