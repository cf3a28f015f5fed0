"""Verdicts: thresholds at their boundary, consequences of rules, and what decides."""

from __future__ import annotations

from typing import Any

import pytest
from tests.spec.rule_cases import BASE, arrow_table, example_site, ingested

from zaehlbar.contract import Finding, Severity, Verdict
from zaehlbar.ingest import ReadCount
from zaehlbar.site import Thresholds
from zaehlbar.validate import Earlier, validate
from zaehlbar.validate.verdict import judge_share

STANDARD = Thresholds(anhalten_ab_anteil=0.1, ablehnen_ab_anteil=0.5)


@pytest.mark.parametrize(
    "share, verdict",
    [
        (0.0, None),
        (0.0999, None),
        (0.1, Verdict.HELD),
        (0.4999, Verdict.HELD),
        (0.5, Verdict.REFUSED),
        (1.0, Verdict.REFUSED),
    ],
)
def test_share_at_the_boundary(share: float, verdict: Verdict | None) -> None:
    assert judge_share(share, STANDARD) is verdict


def test_a_threshold_of_zero_needs_a_hit() -> None:
    assert judge_share(0.0, Thresholds(anhalten_ab_anteil=0.0)) is None


def _result(rows: int, bad: int, **validation: Any) -> Any:
    data = [{**BASE["teilnahme"], "tn_nr": f"TN-{n}", "nachname": f"Muster{'a' * n}"} for n in range(rows)]
    for row in data[:bad]:
        row["einwilligung_stufe"] = None
    return validate(ingested({"teilnahme": arrow_table("teilnahme", data)}), example_site(**validation), Earlier())


@pytest.mark.parametrize(
    "bad, verdict",
    [
        (0, Verdict.ACCEPTED),
        (1, Verdict.ACCEPTED_WITH_FINDINGS),
        (2, Verdict.HELD),
        (9, Verdict.HELD),
        (10, Verdict.REFUSED),
    ],
)
def test_share_of_rejected_rows_decides(bad: int, verdict: Verdict) -> None:
    result = _result(20, bad, standard=STANDARD)
    assert result.verdict is verdict
    assert result.rejected["teilnahme"].sum() == bad
    assert result.reasons == (() if not bad else ("ZB-F-001",))


def test_records_the_reader_lost_count_as_rejected() -> None:
    delivery = ingested({"teilnahme": arrow_table("teilnahme", [dict(BASE["teilnahme"])])})
    delivery.counts["teilnahme"] = ReadCount(found=2, rejected=1)
    delivery.findings.append(Finding("ZB-D-004", Severity.ERROR, "teilnahme", count=1))
    result = validate(delivery, example_site(standard=STANDARD), Earlier())
    assert (result.verdict, result.reasons) == (Verdict.REFUSED, ("ZB-D-004",))


def test_threshold_of_one_rule_holds_even_a_warning() -> None:
    limits = {"ZB-T-002": Thresholds(anhalten_ab_anteil=0.5)}
    data = [{**BASE["teilnahme"], "tn_nr": f"TN-{n}", "plz": "01067"} for n in range(2)]
    data += [{**BASE["teilnahme"], "tn_nr": f"TX-{n}", "nachname": f"M{'u' * n}"} for n in range(2)]
    delivery = ingested({"teilnahme": arrow_table("teilnahme", data)})
    assert validate(delivery, example_site(regeln=limits), Earlier()).verdict is Verdict.HELD
    assert validate(delivery, example_site(), Earlier()).verdict is Verdict.ACCEPTED_WITH_FINDINGS


def test_nothing_usable_is_refused_whatever_the_thresholds() -> None:
    result = _result(3, 3)
    assert result.verdict is Verdict.REFUSED
    assert "ZB-D-027" in result.reasons


def test_an_empty_table_of_participations_is_not_refused() -> None:
    delivery = ingested({"teilnahme": arrow_table("teilnahme", [])})
    assert validate(delivery, example_site(standard=STANDARD), Earlier()).verdict is Verdict.ACCEPTED


def test_same_scope_is_held() -> None:
    delivery = ingested({"teilnahme": arrow_table("teilnahme", [dict(BASE["teilnahme"])])})
    result = validate(delivery, example_site(), Earlier(same_scope=True))
    assert (result.verdict, result.reasons) == (Verdict.HELD, ("ZB-D-022",))


def test_fatal_is_refused_and_judges_no_row() -> None:
    delivery = ingested({"teilnahme": arrow_table("teilnahme", [{**BASE["teilnahme"], "geschlecht": "x"}])})
    delivery.fatal = True
    delivery.findings.append(Finding("ZB-D-002", Severity.ERROR, "teilnahme", count=1))
    result = validate(delivery, example_site(), Earlier())
    assert (result.verdict, result.reasons) == (Verdict.REFUSED, ("ZB-D-002",))
    assert [finding.rule for finding in result.findings] == ["ZB-D-002"]


def test_only_notices_leave_it_accepted() -> None:
    delivery = ingested({"teilnahme": arrow_table("teilnahme", [dict(BASE["teilnahme"])])})
    delivery.findings.append(Finding("ZB-D-010", Severity.NOTICE, "teilnahme", "plz", count=1))
    assert validate(delivery, example_site(), Earlier()).verdict is Verdict.ACCEPTED
