"""Recognising totals rows."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zaehlbar.site.profile import TotalsRow


class TotalsPattern:
    """The profile's `summenzeile`, applied to a column of bytes or to a single value."""

    def __init__(self, declared: TotalsRow) -> None:
        self.column = declared.spalte
        self._pattern = re.compile(declared.muster)

    def matches(self, value: str) -> bool:
        return self._pattern.match(value.strip(" \t\r\n\u00a0\"'")) is not None

    def mask(self, column: pa.Array, encoding: str) -> npt.NDArray[np.bool_]:
        """Return, for a binary column, which values are those of a totals row."""
        encoded = column.dictionary_encode()
        hits = [self.matches(value.decode(encoding, "replace")) for value in encoded.dictionary.to_pylist()]
        if not any(hits):
            return np.zeros(len(column), dtype=bool)
        mask: npt.NDArray[np.bool_] = np.array(hits, dtype=bool)[encoded.indices.to_numpy(zero_copy_only=False)]
        return mask
