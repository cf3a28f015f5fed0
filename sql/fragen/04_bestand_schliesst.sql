-- Frage: Geht der Bestand auf: vorher plus Eintritte minus Austritte gleich nachher?
-- Für: Controlling
-- Lesen: Gezeigt sind Monate, in denen er nicht aufgeht, formal oder zählbar; keine Zeile ist die richtige Antwort.
--   Dasselbe prüft jede Nacht sql/audits/05_bestand_schliesst.sql.
select monat, bestand_vorher, eintritte, austritte, bestand
from (
    select
        beginn as monat,
        lag(bestand) over je_monat as bestand_vorher,
        eintritte,
        austritte,
        bestand,
        lag(bestand_zaehlbar) over je_monat as zaehlbar_vorher,
        eintritte_zaehlbar,
        austritte_zaehlbar,
        bestand_zaehlbar
    from bericht.figuren
    where
        zeitraum = 'monat' and jobcenter_nr = '*'
        and land = '*' and vorhaben_id = '*' and quartier_id = '*' and tvp_id = '*' and kategorie = '*'
    window je_monat as (order by beginn)
) as m
where
    bestand <> bestand_vorher + eintritte - austritte
    or bestand_zaehlbar <> zaehlbar_vorher + eintritte_zaehlbar - austritte_zaehlbar
