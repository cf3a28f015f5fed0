"""What the format readers hand to the casting: columns of bytes, and where every record of the file went."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from zaehlbar.ingest.result import ReadCount
from zaehlbar.ingest.rules import Issue, Rows


@dataclass(slots=True)
class RawTable:
    """One file (or sheet) read as its profile declares.

    `columns` are binary Arrow arrays of equal length by canonical field name, `titles` the provider's name of each;
    `lines` has the record number of each row. A fatal table has no rows: its records are counted as rejected.
    """

    columns: dict[str, pa.Array] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    lines: Rows = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    count: ReadCount = field(default_factory=lambda: ReadCount(0))
    issues: list[Issue] = field(default_factory=list)
    encoding: str = "utf-8"
    """Codec of the bytes in `columns`."""
    declared: str = "utf-8"
    ascii: bool = False
    """The whole file is known to be printable ASCII, so that the character checks can be left out."""
    spreadsheet: bool = False
    """The values come from typed cells: dates are ISO, and a bare number in a date column is a serial date."""
    fatal: bool = False
