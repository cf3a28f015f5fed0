"""The door of validate: duplicates, unreadable values, dropped values, switched-off and unjudged rules."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from tests.spec.rule_cases import BASE, arrow_table, example_site, ingested

from zaehlbar.contract import Finding, Severity
from zaehlbar.validate import Earlier, Validated, validate

SITE = example_site()


def _validate(table: str, *changes: dict[str, Any], **more: Any) -> Validated:
    rows = [{**BASE[table], **change} for change in changes]
    return validate(ingested({table: arrow_table(table, rows)}, **more), SITE, Earlier())


def _rules(result: Validated) -> list[str]:
    return [finding.rule for finding in result.findings]


def test_equal_rows_are_duplicates_and_not_judged() -> None:
    wrong = {"dauer_min": 601}
    result = _validate("aktivitaet", wrong, {}, wrong, {}, {})
    assert result.duplicate["aktivitaet"].tolist() == [False, False, True, True, True]
    assert result.rejected["aktivitaet"].tolist() == [True, False, False, False, False]
    (finding,) = [item for item in result.findings if item.rule == "ZB-Z-012"]
    assert finding.rows.tolist() == [2]


def test_rows_differing_in_any_field_are_no_duplicates() -> None:
    result = _validate("aktivitaet", {"format": "EINZEL"}, {"format": None}, {"format": "GRUPPE"})
    assert not result.duplicate["aktivitaet"].any()


def test_rows_with_equal_key_and_other_content_are_all_rejected() -> None:
    result = _validate("teilnahme", {"geschlecht": "w"}, {"geschlecht": "w"}, {"geschlecht": "m"})
    assert result.duplicate["teilnahme"].tolist() == [False, True, False]
    assert result.rejected["teilnahme"].tolist() == [True, False, True]


def test_row_numbers_are_those_of_the_sender() -> None:
    table = arrow_table("teilnahme", [dict(BASE["teilnahme"]), {**BASE["teilnahme"], "tn_nr": "B", "geschlecht": "x"}])
    position = table.schema.get_field_index("_zeile")
    table = table.set_column(position, table.schema.field(position), [np.array([40, 7], dtype=np.int32)])
    result = validate(ingested({"teilnahme": table}), SITE, Earlier())
    (finding,) = [item for item in result.findings if item.rule == "ZB-F-003"]
    assert finding.rows.tolist() == [7]


def test_unreadable_value_is_not_reported_as_empty() -> None:
    rows = [{**BASE["teilnahme"], "eintritt_datum": None}, {**BASE["teilnahme"], "tn_nr": "B", "eintritt_datum": None}]
    delivery = ingested({"teilnahme": arrow_table("teilnahme", rows)})
    delivery.findings.append(
        Finding(
            "ZB-F-002", Severity.ERROR, "teilnahme", "eintritt_datum", np.array([2], np.int32), np.array([0], np.int16)
        )
    )
    delivery.unreadable["teilnahme"][0] = True
    result = validate(delivery, SITE, Earlier())
    (empty,) = [item for item in result.findings if item.rule == "ZB-F-001"]
    assert empty.rows.tolist() == [3]
    assert result.rejected["teilnahme"].all()


def test_wrong_optional_value_is_dropped_and_the_row_kept() -> None:
    result = _validate("teilnahme", {}, {"tn_nr": "B", "geschlecht": "x"})
    assert result.nulled["teilnahme"]["geschlecht"].tolist() == [False, True]
    assert not result.rejected["teilnahme"].any()


def test_unknown_catalogue_and_area_codes_are_kept() -> None:
    result = _validate("aktivitaet", {"aktivitaet_code": "Z98"})
    assert (_rules(result), result.nulled) == (["ZB-F-010"], {})
    result = _validate("teilnahme", {"quartier_id": "QX", "jobcenter_nr": "99999"})
    assert (set(_rules(result)), result.nulled) == ({"ZB-F-009"}, {})


def test_leak_in_a_coded_field_rejects_the_row() -> None:
    result = _validate("teilnahme", {"geschlecht": "123A456789"})
    assert _rules(result)[:2] == ["ZB-D-027", "ZB-F-007"]
    assert result.rejected["teilnahme"].all()


def test_manifest_row_is_never_rejected() -> None:
    result = _validate("lieferung", {"akronym": "123A456789"})
    assert _rules(result) == ["ZB-F-007"]
    assert not result.rejected["lieferung"].any()


def test_switched_off_rule_is_silent() -> None:
    young = {**BASE["teilnahme"], "geburtsdatum": date(2015, 1, 1)}
    delivery = ingested({"teilnahme": arrow_table("teilnahme", [young, {**BASE["teilnahme"], "tn_nr": "B"}])})
    assert "ZB-Z-004" in _rules(validate(delivery, SITE, Earlier()))
    off = example_site(abgeschaltet={"ZB-Z-004": "Modellversuch"})
    assert "ZB-Z-004" not in _rules(validate(delivery, off, Earlier()))


def test_rules_that_need_earlier_deliveries_are_listed_when_none_are_known() -> None:
    delivery = ingested({"teilnahme": arrow_table("teilnahme", [dict(BASE["teilnahme"])])})
    assert validate(delivery, SITE).not_checked == ("ZB-D-022", "ZB-D-025")
    assert validate(delivery, SITE, Earlier()).not_checked == ()


def test_rules_that_need_an_unknown_scope_are_listed() -> None:
    delivery = ingested({"teilnahme": arrow_table("teilnahme", [dict(BASE["teilnahme"])])}, vorhaben_id="V7")
    assert set(validate(delivery, SITE, Earlier()).not_checked) == {"ZB-Z-003", "ZB-Z-004"}


def test_findings_are_sorted_by_severity_rule_table_field() -> None:
    result = _validate("teilnahme", {"geschlecht": "x", "zugangsweg": "x", "einwilligung_stufe": None}, {"tn_nr": "B"})
    assert [(item.rule, item.field) for item in result.findings] == [
        ("ZB-F-001", "einwilligung_stufe"),
        ("ZB-F-003", "geschlecht"),
        ("ZB-F-003", "zugangsweg"),
    ]


def test_rejected_participation_is_no_yardstick_for_activities() -> None:
    """An exit before the entry must not make every activity lie outside the participation."""
    swapped = {**BASE["teilnahme"], "eintritt_datum": date(2026, 4, 1), "austritt_datum": date(2026, 3, 1)}
    fine = {**BASE["teilnahme"], "tn_nr": "B"}
    tables = {
        "teilnahme": arrow_table("teilnahme", [swapped, fine]),
        "aktivitaet": arrow_table("aktivitaet", [{**BASE["aktivitaet"], "datum": date(2026, 3, 15)}]),
    }
    assert _rules(validate(ingested(tables), SITE, Earlier())) == ["ZB-Z-001"]


@pytest.mark.parametrize("table", BASE)
def test_base_rows_are_valid(table: str) -> None:
    assert _rules(_validate(table, {})) == []


def test_empty_tables_are_fine() -> None:
    result = validate(ingested({name: arrow_table(name, []) for name in BASE}), SITE, Earlier())
    assert _rules(result) == []
