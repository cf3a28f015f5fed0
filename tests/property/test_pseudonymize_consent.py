"""Statement 6, withholding: consent decides which rows may be stored; a slow, obvious rule must agree."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given, settings, strategies as st
from tests.support.pseudonymize import KEYS, pseudonymized, site, validated

from zaehlbar.pseudonymize import pseudonymize

TODAY = date(2026, 8, 1)
DAYS = st.none() | st.sampled_from([date(2026, 1, 10), date(2026, 2, 1), date(2026, 3, 1), date(2026, 7, 15)])
ENDS = st.none() | st.none() | st.sampled_from([date(2026, 6, 29), date(2026, 7, 31), date(2026, 8, 1)])
# Persons: same names and birth date under two numbers; a number whose name changed; without a full birth date.
PEOPLE = [
    {"tn_nr": "TN-1", "nachname": "Muster", "vorname": "Mia", "geburtsdatum": date(1990, 5, 5)},
    {"tn_nr": "TN-2", "nachname": "MUSTER", "vorname": "Mia", "geburtsdatum": date(1990, 5, 5)},
    {"tn_nr": "TN-2", "nachname": "Probe", "vorname": "Mia", "geburtsdatum": date(1990, 5, 5)},
    {"tn_nr": "TN-3", "nachname": "Probe", "vorname": "Mia", "geburtsdatum": date(1990, 5, 5)},
    {"tn_nr": "TN-4", "nachname": "Muster", "vorname": "Mia", "geburtsdatum": date(1990, 1, 1)},
    {"tn_nr": "TN-5", "nachname": "Muster", "vorname": "Mia", "geburtsdatum": None},
]
DECLARATIONS = st.fixed_dictionaries(
    {
        "einwilligung_stufe": st.sampled_from(["0", "1", "1", "2", "2", None]),
        "einwilligung_zweck": st.sampled_from([None, None, "STATISTIK", "EINZELFALL"]),
        "einwilligung_am": DAYS,
        "widerruf_am": st.none() | DAYS,
        "einwilligung_bis": ENDS,
    }
)
ENTRIES = st.lists(st.tuples(st.sampled_from(PEOPLE), DECLARATIONS, st.booleans()), max_size=7)
ACTIVE = st.lists(st.sampled_from(["TN-1", "TN-2", "TN-3", "TN-4", "TN-5", "TN-6"]), max_size=5)


LEVELS = {
    ("1", None): 1,
    ("1", "STATISTIK"): 1,
    ("2", None): 2,
    ("2", "EINZELFALL"): 2,
    ("2", "STATISTIK"): 1,
}


def refuses(row: dict[str, Any], minimum: int) -> bool:
    return (
        row["widerruf_am"] is not None
        or LEVELS.get((row["einwilligung_stufe"], row["einwilligung_zweck"]), 0) < minimum
        or (row["einwilligung_bis"] is not None and row["einwilligung_bis"] < TODAY)
    )


def declared_on(row: dict[str, Any]) -> date:
    return row["widerruf_am"] or row["einwilligung_am"] or date.min


def identity(row: dict[str, Any]) -> tuple[str, str, date] | None:
    birth = row["geburtsdatum"]
    if birth is None or (birth.month, birth.day) == (1, 1):
        return None
    return row["nachname"].upper(), row["vorname"].upper(), birth


def same_person(row: dict[str, Any], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All rows that are linked to `row` by tn_nr or by a full identity, over any number of steps."""
    found = [row]
    for known in found:
        for other in rows:
            linked = other["tn_nr"] == known["tn_nr"] or (identity(other) and identity(other) == identity(known))
            if linked and not any(other is one for one in found):
                found.append(other)
    return found


