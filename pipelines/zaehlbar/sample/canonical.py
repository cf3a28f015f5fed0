"""Canonical tables as the files of the data contract: one CSV file per table, and the manifest.

Belongs here: the form that profile `kanonisch` of the example site describes. Does not belong here: a provider's own
form (export), content.
"""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from zaehlbar.contract.model import ORDER, VERSION
from zaehlbar.sample.plan import Period, Provider
from zaehlbar.sample.tables import Tables

SENTINELS = {"\ue000": b";", "\ue001": b'"', "\ue002": b"\xff"}
"""Characters of the private use area that stand for what a CSV writer does not write: broken structure and bytes."""


def file_name(provider: Provider, period: Period, table: str, version: int) -> str:
    """Return the name of the file of `table`; its month is the last of the period."""
    ids = f"{provider.vorhaben.vorhaben_id}_{provider.partner.tvp_id}"
    return f"BIWAQ_{ids}_{period.end:%Y-%m}_{table}_v{version:02d}.csv"


def csv_bytes(table: pa.Table) -> bytes:
    """Return `table` as CSV: UTF-8, semicolons, ISO dates, empty for null; no value contains `;`, `"` or line ends."""
    buffer = io.BytesIO()
    options = pacsv.WriteOptions(delimiter=";", quoting_style="none", quoting_header="none", batch_size=65_536)
    pacsv.write_csv(table, buffer, options)
    content = buffer.getvalue()
    for sentinel, replacement in SENTINELS.items():
        content = content.replace(sentinel.encode(), replacement)
    return content


def write_delivery(
    folder: Path, provider: Provider, period: Period, tables: Tables, version: int = 1, broken: Tables | None = None
) -> tuple[Path, ...]:
    """Write one delivery into `folder` and return its files, manifest first.

    The manifest's totals are those of `tables`; the rows written are those of `broken`, if given.
    """
    folder.mkdir(parents=True, exist_ok=True)
    contents = {name: csv_bytes((broken or {}).get(name, table)) for name, table in tables.items() if table.num_columns}
    manifest = csv_bytes(_manifest(provider, period, tables, version, contents))
    written = []
    for name, content in {"lieferung": manifest, **contents}.items():
        path = folder / file_name(provider, period, name, version)
        path.write_bytes(content)
        written.append(path)
    return tuple(written)


def _manifest(provider: Provider, period: Period, tables: Tables, version: int, contents: dict[str, bytes]) -> pa.Table:
    values: dict[str, str | int] = {
        "vorhaben_id": provider.vorhaben.vorhaben_id,
        "tvp_id": provider.partner.tvp_id,
        "schema_version": VERSION,
        "foerderrunde": provider.vorhaben.foerderrunde,
        "akronym": provider.vorhaben.akronym,
        "berichtsmonat": f"{period.end:%Y-%m}",
        "zeitraum_von": period.start.isoformat(),
        "zeitraum_bis": period.end.isoformat(),
        "version": version,
        "umfang": "voll",
        "erstellt_am": (period.end + timedelta(days=8 + version)).isoformat(),
    }
    if version > 1:
        values["korrektur_von"] = version - 1
    values |= {f"anzahl_{name}": tables[name].num_rows for name in ORDER[1:] if name in contents}
    values |= {f"sha256_{name}": hashlib.sha256(contents[name]).hexdigest() for name in ORDER[1:] if name in contents}
    values |= _totals(tables["teilnahme"], period)
    return pa.table({name: pa.array([str(value)]) for name, value in values.items()})


def _totals(teilnahme: pa.Table, period: Period) -> dict[str, int]:
    """Return what the provider has in the ESF monitoring; equal to its rows."""
    status, length = teilnahme["erwerbsstatus_eintritt"], teilnahme["alo_dauer"]

    def count(mask: pa.ChunkedArray) -> int:
        return int(pc.sum(pc.fill_null(mask, False)).as_py() or 0)

    def in_period(name: str) -> int:
        low, high = (pa.scalar(day, pa.date32()) for day in (period.start, period.end))
        return count(pc.and_(pc.greater_equal(teilnahme[name], low), pc.less_equal(teilnahme[name], high)))

    return {
        "esf_gesamt": teilnahme.num_rows,
        "esf_arbeitslos": count(pc.equal(status, "ALO")),
        "esf_langzeitarbeitslos": count(pc.equal(length, "AB12")),
        "esf_nichterwerbstaetig": count(pc.equal(status, "NERW")),
        "esf_erwerbstaetig": count(pc.equal(status, "ERW")),
        "dates_teilnahmen": teilnahme.num_rows,
        "dates_eintritte": in_period("eintritt_datum"),
        "dates_austritte": in_period("austritt_datum"),
    }
