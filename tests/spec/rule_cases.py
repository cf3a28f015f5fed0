"""Turns the cases of a rule file into a delivery: valid base rows, changed as the case says.

A case is one row or a list of rows. Keys are canonical fields; keys that start with `_` are: `_tabelle` (else the
rule's first), `_treffer: false` (this row of a failing case is not hit), `_mal` (so many such rows, each with its
own participant), `_teilnahme` (participations of the same delivery), and for rules about a delivery `_manifest`,
`_frueher`, `_lieferung`, `_spalte`, `_unlesbar`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from zaehlbar.contract import Delivery, Finding, Scope, Severity, SourceFile, contract
from zaehlbar.contract.model import FILE, ROW
from zaehlbar.ingest import Ingested, ReadCount
from zaehlbar.site import (
    Calendar,
    CategoryMapping,
    CountingRules,
    CsvFormat,
    FilePart,
    Foerderrunde,
    Jobcenter,
    Partner,
    PeriodSource,
    Profile,
    Quartier,
    Site,
    Thresholds,
    Vorhaben,
)
from zaehlbar.site.model import (
    CatalogueEntry,
    CatalogueFile,
    LegalBases,
    LegalBasis,
    MatchFile,
    MatchRule,
    Recipient,
    RetentionFile,
    SiteHead,
    ValidationFile,
)
from zaehlbar.validate.result import Earlier
from zaehlbar.validate.rules import DeliveryCheck, Rule

BASE: dict[str, dict[str, Any]] = {
    "lieferung": {"vorhaben_id": "V1", "tvp_id": "T1"},
    "teilnahme": {
        "vorhaben_id": "V1",
        "tvp_id": "T1",
        "tn_nr": "TN-1",
        "nachname": "Mustermann",
        "vorname": "Erika",
        "geburtsdatum": date(1980, 5, 17),
        "geschlecht": "w",
        "eintritt_datum": date(2026, 3, 1),
        "erwerbsstatus_eintritt": "ALO",
        "einwilligung_stufe": "1",
        "einwilligung_am": date(2026, 3, 1),
    },
    "aktivitaet": {
        "vorhaben_id": "V1",
        "tvp_id": "T1",
        "tn_nr": "TN-1",
        "aktivitaet_code": "C01",
        "datum": date(2026, 3, 2),
        "periode": "T",
        "dauer_min": 60,
    },
    "zwischenschritt": {
        "vorhaben_id": "V1",
        "tvp_id": "T1",
        "tn_nr": "TN-1",
        "datum": date(2026, 3, 2),
        "code": "SPRACHE",
    },
    "angebot": {
        "vorhaben_id": "V1",
        "tvp_id": "T1",
        "datum": date(2026, 3, 2),
        "angebot_code": "A03",
        "quartier_id": "Q1",
        "anzahl_gesamt": 12,
    },
    "verzeichnis": {"vorhaben_id": "V1", "tvp_id": "T1", "angebot_id": "A-1", "titel": "Werkstatt"},
    "vereinbarung": {"vorhaben_id": "V1", "tvp_id": "T1", "jobcenter_nr": "11111"},
}


_BASIS = LegalBasis(person_level="Test", empfaenger=(Recipient(funktion="Test", sieht="Test"),), zweck="Test")


def example_site(**validation: Any) -> Site:
    """Return a small site; `validation` goes to `validierung.yaml`."""
    codes = [("A03", "angebot"), ("B01", "aktivitaet"), ("C01", "aktivitaet"), ("X99", "aktivitaet")]
    profile = Profile(
        profil="kanonisch",
        beschreibung="Test",
        zeitraum=PeriodSource(aus="manifest"),
        dateien=(FilePart(tabelle="teilnahme", muster=".*", format=CsvFormat()),),
    )
    return Site(
        head=SiteHead(site="test", version="1", betriebsmodell="M1", rechtsgrundlage=LegalBases(M1=_BASIS)),
        vorhaben=(
            Vorhaben(
                vorhaben_id="V1",
                akronym="TEST",
                foerderrunde="BIWAQ_V",
                land="06",
                von=date(2023, 7, 1),
                bis=date(2026, 12, 31),
                quartiere=(Quartier(quartier_id="Q1", name="Nord", jobcenter_nr="11111"),),
                partner=(Partner(tvp_id="T1", name="Test", profil="kanonisch", eingang="t1"),),
            ),
        ),
        jobcenter=(Jobcenter(jobcenter_nr="11111", name="Test", typ="gE"),),
        foerderrunden=(
            Foerderrunde(foerderrunde="BIWAQ_V", von=date(2023, 1, 1), bis=date(2026, 12, 31), mindestalter=18),
        ),
        katalog=CatalogueFile(
            version="1",
            codes=tuple(
                CatalogueEntry(code=code, name=code, tabelle=table, gueltig_ab=date(2023, 1, 1))  # type: ignore[arg-type]
                for code, table in codes
            ),
        ),
        kategorien=CategoryMapping(version="1", kategorien=(), zuordnung=()),
        zaehlregeln=CountingRules(version="1", schwelle_stunden=8, aktiv_tage=60),
        kalender=Calendar(version="1"),
        validierung=ValidationFile(version="1", **{"standard": Thresholds(), **validation}),
        abgleich=MatchFile(
            version="1",
            regeln=(MatchRule(name="exakt", beschreibung="Test", gleich=(("exakt",),), wirkung="pruefen"),),
        ),
        aufbewahrung=RetentionFile(version="1", person_monate=18, roh_tage=14, eingang_leeren=False),
        profile={"kanonisch": profile},
        hashes={},
    )


def arrow_table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Return canonical rows (missing fields null) with row numbers from 2 on."""
    full = [
        {**dict.fromkeys(contract().table(name).field_names), **row, ROW: number, FILE: 0}
        for number, row in enumerate(rows, start=2)
    ]
    return pa.Table.from_pylist(full, schema=contract().table(name).arrow_schema)


