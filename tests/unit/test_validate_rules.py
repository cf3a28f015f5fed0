"""Reading rule files: every mistake in one is loud."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.spec.rule_cases import example_site, ingested

from zaehlbar.contract import contract
from zaehlbar.ingest.rules import Rule as IngestRule
from zaehlbar.validate.plan import plan
from zaehlbar.validate.rules import ReadingCheck, RuleError, bundled_rules, load_rules

GOOD = """\
code: ZB-Z-900
schwere: error
titel: Test
meldung: {de: a, en: b}
abhilfe: {de: c, en: d}
tabellen: [teilnahme]
felder: [plz]
quelle: Test
pruefung:
  art: zeile
  erwartung: expect_column_values_to_not_be_null
  kwargs: {column: plz}
besteht: [{plz: '01067'}]
verfehlt: [{plz: null}]
"""


def _load(tmp_path: Path, text: str, name: str = "ZB-Z-900.yaml") -> list[str]:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return [rule.code for rule in load_rules(tmp_path)]


def test_good_file_loads(tmp_path: Path) -> None:
    assert _load(tmp_path, GOOD) == ["ZB-Z-900"]


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("titel:", "tittel:", "titel"),
        ("felder: [plz]\n", "", "felder"),
        ("tabellen: [teilnahme]", "tabellen: [teilname]", "unknown table"),
        ("schwere: error", "schwere: schlimm", "schwere"),
        ("verfehlt: [{plz: null}]\n", "", "verfehlt"),
        ("ZB-Z-900", "ZB-Q-900", "code"),
        ("  kwargs", "  bedingung: {feld: plz, ist: a, leer: true}\n  kwargs", "exactly one"),
        ("quelle: Test", "quelle: Test\nschwere_freiwillig: warning", "schwere_freiwillig"),
        ("meldung: {", "meldung: {{", "YAML"),
    ],
)
def test_mistake_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(RuleError, match=message):
        _load(tmp_path, GOOD.replace(old, new))


def test_file_must_bear_the_name_of_its_rule(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"ZB-Z-900\.yaml"):
        _load(tmp_path, GOOD, "ZB-Z-901.yaml")


def test_no_rules_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no rule files"):
        load_rules(tmp_path)


def test_every_code_of_ingest_has_a_file() -> None:
    emitted = {rule.code for rule in bundled_rules() if isinstance(rule.pruefung, ReadingCheck)}
    assert {str(rule) for rule in IngestRule} == emitted


def test_rule_that_names_an_unknown_column_fails(tmp_path: Path) -> None:
    (tmp_path / "ZB-Z-900.yaml").write_text(GOOD.replace("column: plz", "column: postleitzahl"), encoding="utf-8")
    rules = load_rules(tmp_path)
    with pytest.raises(ValueError, match="postleitzahl"):
        plan(contract().table("teilnahme"), rules, example_site(), ingested({}).delivery.scope)


def test_rule_that_names_an_unknown_value_fails(tmp_path: Path) -> None:
    (tmp_path / "ZB-Z-900.yaml").write_text(GOOD.replace("column: plz", "column: $filed"), encoding="utf-8")
    rules = load_rules(tmp_path)
    with pytest.raises(ValueError, match="filed"):
        plan(contract().table("teilnahme"), rules, example_site(), ingested({}).delivery.scope)


def test_every_bundled_check_can_be_built() -> None:
    from zaehlbar.validate.engine import prepare

    seen = set()
    for table in contract().tables:
        planned = plan(table, bundled_rules(), example_site(), ingested({}).delivery.scope)
        assert planned.not_checked == frozenset()
        for check in planned.checks:
            prepare(check.expected)
            seen.add(check.rule.code)
    from_files = {rule.code for rule in bundled_rules() if rule.pruefung.art in ("zeile", "tabelle")}
    assert seen == from_files
