"""Generated tables: what Great Expectations counts, what is rejected, and what a slow obvious check says agree."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings, strategies as st
from tests.spec.rule_cases import BASE, arrow_table, example_site, ingested

from zaehlbar.contract import contract
from zaehlbar.validate import Earlier, validate
from zaehlbar.validate.api import duplicates

SITE = example_site()
DAYS = st.dates(date(2025, 12, 20), date(2026, 7, 10))

participations = st.fixed_dictionaries(
    {
        "tn_nr": st.sampled_from(["A", "B", "C", "123A456789", None]),
        "geburtsdatum": st.none() | st.dates(date(2007, 1, 1), date(2009, 1, 1)) | st.just(date(2008, 2, 29)),
        "geschlecht": st.sampled_from(["w", "m", "x", None]),
        "eintritt_datum": DAYS,
        "austritt_datum": st.none() | DAYS,
        "austritt_grund": st.sampled_from(["REG", None]),
        "erwerbsstatus_eintritt": st.sampled_from(["ALO", "ERW", None]),
        "alo_dauer": st.sampled_from(["U6", None]),
        "rechtskreis": st.sampled_from(["SGB2", "SGB3", None]),
        "jobcenter_nr": st.sampled_from(["11111", "99999", "1111", None]),
        "nachname": st.sampled_from(["Muster", "Beispiel", None]),
        "plz": st.sampled_from(["01067", "1067", None]),
    }
)
activities = st.fixed_dictionaries(
    {
        "tn_nr": st.sampled_from(["A", "B"]),
        "datum": st.dates(date(2026, 1, 28), date(2026, 2, 2)) | st.just(date(2026, 2, 28)),
        "periode": st.sampled_from(["T", "M", None]),
        "dauer_min": st.none() | st.integers(-5, 700),
        "aktivitaet_code": st.sampled_from(["C01", "X99", "Z98"]),
        "aktivitaet_lfd": st.none() | st.integers(1, 3),
    }
)
FULL_AGE = 18


def _age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _naive_participations(rows: list[dict[str, Any]]) -> dict[str, set[int]]:
    hits: dict[str, set[int]] = defaultdict(set)
    keys: dict[Any, list[int]] = defaultdict(list)
    people: dict[Any, set[str]] = defaultdict(set)
    for row in rows:
        if row["vorname"] and row["nachname"] and row["plz"] and row["tn_nr"]:
            people[row["vorname"], row["nachname"], row["plz"]].add(row["tn_nr"])
    for number, row in enumerate(rows, start=2):
        keys[row["tn_nr"], row["eintritt_datum"]].append(number)
        checks = {
            "ZB-F-001": row["tn_nr"] is None,
            "ZB-F-003": row["geschlecht"] == "x",
            "ZB-F-005": row["jobcenter_nr"] == "1111" or row["plz"] == "1067",
            "ZB-F-007": row["tn_nr"] == "123A456789",
            "ZB-F-009": row["jobcenter_nr"] in ("99999", "1111"),
            "ZB-Z-001": row["austritt_datum"] is not None and row["austritt_datum"] < row["eintritt_datum"],
            "ZB-Z-002": row["eintritt_datum"] > date(2026, 6, 30),
            "ZB-Z-004": row["geburtsdatum"] is not None and _age(row["geburtsdatum"], row["eintritt_datum"]) < FULL_AGE,
            "ZB-Z-005": row["alo_dauer"] is not None and row["erwerbsstatus_eintritt"] != "ALO",
            "ZB-Z-006": row["austritt_grund"] is not None and row["austritt_datum"] is None,
            "ZB-Z-008": row["rechtskreis"] == "SGB2" and row["jobcenter_nr"] is None,
            "ZB-T-002": bool(row["tn_nr"]) and len(people[row["vorname"], row["nachname"], row["plz"]]) > 1,
        }
        for code, hit in checks.items():
            if hit:
                hits[code].add(number)
    for (number_of_person, _), numbers in keys.items():
        if number_of_person is not None and len(numbers) > 1:
            hits["ZB-T-001"] |= set(numbers)
    return hits


def _naive_activities(rows: list[dict[str, Any]]) -> dict[str, set[int]]:
    hits: dict[str, set[int]] = defaultdict(set)
    total: dict[Any, int] = defaultdict(int)
    numbers: dict[int, list[int]] = defaultdict(list)
    for number, row in enumerate(rows, start=2):
        if row["periode"] != "M" and row["dauer_min"] is not None:
            total[row["tn_nr"], row["datum"]] += row["dauer_min"]
        if row["aktivitaet_lfd"] is not None:
            numbers[row["aktivitaet_lfd"]].append(number)
    for number, row in enumerate(rows, start=2):
        single = row["periode"] != "M" and row["dauer_min"] is not None
        checks = {
            "ZB-F-006": row["dauer_min"] is not None and row["dauer_min"] < 1,
            "ZB-F-010": row["aktivitaet_code"] == "Z98",
            "ZB-Z-011": row["periode"] == "M" and (row["datum"] + timedelta(days=1)).month == row["datum"].month,
            "ZB-Z-012": single and row["dauer_min"] > 600,
            "ZB-T-003": single and total[row["tn_nr"], row["datum"]] > 600,
        }
        for code, hit in checks.items():
            if hit:
                hits[code].add(number)
    for same in numbers.values():
        if len(same) > 1:
            hits["ZB-T-006"] |= set(same)
    return hits


ERRORS = {"ZB-F-001", "ZB-F-007", "ZB-Z-001", "ZB-Z-002", "ZB-Z-004", "ZB-T-001", "ZB-Z-011", "ZB-Z-012"}


def _without_equal_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({tuple(row.items()): row for row in rows}.values())


def _compare(table: str, rows: list[dict[str, Any]], expected: dict[str, set[int]]) -> None:
    result = validate(ingested({table: arrow_table(table, rows)}), SITE, Earlier())
    found: dict[str, set[int]] = defaultdict(set)
    for finding in result.findings:
        if len(finding.rows):
            assert finding.count == len(finding.rows) == len(set(finding.rows.tolist()))
            found[finding.rule] |= set(finding.rows.tolist())
    assert {code: sorted(numbers) for code, numbers in found.items()} == {
        code: sorted(numbers) for code, numbers in expected.items()
    }
    rejected = {number for code in ERRORS for number in expected.get(code, ())}
    assert {index + 2 for index in result.rejected[table].nonzero()[0]} == rejected


@settings(max_examples=40, deadline=None)
@given(st.lists(participations, min_size=1, max_size=12))
def test_participations_agree_with_a_naive_check(generated: list[dict[str, Any]]) -> None:
    rows = _without_equal_rows([{**BASE["teilnahme"], **row} for row in generated])
    _compare("teilnahme", rows, _naive_participations(rows))


@settings(max_examples=40, deadline=None)
@given(st.lists(activities, min_size=1, max_size=12))
def test_activities_agree_with_a_naive_check(generated: list[dict[str, Any]]) -> None:
    rows = _without_equal_rows([{**BASE["aktivitaet"], **row} for row in generated])
    _compare("aktivitaet", rows, _naive_activities(rows))


@settings(max_examples=100, deadline=None)
@given(st.lists(activities, max_size=15))
def test_duplicates_agree_with_a_naive_check(generated: list[dict[str, Any]]) -> None:
    rows = [{**BASE["aktivitaet"], **row} for row in generated]
    seen: set[Any] = set()
    expected = []
    for row in rows:
        expected.append(tuple(row.items()) in seen)
        seen.add(tuple(row.items()))
    assert duplicates(arrow_table("aktivitaet", rows), contract().table("aktivitaet")).tolist() == expected
