"""Law of the store: whatever a stage hands on comes back equal, in value and in type."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as arrays
from tests.support.store import equal

from zaehlbar.contract import Delivery, Finding, Scope, Severity, SourceFile, Verdict
from zaehlbar.ingest import ReadCount
from zaehlbar.store.codec import Decoder, Encoder

TEXT = st.text(max_size=10)
DTYPES = st.sampled_from(["bool", "int8", "int16", "int32", "int64", "uint8", "uint64", "float32", "float64"])
SIMPLE = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | TEXT
    | st.dates()
    | st.datetimes(timezones=st.none() | st.just(UTC))
    | st.sampled_from([*Verdict, *Severity])
    | DTYPES.flatmap(lambda dtype: arrays.from_dtype(np.dtype(dtype), allow_nan=False))
)
ARRAYS = DTYPES.flatmap(lambda dtype: arrays.arrays(dtype, st.integers(0, 9)))
TABLES = st.lists(st.tuples(TEXT | st.none(), st.integers(-5, 5) | st.none(), st.dates() | st.none())).map(
    lambda rows: pa.table(
        {
            "text": pa.array([row[0] for row in rows], pa.string()),
            "zahl": pa.array([row[1] for row in rows], pa.int16()),
            "tag": pa.array([row[2] for row in rows], pa.date32()),
        }
    )
)
FINDINGS = st.builds(
    Finding,
    rule=TEXT,
    severity=st.sampled_from(Severity),
    table=TEXT,
    field=st.none() | TEXT,
    rows=arrays.arrays("int32", st.integers(0, 5)),
    files=st.none() | arrays.arrays("int16", st.integers(0, 5)),
    count=st.integers(0, 9),
    params=st.dictionaries(TEXT, TEXT | st.integers()),
)
SCOPES = st.builds(Scope, TEXT, TEXT, st.dates(), st.dates(), st.sampled_from(["voll", "zuwachs"]))
FILES = st.builds(SourceFile, TEXT, TEXT, st.integers(0), TEXT)
DELIVERIES = st.builds(
    Delivery, TEXT, TEXT, st.lists(FILES, max_size=2).map(tuple), st.none() | SCOPES, st.none() | st.integers(1, 9)
)
COUNTS = st.builds(ReadCount, st.integers(0), st.integers(0))
VALUES = st.recursive(
    SIMPLE | ARRAYS | TABLES | FINDINGS | DELIVERIES | COUNTS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple) | st.dictionaries(TEXT | st.dates(), inner)
    ),
    max_leaves=8,
)


@given(VALUES)
def test_a_value_comes_back_equal_in_value_and_type(value: Any) -> None:
    files = Encoder().files(value)
    assert equal(Decoder(files.__getitem__).value(), value)


def test_the_comparison_itself_tells_types_apart() -> None:
    pairs = [
        (1, True),
        (np.int16(1), 1),
        ((1,), [1]),
        (date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)),
        (Verdict.ACCEPTED, str(Verdict.ACCEPTED)),
        (np.zeros(1, dtype="int32"), np.zeros(1, dtype="int64")),
        ({"a": 1}, {"a": 2}),
    ]
    assert not any(equal(*pair) for pair in pairs)
