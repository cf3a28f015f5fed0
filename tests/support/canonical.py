"""Small deliveries in the form of the data contract (profile `kanonisch`), written into an inbox."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

VORHABEN = {"T01": "V9001", "T04": "V9002"}
"""Partners of the example site that deliver by this profile."""

_ROUND = {"V9001": ("BIWAQ_V", "MUSTERMUT"), "V9002": ("BIWAQ_V", "BEISPIELWEG")}
_PARTICIPATION: dict[str, Any] = {"status": "AKTIV", "rechtskreis": "SGB2", "jobcenter_nr": "99901"}
_UNIT: dict[str, Any] = {"aktivitaet_code": "C01", "periode": "T", "dauer_min": 60}

Rows = Sequence[Mapping[str, Any]]


def deliver(
    inbox: Path,
    tvp_id: str,
    start: date,
    end: date,
    participations: Rows,
    units: Rows = (),
    *,
    version: int = 1,
    increment: str = "voll",
) -> None:
    """Write manifest, participations and (if any) units below `inbox`; defaults fill what a row leaves out."""
    vorhaben_id = VORHABEN[tvp_id]
    foerderrunde, akronym = _ROUND[vorhaben_id]
    own = {"vorhaben_id": vorhaben_id, "tvp_id": tvp_id}
    tables: dict[str, list[dict[str, Any]]] = {
        "teilnahme": [{**own, **_PARTICIPATION, **row} for row in participations],
        "aktivitaet": [{**own, "aktivitaet_lfd": at, **_UNIT, **row} for at, row in enumerate(units, start=1)],
    }
    tables = {name: rows for name, rows in tables.items() if rows or name == "teilnahme"}
    manifest = {
        **own,
        "schema_version": "1.0",
        "foerderrunde": foerderrunde,
        "akronym": akronym,
        "berichtsmonat": f"{end:%Y-%m}",
        "zeitraum_von": start,
        "zeitraum_bis": end,
        "version": version,
        "umfang": increment,
        "erstellt_am": end,
        **{f"anzahl_{name}": len(rows) for name, rows in tables.items()},
    }
    folder = inbox / tvp_id
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in {"lieferung": [manifest], **tables}.items():
        fields = list(dict.fromkeys(field for row in rows for field in row)) or list(own)
        path = folder / f"BIWAQ_{vorhaben_id}_{tvp_id}_{end:%Y-%m}_{name}_v{version:02d}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fields, delimiter=";", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
