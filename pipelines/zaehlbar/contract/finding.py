"""Findings and verdicts: what is wrong, where, and what follows. Never a value that could identify a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field as dataclass_field
from enum import StrEnum

import numpy as np
import numpy.typing as npt


class Severity(StrEnum):
    """An error rejects its rows (or the delivery, for rules without rows); warnings and notices do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Verdict(StrEnum):
    """The four verdicts on a delivery (DESIGN.md)."""

    ACCEPTED = "angenommen"
    ACCEPTED_WITH_FINDINGS = "angenommen_mit_befunden"
    HELD = "angehalten"
    REFUSED = "abgelehnt"


def _no_rows() -> npt.NDArray[np.int32]:
    return np.empty(0, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Finding:
    """All hits of one rule on one field of one table of one delivery, columnar.

    `rows` are the numbers of the records as the sender sees them (contract.ROW), ascending; empty for a finding about
    the table or the delivery as a whole, whose size is then `count`. `files` has, for each row, the index into
    `Delivery.files`. `params` complete the message (column titles, expected format, numbers); they never carry a value
    of a personal field. File and column names in `params` under keys starting with `_` are shown by `check` only.
    """

    rule: str
    severity: Severity
    table: str
    field: str | None = None
    rows: npt.NDArray[np.int32] = dataclass_field(default_factory=_no_rows)
    files: npt.NDArray[np.int16] | None = None
    count: int = 0
    params: Mapping[str, str | int] = dataclass_field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.rows) and self.count == 0:
            object.__setattr__(self, "count", len(self.rows))
