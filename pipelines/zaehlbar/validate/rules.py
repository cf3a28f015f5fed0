"""The rules as data: `expectations/ZB-*.yaml`, one rule per file, read by a typed model that forbids unknown keys.

Belongs here: what a rule file may say, and which rules apply. Does not belong here: judging rows (engine), turning a
rule into expectations for one delivery (plan), words for people (messages).
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from zaehlbar import resources
from zaehlbar.contract import Severity, Verdict
from zaehlbar.contract.model import ORDER

Macro = Literal[
    "pflicht", "codes", "muster", "laenge", "bereich_zahl", "bereich_datum", "text", "gebiet", "katalog", "offen"
]
"""Over which contract fields a rule is spread: required fields; fields with a closed code list; with a pattern; with a
maximum length; numbers and dates with a minimum or maximum; strings; codes of Quartier and
Jobcenter; codes of the activity catalogue; texts that no list limits and that leave the trusted zone."""


class RuleError(ValueError):
    """A rule file is not usable; the message names the file and what is wrong."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Words(_Model):
    """One text in German and English; `{name}` stands for a parameter of the finding."""

    de: str
    en: str


class ReadingCheck(_Model):
    """Found while reading: ingest emits the finding, nothing is left to judge."""

    art: Literal["einlesen"]


class Condition(_Model):
    """Which rows an expectation judges: where `feld` is a value, is not (missing counts as not), or is missing."""

    feld: str
    ist: str | None = None
    ist_nicht: str | None = None
    leer: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """Column, comparison (`==`, `!=`, `null`) and value."""
        if self.leer:
            return self.feld, "null", ""
        return (self.feld, "==", self.ist) if self.ist is not None else (self.feld, "!=", self.ist_nicht or "")

    @model_validator(mode="after")
    def _one(self) -> Condition:
        if [self.ist is not None, self.ist_nicht is not None, self.leer].count(True) != 1:
            raise ValueError("exactly one of 'ist', 'ist_nicht', 'leer' is needed")
        return self


class RowCheck(_Model):
    """A Great Expectations expectation. With `zeile` each unexpected row is a hit (and rejected, if an error); with
    `tabelle` the finding is about the table as a whole."""

    art: Literal["zeile", "tabelle"]
    erwartung: str
    """Type of the expectation, e.g. `expect_column_values_to_not_be_null`; ours are in `validate/expectations.py`."""
    kwargs: dict[str, Any] = Field(default_factory=dict)
    """Arguments; a string `$name` stands for a value of the plan (field, codes, period …), see `plan.py`."""
    bedingung: Condition | None = None
    je_feld: Macro | tuple[str, ...] | None = None
    """Spread over fields: a macro, or a list of field names; `$feld` in `kwargs` is then the field."""


class DeliveryCheck(_Model):
    """A named check of the delivery as a whole (`delivery_checks.py`): manifest, scope, earlier deliveries."""

    art: Literal["lieferung"]
    pruefer: str
    frueher: bool = False
    """Whether it needs to know earlier deliveries, so that `check` cannot judge it."""


class Rule(_Model):
    """One rule. `felder[0]` is the field a finding is about, unless the rule is spread over fields."""

    code: Annotated[str, Field(pattern=r"^ZB-[DFZT]-[0-9]{3}$")]
    schwere: Severity
    schwere_freiwillig: Severity | None = None
    """Severity where the field is neither required nor part of the key; only for rules spread over fields."""
    titel: str
    meldung: Words
    """What is wrong."""
    gruende: dict[str, Words] = Field(default_factory=dict)
    """More precise words for what is wrong, by the parameter `format` or `grund` of the finding."""
    abhilfe: Words
    """What to do."""
    tabellen: tuple[str, ...] = ORDER
    felder: tuple[str, ...] = ()
    quelle: str
    """Law, regulation or page the rule comes from."""
    gueltig_ab: date | None = None
    gueltig_bis: date | None = None
    folge: Literal["keine", "angehalten", "abgelehnt"] = "keine"
    """What a hit with severity error means for the whole delivery, whatever its share of rows."""
    wert_verwerfen: bool = False
    """A value that a warning is about does not enter the warehouse; the row does."""
    pruefung: Annotated[ReadingCheck | RowCheck | DeliveryCheck, Field(discriminator="art")]
    besteht: tuple[Any, ...] = ()
    """Cases on which the rule stays silent, see `tests/spec/test_rules.py`."""
    verfehlt: tuple[Any, ...] = ()
    """Cases on which it fires, on exactly their rows (but those with `_treffer: false`)."""
    folgt: tuple[str, ...] = ()
    """Rules that fire on the failing cases, too."""

    @property
    def consequence(self) -> Verdict | None:
        return {"angehalten": Verdict.HELD, "abgelehnt": Verdict.REFUSED}.get(self.folge)

    def applies_at(self, day: date | None) -> bool:
        """Whether the rule is in force on `day` (end of the period); an unknown day is within every validity."""
        if day is None:
            return True
        return (self.gueltig_ab is None or self.gueltig_ab <= day) and (
            self.gueltig_bis is None or day <= self.gueltig_bis
        )

    @model_validator(mode="after")
    def _consistent(self) -> Rule:
        if unknown := set(self.tabellen) - set(ORDER):
            raise ValueError(f"unknown table {sorted(unknown)[0]!r}")
        spread = isinstance(self.pruefung, RowCheck) and self.pruefung.je_feld is not None
        if isinstance(self.pruefung, RowCheck) and not spread and not self.felder:
            raise ValueError("'felder' must name the field that a finding is about")
        if self.schwere_freiwillig is not None and not spread:
            raise ValueError("'schwere_freiwillig' is only for rules with 'je_feld'")
        if not isinstance(self.pruefung, ReadingCheck) and not (self.besteht and self.verfehlt):
            raise ValueError("'besteht' and 'verfehlt' need at least one case each")
        return self


def load_rules(folder: Path) -> tuple[Rule, ...]:
    """Read all rule files of `folder`, sorted by code.

    Raises RuleError naming file and problem; also when two files have the same code, a file is not named after its
    code, or the folder has no rules (an empty rule set would let everything pass).
    """
    rules: dict[str, Rule] = {}
    for path in sorted(folder.glob("ZB-*.yaml")):
        try:
            rule = Rule.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except yaml.YAMLError as error:
            raise RuleError(f"{path.name}: not readable as YAML: {error}") from None
        except ValidationError as error:
            lines = (f"{'.'.join(map(str, item['loc'])) or 'file'}: {item['msg']}" for item in error.errors())
            raise RuleError(f"{path.name}: " + "; ".join(lines)) from None
        if path.stem != rule.code:
            raise RuleError(f"{path.name}: holds the rule {rule.code}; name the file {rule.code}.yaml")
        rules[rule.code] = rule
    if not rules:
        raise RuleError(f"no rule files (ZB-*.yaml) in {folder}")
    return tuple(rules.values())


@cache
def bundled_rules() -> tuple[Rule, ...]:
    """Return the rules that travel with the package, read once per process."""
    return load_rules(resources.folder("expectations"))


@cache
def rule_by_code() -> dict[str, Rule]:
    """Return the bundled rules by code."""
    return {rule.code: rule for rule in bundled_rules()}
