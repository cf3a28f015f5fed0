"""What ingest hands to validate, as types.

Belongs here: the dataclasses of the door. Does not belong here: anything that reads a file.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zaehlbar.contract import Delivery, Finding, SourceFile


@dataclass(frozen=True, slots=True)
class Discovery:
    """What lies in the inbox: deliveries ready to load, files no profile knows, deliveries that are not whole yet."""

    deliveries: tuple[Delivery, ...]
    strangers: tuple[SourceFile, ...]
    unfinished: tuple[Delivery, ...]
    """Required parts are missing (`missing_parts`), or a file changed within `validierung.ruhezeit_minuten`."""
    repeated: tuple[Delivery, ...] = ()
    """The same files again: equal `delivery_id` as one of `deliveries`."""


@dataclass(frozen=True, slots=True)
class ReadCount:
    """Records of one table of one delivery.

    `found` is counted independently of the parser and does not contain titles or totals; `titles` are title, header and
    blank rows; `rejected` are records found that became no row of the table (wrong number of columns, unclosed quote).
    `found == rows of the table + rejected` always holds for a delivery that is not fatal.
    """

    found: int
    titles: int = 0
    totals: int = 0
    rejected: int = 0


@dataclass(slots=True)
class Ingested:
    """One delivery read as its profile says."""

    delivery: Delivery
    """Scope and version are filled when they could be read."""
    tables: dict[str, pa.Table] = field(default_factory=dict)
    """Canonical tables by name: `Table.arrow_schema` (fields not delivered are null), rows in the order of the files.
    `lieferung` is among them when the profile has a manifest."""
    counts: dict[str, ReadCount] = field(default_factory=dict)
    """Same keys as `tables`."""
    findings: list[Finding] = field(default_factory=list)
    unreadable: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)
    """Per table (same keys as `tables`), length = rows: an unreadable value in a required, key, date or duration field,
    so that validate rejects the row."""
    fatal: bool = False
    """Nothing could be read as the profile says: the verdict is refused."""
    manifest: dict[str, object] = field(default_factory=dict)
    """Values of the `lieferung` row by field name; {} without one."""
