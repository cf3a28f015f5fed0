"""Where the values of a column come from: from a view's column back to tables, and on to the fields of the contract.

Belongs here: following names through selects (sqlglot parses what PostgreSQL deparses), and the reviewed list for what
is counted (`sql/herkunft.yaml`): counting happens in DuckDB over many statements, where names change their meaning.
A column's origin is what its value is made of, with the conditions inside its expression; not what rows are joined or
chosen by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from sqlglot import exp, parse_one
from sqlglot.optimizer.scope import Scope, build_scope

from tools.data_catalogue.structure import Structure
from zaehlbar.contract import contract

Origin = tuple[str, str]
"""Full name of a table (or table function) and a column; "*" for its rows, where they are counted."""

REVIEWED = Path(__file__).parents[2] / "sql" / "herkunft.yaml"
ROWS = "Zeilen von"
"""Before the name of a table whose rows are counted."""
TECHNICAL = ("bekannt_von", "bekannt_bis")


def reviewed() -> dict[str, dict[str, list[str]]]:
    """Return `sql/herkunft.yaml`: table → column → fields of the contract, or words for what is none."""
    content: dict[str, dict[str, list[str]]] = yaml.safe_load(REVIEWED.read_text(encoding="utf-8"))["tabellen"]
    return content


def derived() -> dict[str, list[str]]:
    """Return which columns of facts are made of other fields before loading, and of which."""
    content: dict[str, dict[str, list[str]]] = yaml.safe_load(REVIEWED.read_text(encoding="utf-8"))
    return content["abgeleitet"]


class Lineage:
    """Origins of all columns of a structure; views are followed down to tables."""

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self._views: dict[str, _View] = {}
        self._known: dict[Origin, frozenset[Origin]] = {}

    def of(self, full_name: str, column: str) -> frozenset[Origin]:
        """Return the columns of tables that a column's values are made of; a table's column is its own origin."""
        key = (full_name, column)
        if key not in self._known:
            direct = self._direct(full_name, column)
            found = {key} if direct is None else {origin for one in direct for origin in self.of(*one)}
            self._known[key] = frozenset(found)
        return self._known[key]

    def _direct(self, full_name: str, column: str) -> set[Origin] | None:
        """Return what a column of a view or table function is made of; None for a table."""
        relation = self._structure.relation(full_name)
        if relation is not None and relation.definition:
            return self._view(full_name, relation.definition).origins(column)
        function = self._structure.function(full_name)
        if function is None:
            return None
        if function.rows_of:
            return {(function.rows_of, column)}
        if not function.definition or column not in (*function.columns, "*"):
            return None
        view = self._view(full_name, function.definition)
        places = range(len(function.columns)) if column == "*" else [function.columns.index(column)]
        return {origin for place in places for origin in view.origins_at(place)}

    @property
    def unresolved(self) -> set[str]:
        """Names met on the way that lead nowhere, as view: name; none in a lineage that is whole."""
        return {f"{view}: {name}" for view, one in self._views.items() for name in one.unresolved}

    def fields(self, full_name: str, column: str) -> list[str]:
        """Return the fields of the contract that a column's values come from, e.g. "teilnahme.eintritt_datum".

        What comes from elsewhere is named by it: "Site", "Lauf" (what happened in a night), "Zählung".
        """
        found: set[str] = set()
        for origin in self.of(full_name, column):
            found.update(self._origin(*origin))
        return sorted(found, key=lambda one: ("." not in one, one))

    def _origin(self, table: str, column: str) -> list[str]:
        schema, _, name = table.partition(".")
        if column == "*" and schema in ("kern", "zahl"):
            return [f"{ROWS} {table}"]
        known = self._reviewed.get(table)
        if known is not None and column in known:
            return known[column]
        if (name, column) in self._contract:
            return self._derived.get(f"{name}.{column}", [f"{name}.{column}"])
        return {"katalog": ["Site"], "betrieb": ["Lauf"], "kern": ["Lauf"], "zahl": ["Zählung"]}.get(schema, [])

    @cached_property
    def _reviewed(self) -> Mapping[str, Mapping[str, list[str]]]:
        return reviewed()

    @cached_property
    def _derived(self) -> Mapping[str, list[str]]:
        return derived()

    @cached_property
    def _contract(self) -> frozenset[tuple[str, str]]:
        delivered = {(table.name, field.name) for table in contract().tables for field in table.fields}
        return frozenset(delivered | {(table, name) for table, _, name in (one.partition(".") for one in derived())})

    def _view(self, full_name: str, definition: str) -> _View:
        if full_name not in self._views:
            self._views[full_name] = _View(definition, self._structure)
        return self._views[full_name]


def columns_read(sql: str) -> set[Origin]:
    """Return the columns of tables that a select reads anywhere, conditions and joins included."""
    view = _View(sql, None)
    return set(view.origins_of(view.tree))


class _View:
    """One select, its names resolved scope by scope."""

    def __init__(self, sql: str, structure: Structure | None) -> None:
        self.tree = parse_one(sql, dialect="postgres")
        self._structure = structure
        self.unresolved: set[str] = set()
        root = build_scope(self.tree)
        assert root is not None, "a view is a select"
        self._scopes = {id(scope.expression): scope for scope in root.traverse()}
        self._root = root

    def origins(self, column: str) -> set[Origin]:
        """Return what the output column ("*": a row) is made of, by the tables and views that the select names."""
        if column == "*":
            return set(self._rows(self._root))
        return set(self._output(self._root.expression, column, frozenset()))

    def origins_at(self, place: int) -> set[Origin]:
        """Return the same for the output column at `place`, counted from 0."""
        parts = [part.selects[place] for part in _parts(self._root.expression)]
        return {origin for one in parts for origin in self._made_of(one, frozenset())}

    def origins_of(self, node: exp.Expr) -> Iterator[Origin]:
        yield from self._made_of(node, frozenset())

    def _output(self, select: exp.Expr, column: str, seen: frozenset[tuple[int, str]]) -> Iterator[Origin]:
        if (id(select), column) in seen:  # a recursive query
            return
        seen |= {(id(select), column)}
        if isinstance(select, exp.Subquery):
            yield from self._output(select.this, column, seen)
        elif isinstance(select, exp.SetOperation):
            # Names are those of the first part, places are shared.
            position = _position(select, column)
            for part in _parts(select):
                if position is not None and position < len(part.selects):
                    yield from self._made_of(part.selects[position], seen)
        elif isinstance(select, exp.Select):
            for one in select.selects:
                if one.alias_or_name == column:
                    yield from self._made_of(one, seen)

    def _made_of(self, node: exp.Expr, seen: frozenset[tuple[int, str]]) -> Iterator[Origin]:
        for column in node.find_all(exp.Column):
            yield from self._resolved(column, seen)
        for count in node.find_all(exp.Count):
            if isinstance(count.this, exp.Star):
                for scope in self._around(count):
                    yield from self._rows(scope)
                    break

    def _resolved(self, column: exp.Column, seen: frozenset[tuple[int, str]]) -> Iterator[Origin]:
        for scope in self._around(column):
            names = [column.table] if column.table else list(scope.sources)
            for name in names:
                source = scope.sources.get(name)
                if source is not None and (column.table or len(names) == 1 or self._has(source, column.name)):
                    yield from self._of_source(source, column.name, seen)
                    return
        self.unresolved.add(column.sql(dialect="postgres"))

    def _of_source(self, source: Any, column: str, seen: frozenset[tuple[int, str]]) -> Iterator[Origin]:
        if isinstance(source, exp.Table):
            name = _table_name(source)
            if name:
                yield (name, column)
        elif isinstance(source, Scope):
            body = source.expression
            if isinstance(body, exp.Select | exp.SetOperation | exp.Subquery):
                aliases = source.outer_columns
                inner = [one.alias_or_name for one in _first(body).selects]
                at = aliases.index(column) if column in aliases else None
                yield from self._output(body, inner[at] if at is not None and at < len(inner) else column, seen)
            else:
                for part in _column_of_rows(body, column):
                    yield from self._made_of(part, seen)

    def _rows(self, scope: Scope) -> Iterator[Origin]:
        """Yield the tables and views whose rows are those of `scope`."""
        for part in scope.set_operation_scopes:
            yield from self._rows(part)
        for _, source in scope.selected_sources.values():
            if isinstance(source, Scope):
                yield from self._rows(source)
            elif _table_name(source):
                yield (_table_name(source), "*")

    def _around(self, node: exp.Expr) -> Iterator[Scope]:
        """Yield the scopes that `node` stands in, the innermost first."""
        at: exp.Expr | None = node
        while at is not None:
            if id(at) in self._scopes:
                yield self._scopes[id(at)]
            at = at.parent

    def _has(self, source: Any, column: str) -> bool:
        if isinstance(source, Scope):
            body = source.expression
            return isinstance(body, exp.Select | exp.SetOperation) and column in body.named_selects
        relation = self._structure.relation(_table_name(source)) if self._structure is not None else None
        return relation is not None and column in {one.name for one in relation.columns}


def _table_name(table: exp.Table) -> str:
    """Return schema.name; of a table function schema.function."""
    if isinstance(table.this, exp.Func):
        return f"{table.db}.{table.this.name}" if table.db else ""
    return f"{table.db}.{table.name}" if table.db else ""


def _first(select: exp.Expr) -> exp.Select:
    while not isinstance(select, exp.Select):
        select = select.this
    return select


def _position(select: exp.Expr, column: str) -> int | None:
    names = [one.alias_or_name for one in _first(select).selects]
    return names.index(column) if column in names else None


def _parts(select: exp.Expr) -> Iterator[exp.Select]:
    if isinstance(select, exp.SetOperation):
        yield from _parts(select.this)
        yield from _parts(select.expression)
    elif isinstance(select, exp.Subquery):
        yield from _parts(select.this)
    elif isinstance(select, exp.Select):
        yield select


def _column_of_rows(body: exp.Expr, column: str) -> Iterator[exp.Expr]:
    """Yield what a column of VALUES is in each row; of any other function that gives rows, all it is made from."""
    values = body if isinstance(body, exp.Values) else body.find(exp.Values)
    names = [*body.alias_column_names] if isinstance(body, exp.DerivedTable | exp.UDTF) else []
    if values is not None and not names:
        names = [*values.alias_column_names]
    if values is None or column not in names:
        yield body
        return
    for row in values.expressions:
        yield row.expressions[names.index(column)]
