"""The report about one delivery: a page for people (HTML) and the same for machines (JSON). Intern.

Belongs here: what both contain. Does not belong here: layout (templates/befunde.html), words (messages).
Neither carries a personal value, nor a file, sheet or column name: outside the trusted zone a delivery has an id.

Shape of the JSON, version 1 (keys are stable; new ones may be added): `version`, `intern`, `delivery_id`,
`vorhaben_id`, `tvp_id`, `zeitraum_von`, `zeitraum_bis`, `lieferung_version`, `urteil` (`angenommen`,
`angenommen_mit_befunden`, `angehalten`, `abgelehnt`), `gruende` (rule codes), `nicht_geprueft` (rule codes), `bilanz`
(list of objects with the fields of `contract.Balance`, and `differenz`; empty before loading), `zeilen` (table →
`gefunden`, `zurueckgewiesen`, `doppelt`, `werte_verworfen`), `befunde` (list of: `regel`, `schwere`, `tabelle`,
`feld`, `anzahl`, `zeilen` (record numbers, at most 1,000), `zeilen_vollstaendig`, `titel`, `meldung`, `abhilfe`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zaehlbar.contract import Balance, Finding, Severity, Verdict
from zaehlbar.validate.messages import SEVERITY, VERDICT, Language, Text, describe, field_title, table_title
from zaehlbar.validate.result import Validated
from zaehlbar.validate.rules import rule_by_code

if TYPE_CHECKING:
    from jinja2 import Template

VERSION = 1
_ROWS_IN_JSON = 1000
_ROWS_ON_PAGE = 12

_TODO = {
    Verdict.ACCEPTED: "Nichts. Alle Zeilen sind in Ordnung.",
    Verdict.ACCEPTED_WITH_FINDINGS: (
        "Was in Ordnung ist, wird geladen, der Rest nicht. Bitte beheben Sie die Befunde, Fehler zuerst, und "
        "liefern Sie eine korrigierte Fassung mit der nächsthöheren Versionsnummer. Sie ersetzt diese."
    ),
    Verdict.HELD: (
        "Die Lieferung wird vorerst nicht geladen. Ein Mensch entscheidet: freigeben, wenn sie trotz der Befunde "
        "stimmt, sonst zurückweisen und um eine korrigierte Fassung bitten (zaehlbar review list)."
    ),
    Verdict.REFUSED: (
        "Die Lieferung kann so nicht geladen werden. Bitte beheben Sie die unten genannten "
        "Fehler und liefern Sie neu. Wird eine Regel oder die Site geändert, wird sie von selbst noch einmal beurteilt."
    ),
}


@dataclass(frozen=True, slots=True)
class _Line:
    """One finding as the page shows it."""

    table: str
    field: str
    message: str
    count: int
    rows: str


@dataclass(frozen=True, slots=True)
class _Group:
    """All findings of one rule."""

    code: str
    severity: Severity
    title: str
    remedy: str
    source: str
    count: int
    decided: bool
    lines: tuple[_Line, ...]


def as_dict(validated: Validated, balances: Sequence[Balance] = (), lang: Language = "de") -> dict[str, Any]:
    """Return the report as plain data, in the shape the module describes."""
    delivery = validated.ingested.delivery
    scope = delivery.scope
    return {
        "version": VERSION,
        "intern": True,
        "delivery_id": delivery.delivery_id,
        "vorhaben_id": None if scope is None else scope.vorhaben_id,
        "tvp_id": None if scope is None else scope.tvp_id,
        "zeitraum_von": None if scope is None else scope.start.isoformat(),
        "zeitraum_bis": None if scope is None else scope.end.isoformat(),
        "lieferung_version": delivery.version,
        "urteil": validated.verdict.value,
        "gruende": list(validated.reasons),
        "nicht_geprueft": list(validated.not_checked),
        "bilanz": [{**asdict(balance), "differenz": balance.difference} for balance in balances],
        "zeilen": {name: rows_of(validated, name) for name in validated.ingested.tables},
        "befunde": [_finding_dict(finding, lang) for finding in validated.findings],
    }


def rows_of(validated: Validated, table: str) -> dict[str, int]:
    """Return the rows of a table: found, rejected (unreadable ones included), duplicate, and with a value dropped."""
    count = validated.ingested.counts.get(table)
    dropped = list(validated.nulled.get(table, {}).values())
    rejected = int(validated.rejected[table].sum()) + (0 if count is None else count.rejected)
    return {
        "gefunden": len(validated.rejected[table]) if count is None else count.found,
        "zurueckgewiesen": rejected,
        "doppelt": int(validated.duplicate[table].sum()),
        "werte_verworfen": int(np.logical_or.reduce(dropped).sum()) if dropped else 0,
    }


def write_json(validated: Validated, path: Path, balances: Sequence[Balance] = ()) -> None:
    """Write the report for machines; folders are made as needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(as_dict(validated, balances), ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def write_html(validated: Validated, path: Path, balances: Sequence[Balance] = ()) -> None:
    """Write the report for people: one self-contained page in German; folders are made as needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_html(validated, balances), encoding="utf-8")


def render_html(validated: Validated, balances: Sequence[Balance] = ()) -> str:
    """Return the page."""
    groups = _groups(validated)
    return _template().render(
        delivery=validated.ingested.delivery,
        verdict=validated.verdict.value,
        verdict_text=VERDICT["de"][validated.verdict],
        todo=_TODO[validated.verdict],
        reasons=[(code, _title(code)) for code in validated.reasons],
        groups=groups,
        severity=SEVERITY["de"],
        totals={level: sum(group.count for group in groups if group.severity is level) for level in Severity},
        balances=[(table_title(balance.tabelle), balance) for balance in balances],
        rows=[
            (table_title(name), rows_of(validated, name)) for name in validated.ingested.tables if name != "lieferung"
        ],
        not_checked=[(code, _title(code)) for code in validated.not_checked],
    )


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("zaehlbar.validate"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["zahl"] = lambda number: f"{number:,}".replace(",", "\u202f")
    return environment.get_template("befunde.html")


def _groups(validated: Validated) -> list[_Group]:
    grouped: dict[tuple[str, Severity], list[Finding]] = {}
    for finding in validated.findings:
        grouped.setdefault((finding.rule, finding.severity), []).append(finding)
    groups = []
    for (code, severity), findings in grouped.items():
        text: Text = describe(findings[0])
        rule = rule_by_code().get(code)
        groups.append(
            _Group(
                code=code,
                severity=severity,
                title=text.titel,
                remedy=text.abhilfe,
                source="" if rule is None else rule.quelle,
                count=sum(finding.count for finding in findings),
                decided=code in validated.reasons,
                lines=tuple(_line(finding) for finding in findings),
            )
        )
    return groups


def _line(finding: Finding) -> _Line:
    shown = ", ".join(str(number) for number in finding.rows[:_ROWS_ON_PAGE])
    rest = len(finding.rows) - _ROWS_ON_PAGE
    more = f" und {rest:,} weitere".replace(",", "\u202f") if rest > 0 else ""
    return _Line(
        table_title(finding.table), field_title(finding), describe(finding).meldung, finding.count, shown + more or "–"
    )


def _title(code: str) -> str:
    rule = rule_by_code().get(code)
    return code if rule is None else rule.titel


def _finding_dict(finding: Finding, lang: Language) -> dict[str, Any]:
    text = describe(finding, lang)
    return {
        "regel": finding.rule,
        "schwere": finding.severity.value,
        "tabelle": finding.table,
        "feld": finding.field,
        "anzahl": finding.count,
        "zeilen": finding.rows[:_ROWS_IN_JSON].tolist(),
        "zeilen_vollstaendig": len(finding.rows) <= _ROWS_IN_JSON,
        "titel": text.titel,
        "meldung": text.meldung,
        "abhilfe": text.abhilfe,
    }
