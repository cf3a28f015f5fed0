-- Frage: Wie viele Stunden stecken in Aktivitäten, deren Code keine Kategorie hat?
-- Für: Qualitätsverantwortung
-- Lesen: Unbekanntes ist sichtbar: es zählt als „nicht zugeordnet“ (K-0-NZ) und wird nie weggelassen. Codes und
--   Vorschläge: zaehlbar mapping coverage.
select a.aktivitaet_code, count(*) as einheiten, sum(a.dauer_min) as minuten
from kern.aktivitaet as a
where
    a.bekannt_bis is null
    and not exists (
        select from katalog.kategorie_zuordnung as z
        where
            z.version = (select kategorien_version from betrieb.regelwerk order by regelwerk_nr desc limit 1)
            and z.code = a.aktivitaet_code
            and z.gueltig_ab <= a.datum
            and (z.gueltig_bis is null or a.datum <= z.gueltig_bis)
    )
group by a.aktivitaet_code
order by a.aktivitaet_code
