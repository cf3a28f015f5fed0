"""Activity codes that no category takes on their day: counted as "nicht zugeordnet", reported, never dropped."""

from __future__ import annotations

from sqlalchemy import Connection, text

UNMAPPED_CATEGORY = "K-0-NZ"
"""Category of units whose code has no category on that day (DESIGN.md, statement 12)."""


def find_unmapped(connection: Connection, kategorien_version: str) -> int:
    """Write the unmapped codes of every delivery with current rows; return how many delivery × code pairs there are."""
    connection.execute(text("delete from betrieb.nicht_zugeordnet"))
    return connection.execute(
        text("""
            insert into betrieb.nicht_zugeordnet (lieferung_nr, code, anzahl)
            select a.lieferung_nr, a.aktivitaet_code, count(*)
            from kern.aktivitaet as a
            left join katalog.kategorie_zuordnung as k
                on k.version = :version and k.code = a.aktivitaet_code
                and a.datum between k.gueltig_ab and coalesce(k.gueltig_bis, 'infinity'::date)
            where a.bekannt_bis is null and k.code is null
            group by a.lieferung_nr, a.aktivitaet_code
            """),
        {"version": kategorien_version},
    ).rowcount
