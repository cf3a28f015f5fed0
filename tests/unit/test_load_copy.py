"""Bytes as PostgreSQL reads them: every digit, whatever the slice and the nulls."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

from zaehlbar.load.copy import hex_column


@given(data=st.data(), width=st.sampled_from([1, 16, 32]))
def test_every_byte_and_null_comes_out(data: st.DataObject, width: int) -> None:
    values = data.draw(st.lists(st.none() | st.binary(min_size=width, max_size=width), max_size=9))
    first = data.draw(st.integers(0, len(values)))
    column = pa.array(values, pa.binary(width)).slice(first)
    prefix = "" if width == 16 else "\\x"
    assert hex_column(column).to_pylist() == [None if one is None else prefix + one.hex() for one in values[first:]]


@pytest.mark.parametrize("values", [[], [None], [None, None]])
def test_nothing_to_write(values: list[None]) -> None:
    assert hex_column(pa.array(values, pa.binary(32))).to_pylist() == values
