-- Months in which Bestand is not Bestand before + Eintritte - Austritte (all participations; one count knows no corrections).
-- Months that are no longer counted may be from different counts.
select
    z.monat,
    z.jobcenter_nr,
    z.vorhaben_id,
    z.tvp_id,
    z.kategorie
from zahl.monatszahl as z
left join zahl.monatszahl as v
    on
        v.bekannt_bis is null
        and v.monat = (z.monat - interval '1 month')::date
        and v.jobcenter_nr = z.jobcenter_nr
        and v.vorhaben_id = z.vorhaben_id
        and v.tvp_id = z.tvp_id
        and v.kategorie = z.kategorie
where
    z.bekannt_bis is null
    and z.monat > (select min(monat) from zahl.monatszahl where bekannt_bis is null)
    and z.bestand <> coalesce(v.bestand, 0) + z.eintritte - z.austritte
    and not exists (
        select from zahl.eingefroren as f
        where f.monat in (z.monat, (z.monat - interval '1 month')::date)
    )
