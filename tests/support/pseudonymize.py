"""Deliveries made by hand for the tests of pseudonymize and store: rows as dictionaries, judged as the test says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from zaehlbar import resources
from zaehlbar.contract import Delivery, Finding, Scope, SourceFile, Verdict, contract
from zaehlbar.contract.model import FILE, ROW
from zaehlbar.ingest import Ingested, ReadCount
from zaehlbar.pseudonymize import NORMALIZER_VERSION, KeyRing, Pseudonymized, pseudonymize
from zaehlbar.site import Site, load_site
from zaehlbar.validate import Validated

SCOPE = Scope("V9001", "T01", date(2026, 1, 1), date(2026, 6, 30))
KEYS = KeyRing("k1", {"k1": bytes(range(32))})

DEFAULTS: dict[str, dict[str, Any]] = {
    "teilnahme": {
        "tn_nr": "TN-1",
        "eintritt_datum": date(2026, 2, 1),
        "einwilligung_stufe": "1",
        "einwilligung_am": date(2026, 2, 1),
    },
    "aktivitaet": {"tn_nr": "TN-1", "aktivitaet_code": "C01", "datum": date(2026, 3, 2), "dauer_min": 60},
    "zwischenschritt": {"tn_nr": "TN-1", "code": "UNTERLAGEN", "datum": date(2026, 3, 2)},
}

Rows = Sequence[Mapping[str, Any]]


@cache
def site(model: str = "M1") -> Site:
    found = load_site(resources.folder("site"))
    return found.model_copy(update={"head": found.head.model_copy(update={"betriebsmodell": model})})


def canonical_table(name: str, rows: Rows) -> pa.Table:
    """Rows as ingest hands them on: fields that are not named get the default, else null; record numbers from 2 on."""
    schema = contract().table(name).arrow_schema
    base = {"vorhaben_id": SCOPE.vorhaben_id, "tvp_id": SCOPE.tvp_id, FILE: 0, **DEFAULTS.get(name, {})}
    full = [{**base, ROW: at, **row} for at, row in enumerate(rows, start=2)]
    return pa.Table.from_pylist(full, schema=schema)


def validated(
    tables: Mapping[str, Rows | pa.Table],
    *,
    rejected: Mapping[str, Sequence[int]] | None = None,
    duplicate: Mapping[str, Sequence[int]] | None = None,
    unreadable: Mapping[str, Sequence[int]] | None = None,
    nulled: Mapping[str, Mapping[str, Sequence[int]]] | None = None,
    findings: Sequence[Finding] = (),
    scope: Scope | None = SCOPE,
) -> Validated:
    """A judged delivery; `rejected` and its like name rows by position."""
    made = {name: rows if isinstance(rows, pa.Table) else canonical_table(name, rows) for name, rows in tables.items()}

    def masks(positions: Mapping[str, Sequence[int]] | None) -> dict[str, np.ndarray]:
        return {name: _mask(table.num_rows, (positions or {}).get(name, ())) for name, table in made.items()}

    file = SourceFile("file:///eingang/teilnahmen.csv", "0" * 64, 1, "teilnahme")
    ingested = Ingested(
        delivery=Delivery("00112233445566ff", "kanonisch", (file,), scope, 1),
        tables=made,
        counts={name: ReadCount(found=table.num_rows, titles=1) for name, table in made.items()},
        findings=list(findings),
        unreadable=masks(unreadable),
    )
    nulled_masks = {
        name: {field: _mask(made[name].num_rows, rows) for field, rows in by_field.items()}
        for name, by_field in (nulled or {}).items()
    }
    return Validated(
        ingested=ingested,
        findings=list(findings),
        rejected=masks(rejected),
        duplicate=masks(duplicate),
        nulled=nulled_masks,
        verdict=Verdict.ACCEPTED,
        reasons=(),
        not_checked=(),
    )


def pseudonymized(
    tables: Mapping[str, Rows | pa.Table],
    keys: KeyRing = KEYS,
    *,
    model: str = "M1",
    versions: tuple[int, ...] = (NORMALIZER_VERSION,),
    **judgement: Any,
) -> Pseudonymized:
    """`model`: the site's operating model. The day it is done on is the last of the period."""
    judged = validated(tables, **judgement)
    scope = judged.ingested.delivery.scope
    return pseudonymize(judged, site(model), keys, versions, today=scope.end if scope else SCOPE.end)


def _mask(length: int, rows: Sequence[int]) -> np.ndarray:
    mask = np.zeros(length, dtype=np.bool_)
    mask[list(rows)] = True
    return mask
