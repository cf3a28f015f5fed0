"""The rule codes that ingest judges itself, because only the reader sees them.

Belongs here: the codes and how a finding of them is built. Their messages stand in `expectations/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from zaehlbar.contract import Severity

Rows = npt.NDArray[np.int32]


class Rule(StrEnum):
    """Codes of the findings of ingest."""

    FILE = "ZB-D-001"  # not readable as declared
    HEADER = "ZB-D-002"  # no header, or a required column is missing
    UNKNOWN_COLUMN = "ZB-D-003"
    COLUMN_COUNT = "ZB-D-004"  # the row has the wrong number of columns
    QUOTE = "ZB-D-005"  # unclosed or misplaced quote
    CHARSET = "ZB-D-006"
    PERIOD = "ZB-D-007"  # scope, period or version not readable
    LOST = "ZB-D-008"  # counter and parser disagree
    DUPLICATE_COLUMN = "ZB-D-009"
    CORRECTED = "ZB-D-010"  # value corrected on reading
    PART = "ZB-D-011"  # sheet or file missing
    REPEATED_HEADER = "ZB-D-012"  # the header stands again among the rows
    VALUE = "ZB-F-002"  # unreadable value


@dataclass(frozen=True, slots=True)
class Issue:
    """A finding of a reader, before table and file are known. `rows` are record numbers as the sender sees them."""

    rule: Rule
    severity: Severity
    rows: Rows = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    count: int = 0
    params: Mapping[str, str | int] = field(default_factory=dict)


def rows_of(numbers: list[int] | npt.NDArray[np.int64] | Rows) -> Rows:
    """Return record numbers ascending as int32."""
    return np.sort(np.asarray(numbers, dtype=np.int32))
