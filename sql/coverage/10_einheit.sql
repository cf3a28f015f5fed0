-- Attended units that count, with code, category on their day ('': none), participation and person. The window of a
-- participation is that of sql/counts/10_teilnahme.sql: from its Eintritt (the first: from ever) to the next one.
create table z_einheit as
select
    t.vorhaben_id,
    t.tvp_id,
    t.person_id,
    t.tn,
    cast(a.aktivitaet_code as text) as code,
    coalesce(k.kategorie, '') as kategorie,
    a.datum,
    a.dauer_min,
    sum(a.dauer_min) over (partition by t.tn) < cast($schwelle_minuten as integer) as unter_schwelle
from aktivitaet as a
inner join (
    select
        identitaet_id,
        cast(vorhaben_id as text) as vorhaben_id,
        cast(tvp_id as text) as tvp_id,
        person_id,
        cast(row_number() over () as integer) as tn,
        case
            when row_number() over je_identitaet = 1 then '-infinity'::date
            else eintritt_datum
        end as ab,
        coalesce(lead(eintritt_datum) over je_identitaet, 'infinity'::date) as bis
    from teilnahme
    window je_identitaet as (partition by identitaet_id order by eintritt_datum)
) as t
    on a.identitaet_id = t.identitaet_id and a.datum >= t.ab and a.datum < t.bis
left join kategorie_zuordnung as k
    on
        a.aktivitaet_code = k.code
        and a.datum >= k.gueltig_ab
        and (k.gueltig_bis is null or a.datum <= k.gueltig_bis)