def ingested(tables: dict[str, pa.Table], **changes: Any) -> Ingested:
    """Return a delivery of V1/T1 for the first half of 2026 with these tables."""
    scope = Scope(
        changes.get("vorhaben_id", "V1"),
        changes.get("tvp_id", "T1"),
        date(2026, 1, 1),
        date(2026, 6, 30),
        changes.get("umfang", "voll"),
    )
    file = SourceFile(url="file:///x.csv", sha256="a" * 64, size=1, part="teilnahme")
    return Ingested(
        delivery=Delivery("0123456789abcdef", changes.get("profil", "kanonisch"), (file,), scope, 1),
        tables=tables,
        counts={name: ReadCount(table.num_rows) for name, table in tables.items()},
        unreadable={name: np.zeros(table.num_rows, dtype=np.bool_) for name, table in tables.items()},
    )


@dataclass
class Case:
    """A delivery made from a case: what goes in, and which rows of `table` must be hit."""

    ingested: Ingested
    earlier: Earlier
    table: str
    hits: list[int]


def case(rule: Rule, raw: Any) -> Case:
    """Build the delivery of one case."""
    rows = raw if isinstance(raw, list) else [raw]
    first = rows[0]
    table = first.get("_tabelle", "teilnahme" if isinstance(rule.pruefung, DeliveryCheck) else _first_table(rule))
    data: list[dict[str, Any]] = []
    hits = []
    for row in rows:
        for number in range(row.get("_mal", 1)):
            values = {**BASE[table], **{key: value for key, value in row.items() if not key.startswith("_")}}
            if "_mal" in row:
                values["tn_nr"] = f"MAL-{number}"
            if row.get("_treffer", True):
                hits.append(len(data) + 2)
            data.append(values)
    tables = {table: arrow_table(table, data)}
    if "_teilnahme" in first:
        participations = [{**BASE["teilnahme"], **row} for row in first["_teilnahme"]]
        tables["teilnahme"] = arrow_table("teilnahme", participations)
    built = ingested(tables, **first.get("_lieferung", {}))
    built.manifest = dict(first.get("_manifest", {}))
    if "_spalte" in first:
        params = {"_spalte": first["_spalte"]}
        built.findings.append(Finding("ZB-D-003", Severity.WARNING, table, count=1, params=params))
    if first.get("_unlesbar"):
        built.unreadable[table][:] = True
    return Case(built, Earlier(**first.get("_frueher", {})), table, hits)


def _first_table(rule: Rule) -> str:
    return next(name for name in rule.tabellen if name != "lieferung")
