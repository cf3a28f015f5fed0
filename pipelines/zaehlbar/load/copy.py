"""Arrow into PostgreSQL: COPY of columns written as CSV, no row ever becomes a Python object."""

from __future__ import annotations

import binascii
import io

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from sqlalchemy import Connection

_CHUNK = 200_000
"""Rows per chunk: bounds the memory of the text form (about 20 MB)."""


_UUID = 16
"""Bytes of a uuid."""


def copy_into(connection: Connection, table: str, data: pa.Table) -> None:
    """COPY `data` into `table`, columns by name; nulls stay null, empty strings empty.

    Binary columns have a fixed width: 16 bytes become a uuid, any other number bytea. Rows in the order of the table's
    primary key fill its index page by page, which takes half the time of any other order.
    """
    columns = ", ".join(f'"{name}"' for name in data.column_names)
    statement = f"copy {table} ({columns}) from stdin with (format csv)"
    options = pa.csv.WriteOptions(include_header=False)
    raw = connection.connection.driver_connection
    assert raw is not None
    with raw.cursor() as cursor, cursor.copy(statement) as copy:
        for batch in data.to_batches(max_chunksize=_CHUNK):
            buffer = io.BytesIO()
            pa.csv.write_csv(_as_text(batch), buffer, write_options=options)
            copy.write(buffer.getbuffer())


def _as_text(batch: pa.RecordBatch) -> pa.RecordBatch:
    for index, field in enumerate(batch.schema):
        if pa.types.is_fixed_size_binary(field.type):
            batch = batch.set_column(index, field.name, hex_column(batch.column(index)))
        elif pa.types.is_dictionary(field.type):
            batch = batch.set_column(index, field.name, pc.cast(batch.column(index), field.type.value_type))
    return batch


def hex_column(values: pa.FixedSizeBinaryArray) -> pa.StringArray:
    """Return what PostgreSQL reads these bytes from: hexadecimal digits, before other than 16 bytes the sign of bytea.

    All digits are made at once from the column's buffer.
    """
    rows, width = len(values), values.type.byte_width
    prefix = b"" if width == _UUID else b"\\x"
    # What stands in the buffer under a null is anything, or nothing at all.
    whole = values.fill_null(bytes(width)) if values.null_count else values
    start = whole.offset * width
    digits = binascii.hexlify(memoryview(whole.buffers()[1])[start : start + rows * width]) if rows else b""
    text = np.empty((rows, len(prefix) + 2 * width), dtype=np.uint8)
    text[:, : len(prefix)] = np.frombuffer(prefix, dtype=np.uint8)
    text[:, len(prefix) :] = np.frombuffer(digits, dtype=np.uint8).reshape(rows, 2 * width)
    offsets = np.arange(rows + 1, dtype=np.int32) * text.shape[1]
    valid = None
    if values.null_count:
        valid = pa.py_buffer(np.packbits(np.asarray(values.is_valid()), bitorder="little"))
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(text), valid)
