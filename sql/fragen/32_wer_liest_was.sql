-- Frage: Wer kann im Warehouse was lesen?
-- Für: Datenschutz
-- Lesen: Zahl der Tabellen und Sichten je Schema, die eine Rolle lesen darf; was genau, steht im Datenkatalog.
--   zaehlbar_controlling sieht nichts, bis es Veröffentlichungen gibt; abgleich (Token) liest nur die Nachtladung.
select
    n.nspname as bereich,
    count(*) as tabellen,
    count(*) filter (where has_schema_privilege('zaehlbar_lader', n.oid, 'usage')
        and has_table_privilege('zaehlbar_lader', c.oid, 'select')) as lader,
    count(*) filter (where has_schema_privilege('zaehlbar_qualitaet', n.oid, 'usage')
        and has_table_privilege('zaehlbar_qualitaet', c.oid, 'select')) as qualitaet,
    count(*) filter (where has_schema_privilege('zaehlbar_controlling', n.oid, 'usage')
        and has_table_privilege('zaehlbar_controlling', c.oid, 'select')) as controlling
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
where
    c.relkind in ('r', 'v', 'm', 'p')
    and n.nspname in ('betrieb', 'abgleich', 'kern', 'katalog', 'zahl', 'bericht', 'veroeffentlichung')
group by n.nspname
order by n.nspname
