"""What stands beside the figures, in the warehouse: official Kennzahlen, a Jobcenter's feedback, benchmarks.

Belongs here: replacing the rows of the optional site files (site/supplements.py). Does not belong here: anything a
count rests on: these files are no part of a `regelwerk`, a new value makes nothing be counted or judged anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from zaehlbar.site import Site, supplements


def versions(site: Site) -> dict[str, str]:
    """Return file → version of the optional files that the site has."""
    parts = {
        supplements.FIGURES: site.kennzahlen,
        supplements.FEEDBACK: site.rueckmeldung,
        supplements.TARGETS: site.zielgruppen,
    }
    return {file: part.version for file, part in parts.items() if part is not None}


def write(connection: Connection, site: Site) -> None:
    """Replace what the warehouse has by what the site says; without a file its tables are empty."""
    official, feedback, targets = site.kennzahlen, site.rueckmeldung, site.zielgruppen
    _replace(connection, "amtliche_kennzahl", official, official.amtliche_kennzahl if official else ())
    _replace(connection, "amtlicher_bestand", official, official.amtlicher_bestand if official else ())
    _replace(connection, "jobcenter_rueckmeldung", feedback, feedback.jobcenter_rueckmeldung if feedback else ())
    _replace(connection, "zielgruppe_vergleich", targets, targets.vergleichswerte if targets else ())


def _replace(connection: Connection, table: str, file: Any, rows: Iterable[Any]) -> None:
    connection.execute(text(f"delete from katalog.{table}"))
    values = [{**row.model_dump(), "version": file.version} for row in rows]
    if not values:
        return
    for row in values:
        if "monat" in row:
            row["monat"] = date.fromisoformat(f"{row['monat']}-01")
    names = ", ".join(values[0])
    binds = ", ".join(f":{name}" for name in values[0])
    connection.execute(text(f"insert into katalog.{table} ({names}) values ({binds})"), values)
