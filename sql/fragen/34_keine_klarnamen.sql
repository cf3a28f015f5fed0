-- Frage: Gibt es im Warehouse eine Spalte für Namen, Geburtsdatum, Postleitzahl oder Teilnehmenden-Nummer?
-- Für: Datenschutz
-- Lesen: Die einzige Spalte, die so heißt, sagt nur, ob beim Vergleich zweier Identitäten ein volles Geburtsdatum vorlag.
--   Dass auch in keinem Text ein Name steht, prüfen die Tests in tests/leak/.
select
    table_schema || '.' || table_name as tabelle,
    column_name as spalte,
    col_description((table_schema || '.' || table_name)::regclass, ordinal_position::integer) as bedeutung
from information_schema.columns
where
    table_schema in ('betrieb', 'abgleich', 'kern', 'katalog', 'zahl', 'bericht', 'veroeffentlichung')
    and column_name in ('nachname', 'vorname', 'geburtsname', 'geburtsdatum', 'plz', 'tn_nr', 'kundennummer')
order by tabelle, spalte
