"""Which codes today's facts hold, what they count as under a site's mapping, and what no category takes.

Belongs here: counting units, time, participations and persons by code. Does not belong here: proposing categories
(categorize/suggest), layout. Per Teilvorhabenpartner the numbers are for the Vorhabenträger only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
from sqlalchemy import Connection, text

from zaehlbar import resources
from zaehlbar.categorize import UNMAPPED_CATEGORY
from zaehlbar.count.preview import mapping_table, rules_of
from zaehlbar.count.source import read_source
from zaehlbar.site import Site

ALL = "*"


@dataclass(frozen=True, slots=True)
class UsedCode:
    """One code in one category on its days, of a Vorhaben and partner or of all (`*`)."""

    vorhaben_id: str
    tvp_id: str
    code: str
    kategorie: str
    """`K-0-NZ`: no category takes the code on these days."""
    einheiten: int
    dauer_min: int
    teilnahmen: int
    personen: int
    einheiten_bagatelle: int
    """Units of participations that have not reached the threshold until today; 0 where there is none."""
    dauer_min_bagatelle: int
    erste: date
    letzte: date

    @property
    def mapped(self) -> bool:
        return self.kategorie != UNMAPPED_CATEGORY


@dataclass(frozen=True, slots=True)
class UsedEvent:
    """The same of events without persons; `anzahl` is None where no event says it."""

    vorhaben_id: str
    tvp_id: str
    code: str
    kategorie: str
    ereignisse: int
    anzahl: int | None
    erste: date
    letzte: date

    @property
    def mapped(self) -> bool:
        return self.kategorie != UNMAPPED_CATEGORY


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every code in use, sorted; the facts that figures count, as they are known today."""

    codes: tuple[UsedCode, ...]
    events: tuple[UsedEvent, ...]

    def total(self) -> list[UsedCode]:
        """Return the codes of all partners together."""
        return [row for row in self.codes if row.vorhaben_id == ALL]

    def unmapped(self) -> list[str]:
        """Return the codes in use that no category takes on some day, sorted."""
        units = {row.code for row in self.codes if not row.mapped}
        return sorted(units | {row.code for row in self.events if not row.mapped})

    def shares(self, site: Site) -> dict[str, tuple[int, int]]:
        """Return what became of the units → (units, minutes): gezaehlt, bagatelle, organisatorisch, nicht_zugeordnet.

        Each unit is in exactly one, so they add up to all. `bagatelle`: of a category that counts, but in a
        participation below the threshold; the rest of K-0 is what it is whatever the threshold says ((d) 9).
        """
        counts = {item.kategorie for item in site.kategorien.kategorien if item.zaehleinheit != "keine"}
        found = dict.fromkeys(("gezaehlt", "bagatelle", "organisatorisch", "nicht_zugeordnet"), (0, 0))
        for row in self.total():
            whole, small = (row.einheiten, row.dauer_min), (row.einheiten_bagatelle, row.dauer_min_bagatelle)
            if row.kategorie in counts:
                found["bagatelle"] = _plus(found["bagatelle"], small)
                found["gezaehlt"] = _plus(found["gezaehlt"], (whole[0] - small[0], whole[1] - small[1]))
            else:
                key = "organisatorisch" if row.mapped else "nicht_zugeordnet"
                found[key] = _plus(found[key], whole)
        return found


def coverage(connection: Connection, site: Site) -> Coverage:
    """Count the codes of today's facts under the mapping and threshold of `site`; nothing is written."""
    newest = connection.execute(text("select coalesce(max(lauf_id), 0) from betrieb.lauf")).scalar_one()
    engine = duckdb.connect(config={"autoinstall_known_extensions": False})
    try:
        for name in ("teilnahme", "aktivitaet", "angebot"):
            engine.register(name, read_source(connection, name, {"stand": newest}))
        engine.register("kategorie_zuordnung", mapping_table(site))
        for path in sorted((resources.folder("sql") / "coverage").glob("*.sql")):
            statement = path.read_text(encoding="utf-8")
            threshold = {"schwelle_minuten": rules_of(site).schwelle_minuten}
            engine.execute(statement, threshold if "$schwelle_minuten" in statement else {})
        return Coverage(
            tuple(UsedCode(**row) for row in _rows(engine, "z_code")),
            tuple(UsedEvent(**row) for row in _rows(engine, "z_ereignis")),
        )
    finally:
        engine.close()


def _rows(engine: duckdb.DuckDBPyConnection, table: str) -> Sequence[dict[str, Any]]:
    query = (
        f"select * replace (case when kategorie = '' then '{UNMAPPED_CATEGORY}' else kategorie end as kategorie)"
        f" from {table} order by vorhaben_id, tvp_id, code, kategorie"
    )
    rows: list[dict[str, Any]] = engine.sql(query).to_arrow_table().to_pylist()
    return rows


def _plus(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] + other[0], one[1] + other[1]
