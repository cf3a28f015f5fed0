"""The contract as data: every field earns its place, and the vocabulary is Table Schema plus `zaehlbar`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from zaehlbar.contract import Field, PrivacyClass, Table, contract, model
from zaehlbar.contract.reports import reports

TABLES = Path(model.__file__).parent / "tables"
FIELDS = [
    pytest.param(table, field, id=f"{table.name}.{field.name}") for table in contract().tables for field in table.fields
]

# Frictionless Table Schema (v1, v2) and the descriptive keys of a Data Resource.
SCHEMA_KEYS = {"name", "title", "description", "fields", "primaryKey", "foreignKeys", "missingValues", "uniqueKeys"}
FIELD_KEYS = {"name", "title", "description", "type", "format", "constraints", "example", "rdfType"}
CONSTRAINT_KEYS = {"required", "unique", "minLength", "maxLength", "minimum", "maximum", "pattern", "enum"}
SCHEMA_TYPES = {"string", "integer", "number", "boolean", "date", "datetime", "yearmonth"}


def raw_tables() -> Iterator[tuple[str, dict[str, object]]]:
    for path in sorted(TABLES.glob("*.yaml")):
        yield path.stem, yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("table,field", FIELDS)
def test_every_field_names_a_report_that_needs_it(table: Table, field: Field) -> None:
    assert field.zaehlbar.reports
    assert set(field.zaehlbar.reports) <= set(reports())


def test_every_report_is_needed_by_a_field() -> None:
    wanted = {key for table in contract().tables for field in table.fields for key in field.zaehlbar.reports}
    assert wanted == set(reports())


@pytest.mark.parametrize("table,field", FIELDS)
def test_every_field_explains_itself(table: Table, field: Field) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", field.name)
    assert field.title
    assert field.description.strip()
    assert field.zaehlbar.source


@pytest.mark.parametrize("table,field", FIELDS)
def test_codes_are_strings_and_fit_their_constraints(table: Table, field: Field) -> None:
    if field.codes or field.zaehlbar.codes_from:
        assert field.type == "string"
    for code, label in field.codes.items():
        assert label
        assert field.constraints.max_length is None or len(code) <= field.constraints.max_length
        assert field.constraints.pattern is None or re.fullmatch(field.constraints.pattern, code)


def test_basislieferung_has_at_most_15_fields_and_suffices() -> None:
    teilnahme = contract().table("teilnahme")
    basis = {field.name for field in teilnahme.fields if field.zaehlbar.basis}
    assert len(basis) <= 15
    for table in (teilnahme, contract().table("aktivitaet")):
        chosen = {field.name for field in table.fields if field.zaehlbar.basis}
        required = {field.name for field in table.fields if field.required}
        # Vorhaben and TVP are said once per delivery, not once per row.
        assert required - {"vorhaben_id", "tvp_id"} <= chosen, table.name


def test_few_fields_of_a_participation_are_required() -> None:
    required = {field.name for field in contract().table("teilnahme").fields if field.required}
    assert required == {"vorhaben_id", "tvp_id", "tn_nr", "eintritt_datum", "einwilligung_stufe"}


def test_special_categories_and_free_text_are_not_in_the_contract() -> None:
    names = {field.name for table in contract().tables for field in table.fields}
    assert not names & {
        "behinderung",
        "minderheit",
        "freitext",
        "bemerkung",
        "anwesenheit",
        "kundennummer",
        "bg_nummer",
    }
    classes = {field.zaehlbar.privacy_class for table in contract().tables for field in table.fields}
    assert PrivacyClass.SPECIAL not in classes


def test_direct_identifiers_never_pass_pseudonymization() -> None:
    for table in contract().tables:
        personal = {field.name for field in table.fields if field.personal}
        expected = {"teilnahme": {"tn_nr", "nachname", "vorname", "geburtsdatum", "plz"}}.get(table.name, set())
        assert personal == (expected or ({"tn_nr"} if table.zaehlbar.persons else set())), table.name


def test_amendments_hold() -> None:
    teilnahme, aktivitaet = contract().table("teilnahme"), contract().table("aktivitaet")
    grund = set(teilnahme.field("austritt_grund").codes)
    assert {"EIGEN", "JCM_GEPLANT", "JCM_KURZFRISTIG"} <= grund
    assert not grund & {"ABBR", "JCM", "GESUND"}
    assert "kooplan_abgestimmt" not in teilnahme.field_names
    assert "verweis_an" not in aktivitaet.field_names
    assert "VERWIESEN" not in aktivitaet.field("ergebnis").codes
    assert set(aktivitaet.field("periode").codes) == {"T", "M"}
    assert "verweis_an" in contract().table("angebot").field_names


def test_manifest_counts_and_fingerprints_every_other_table() -> None:
    names = set(contract().table("lieferung").field_names)
    for table in contract().tables[1:]:
        assert {f"anzahl_{table.name}", f"sha256_{table.name}"} <= names


@pytest.mark.parametrize("table", contract().tables, ids=lambda table: table.name)
def test_keys_positions_and_links_lead_to_required_fields(table: Table) -> None:
    for name in table.primary_key:
        assert table.field(name).required, name
    position = table.zaehlbar.position
    assert (position is None) == (table.zaehlbar.scope in ("stand", "lieferung"))
    if position:
        assert table.field(position).type == "date"
        assert table.field(position).required
    assert table.zaehlbar.persons == ("tn_nr" in table.field_names)
    for link in table.foreign_keys:
        target = contract().table(link.reference)
        assert set(link.fields) <= set(target.field_names) & set(table.field_names)


def test_arrow_schema_has_all_fields_and_the_technical_columns() -> None:
    schema = contract().table("aktivitaet").arrow_schema
    assert schema.names[-2:] == [model.ROW, model.FILE]
    assert schema.field("dauer_min").type == pa.int32()
    assert schema.field("datum").type == pa.date32()
    assert contract().table("teilnahme").arrow_schema.field("nerw_bildung").type == pa.bool_()


def test_unknown_names_are_told() -> None:
    with pytest.raises(KeyError, match="contract has no table"):
        contract().table("gibtesnicht")
    with pytest.raises(KeyError, match="has no field"):
        contract().table("teilnahme").field("gibtesnicht")


@pytest.mark.parametrize("name,raw", list(raw_tables()), ids=lambda value: value if isinstance(value, str) else "")
def test_files_use_table_schema_and_nothing_else_beside_zaehlbar(name: str, raw: dict[str, object]) -> None:
    assert raw["name"] == name
    assert set(raw) <= SCHEMA_KEYS | {"zaehlbar"}
    fields = raw["fields"]
    assert isinstance(fields, list)
    names = [field["name"] for field in fields]
    assert len(names) == len(set(names))
    for field in fields:
        assert set(field) <= FIELD_KEYS | {"zaehlbar"}, field["name"]
        assert field["type"] in SCHEMA_TYPES
        assert set(field.get("constraints", {})) <= CONSTRAINT_KEYS
    for link in raw.get("foreignKeys", []):  # type: ignore[attr-defined]
        assert set(link) == {"fields", "reference"}
        assert set(link["reference"]) == {"resource", "fields"}
        assert link["fields"] == link["reference"]["fields"]
    assert set(names) >= set(raw["primaryKey"])  # type: ignore[call-overload]


def test_every_file_is_in_the_contract() -> None:
    assert {name for name, _ in raw_tables()} == set(model.ORDER)
