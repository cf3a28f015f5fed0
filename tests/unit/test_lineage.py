"""Lineage of columns: how names are followed through selects, and what is reviewed for the counted tables."""

from __future__ import annotations

import pytest
import yaml
from tools.data_catalogue import lineage
from tools.data_catalogue.lineage import Lineage, columns_read
from tools.data_catalogue.structure import Column, Function, Relation, Structure

from zaehlbar import resources
from zaehlbar.contract import contract

SOURCES = resources.folder("sql") / "sources"
CONTENT = yaml.safe_load(lineage.REVIEWED.read_text(encoding="utf-8"))


def relation(name: str, columns: str, definition: str = "") -> Relation:
    schema, _, table = name.partition(".")
    made = tuple(Column(column, "text", "", "", True) for column in columns.split())
    return Relation(schema, table, "Sicht" if definition else "Tabelle", "", (), made, definition)


def origins(definition: str, column: str, *others: Relation, functions: tuple[Function, ...] = ()) -> set[str]:
    base = (relation("kern.a", "id x y"), relation("kern.b", "id z"))
    structure = Structure({}, (*base, *others, relation("bericht.v", column, definition)), functions)
    return {f"{table}.{name}" for table, name in Lineage(structure).of("bericht.v", column)}


@pytest.mark.parametrize(
    "definition, expected",
    [
        ("select a.x as c from kern.a as a", {"kern.a.x"}),
        ("select x as c from kern.a", {"kern.a.x"}),
        ("select coalesce(a.x, b.z) as c from kern.a as a join kern.b as b on a.id = b.id", {"kern.a.x", "kern.b.z"}),
        ("select q.c from (select a.x as c, a.y as d from kern.a as a) as q", {"kern.a.x"}),
        ("with q as (select a.y as c from kern.a as a) select q.c from q", {"kern.a.y"}),
        ("select a.x as c from kern.a as a union all select b.z from kern.b as b", {"kern.a.x", "kern.b.z"}),
        ("select a.y, a.x as c from kern.a as a union select b.z, b.id from kern.b as b", {"kern.a.x", "kern.b.id"}),
        ("select count(*) as c from kern.a as a", {"kern.a.*"}),
        ("with r as (select 1 from kern.b) select count(*) as c from (select x from kern.a) as q", {"kern.a.*"}),
        ("select count(*) filter (where a.y = 'j') as c from kern.a as a", {"kern.a.*", "kern.a.y"}),
        ("select sum(a.x) over (partition by a.y) as c from kern.a as a", {"kern.a.x", "kern.a.y"}),
        ("select l.c from kern.a as a cross join lateral (select b.z as c from kern.b as b) as l", {"kern.b.z"}),
        ("select (select max(b.z) from kern.b as b where b.id = a.id) as c from kern.a as a",
         {"kern.b.z", "kern.b.id", "kern.a.id"}),
        ("select r.c from kern.a as a cross join lateral (values ('x', a.x), ('y', a.y)) as r(n, c)",
         {"kern.a.x", "kern.a.y"}),
        ("select r.c from kern.a as a cross join lateral (values ('x', a.x), ('y', a.y)) as r(c, n)", set()),
        ("select 'fest'::text as c from kern.a as a", set()),
        ("select q.d as c from (select a.x, a.y from kern.a as a) as q(e, d)", {"kern.a.y"}),
    ],
)  # fmt: skip
def test_values_are_followed_to_the_columns_of_tables(definition: str, expected: set[str]) -> None:
    assert origins(definition, "c") == expected


def test_what_rows_are_chosen_by_is_no_origin() -> None:
    assert origins("select a.x as c from kern.a as a where a.y = 'j'", "c") == {"kern.a.x"}


def test_views_are_followed_through_views_and_functions() -> None:
    middle = relation("zahl.m", "n", "select a.x as n from kern.a as a")
    assert origins("select m.n as c from zahl.m as m", "c", middle) == {"kern.a.x"}
    rows = Function("kern", "a_nach(stand integer)", "SETOF kern.a", "", ("id", "x", "y"), "kern.a", "")
    assert origins("select t.x as c from kern.a_nach(3) as t", "c", functions=(rows,)) == {"kern.a.x"}
    body = "with q as (select b.z, b.id from kern.b as b) select id, count(*) filter (where z > 1) from q"
    table = Function("kern", "f()", "TABLE", "", ("nr", "anzahl"), "", body)
    assert origins("select f.anzahl as c from kern.f() as f", "c", functions=(table,)) == {"kern.b.z", "kern.b.*"}
    assert origins("select f.nr as c from kern.f() as f", "c", functions=(table,)) == {"kern.b.id"}


def test_fields_are_those_of_the_contract() -> None:
    view = relation("bericht.v", "c d e", "select i.tvp_id as c, t.eintritt_datum as d, q.name as e from kern.teilnahme"
                    " as t join kern.identitaet as i on true join katalog.quartier as q on true")  # fmt: skip
    found = Lineage(Structure({}, (view,), ()))
    assert found.fields("bericht.v", "c") == ["teilnahme.tvp_id"]
    assert found.fields("bericht.v", "d") == ["teilnahme.eintritt_datum"]
    assert found.fields("bericht.v", "e") == ["Site"]


def fields_read(source: str) -> set[str]:
    """Fields of the contract that a statement of sql/sources/ reads, anywhere in it."""
    known = {f"{table.name}.{field.name}" for table in contract().tables for field in table.fields}
    names = {"teilnahme_nach": "teilnahme", "identitaet": "teilnahme"}
    found = set()
    for table, column in columns_read((SOURCES / f"{source}.sql").read_text(encoding="utf-8")):
        schema, _, name = table.partition(".")
        field = f"{names.get(name, name)}.{column}"
        found |= set(lineage.derived().get(field, [field])) if schema == "kern" else set()
    return found & known


@pytest.mark.parametrize("table", CONTENT["quellen"])
def test_what_is_reviewed_is_what_counting_reads(table: str) -> None:
    read = set().union(*(fields_read(source) for source in CONTENT["quellen"][table]))
    said = {field for fields in CONTENT["tabellen"][table].values() for field in fields if "." in field}
    assert said <= read, f"not read by sql/sources/: {sorted(said - read)}"


def test_nothing_that_counting_reads_is_left_out() -> None:
    read = set().union(*(fields_read(path.stem) for path in SOURCES.glob("*.sql")))
    tables = CONTENT["tabellen"].values()
    said = {field for columns in tables for fields in columns.values() for field in fields if "." in field}
    assert read - said == set(CONTENT["ausgeschlossen"])
    assert {path.stem for path in SOURCES.glob("*.sql")} == set().union(*CONTENT["quellen"].values())


def test_every_reviewed_field_is_one_of_the_contract() -> None:
    known = {f"{table.name}.{field.name}" for table in contract().tables for field in table.fields}
    tables = CONTENT["tabellen"].values()
    assert {field for columns in tables for fields in columns.values() for field in fields if "." in field} <= known
