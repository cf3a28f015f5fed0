"""All of a warehouse as values that two warehouses with the same content share.

Compared without technical columns (DESIGN.md, statement 2): surrogate ids are replaced by what they stand for, numbers
of runs and recorded times are left out. Two warehouses can be compared when they were filled with the same key ring.
"""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, text

SCHEMAS = ("betrieb", "abgleich", "kern", "katalog", "zahl")
LEFT_OUT = {"betrieb.lauf", "betrieb.eingang", "betrieb.ladung", "zahl.zaehlung", "kern.identitaet"}
"""Tables about runs only, and surrogate ids as such."""

_TECHNICAL = {"lauf_id", "bekannt_von", "regelwerk_nr", "beurteilt_regelwerk_nr", "entscheidung_nr"}
_STANDS_FOR = {
    "identitaet_id": "(select encode(k.tn_token, 'hex') from abgleich.identitaet_token as k"
    " where k.identitaet_id = t.identitaet_id)",
    **{
        f"identitaet_{side}": f"(select {choose}(encode(k.tn_token, 'hex')) from abgleich.identitaet_token as k"
        " where k.identitaet_id in (t.identitaet_a, t.identitaet_b))"
        for side, choose in (("a", "min"), ("b", "max"))
    },
    "person_id": "(select min(encode(k.tn_token, 'hex')) from kern.person_zuordnung as p"
    " inner join abgleich.identitaet_token as k using (identitaet_id)"
    " where p.person_id = t.person_id and p.bekannt_bis is null)",
    "lieferung_nr": "(select l.lieferung_id from betrieb.lieferung as l where l.lieferung_nr = t.lieferung_nr)",
    "bekannt_bis": "(t.bekannt_bis is null)",
}


def snapshot(connection: Connection) -> dict[str, Counter[tuple[object, ...]]]:
    """Return table → its rows as a multiset."""
    columns = connection.execute(
        text("""
            select table_schema || '.' || table_name, column_name, data_type
            from information_schema.columns inner join information_schema.tables using (table_schema, table_name)
            where table_type = 'BASE TABLE' and table_schema = any(:schemas)
            order by 1, ordinal_position
            """),
        {"schemas": list(SCHEMAS)},
    ).all()
    result: dict[str, Counter[tuple[object, ...]]] = {}
    for table in dict.fromkeys(row[0] for row in columns):
        if table in LEFT_OUT:
            continue
        wanted = [
            _STANDS_FOR.get(name, f"t.{name}::text")
            for owner, name, kind in columns
            if owner == table
            and name not in _TECHNICAL
            and not name.endswith("_lauf")
            and kind != "timestamp with time zone"
        ]
        rows = connection.execute(text(f"select {', '.join(wanted)} from {table} as t"))
        result[table] = Counter(map(tuple, rows))
    return result
