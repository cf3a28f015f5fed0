"""What validate hands on, as types.

Belongs here: the dataclasses of the door. Does not belong here: judging.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from zaehlbar.contract import Finding, Verdict
from zaehlbar.ingest import Ingested

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is known of earlier deliveries of the same Vorhaben × TVP."""

    same_scope: bool = False
    """Another, different delivery with this scope and version is known."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Rows of the previous delivery, per table."""


@dataclass(slots=True)
class Validated:
    """One delivery with its verdict. All masks have the length of the table in `ingested.tables`."""

    ingested: Ingested
    findings: list[Finding]
    """Ingest's and validate's, sorted by severity, rule, table, field."""
    rejected: dict[str, Mask]
    """Rows an error rejects, the unreadable ones included."""
    duplicate: dict[str, Mask]
    """2nd and later rows equal in all contract fields: not judged, never rejected, fate `doppelt`."""
    nulled: dict[str, dict[str, Mask]]
    """Table → field → rows whose value must not enter the warehouse, although the row does (unknown code or value out
    of range in a field that is not required). Only fields with at least one such row."""
    verdict: Verdict
    reasons: tuple[str, ...]
    """Codes of the rules that decided the verdict; empty when it is accepted."""
    not_checked: tuple[str, ...]
    """Codes of the rules that could not be judged here: they need earlier deliveries, or what this one does not say."""
