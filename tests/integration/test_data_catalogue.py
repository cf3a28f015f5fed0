"""docs/datenkatalog.md is what the database says of itself, and every report column leads back to its source."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import Warehouse
from tools.data_catalogue import lineage
from tools.data_catalogue.lineage import Lineage
from tools.data_catalogue.page import render
from tools.data_catalogue.structure import Structure, read_structure

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def structure(warehouse: Warehouse) -> Structure:
    with warehouse.engine.connect() as connection:
        return read_structure(connection)


def test_the_committed_page_is_current(structure: Structure) -> None:
    committed = (DOCS / "datenkatalog.md").read_text(encoding="utf-8")
    assert committed == render(structure), "docs/datenkatalog.md is stale: make docs"


def test_every_function_is_commented(structure: Structure) -> None:
    assert [one.signature for one in structure.functions if not one.comment] == []


def test_every_report_column_leads_back_to_its_source(structure: Structure) -> None:
    """A column without an origin is made of words of its view; no name on the way leads nowhere."""
    found = Lineage(structure)
    fixed = set()
    for relation in structure.relations:
        if relation.schema != "bericht":
            continue
        for column in relation.columns:
            assert not [one for table, one in found.of(relation.full_name, column.name) if table.startswith("bericht.")]
            if not found.fields(relation.full_name, column.name):
                fixed.add(column.name)
    assert found.unresolved == set()
    assert {"hinweis", "abgrenzung"} <= fixed
    assert not fixed & {"personen", "teilnahmen", "eintritte", "austritte", "bestand", "anzahl", "stand", "plaetze"}


@pytest.mark.parametrize(
    "view, column, expected",
    [
        ("bericht.figuren", "eintritte", {"teilnahme.eintritt_datum"}),
        ("bericht.figuren", "stunden", {"aktivitaet.datum", "aktivitaet.dauer_min"}),
        ("bericht.angebotsblatt", "freie_plaetze", {"verzeichnis.plaetze_frei"}),
        ("bericht.angebotsblatt", "funktionskontakt", {"verzeichnis.funktionskontakt"}),
        ("bericht.zusammenarbeit", "austausch_vereinbart", {"vereinbarung.austausch_vereinbart"}),
    ],
)
def test_known_columns_come_from_the_fields_one_would_name(
    structure: Structure, view: str, column: str, expected: set[str]
) -> None:
    made_of = Lineage(structure).fields(view, column)
    assert {one for one in made_of if "." in one} == expected


def test_no_column_of_the_offers_comes_from_the_number_of_places(structure: Structure) -> None:
    view = structure.relation("bericht.angebotsblatt")
    assert view is not None
    found = Lineage(structure)
    assert "verzeichnis.plaetze" not in {
        one for column in view.columns for one in found.fields(view.full_name, column.name)
    }


def test_the_reviewed_list_knows_every_column_of_its_tables(structure: Structure) -> None:
    for name, columns in lineage.reviewed().items():
        relation = structure.relation(name)
        assert relation is not None, name
        own = {one.name for one in relation.columns} - set(lineage.TECHNICAL)
        assert set(columns) == own, name


def test_a_role_is_named_where_it_may_read(structure: Structure) -> None:
    readers = {one.full_name: set(one.readers) for one in structure.relations}
    assert readers["abgleich.merkmal"] == {"zaehlbar_lader"}
    assert readers["bericht.figuren"] == {"zaehlbar_lader", "zaehlbar_qualitaet"}
    assert "zaehlbar_controlling" not in set().union(*readers.values())
