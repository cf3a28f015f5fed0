"""Reading facts out of the warehouse as columns: COPY as CSV, parsed by Arrow; no row becomes a Python object."""

from __future__ import annotations

import io
from collections.abc import Mapping

import psycopg
import pyarrow as pa
import pyarrow.csv
from sqlalchemy import Connection

from zaehlbar import resources

_TEXT = pa.dictionary(pa.int32(), pa.string())
_SCHEMAS = {
    "teilnahme": pa.schema(
        [
            ("identitaet_id", pa.int64()),
            ("eintritt_datum", pa.date32()),
            ("austritt_datum", pa.date32()),
            ("jobcenter_nr", _TEXT),
            ("vorhaben_id", _TEXT),
            ("tvp_id", _TEXT),
            ("person_id", pa.int64()),
        ]
    ),
    "aktivitaet": pa.schema(
        [
            ("identitaet_id", pa.int64()),
            ("datum", pa.date32()),
            ("aktivitaet_code", _TEXT),
            ("dauer_min", pa.int32()),
        ]
    ),
    "kategorie_zuordnung": pa.schema(
        [("code", pa.string()), ("kategorie", pa.string()), ("gueltig_ab", pa.date32()), ("gueltig_bis", pa.date32())]
    ),
}


def read_source(connection: Connection, name: str, values: Mapping[str, int | str]) -> pa.Table:
    """Return the result of `sql/sources/<name>.sql` with the columns of its schema; `values` are its parameters."""
    schema = _SCHEMAS[name]
    query = (resources.folder("sql") / "sources" / f"{name}.sql").read_text(encoding="utf-8")
    for key, value in values.items():
        # COPY takes no parameters; psycopg quotes the literal.
        query = query.replace(f":{key}", psycopg.sql.Literal(value).as_string())
    raw = connection.connection.driver_connection
    assert raw is not None
    buffer = io.BytesIO()
    with raw.cursor() as cursor, cursor.copy(f"copy ({query}) to stdout with (format csv)") as copy:
        for block in copy:
            buffer.write(block)
    if not buffer.tell():
        return schema.empty_table()
    buffer.seek(0)
    return pa.csv.read_csv(
        buffer,
        read_options=pa.csv.ReadOptions(column_names=schema.names, block_size=16 << 20),
        convert_options=pa.csv.ConvertOptions(
            column_types=schema, strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )
