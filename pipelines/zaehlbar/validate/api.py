"""The door: an ingested delivery in, findings, rejected rows and a verdict out.

Belongs here: the order of the steps. Does not belong here: any rule, any word for people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from zaehlbar.contract import Finding, Scope, Severity, Table, contract
from zaehlbar.contract.model import FILE, ORDER, ROW
from zaehlbar.ingest import Ingested
from zaehlbar.site import Site
from zaehlbar.validate.delivery_checks import CHECKS, Facts
from zaehlbar.validate.engine import Judged, judge
from zaehlbar.validate.frame import HELPERS, add_participation, to_frame
from zaehlbar.validate.people import People, add_person_marks
from zaehlbar.validate.plan import Check, plan
from zaehlbar.validate.result import Earlier, Mask, Validated
from zaehlbar.validate.rules import DeliveryCheck, Rule, bundled_rules
from zaehlbar.validate.verdict import decide

UNREADABLE = "ZB-F-002"
"""Rule of ingest: a value that could not be read. The cell is null from then on, but it is not empty, and no other rule
may complain about it."""

_SEVERITIES = tuple(Severity)


def validate(
    ingested: Ingested,
    site: Site,
    earlier: Earlier | None = None,
    *,
    rules: Sequence[Rule] | None = None,
) -> Validated:
    """Judge one delivery.

    `earlier` is None where earlier deliveries are not known (`zaehlbar check`); `rules` are the bundled ones unless
    given. Raises EngineError or ValueError when a rule itself is wrong, never because of the data.
    """
    rules = bundled_rules() if rules is None else rules
    duplicate = {name: duplicates(table, contract().table(name)) for name, table in ingested.tables.items()}
    outcome = _Outcome(list(ingested.findings))
    if not ingested.fatal:
        people = People(ingested.tables.get("teilnahme"), site)
        for table in contract().tables:
            if table.name in ingested.tables:
                _judge_table(table, ingested, site, rules, ~duplicate[table.name], people, outcome)
    rejected = {}
    for name, arrow in ingested.tables.items():
        mask = outcome.rejected.get(name, np.zeros(arrow.num_rows, dtype=np.bool_))
        unreadable = ingested.unreadable.get(name)
        rejected[name] = (mask if unreadable is None else mask | unreadable) & ~duplicate[name]
    _judge_delivery(Facts(ingested, site, earlier, rejected, duplicate), rules, outcome)
    by_code = {rule.code: rule for rule in rules}
    verdict, reasons = decide(ingested, outcome.findings, rejected, site, by_code)
    return Validated(
        ingested=ingested,
        findings=sorted(outcome.findings, key=_rank),
        rejected=rejected,
        duplicate=duplicate,
        nulled=outcome.nulled,
        verdict=verdict,
        reasons=reasons,
        not_checked=tuple(sorted(outcome.not_checked)),
    )


def duplicates(arrow: pa.Table, table: Table) -> Mask:
    """Return the mask of the 2nd and later rows of `arrow` that are equal in all contract fields."""
    repeated = np.zeros(arrow.num_rows, dtype=np.bool_)
    if arrow.num_rows < 2:
        return repeated
    delivered = [name for name in table.field_names if arrow.column(name).null_count < arrow.num_rows]
    # Equal rows have equal keys, and few rows share their key: the other columns are compared for those only.
    key = [name for name in table.primary_key if name in delivered] or delivered
    suspects = np.flatnonzero(to_frame(arrow, key).duplicated(key, keep=False).to_numpy()) if key else np.arange(0)
    if len(suspects):
        equal = to_frame(arrow.select(delivered).take(pa.array(suspects)), delivered).duplicated()
        repeated[suspects[equal.to_numpy()]] = True
    return repeated


@dataclass(slots=True)
class _Outcome:
    findings: list[Finding]
    rejected: dict[str, Mask] = field(default_factory=dict)
    nulled: dict[str, dict[str, Mask]] = field(default_factory=dict)
    not_checked: set[str] = field(default_factory=set)


def _judge_table(
    table: Table,
    ingested: Ingested,
    site: Site,
    rules: Sequence[Rule],
    judged_rows: Mask,
    people: People,
    outcome: _Outcome,
) -> None:
    scope: Scope | None = ingested.delivery.scope
    arrow = ingested.tables[table.name]
    planned = plan(table, rules, site, scope)
    outcome.not_checked |= planned.not_checked
    if not judged_rows.any():
        return
    keep = np.flatnonzero(judged_rows)
    if len(keep) < arrow.num_rows:
        arrow = arrow.take(pa.array(keep))
    if any(column in HELPERS for check in planned.checks for column in check.expected.columns):
        arrow = add_participation(arrow, _usable_participations(ingested, outcome))
    arrow = add_person_marks(arrow, table, people)
    checks = [check for check in planned.checks if set(check.expected.columns) <= set(arrow.column_names)]
    frame = to_frame(arrow, {column for check in checks for column in check.expected.columns})
    unreadable = _unreadable_cells(ingested.findings, table.name, arrow)
    failed_codes: set[str | None] = set()
    for stage in (False, True):  # a coded field is searched for leaks only where it has unknown codes
        now = [check for check in checks if check.deferred is stage and (not stage or check.field in failed_codes)]
        for check, judged in zip(now, judge(frame, [check.expected for check in now]), strict=True):
            if not judged.success:
                failed_codes.add(check.field)
                _record(check, judged, arrow, keep, len(judged_rows), unreadable, outcome)


def _usable_participations(ingested: Ingested, outcome: _Outcome) -> pa.Table | None:
    """Return the participations that were not rejected (they are judged before the tables that refer to them)."""
    table, rejected = ingested.tables.get("teilnahme"), outcome.rejected.get("teilnahme")
    return table if table is None or rejected is None else table.filter(pa.array(~rejected))


def _record(
    check: Check,
    judged: Judged,
    arrow: pa.Table,
    keep: np.ndarray[tuple[int], np.dtype[np.int64]],
    total: int,
    unreadable: Mapping[str, Mask],
    outcome: _Outcome,
) -> None:
    """Turn one failed check into a finding, rejected rows, and values to be nulled."""
    if not check.row_level or judged.mask is None:
        share = round(100 * judged.unexpected / max(arrow.num_rows, 1))
        params = {**check.params, "anteil": share}
        outcome.findings.append(
            Finding(check.rule.code, check.severity, check.table, check.field, count=judged.unexpected, params=params)
        )
        return
    mask = judged.mask
    for column in check.expected.columns:
        if column in unreadable:
            mask = mask & ~unreadable[column]
    hits = np.flatnonzero(mask)
    if not len(hits):
        return
    files, rows = arrow[FILE].to_numpy()[hits], arrow[ROW].to_numpy()[hits]
    order = np.lexsort((rows, files))
    outcome.findings.append(
        Finding(
            check.rule.code,
            check.severity,
            check.table,
            check.field,
            rows=rows[order].astype(np.int32),
            files=files[order].astype(np.int16),
            params=check.params,
        )
    )
    # The manifest's row is never rejected: it has no fate, and a wrong entry in it must not lose the delivery.
    if check.severity is Severity.ERROR and check.table != "lieferung":
        _mark(outcome.rejected, check.table, keep[hits], total)
    elif check.discards and check.field is not None:
        _mark(outcome.nulled.setdefault(check.table, {}), check.field, keep[hits], total)


def _mark(masks: dict[str, Mask], name: str, rows: np.ndarray[tuple[int], np.dtype[np.int64]], total: int) -> None:
    if name not in masks:
        masks[name] = np.zeros(total, dtype=np.bool_)
    masks[name][rows] = True


def _unreadable_cells(findings: Iterable[Finding], table: str, arrow: pa.Table) -> dict[str, Mask]:
    """Return per field the rows of `arrow` whose value ingest could not read."""
    cells: dict[str, Mask] = {}
    place: np.ndarray[tuple[int], np.dtype[np.int64]] | None = None
    for finding in findings:
        if finding.rule != UNREADABLE or finding.table != table or finding.field is None:
            continue
        if place is None:
            place = (arrow[FILE].to_numpy().astype(np.int64) << 32) + arrow[ROW].to_numpy()
        files = np.zeros(len(finding.rows), np.int64) if finding.files is None else finding.files.astype(np.int64)
        mask = np.isin(place, (files << 32) + finding.rows)
        cells[finding.field] = mask | cells.get(finding.field, np.zeros(len(mask), dtype=np.bool_))
    return cells


def _judge_delivery(facts: Facts, rules: Sequence[Rule], outcome: _Outcome) -> None:
    scope = facts.ingested.delivery.scope
    for rule in rules:
        if not isinstance(rule.pruefung, DeliveryCheck) or rule.code in facts.site.validierung.abgeschaltet:
            continue
        if not rule.applies_at(scope.end if scope else None):
            continue
        if rule.pruefung.frueher and facts.earlier is None:
            outcome.not_checked.add(rule.code)
            continue
        for hit in CHECKS[rule.pruefung.pruefer](facts):
            outcome.findings.append(
                Finding(rule.code, rule.schwere, hit.table, hit.field, count=hit.count, params=hit.params)
            )


def _rank(finding: Finding) -> tuple[int, str, int, str]:
    return _SEVERITIES.index(finding.severity), finding.rule, ORDER.index(finding.table), finding.field or ""
