"""Rotation: all tokens of the warehouse under the next key, in place, without anybody knowing a name.

Each token table is read column by column, computed anew and written into an emptied table (TRUNCATE gives table and
indexes new files), all in one transaction: whoever looks finds all tokens under the old key or all under the new one,
and no dead row keeps an old token. What PostgreSQL keeps elsewhere goes in `clear_traces`: values in its statistics,
and the write-ahead log.

Belongs here: which columns hold tokens, rewriting them. Does not belong here: which key comes next, the lock, files of
the store (key_rotation).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from sqlalchemy import Connection, text

from zaehlbar.load.copy import copy_into
from zaehlbar.load.keyring import register
from zaehlbar.pseudonymize.keyed import Digests, advance_tokens
from zaehlbar.pseudonymize.keys import KeyRing, Purpose
from zaehlbar.pseudonymize.merkmale import KINDS

_CHUNK_BYTES = 32 * 1024 * 1024
"""Text of a table that is worked on at once: bounds the memory (about ten times as much)."""
_KEY = "schluessel_id"


@dataclass(frozen=True, slots=True)
class TokenColumn:
    """A column of tokens. `only`: another column and the value it has in the rows that are meant (None: in all)."""

    table: str
    column: str
    size: int
    purpose: Purpose
    only: tuple[str, str] | None = None


def _by_kind(table: str) -> tuple[TokenColumn, ...]:
    """Tables that hold tokens of the number and of the person in one column, told apart by `art`."""
    return (
        TokenColumn(table, "token", 32, Purpose.TN_NR, ("art", "tn")),
        TokenColumn(table, "token", 32, Purpose.ABGLEICH, ("art", "exakt")),
    )


TOKEN_COLUMNS: tuple[TokenColumn, ...] = (
    TokenColumn("abgleich.identitaet_token", "tn_token", 32, Purpose.TN_NR),
    *(TokenColumn("abgleich.merkmal", f"{kind}_token", size, Purpose.ABGLEICH) for kind, size in KINDS.items()),
    *_by_kind("abgleich.widerruf"),
    *_by_kind("abgleich.einschraenkung_token"),
    TokenColumn("betrieb.quittung", "person_token", 32, Purpose.QUITTUNG),
    TokenColumn("betrieb.quittung", "nummer_token", 32, Purpose.QUITTUNG),
    TokenColumn("abgleich.uebermittlung_zeile", "tn_token", 32, Purpose.TN_NR),
)
"""The one list of token columns; each of these tables has `schluessel_id` in every row. A test compares it with the
columns that there are."""


def token_tables() -> tuple[str, ...]:
    """Return the tables that hold tokens, in the order of the list."""
    return tuple(dict.fromkeys(column.table for column in TOKEN_COLUMNS))


def rows_by_key(connection: Connection) -> dict[str, dict[str, int]]:
    """Return table → key id → number of its rows."""
    return {
        table: {
            row[0]: int(row[1])
            for row in connection.execute(text(f"select {_KEY}, count(*) from {table} group by 1 order by 1"))
        }
        for table in token_tables()
    }


def rewrite(
    writer: Connection, reader: Connection, ring: KeyRing, to_id: str, told: Callable[[str], None] = lambda _: None
) -> dict[str, int]:
    """Bring all tokens under the key `to_id` of `ring` and make it the warehouse's key; return rows by table.

    Works in `writer`'s transaction, which the caller commits; `reader` is another connection to the same warehouse.
    The caller holds the load lock alone. `told` hears each table before it is worked on.
    """
    tables = token_tables()
    # Somebody who looks at a table for hours ends this with an error, not the other way round.
    writer.execute(text("set local lock_timeout = '60s'"))
    # Nobody may write meanwhile; reading (by `reader`) goes on until the table is emptied.
    writer.execute(text(f"lock table betrieb.schluessel, {', '.join(tables)} in exclusive mode"))
    done = {}
    for table in tables:
        told(table)
        done[table] = _rewrite_table(writer, reader, table, ring, to_id)
    register(writer, ring, to_id)
    return done


def clear_traces(execute: Callable[[str], object]) -> list[str]:
    """Remove what PostgreSQL keeps of old tokens beside the tables; return the statements that were not allowed.

    `execute` runs one statement by itself, with as many rights as there are.
    """
    refused = []
    for statement in (
        "vacuum full pg_catalog.pg_statistic",  # its dead rows hold common values and histograms of before
        "select pg_switch_wal()",
        "checkpoint",  # segments of the write-ahead log before the switch are not needed any more
    ):
        try:
            execute(statement)
        except psycopg.errors.InsufficientPrivilege:
            refused.append(statement)
    return refused


def _rewrite_table(writer: Connection, reader: Connection, table: str, ring: KeyRing, to_id: str) -> int:
    names, uuids, order = _columns(writer, table)
    columns = [column for column in TOKEN_COLUMNS if column.table == table]
    listed = ", ".join(f'"{name}"' for name in names)
    new = "n_drehung"
    writer.execute(text(f"create temporary table {new} (like {table}) on commit drop"))
    rows = 0
    for chunk in _chunks(reader, f"copy (select {listed} from {table}) to stdout (format csv)", names):
        rows += chunk.num_rows
        copy_into(writer, new, _advanced(chunk, columns, uuids, ring, to_id))
    if rows:
        writer.execute(text(f"truncate {table}"))
        writer.execute(
            text(f"insert into {table} ({listed}) overriding system value select {listed} from {new} order by {order}")
        )
    # Not only for the planner: what statistics say of the table is taken from the new tokens.
    writer.execute(text(f"analyze {table}"))
    writer.execute(text(f"drop table {new}"))
    return rows


def _columns(connection: Connection, table: str) -> tuple[list[str], set[str], str]:
    """Return the names of the columns that can be written, those that are uuids, and the primary key to order by."""
    rows = connection.execute(
        text("""
            select attname, atttypid = 'uuid'::regtype as ist_uuid,
                array_position((
                    select i.indkey::int2[] from pg_index as i where i.indrelid = a.attrelid and i.indisprimary
                ), a.attnum) as platz
            from pg_attribute as a
            where attrelid = cast(:table as regclass) and attnum > 0 and not attisdropped and attgenerated = ''
            order by attnum
            """),
        {"table": table},
    ).all()
    key = sorted((row.platz, row.attname) for row in rows if row.platz is not None)
    names = [row.attname for row in rows]
    return names, {row.attname for row in rows if row.ist_uuid}, ", ".join(f'"{name}"' for _, name in key) or "1"


def _chunks(connection: Connection, statement: str, names: Sequence[str]) -> Iterator[pa.Table]:
    """Yield the rows of a COPY as tables of text columns, null where the warehouse has null."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)

    def parsed(lines: list[bytes]) -> pa.Table:
        return pa.csv.read_csv(
            pa.BufferReader(b"".join(lines)),
            read_options=pa.csv.ReadOptions(column_names=list(names)),
            parse_options=pa.csv.ParseOptions(newlines_in_values=True),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )

    with raw.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        lines: list[bytes] = []
        size = 0
        for line in copy:
            lines.append(bytes(line))
            size += len(line)
            if size >= _CHUNK_BYTES:
                yield parsed(lines)
                lines, size = [], 0
        if lines:
            yield parsed(lines)
    raw.rollback()  # gives the table free


