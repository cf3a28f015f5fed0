"""Angaben, steps and events agree with the slow reference on generated histories, and add up over persons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings, strategies as st
from tests.support import reference_features as reference
from tests.support.reference_features import Key, Row

from zaehlbar.count.events import EVENT_MEASURES, count_events, count_steps
from zaehlbar.count.features import FEATURE_MEASURES, FEATURE_SETS, FEATURES, Feature, count_features
from zaehlbar.count.period import Period
from zaehlbar.count.source import SCHEMAS

PERIODS = [
    Period(0, date(2024, 1, 1), date(2024, 1, 31), date(2023, 12, 15), date(2024, 1, 15), date(2024, 1, 15), "monat"),
    Period(1, date(2024, 2, 1), date(2024, 2, 29), date(2024, 1, 15), date(2024, 2, 14), date(2024, 2, 14), "monat"),
    Period(2, date(2024, 3, 1), date(2024, 3, 31), date(2024, 2, 14), date(2024, 3, 31), date(2024, 3, 31), "monat"),
    Period(3, date(2024, 1, 1), date(2024, 3, 31), date(2023, 12, 15), date(2024, 3, 31), date(2024, 3, 31), "quartal"),
    Period(7, date(2023, 4, 1), date(2024, 3, 31), date(2023, 3, 15), date(2024, 3, 31), date(2024, 3, 31)),
    Period(5, date(2024, 2, 29), date(2024, 2, 29), date(2024, 2, 28), date(2024, 2, 29), date(2024, 2, 29)),
]
EDGES = sorted(
    {
        getattr(period, name) + timedelta(days=shift)
        for period in PERIODS
        for name in ("von", "bis", "fluss_von", "fluss_bis", "stichtag")
        for shift in (-1, 0, 1)
    }
    | {date(2023, 8, 29), date(2023, 8, 30), date(2023, 8, 31), date(2023, 7, 15), date(2023, 7, 16)}
)
DAYS = st.sampled_from(EDGES) | st.dates(date(2023, 6, 1), date(2024, 4, 5))
MAPPING = [
    {"code": "A03", "kategorie": "K-OFFEN", "gueltig_ab": date(2023, 1, 1), "gueltig_bis": date(2024, 2, 14)},
    {"code": "A03", "kategorie": "K-TEIL", "gueltig_ab": date(2024, 2, 15), "gueltig_bis": None},
    {"code": "C06", "kategorie": "K-KOMM", "gueltig_ab": date(2023, 1, 1), "gueltig_bis": None},
    {"code": "X01", "kategorie": "K-STRUK", "gueltig_ab": date(2024, 1, 16), "gueltig_bis": None},
]
ANGABEN = {
    "geschlecht": ("w", "m", None),
    "zugangsweg": ("EIG", "JC_ZUW", None),
    "erwerbsstatus_eintritt": ("ALO", "ERW", "NERW", None),
    "alo_dauer": ("U6", "AB12", None),
    "hemmnisse_anzahl_eintritt": (0, 2, 3, 9, None),
    "austritt_grund": ("JCM_GEPLANT", "JCM_KURZFRISTIG", None),
    "erg_arbeit": ("j", "n", "km", None),
    "erg_6m_arbeit": ("j", "n", "km", None),
}
VARIED = [feature for feature in FEATURES if {*feature.columns} & {*ANGABEN, "quartier_id"}]
FIELDS = st.fixed_dictionaries({name: st.sampled_from(words) for name, words in ANGABEN.items()})


@st.composite
def _participations(draw: st.DrawFn) -> list[Row]:
    rows = []
    for identity in range(draw(st.integers(0, 6))):
        place = {
            "vorhaben_id": draw(st.sampled_from(["V1", "V2"])),
            "tvp_id": draw(st.sampled_from(["T1", "T2"])),
            "identitaet_id": identity,
            "person_id": draw(st.integers(1, 3)),
        }
        for ein in sorted(draw(st.sets(DAYS, min_size=1, max_size=3))):
            aus = draw(st.none() | st.just(ein) | DAYS.filter(lambda day, ein=ein: day >= ein))
            given_here = {
                "jobcenter_nr": draw(st.sampled_from(["10001", "OHNE"])),
                "quartier_id": draw(st.sampled_from(["Q1", "OHNE"])),
            }
            rows.append(place | given_here | {"eintritt_datum": ein, "austritt_datum": aus} | draw(FIELDS))
    return rows


def _table(name: str, rows: Sequence[Row]) -> pa.Table:
    schema = SCHEMAS[name]
    return pa.Table.from_pylist([{column: row.get(column) for column in schema.names} for row in rows], schema=schema)


def _counted(table: pa.Table, period: Period, keys: Sequence[str], measures: Sequence[str]) -> dict[Key, Row]:
    rows = [row for row in table.to_pylist() if row["periode"] == period.nummer]
    result = {tuple(row[name] for name in keys): {name: row[name] for name in measures} for row in rows}
    assert len(result) == len(rows), "a key twice"
    return result


FEATURE_KEYS = ("jc", "vh", "quartier", "tvp", "angabe", "auspraegung")
EVENT_KEYS = ("jc", "vh", "quartier", "tvp", "art", "code", "zaehlweise")


def _row(ein: date, aus: date | None, person: int = 1, identity: int = 1, **fields: Any) -> Row:
    place = {"vorhaben_id": "V1", "tvp_id": "T1", "jobcenter_nr": "10001", "quartier_id": "Q1"}
    days = {"eintritt_datum": ein, "austritt_datum": aus}
    return place | {"identitaet_id": identity, "person_id": person} | dict.fromkeys(ANGABEN) | days | fields


RE_ENTRY = [
    _row(date(2023, 7, 1), date(2023, 8, 31), geschlecht="w", erg_6m_arbeit="j"),
    _row(date(2024, 1, 15), date(2024, 1, 16), geschlecht="w"),
    _row(date(2024, 2, 29), None, geschlecht="m"),
    _row(date(2024, 1, 16), date(2024, 2, 14), person=1, identity=2, geschlecht="w"),
    _row(date(2024, 2, 14), date(2024, 2, 29), person=2, identity=3, geschlecht="w"),
]


@settings(max_examples=40, deadline=None)
@example(rows=RE_ENTRY)
@given(rows=_participations())
def test_angaben_agree_with_the_reference(rows: list[Row]) -> None:
    _agree(rows, VARIED)


def test_all_angaben_agree_with_the_reference() -> None:
    _agree(RE_ENTRY, FEATURES)


def _agree(rows: list[Row], features: Sequence[Feature]) -> None:
    counted = count_features(_table("angabe", rows), PERIODS, features=features)
    for period in PERIODS:
        expected = reference.count_features(rows, period, FEATURE_SETS, [feature.name for feature in features])
        assert _counted(counted, period, FEATURE_KEYS, FEATURE_MEASURES) == expected


STEPS = st.lists(
    st.fixed_dictionaries(
        {"identitaet_id": st.integers(0, 7), "datum": DAYS, "code": st.sampled_from(["SPRACHE", "DISTANZ"])}
    ),
    max_size=8,
    unique_by=lambda step: tuple(step.values()),
)


@settings(max_examples=15, deadline=None)
@example(
    rows=RE_ENTRY,
    steps=[
        {"identitaet_id": 1, "datum": date(2024, 1, 14), "code": "SPRACHE"},
        {"identitaet_id": 1, "datum": date(2024, 1, 15), "code": "SPRACHE"},
        {"identitaet_id": 2, "datum": date(2024, 1, 31), "code": "SPRACHE"},
        {"identitaet_id": 9, "datum": date(2024, 1, 15), "code": "DISTANZ"},
    ],
)
@given(rows=_participations(), steps=STEPS)
def test_steps_agree_with_the_reference(rows: list[Row], steps: list[Row]) -> None:
    counted = count_steps(_table("angabe", rows), _table("zwischenschritt", steps), PERIODS)
    for period in PERIODS:
        expected = reference.count_steps(rows, steps, period, FEATURE_SETS)
        assert _counted(counted, period, EVENT_KEYS, EVENT_MEASURES) == expected


def _event(day: date) -> Row:
    place = {"vorhaben_id": "V1", "tvp_id": "T1", "quartier_id": "Q1", "jobcenter_nr": "10001"}
    return place | {"datum": day, "angebot_code": "A03", "anzahl_gesamt": 7, "anzahl_art": None, "verweis_an": None}


EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "vorhaben_id": st.sampled_from(["V1", "V2"]),
            "tvp_id": st.sampled_from(["T1", "T2"]),
            "datum": DAYS,
            "angebot_code": st.sampled_from(["A03", "C06", "X01", "Z98"]),
            "quartier_id": st.sampled_from(["Q1", "AUSSERHALB"]),
            "jobcenter_nr": st.sampled_from(["10001", "OHNE"]),
            "anzahl_gesamt": st.sampled_from([0, 7, 30, None]),
            "anzahl_art": st.sampled_from(["GEZAEHLT", "GESCHAETZT", None]),
            "verweis_an": st.sampled_from([None, None, "SCHULDNER"]),
        }
    ),
    max_size=10,
)


@settings(max_examples=15, deadline=None)
@example(events=[_event(day) for day in (date(2024, 2, 14), date(2024, 2, 15), date(2024, 2, 29), date(2024, 3, 1))])
@given(events=EVENTS)
def test_events_agree_with_the_reference(events: list[Row]) -> None:
    counted = count_events(_table("angebot", events), _table("kategorie_zuordnung", MAPPING), PERIODS)
    for period in PERIODS:
        expected = reference.count_events(events, MAPPING, period, FEATURE_SETS)
        assert _counted(counted, period, EVENT_KEYS, EVENT_MEASURES) == expected
        # Every event is of one kind, and none is dropped for want of a category (statement 12).
        kinds, categories = (
            sum(row["ereignisse"] for key, row in expected.items() if key[:4] == ("*",) * 4 and condition(key))
            for condition in (lambda key: key[4] != "kategorie", lambda key: key[4] == "kategorie")
        )
        assert kinds == categories == sum(period.von <= event["datum"] <= period.bis for event in events)


@settings(max_examples=15, deadline=None)
@given(rows=_participations(), steps=STEPS, chosen=st.sets(st.integers(1, 3)))
def test_every_measure_is_a_sum_over_persons(rows: list[Row], steps: list[Row], chosen: set[int]) -> None:
    """Delta counting rests on it: what some persons contribute can be taken out and put back."""
    parts = [[row for row in rows if (row["person_id"] in chosen) is side] for side in (True, False)]
    whole = count_features(_table("angabe", rows), PERIODS, features=VARIED)
    assert _added([whole], FEATURE_KEYS, FEATURE_MEASURES) == _added(
        [count_features(_table("angabe", part), PERIODS, features=VARIED) for part in parts],
        FEATURE_KEYS,
        FEATURE_MEASURES,
    )
    table = _table("zwischenschritt", steps)
    assert _added([count_steps(_table("angabe", rows), table, PERIODS)], EVENT_KEYS, EVENT_MEASURES) == _added(
        [count_steps(_table("angabe", part), table, PERIODS) for part in parts], EVENT_KEYS, EVENT_MEASURES
    )


def _added(tables: Sequence[pa.Table], keys: Sequence[str], measures: Sequence[str]) -> Counter[Key]:
    """Sums by key and measure; of a missing measure its absence is counted as a key of its own."""
    total: Counter[Key] = Counter()
    for table in tables:
        for row in table.to_pylist():
            for name in measures:
                key = (row["periode"], *(row[column] for column in keys), name)
                total[key] += row[name] or 0
                if row[name] is None:
                    total[*key, "none"] = 1
    return total


@pytest.mark.parametrize(
    "left, due",
    [
        (date(2023, 8, 31), date(2024, 2, 29)),
        (date(2023, 8, 29), date(2024, 2, 29)),
        (date(2022, 8, 31), date(2023, 2, 28)),
        (date(2023, 7, 15), date(2024, 1, 15)),
        (date(2024, 2, 29), date(2024, 8, 29)),
    ],
)
def test_six_months_after_an_austritt_stays_in_the_month(left: date, due: date) -> None:
    periods = [
        Period(shift, day, day, day - timedelta(days=1), day, day)
        for shift, day in ((shift, due + timedelta(days=shift)) for shift in (-1, 0, 1))
    ]
    table = _table("angabe", [_row(date(2022, 1, 1), left, erg_6m_arbeit="km")])
    found = [row for row in count_features(table, periods, [()]).to_pylist() if row["angabe"] == "erg_6m_arbeit"]
    assert [(row["periode"], row["auspraegung"], row["austritte"], row["personen"]) for row in found] == [
        (0, "km", 1, 1)
    ]


def test_without_participations_there_is_nothing_to_count() -> None:
    assert count_features(_table("angabe", []), PERIODS).num_rows == 0
    assert count_steps(_table("angabe", []), _table("zwischenschritt", []), PERIODS).num_rows == 0
    assert count_events(_table("angebot", []), _table("kategorie_zuordnung", []), PERIODS).num_rows == 0
