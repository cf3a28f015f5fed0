"""docs/datenvertrag.md says what the contract says."""

from __future__ import annotations

from pathlib import Path

from zaehlbar.contract import contract
from zaehlbar.contract.docs import form, render

PAGE = Path(__file__).parents[2] / "docs" / "datenvertrag.md"


def test_page_is_up_to_date() -> None:
    said = PAGE.read_text(encoding="utf-8")
    assert said == render(), "veraltet: python -m zaehlbar.contract.docs docs/datenvertrag.md"


def test_page_names_every_table_field_and_code() -> None:
    page = render()
    for table in contract().tables:
        assert f"(`{table.name}`)" in page
        for field in table.fields:
            assert f"| `{field.name}` |" in page
            for code in field.codes:
                assert f"| {field.name} | `{code}` |" in page


def test_form_says_what_is_required_and_allowed() -> None:
    teilnahme = contract().table("teilnahme")
    assert form(teilnahme.field("tn_nr")) == "**Pflicht**; Basis; Text; höchstens 20 Zeichen"
    assert form(teilnahme.field("distanz_eintritt")) == "ganze Zahl; 1 bis 5"
    assert "AUSSERHALB" in form(teilnahme.field("quartier_id"))
