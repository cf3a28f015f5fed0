"""Persons without consent leave the trusted zone as numbers only, by the definitions of the figures ((d) 18)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
from tests.support.pseudonymize import KEYS, SCOPE, pseudonymized, site, validated

from zaehlbar.pseudonymize import pseudonymize
from zaehlbar.pseudonymize.result import WITHOUT_CONSENT

NO = {"einwilligung_stufe": "0", "einwilligung_am": date(2026, 1, 2), "jobcenter_nr": "99901"}
MIA = {"nachname": "Muster", "vorname": "Mia", "geburtsdatum": date(1990, 5, 5)}


def counted(*rows: dict[str, Any], **judgement: Any) -> dict[tuple[str, str], tuple[int, ...]]:
    """(month, Jobcenter) → Teilnahmen, Eintritte, Austritte, Bestand."""
    entries = [{"tn_nr": f"TN-{at}", **NO, **row} for at, row in enumerate(rows)]
    table = pseudonymized({"teilnahme": entries}, **judgement).without_consent
    assert table is not None and table.schema.equals(WITHOUT_CONSENT)
    return {
        (f"{row['monat']:%Y-%m}", row["jobcenter_nr"]): (
            *(row[name] for name in ("teilnahmen", "eintritte", "austritte", "bestand")),
        )
        for row in table.to_pylist()
    }


def test_flows_run_from_stichtag_to_stichtag_and_participations_by_calendar_month() -> None:
    # Stichtage of the example: 13.02., 13.03., 15.04.2026.
    stays = {"eintritt_datum": date(2026, 2, 14), "austritt_datum": date(2026, 4, 15)}
    assert counted(stays) == {
        ("2026-02", "99901"): (1, 0, 0, 0),  # runs in February, entered after its Stichtag
        ("2026-03", "99901"): (1, 1, 0, 1),
        ("2026-04", "99901"): (1, 0, 1, 0),  # left on the Stichtag: no longer there
    }


def test_who_stays_counts_to_the_end_of_the_period_and_no_further() -> None:
    found = counted({"eintritt_datum": date(2026, 5, 2)}, {"eintritt_datum": date(2026, 5, 2), "jobcenter_nr": None})
    assert found == {
        ("2026-05", "99901"): (1, 1, 0, 1),
        ("2026-06", "99901"): (1, 0, 0, 1),
        ("2026-05", "OHNE"): (1, 1, 0, 1),
        ("2026-06", "OHNE"): (1, 0, 0, 1),
    }


def test_who_consents_withdrew_was_rejected_or_cancelled_is_not_counted() -> None:
    assert counted({"einwilligung_stufe": "1"}) == {}
    assert counted({"widerruf_am": date(2026, 3, 1)}) == {}
    assert counted({"status": "STORNO"}) == {}
    assert counted({}, rejected={"teilnahme": [0]}) == {}
    assert counted({}, duplicate={"teilnahme": [0]}) == {}
    # Who withdrew under one number is the same person under another one.
    assert counted({**MIA}, {**MIA, "widerruf_am": date(2025, 3, 1)}) == {}


def test_a_consent_that_ended_is_none() -> None:
    assert counted({"einwilligung_stufe": "2", "einwilligung_bis": date(2026, 6, 29), "austritt_datum": None})


def test_who_is_restricted_is_not_counted() -> None:
    """Neither by the number nor by the name, nor in another row of the same number."""
    rows = [{**NO, **MIA}, {**NO, **MIA, "nachname": "Probe", "eintritt_datum": date(2026, 3, 3)}, {**NO, "tn_nr": "B"}]
    tokens = pseudonymized({"teilnahme": [{**row, "einwilligung_stufe": "1"} for row in rows[:1]]})
    judged = validated({"teilnahme": rows})
    for token in (tokens.identities["tn_token"], tokens.merkmale["exakt_token"]):
        restricted = frozenset(token.to_pylist())
        found = pseudonymize(judged, site(), KEYS, today=SCOPE.end, restricted=restricted).without_consent
        assert found is not None
        assert sum(found["eintritte"].to_pylist()) == 1
    everybody = pseudonymize(judged, site(), KEYS, today=SCOPE.end).without_consent
    assert everybody is not None
    assert sum(everybody["eintritte"].to_pylist()) == 3


def test_only_a_site_with_a_legal_basis_and_a_whole_delivery_counts() -> None:
    judged = validated({"teilnahme": [NO]})
    head = site().head
    basis = head.basis.model_copy(update={"ohne_einwilligung": None})
    bases = head.rechtsgrundlage.model_copy(update={"M1": basis})
    without = site().model_copy(update={"head": head.model_copy(update={"rechtsgrundlage": bases})})
    assert pseudonymize(judged, without, KEYS).without_consent is None
    assert pseudonymize(judged, site("M2"), KEYS).without_consent is None
    assert pseudonymize(validated({"aktivitaet": [{}]}), site(), KEYS).without_consent is None
    increment = replace(SCOPE, increment="zuwachs")
    assert pseudonymize(validated({"teilnahme": [NO]}, scope=increment), site(), KEYS).without_consent is None
    nobody = pseudonymize(validated({"teilnahme": [{}]}), site(), KEYS).without_consent
    assert isinstance(nobody, pa.Table) and nobody.num_rows == 0