def withheld_numbers(rows: list[dict[str, Any]], rejected: set[int], minimum: int) -> set[str]:
    """The slow, obvious rule: tn_nr whose newest consent is not newer than every refusal of the person."""
    withheld = set()
    for row in rows:
        refusals = [declared_on(one) for one in same_person(row, rows) if refuses(one, minimum)]
        own = [one for at, one in enumerate(rows) if one["tn_nr"] == row["tn_nr"] and at not in rejected]
        consents = [declared_on(one) for one in own if not refuses(one, minimum)]
        if refusals and not any(day > max(refusals) for day in consents):
            withheld.add(row["tn_nr"])
    return withheld


def counted_without_consent(rows: list[dict[str, Any]], rejected: set[int], withheld: set[str]) -> list[dict[str, Any]]:
    """Accepted rows of withheld numbers whose person did not withdraw."""
    return [
        row
        for at, row in enumerate(rows)
        if at not in rejected
        and row["tn_nr"] in withheld
        and all(one["widerruf_am"] is None for one in same_person(row, rows))
    ]


@settings(max_examples=60)
@given(ENTRIES, ACTIVE, st.sampled_from(["M1", "M2", "M3"]))
def test_statement_06_consent_decides(
    entries: list[tuple[dict[str, Any], dict[str, Any], bool]], active: list[str], model: str
) -> None:
    # A running Eintritt makes each row one of its own; the duration tells the activities apart.
    rows = [
        {**person, **declaration, "eintritt_datum": date(2026, 1, 1 + at)}
        for at, (person, declaration, _) in enumerate(entries)
    ]
    rejected = {at for at, (_, _, reject) in enumerate(entries) if reject}
    activities = [{"tn_nr": tn_nr, "dauer_min": 10 + at} for at, tn_nr in enumerate(active)]
    judged = validated({"teilnahme": rows, "aktivitaet": activities}, rejected={"teilnahme": sorted(rejected)})
    result = pseudonymize(judged, site(model), KEYS, today=TODAY)

    withheld = withheld_numbers(rows, rejected, 2 if model == "M3" else 1)
    stored = [row for at, row in enumerate(rows) if at not in rejected and row["tn_nr"] not in withheld]
    assert result.tables["teilnahme"]["eintritt_datum"].to_pylist() == [row["eintritt_datum"] for row in stored]
    assert result.withheld["teilnahme"] == len(rows) - len(rejected) - len(stored)
    durations = [row["dauer_min"] for row in activities if row["tn_nr"] not in withheld]
    assert result.tables["aktivitaet"]["dauer_min"].to_pylist() == durations
    assert result.withheld["aktivitaet"] == len(activities) - len(durations)
    # Nobody who refused has an identity; everybody with a row has exactly one.
    present = {row["tn_nr"] for row in stored} | {tn_nr for tn_nr in active if tn_nr not in withheld}
    assert result.identities.num_rows == len(present)
    # Who has no consent and did not withdraw is counted, in M1 only: all of them entered in January and stayed.
    if model != "M1":
        assert result.without_consent is None
        return
    counted = len(counted_without_consent(rows, rejected, withheld))
    assert result.without_consent is not None
    assert sum(result.without_consent["eintritte"].to_pylist()) == counted
    assert result.without_consent["bestand"].to_pylist() == ([counted] * 6 if counted else [])


@given(ENTRIES, st.randoms(use_true_random=False))
def test_the_order_of_declarations_does_not_count(
    entries: list[tuple[dict[str, Any], dict[str, Any], bool]], random: Any
) -> None:
    rows = [
        {**person, **declaration, "eintritt_datum": date(2026, 1, 1 + at)}
        for at, (person, declaration, _) in enumerate(entries)
    ]
    shuffled = random.sample(rows, len(rows))
    one, other = (pseudonymized({"teilnahme": order}) for order in (rows, shuffled))
    assert one.identities.equals(other.identities)
    assert one.withdrawals.equals(other.withdrawals)
    tables = [result.tables["teilnahme"].sort_by("eintritt_datum") for result in (one, other)]
    assert tables[0].equals(tables[1])