def _advanced(rows: pa.Table, columns: Sequence[TokenColumn], uuids: set[str], ring: KeyRing, to_id: str) -> pa.Table:
    """Return the rows (text columns) with their tokens, and their key id, under `to_id`."""
    for from_id in rows.column(_KEY).unique().to_pylist():
        of_key = pc.equal(rows.column(_KEY), from_id)
        for column in columns:
            meant = pc.and_(of_key, pc.is_valid(rows.column(column.column)))
            if column.only is not None:
                meant = pc.and_(meant, pc.equal(rows.column(column.only[0]), column.only[1]))
            at = np.flatnonzero(np.asarray(meant.combine_chunks()))
            if not len(at):
                continue
            old = _bytes_of(rows.column(column.column).take(pa.array(at)), column)
            new = _text_of(advance_tokens(ring, column.purpose, old, from_id, to_id), column.column in uuids)
            rows = _put(rows, column.column, at, new)
    keys = pa.array([to_id], pa.string()).take(pa.array(np.zeros(rows.num_rows, dtype=np.int32)))
    return rows.set_column(rows.column_names.index(_KEY), _KEY, keys)


def _bytes_of(texts: pa.ChunkedArray, column: TokenColumn) -> Digests:
    """Return tokens from how PostgreSQL writes them: `\\x…` (bytea) or with hyphens (uuid)."""
    plain = pc.replace_substring(pc.replace_substring(texts, "\\x", ""), "-", "")
    content = bytes.fromhex("".join(plain.to_pylist()))
    if len(content) != len(texts) * column.size:
        raise ValueError(f"{column.table}.{column.column} holds a token that has not {column.size} bytes")
    return np.frombuffer(content, dtype=np.uint8).reshape(-1, column.size)


def _text_of(tokens: Digests, is_uuid: bool) -> pa.Array:
    width = 2 * tokens.shape[1]
    content = pa.py_buffer(tokens.tobytes().hex().encode("ascii"))
    hexadecimal = pa.Array.from_buffers(pa.binary(width), len(tokens), [None, content]).cast(pa.binary())
    digits = hexadecimal.cast(pa.string())
    return digits if is_uuid else pc.binary_join_element_wise("\\x", digits, "")


def _put(rows: pa.Table, name: str, at: npt.NDArray[np.int64], values: pa.Array) -> pa.Table:
    mask = np.zeros(rows.num_rows, dtype=bool)
    mask[at] = True
    column = rows.column(name).combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks)
    return rows.set_column(rows.column_names.index(name), name, pc.replace_with_mask(column, pa.array(mask), values))
