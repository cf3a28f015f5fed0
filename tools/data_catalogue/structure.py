"""The structure of a migrated database: schemas, relations, columns, functions, who may read what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

SCHEMAS = ("betrieb", "abgleich", "kern", "katalog", "zahl", "bericht", "veroeffentlichung")
"""In the order of docs/namen.md."""

ROLES = ("zaehlbar_lader", "zaehlbar_qualitaet", "zaehlbar_controlling")


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str
    comment: str
    key: str
    """"PK", "→ table" for a foreign key, both, or empty."""
    nullable: bool


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view."""

    schema: str
    name: str
    kind: str
    """"Tabelle" or "Sicht"."""
    comment: str
    readers: tuple[str, ...]
    columns: tuple[Column, ...]
    definition: str
    """The select of a view, fully qualified; empty for a table."""

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class Function:
    schema: str
    signature: str
    returns: str
    comment: str
    columns: tuple[str, ...]
    """Names of the columns of what a table function returns."""
    rows_of: str
    """Full name of the table whose rows it returns; empty when it returns others."""
    definition: str
    """The select of a table function in SQL; empty otherwise."""

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.signature.partition('(')[0]}"


@dataclass(frozen=True, slots=True)
class Structure:
    schemas: Mapping[str, str]
    """Name → comment."""
    relations: tuple[Relation, ...]
    functions: tuple[Function, ...]

    def relation(self, full_name: str) -> Relation | None:
        return next((one for one in self.relations if one.full_name == full_name), None)

    def function(self, full_name: str) -> Function | None:
        return next((one for one in self.functions if one.full_name == full_name), None)


def read_structure(connection: Connection) -> Structure:
    """Return the structure of the schemas, sorted by schema and name; columns in their own order."""
    schemas = connection.execute(
        text("select nspname, coalesce(obj_description(oid, 'pg_namespace'), '') from pg_namespace")
    )
    known = {name: comment for name, comment in schemas}  # noqa: C416 - rows, not pairs
    return Structure(
        {name: known[name] for name in SCHEMAS},
        tuple(sorted(_relations(connection), key=lambda one: (SCHEMAS.index(one.schema), one.name))),
        tuple(sorted(_functions(connection), key=lambda one: (SCHEMAS.index(one.schema), one.signature))),
    )


def _relations(connection: Connection) -> Iterator[Relation]:
    columns = _columns(connection)
    rows = connection.execute(
        text("""
            select
                c.oid,
                n.nspname,
                c.relname,
                c.relkind::text as kind,
                coalesce(obj_description(c.oid, 'pg_class'), '') as comment,
                case when c.relkind = 'v' then pg_get_viewdef(c.oid) else '' end as definition,
                array(
                    select r from unnest(cast(:roles as text[])) as r
                    where has_schema_privilege(r, n.oid, 'usage') and has_table_privilege(r, c.oid, 'select')
                ) as readers
            from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
            where c.relkind in ('r', 'v', 'm', 'p') and n.nspname = any(:schemas)
            """),
        {"roles": list(ROLES), "schemas": list(SCHEMAS)},
    )
    for row in rows:
        yield Relation(
            schema=row.nspname,
            name=row.relname,
            kind="Tabelle" if row.kind in ("r", "p") else "Sicht",
            comment=row.comment,
            readers=tuple(row.readers),
            columns=tuple(columns[row.oid]),
            definition=row.definition,
        )


def _columns(connection: Connection) -> dict[int, list[Column]]:
    """Return the columns by the relation's oid; a column that refers to several tables names all."""
    rows = connection.execute(
        text("""
            select
                a.attrelid,
                a.attname,
                format_type(a.atttypid, a.atttypmod) as type,
                coalesce(col_description(a.attrelid, a.attnum), '') as comment,
                not a.attnotnull as nullable,
                exists (
                    select from pg_constraint as p
                    where p.conrelid = a.attrelid and p.contype = 'p' and a.attnum = any(p.conkey)
                ) as primary,
                array(
                    select distinct f.confrelid::regclass::text from pg_constraint as f
                    where f.conrelid = a.attrelid and f.contype = 'f' and a.attnum = any(f.conkey)
                    order by 1
                ) as referred
            from pg_attribute as a
            inner join pg_class as c on a.attrelid = c.oid
            inner join pg_namespace as n on c.relnamespace = n.oid
            where n.nspname = any(:schemas) and a.attnum > 0 and not a.attisdropped
            order by a.attrelid, a.attnum
            """),
        {"schemas": list(SCHEMAS)},
    )
    result: defaultdict[int, list[Column]] = defaultdict(list)
    for row in rows:
        key = " ".join([*(["PK"] if row.primary else []), *(f"→ {one}" for one in row.referred)])
        result[row.attrelid].append(Column(row.attname, row.type, row.comment, key, row.nullable))
    return result


def _functions(connection: Connection) -> Iterator[Function]:
    rows = connection.execute(
        text("""
            select
                n.nspname,
                p.proname || '(' || pg_get_function_arguments(p.oid) || ')' as signature,
                pg_get_function_result(p.oid) as returns,
                coalesce(obj_description(p.oid, 'pg_proc'), '') as comment,
                coalesce(
                    case
                        when p.proretset and t.typrelid <> 0 then array(
                            select a.attname::text from pg_attribute as a
                            where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
                        )
                        when p.proretset then array(
                            select n.name from unnest(p.proargnames, p.proargmodes) as n (name, mode) where n.mode = 't'
                        )
                    end, '{}'
                ) as columns,
                case when t.typrelid <> 0 then t.typrelid::regclass::text else '' end as rows_of,
                case
                    when p.proretset and l.lanname = 'sql' and t.typrelid = 0 then p.prosrc else ''
                end as definition
            from pg_proc as p
            inner join pg_namespace as n on p.pronamespace = n.oid
            inner join pg_type as t on p.prorettype = t.oid
            inner join pg_language as l on p.prolang = l.oid
            where n.nspname = any(:schemas)
            """),
        {"schemas": list(SCHEMAS)},
    )
    for row in rows:
        returns = "TABLE" if row.returns.startswith("TABLE(") else row.returns
        yield Function(
            row.nspname, row.signature, returns, row.comment, tuple(row.columns), row.rows_of, row.definition.strip()
        )
