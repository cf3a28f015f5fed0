"""Reading facts out of the warehouse as columns: COPY as CSV, parsed by Arrow; no row becomes a Python object."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import psycopg
import pyarrow as pa
import pyarrow.csv
from sqlalchemy import Connection, text

from zaehlbar import resources
from zaehlbar.load.copy import copy_into

_TEXT = pa.dictionary(pa.int32(), pa.string())
_ANGABEN = (
    *("altersgruppe_eintritt", "geschlecht", "erwerbsstatus_eintritt", "alo_dauer", "rechtskreis", "schulabschluss"),
    *("berufsabschluss", "herkunft_ausl", "drittstaat", "wohnungslos", "alleinerziehend", "sprache_stufe"),
    *("hemmnisse_anzahl_eintritt", "vorher", "jc_massnahme_parallel", "zugangsweg", "austritt_grund", "anschluss"),
    *("beschfaehigkeit_erhoeht", "erg_arbeitsuche", "erg_bildung", "erg_qualifikation", "erg_arbeit", "erg_6m_arbeit"),
    "erg_6m_verbessert",
)
SCHEMAS = {
    "teilnahme": pa.schema(
        [
            ("identitaet_id", pa.int64()),
            ("eintritt_datum", pa.date32()),
            ("austritt_datum", pa.date32()),
            ("land", _TEXT),
            ("jobcenter_nr", _TEXT),
            ("vorhaben_id", _TEXT),
            ("quartier_id", _TEXT),
            ("tvp_id", _TEXT),
            ("person_id", pa.int64()),
            ("parallel", pa.bool_()),
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
    "angabe": pa.schema(
        [
            ("identitaet_id", pa.int64()),
            ("eintritt_datum", pa.date32()),
            ("austritt_datum", pa.date32()),
            *((name, _TEXT) for name in ("jobcenter_nr", "vorhaben_id", "quartier_id", "tvp_id")),
            ("person_id", pa.int64()),
            *((name, pa.int32() if name.startswith("hemmnisse_") else _TEXT) for name in _ANGABEN),
        ]
    ),
    "zwischenschritt": pa.schema([("identitaet_id", pa.int64()), ("datum", pa.date32()), ("code", _TEXT)]),
    "angebot": pa.schema(
        [
            *((name, _TEXT) for name in ("vorhaben_id", "tvp_id")),
            ("datum", pa.date32()),
            *((name, _TEXT) for name in ("angebot_code", "quartier_id", "jobcenter_nr")),
            ("anzahl_gesamt", pa.int32()),
            *((name, _TEXT) for name in ("anzahl_art", "verweis_an")),
        ]
    ),
    "kategorie_zuordnung": pa.schema(
        [("code", pa.string()), ("kategorie", pa.string()), ("gueltig_ab", pa.date32()), ("gueltig_bis", pa.date32())]
    ),
}


def read_source(
    connection: Connection, name: str, values: Mapping[str, int | str], identities: Sequence[int] | None = None
) -> pa.Table:
    """Return the result of `sql/sources/<name>.sql` with the columns of its schema; `values` are its parameters.

    `identities`: read their rows only (the source has a column `identitaet_id`); None: all.
    """
    schema = SCHEMAS[name]
    query = (resources.folder("sql") / "sources" / f"{name}.sql").read_text(encoding="utf-8")
    for key, value in values.items():
        # COPY takes no parameters; psycopg quotes the literal.
        query = query.replace(f":{key}", psycopg.sql.Literal(value).as_string())
    if identities is None:
        return read_query(connection, query, schema)
    connection.execute(text("create temporary table z_nur (identitaet_id bigint) on commit drop"))
    copy_into(connection, "z_nur", pa.table({"identitaet_id": pa.array(identities, pa.int64())}))
    connection.execute(text("analyze z_nur"))
    chosen = f"select s.* from ({query}) as s where s.identitaet_id in (select identitaet_id from z_nur)"
    rows = read_query(connection, chosen, schema)
    connection.execute(text("drop table z_nur"))
    return rows


def read_query(connection: Connection, query: str, schema: pa.Schema) -> pa.Table:
    """Return the result of `query` (without parameters) with the columns of `schema`."""
    buffer = io.BytesIO()
    _copy_out(connection, query, buffer)
    if not buffer.tell():
        return schema.empty_table()
    buffer.seek(0)
    return pa.csv.read_csv(
        buffer,
        read_options=pa.csv.ReadOptions(column_names=schema.names, block_size=16 << 20),
        convert_options=pa.csv.ConvertOptions(
            column_types=schema,
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )


def _copy_out(connection: Connection, query: str, buffer: io.BytesIO) -> None:
    """Write the result of `query` as CSV into `buffer`.

    The server sends row by row; psycopg's own loop takes longer to receive that than the server
    to send it, libpq's half as long.
    """
    connection.execute(text("select 1"))  # so that the transaction has begun, as before any statement
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    begun = raw.pgconn.exec_(f"copy ({query}) to stdout with (format csv)".encode())
    if begun.status != psycopg.pq.ExecStatus.COPY_OUT:
        raise psycopg.errors.error_from_result(begun)
    receive, write = raw.pgconn.get_copy_data, buffer.write
    size, row = receive(0)
    while size > 0:
        write(row)
        size, row = receive(0)
    # All results are taken before an error is raised: the connection must be able to roll back.
    results = list(iter(raw.pgconn.get_result, None))
    for ended in results:
        if ended.status != psycopg.pq.ExecStatus.COMMAND_OK:
            raise psycopg.errors.error_from_result(ended)
