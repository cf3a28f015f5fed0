"""The verdict: accepted, accepted with findings, held, refused; and which rules decided it.

Belongs here: thresholds of the site, consequences of rules. Does not belong here: finding anything.
Nothing is refused by the passing of time, and a warning never holds a delivery unless the site sets a threshold for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from zaehlbar.contract import Finding, Severity, Verdict
from zaehlbar.ingest import Ingested
from zaehlbar.site import Site, Thresholds
from zaehlbar.validate.result import Mask
from zaehlbar.validate.rules import Rule

_ORDER = (Verdict.ACCEPTED, Verdict.ACCEPTED_WITH_FINDINGS, Verdict.HELD, Verdict.REFUSED)


def decide(
    ingested: Ingested,
    findings: Sequence[Finding],
    rejected: Mapping[str, Mask],
    site: Site,
    rules: Mapping[str, Rule],
) -> tuple[Verdict, tuple[str, ...]]:
    """Return the verdict and the codes of the rules that decided it, most important first.

    The worst of these decides: nothing could be read; a rule's own consequence; the share of rejected rows of a table
    (`validierung.standard`); the share of rows a rule hits (`validierung.regeln`). Shares are of the rows found.
    """
    votes: list[tuple[Verdict, str]] = []
    if ingested.fatal:
        errors = [finding.rule for finding in findings if finding.severity is Severity.ERROR]
        votes += [(Verdict.REFUSED, code) for code in errors or ["ZB-D-001"]]
    votes += _consequences(findings, rules)
    votes += _rejected_shares(ingested, findings, rejected, site.validierung.standard)
    votes += _rule_shares(ingested, findings, site.validierung.regeln)
    if votes:
        worst = max((verdict for verdict, _ in votes), key=_ORDER.index)
        return worst, tuple(dict.fromkeys(code for verdict, code in votes if verdict is worst))
    serious = [finding.rule for finding in findings if finding.severity is not Severity.NOTICE]
    if serious:
        return Verdict.ACCEPTED_WITH_FINDINGS, tuple(dict.fromkeys(serious))
    return Verdict.ACCEPTED, ()


def judge_share(share: float, limits: Thresholds) -> Verdict | None:
    """Return what a share of rows (0 to 1) means under `limits`, both inclusive; a share of 0 never means anything."""
    if share <= 0:
        return None
    if limits.ablehnen_ab_anteil is not None and share >= limits.ablehnen_ab_anteil:
        return Verdict.REFUSED
    if limits.anhalten_ab_anteil is not None and share >= limits.anhalten_ab_anteil:
        return Verdict.HELD
    return None


def _consequences(findings: Sequence[Finding], rules: Mapping[str, Rule]) -> Iterable[tuple[Verdict, str]]:
    for finding in findings:
        rule = rules.get(finding.rule)
        if rule is not None and rule.consequence is not None and finding.severity is Severity.ERROR:
            yield rule.consequence, finding.rule


def _rejected_shares(
    ingested: Ingested, findings: Sequence[Finding], rejected: Mapping[str, Mask], limits: Thresholds
) -> Iterable[tuple[Verdict, str]]:
    for table, count in ingested.counts.items():
        if table == "lieferung" or not count.found:
            continue
        lost = int(rejected[table].sum()) if table in rejected else 0
        verdict = judge_share((lost + count.rejected) / count.found, limits)
        if verdict is None:
            continue
        errors = [item for item in findings if item.table == table and item.severity is Severity.ERROR]
        for finding in sorted(errors, key=lambda item: -item.count):
            yield verdict, finding.rule


def _rule_shares(
    ingested: Ingested, findings: Sequence[Finding], limits: Mapping[str, Thresholds]
) -> Iterable[tuple[Verdict, str]]:
    hits: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if finding.rule in limits:
            hits.setdefault((finding.rule, finding.table), []).append(finding)
    for (code, table), group in hits.items():
        count = ingested.counts.get(table)
        if count is None or not count.found:
            continue
        verdict = judge_share(_rows_hit(group) / count.found, limits[code])
        if verdict is not None:
            yield verdict, code


def _rows_hit(findings: Sequence[Finding]) -> int:
    """Return the number of distinct rows that findings of one rule on one table hit."""
    without_rows = max((finding.count for finding in findings if not len(finding.rows)), default=0)
    keys = [
        finding.rows.astype(np.int64) + (0 if finding.files is None else finding.files.astype(np.int64) << 32)
        for finding in findings
        if len(finding.rows)
    ]
    return max(without_rows, len(np.unique(np.concatenate(keys))) if keys else 0)
