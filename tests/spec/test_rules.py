"""Each rule file is its own specification: it stays silent on its passing cases, fires on its failing ones, on exactly
their rows, and nothing fires beside it but what it lists under `folgt`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.spec.rule_cases import case, example_site

from zaehlbar.validate.api import validate
from zaehlbar.validate.delivery_checks import CHECKS
from zaehlbar.validate.rules import DeliveryCheck, ReadingCheck, RowCheck, Rule, bundled_rules

RULES = bundled_rules()
SITE = example_site()


def _cases(kind: str) -> list[Any]:
    return [
        pytest.param(rule, raw, id=f"{rule.code}-{number}")
        for rule in RULES
        for number, raw in enumerate(getattr(rule, kind))
    ]


@pytest.mark.parametrize("rule, raw", _cases("besteht"))
def test_silent_on_passing_rows(rule: Rule, raw: Any) -> None:
    built = case(rule, raw)
    result = validate(built.ingested, SITE, built.earlier)
    given = {finding.rule for finding in built.ingested.findings}
    assert {finding.rule for finding in result.findings} - given == set()


@pytest.mark.parametrize("rule, raw", _cases("verfehlt"))
def test_fires_on_failing_rows(rule: Rule, raw: Any) -> None:
    built = case(rule, raw)
    given = {finding.rule for finding in built.ingested.findings}
    result = validate(built.ingested, SITE, built.earlier)
    fired = [finding for finding in result.findings if finding.rule == rule.code]
    assert fired, f"{rule.code} did not fire"
    # What follows from rejecting every row of a tiny delivery is no finding of its own here.
    others = {finding.rule for finding in result.findings} - given - {rule.code, "ZB-D-027"}
    assert others <= set(rule.folgt)
    if isinstance(rule.pruefung, RowCheck) and rule.pruefung.art == "zeile":
        rows = np.unique(np.concatenate([finding.rows for finding in fired]))
        assert rows.tolist() == built.hits
        assert {finding.table for finding in fired} == {built.table}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_names_what_exists(rule: Rule) -> None:
    codes = {other.code for other in RULES}
    assert set(rule.folgt) <= codes
    if isinstance(rule.pruefung, DeliveryCheck):
        assert rule.pruefung.pruefer in CHECKS
    if not isinstance(rule.pruefung, ReadingCheck):
        assert rule.verfehlt
    for words in (rule.meldung, rule.abhilfe):
        assert words.de.strip() != words.en.strip()


def test_entailed_rules_are_needed() -> None:
    """`folgt` lists nothing that no failing case sets off."""
    for rule in RULES:
        seen: set[str] = set()
        for raw in rule.verfehlt:
            built = case(rule, raw)
            seen |= {finding.rule for finding in validate(built.ingested, SITE, built.earlier).findings}
        assert set(rule.folgt) <= seen, rule.code
