-- The mapping of one version.
select
    code,
    kategorie,
    gueltig_ab,
    gueltig_bis
from katalog.kategorie_zuordnung
where version = :kategorien_version
