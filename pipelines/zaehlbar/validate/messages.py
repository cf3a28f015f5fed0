"""Words for people: the text of a finding, in German or English, without and with the sender's own column names.

Belongs here: filling in messages. Does not belong here: the messages themselves (expectations/*.yaml), layout (report,
check).
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from zaehlbar.contract import Finding, Severity, Verdict, contract
from zaehlbar.validate.rules import rule_by_code

Language = Literal["de", "en"]

SEVERITY: Mapping[Language, Mapping[Severity, str]] = {
    "de": {Severity.ERROR: "Fehler", Severity.WARNING: "Warnung", Severity.NOTICE: "Hinweis"},
    "en": {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "notice"},
}

VERDICT: Mapping[Language, Mapping[Verdict, str]] = {
    "de": {
        Verdict.ACCEPTED: "angenommen",
        Verdict.ACCEPTED_WITH_FINDINGS: "angenommen mit Befunden",
        Verdict.HELD: "angehalten",
        Verdict.REFUSED: "abgelehnt",
    },
    "en": {
        Verdict.ACCEPTED: "accepted",
        Verdict.ACCEPTED_WITH_FINDINGS: "accepted with findings",
        Verdict.HELD: "held",
        Verdict.REFUSED: "refused",
    },
}


@dataclass(frozen=True, slots=True)
class Text:
    """What is said about a finding."""

    titel: str
    meldung: str
    abhilfe: str


class _Gaps(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "–"


def describe(finding: Finding, lang: Language = "de") -> Text:
    """Return the text of `finding`; a rule without a file (of a newer version) is told by its code.

    Names the contract's label of the field and, where ingest knew it, the sender's column only if the message asks
    for it: no message does, so no column name gets into a report.
    """
    rule = rule_by_code().get(finding.rule)
    if rule is None:
        return Text(finding.rule, finding.rule, "")
    public = {name: value for name, value in finding.params.items() if not name.startswith("_")}
    values = _Gaps(public, feld=field_title(finding), tabelle=table_title(finding.table))
    values["beschreibung"] = _description(finding)
    fill = string.Formatter().vformat
    reason = next((rule.gruende[key] for key in _reasons(finding) if key in rule.gruende), None)
    told = getattr(rule.meldung, lang) + ("" if reason is None else " " + getattr(reason, lang))
    return Text(
        rule.titel,
        fill(told, (), values),
        fill(getattr(rule.abhilfe, lang), (), values),
    )


def _description(finding: Finding) -> str:
    table = contract().table(finding.table)
    return table.field(finding.field).description if finding.field in table.field_names else ""


def _reasons(finding: Finding) -> tuple[str, str]:
    return str(finding.params.get("format", "")), str(finding.params.get("grund", ""))


def table_title(name: str) -> str:
    """Return the German title of a contract table."""
    return contract().table(name).title


def field_title(finding: Finding) -> str:
    """Return the German label of the finding's field, or an empty string when it has none."""
    if finding.field is None:
        return ""
    table = contract().table(finding.table)
    return table.field(finding.field).title if finding.field in table.field_names else finding.field
