"""Small deliveries of one partner of the example site, as files or as judged tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pypdf import PdfReader

from zaehlbar.contract import Delivery, Scope, Verdict, contract
from zaehlbar.ingest import Ingested
from zaehlbar.validate import Validated

PERSON = {
    "vorhaben_id": "V9001",
    "tvp_id": "T01",
    "tn_nr": "A-1",
    "nachname": "Łęcka-Öztürk",
    "vorname": "Ağça",
    "geburtsdatum": "1980-05-17",
    "eintritt_datum": "2026-01-12",
    "einwilligung_stufe": "1",
    "einwilligung_am": "2026-01-12",
    "rechtskreis": "KEIN",
}


def activity(code: str, day: str, minutes: int, tn_nr: str = "A-1") -> dict[str, Any]:
    return {
        "vorhaben_id": "V9001",
        "tvp_id": "T01",
        "tn_nr": tn_nr,
        "aktivitaet_code": code,
        "datum": day,
        "dauer_min": minutes,
    }


def step(code: str, day: str, tn_nr: str = "A-1") -> dict[str, Any]:
    return {"vorhaben_id": "V9001", "tvp_id": "T01", "tn_nr": tn_nr, "datum": day, "code": code}


def write_delivery(
    folder: Path, tables: Mapping[str, Sequence[Mapping[str, Any]]], month: str = "2026-06", version: int = 1
) -> list[Path]:
    """Write the tables as the canonical CSV files of V9001 and T01, for the half year up to `month`."""
    folder.mkdir(parents=True, exist_ok=True)
    year, end = month.split("-")
    start, last = ("01-01", "06-30") if end == "06" else ("07-01", "12-31")
    manifest = {
        "vorhaben_id": "V9001",
        "tvp_id": "T01",
        "zeitraum_von": f"{year}-{start}",
        "zeitraum_bis": f"{year}-{last}",
        "version": version,
        "umfang": "voll",
    }
    paths = []
    for name, rows in {"lieferung": [manifest], **tables}.items():
        columns = list(dict.fromkeys(key for row in rows for key in row)) or list(contract().table(name).field_names)
        path = folder / f"BIWAQ_V9001_T01_{month}_{name}_v{version:02}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, delimiter=";", restval="")
            writer.writeheader()
            writer.writerows(rows)
        paths.append(path)
    return paths


def judged(
    tables: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    start: date = date(2026, 1, 1),
    end: date = date(2026, 6, 30),
    version: int = 1,
    increment: str = "voll",
) -> Validated:
    """Return a delivery whose rows were all accepted; days are dates."""
    arrow = {}
    for table in contract().tables:
        if table.name in tables:
            rows = [{**row, "_zeile": at, "_datei": 0} for at, row in enumerate(tables[table.name], start=2)]
            arrow[table.name] = pa.Table.from_pylist(rows, schema=table.arrow_schema)
    scope = Scope("V9001", "T01", start, end, increment)  # type: ignore[arg-type]
    none = {name: np.zeros(rows.num_rows, dtype=bool) for name, rows in arrow.items()}
    return Validated(
        ingested=Ingested(Delivery(f"{version:016}", "kanonisch", (), scope, version), tables=arrow),
        findings=[],
        rejected=dict(none),
        duplicate=dict(none),
        nulled={},
        verdict=Verdict.ACCEPTED,
        reasons=(),
        not_checked=(),
    )


def text_of(pdf: bytes | Path) -> str:
    """Return the text of a PDF as somebody who copies it gets it, with single spaces."""
    reader = PdfReader(io.BytesIO(pdf) if isinstance(pdf, bytes) else pdf)
    found = " ".join(page.extract_text() for page in reader.pages)
    return " ".join(found.split())
