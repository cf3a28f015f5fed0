"""The door of pseudonymize: which rows and columns leave the room, and when it stays shut."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.support.pseudonymize import KEYS, SCOPE, canonical_table, pseudonymized, site, validated

from zaehlbar.contract import MATCH_KINDS, Finding, PrivacyClass, Severity, Table, contract
from zaehlbar.pseudonymize import (
    KINDS,
    MERKMALE,
    NORMALIZER_VERSION,
    KeyRingError,
    PseudonymizeError,
    api,
    pseudonymize,
)
from zaehlbar.pseudonymize.consent import UNDATED
from zaehlbar.pseudonymize.result import IDENTITIES, WITHDRAWALS

MIA = {"nachname": "Muster", "vorname": "Mia", "geburtsdatum": date(1990, 5, 5)}
NEVER = {"tn_nr", "nachname", "vorname", "geburtsdatum", "plz", "_zeile", "_datei"}


def numbers(result: pa.Table, column: str) -> list[Any]:
    return result[column].to_pylist()


def test_columns_and_their_order_follow_from_the_contract() -> None:
    tables = pseudonymized({table.name: [{}] for table in contract().tables}).tables
    assert list(tables) == [table.name for table in contract().tables]
    assert tables["aktivitaet"].column_names == [
        *("ix", "aktivitaet_lfd", "aktivitaet_code", "datum", "periode", "dauer_min", "format", "ergebnis", "nr")
    ]
    assert tables["zwischenschritt"].column_names == ["ix", "datum", "code"]
    teilnahme = tables["teilnahme"].column_names
    assert teilnahme[0] == "ix" and teilnahme[-1] == "altersgruppe_eintritt"
    passed_on = [name for name in contract().table("teilnahme").field_names if name in teilnahme]
    assert teilnahme[1:-1] == passed_on and "einwilligung_am" in passed_on
    assert tables["angebot"].column_names == [*contract().table("angebot").field_names, "nr"]
    for name in ("lieferung", "verzeichnis", "vereinbarung"):
        assert tuple(tables[name].column_names) == contract().table(name).field_names
    assert not any(NEVER & set(table.column_names) for table in tables.values())


def test_types_are_fixed_also_without_rows() -> None:
    result = pseudonymized({"teilnahme": [], "aktivitaet": []})
    assert result.identities.schema.equals(IDENTITIES) and result.withdrawals.schema.equals(WITHDRAWALS)
    assert result.tables["teilnahme"].schema.field("ix").type == pa.int32()
    assert result.tables["teilnahme"].schema.field("altersgruppe_eintritt").type == pa.string()
    assert result.tables["aktivitaet"].schema.field("nr").type == pa.int16()
    assert result.withheld == {"teilnahme": 0, "aktivitaet": 0}
    assert (result.key_id, result.normalizer_version) == ("k1", NORMALIZER_VERSION)
    assert result.merkmale.schema.equals(MERKMALE)


@pytest.mark.parametrize("privacy_class", [PrivacyClass.INTAKE, PrivacyClass.SPECIAL])
def test_the_class_of_a_field_decides_and_no_list(monkeypatch: pytest.MonkeyPatch, privacy_class: PrivacyClass) -> None:
    def classed(table: Table, name: str) -> Table:
        fields = [
            field.model_copy(update={"zaehlbar": field.zaehlbar.model_copy(update={"privacy_class": privacy_class})})
            if field.name == name
            else field
            for field in table.fields
        ]
        return table.model_copy(update={"fields": tuple(fields)})

    other = {"teilnahme": "geschlecht", "verzeichnis": "titel"}
    tables = tuple(classed(table, other[table.name]) if table.name in other else table for table in contract().tables)
    stricter = contract().model_copy(update={"tables": tables})
    monkeypatch.setattr(api, "contract", lambda: stricter)
    result = pseudonymized({name: [{}] for name in other})
    assert "geschlecht" not in result.tables["teilnahme"].column_names
    assert "titel" not in result.tables["verzeichnis"].column_names


def test_rejected_and_duplicate_rows_stay_behind() -> None:
    rows = [{"dauer_min": minutes} for minutes in (10, 20, 30, 40)]
    result = pseudonymized({"aktivitaet": rows}, rejected={"aktivitaet": [0]}, duplicate={"aktivitaet": [2]})
    assert numbers(result.tables["aktivitaet"], "dauer_min") == [20, 40]
    assert result.withheld == {"aktivitaet": 0}


def test_a_worthless_value_is_taken_away_and_its_row_stays() -> None:
    rows = [{**MIA, "geschlecht": "x", "plz": "1"}, {"tn_nr": "TN-2", "geschlecht": "w"}]
    nulled = {"teilnahme": {"geschlecht": [0], "nachname": [0]}}
    result = pseudonymized({"teilnahme": rows}, nulled=nulled)
    assert numbers(result.tables["teilnahme"], "geschlecht") == [None, "w"]
    formed = {name for name in result.merkmale.column_names if result.merkmale[name].null_count == 0}
    assert formed == {"ix", "normalisierer_version", "vorname_plz_token"}


def test_activities_of_a_person_unknown_here_are_passed_on() -> None:
    result = pseudonymized(
        {"teilnahme": [{}], "aktivitaet": [{"tn_nr": "TN-9"}], "zwischenschritt": [{"tn_nr": "TN-8"}]}
    )
    assert result.identities.num_rows == 3
    indices = [numbers(result.tables[name], "ix")[0] for name in ("teilnahme", "aktivitaet", "zwischenschritt")]
    assert sorted(indices) == [0, 1, 2]


def test_one_tn_nr_is_one_identity_in_all_tables_of_all_deliveries() -> None:
    result = pseudonymized(
        {"teilnahme": [{"tn_nr": "A"}, {"tn_nr": "B"}], "aktivitaet": [{"tn_nr": "B"}, {"tn_nr": "A"}]}
    )
    a, b = numbers(result.tables["teilnahme"], "ix")
    assert numbers(result.tables["aktivitaet"], "ix") == [b, a]
    alone = pseudonymized({"zwischenschritt": [{"tn_nr": "B"}]})
    assert numbers(alone.identities, "tn_token") == [numbers(result.identities, "tn_token")[b]]
    # In the order of the tokens, which says nothing about the order of the list.
    many = pseudonymized({"teilnahme": [{"tn_nr": f"TN-{number}"} for number in range(50)]})
    tokens = numbers(many.identities, "tn_token")
    assert tokens == sorted(tokens) and numbers(many.identities, "ix") == list(range(50))


def test_a_tn_nr_in_two_unicode_forms_is_one() -> None:
    result = pseudonymized({"teilnahme": [{"tn_nr": "M\u00fc1"}], "aktivitaet": [{"tn_nr": "Mu\u03081"}]})
    assert result.identities.num_rows == 1


@pytest.mark.parametrize(
    "missing,full",
    [
        ({}, True),
        ({"geburtsdatum": date(1990, 1, 1)}, False),
        ({"geburtsdatum": None}, False),
        ({"vorname": None}, True),
        ({"nachname": " - "}, True),
    ],
)
def test_an_exact_token_needs_both_names_and_a_full_birth_date(missing: dict[str, Any], full: bool) -> None:
    result = pseudonymized({"teilnahme": [{**MIA, "plz": "44139", **missing}]})
    assert numbers(result.identities, "geburtsdatum_voll") == [full]
    assert [token is None for token in numbers(result.merkmale, "exakt_token")] == [bool(missing)]


def test_the_latest_entry_speaks_for_the_person() -> None:
    earlier = {**MIA, "eintritt_datum": date(2026, 1, 10)}
    later = {**MIA, "nachname": "Zander", "eintritt_datum": date(2026, 3, 10)}
    latest_without = {"eintritt_datum": date(2026, 5, 10)}
    wanted = pseudonymized({"teilnahme": [later]}).merkmale
    for rows in ([earlier, later, latest_without], [latest_without, later, earlier]):
        assert pseudonymized({"teilnahme": rows}).merkmale.equals(wanted)
    # What is rejected does not speak.
    result = pseudonymized({"teilnahme": [earlier, later]}, rejected={"teilnahme": [1]})
    assert not result.merkmale.equals(wanted)


@pytest.mark.parametrize("other", [{"nachname": "Zander"}, {"vorname": "Ada"}, {"plz": "44139"}, {"vorname": None}])
def test_of_two_entries_on_one_day_not_the_order_of_rows_decides(other: dict[str, Any]) -> None:
    rows = [{**MIA, "plz": "06108"}, {**MIA, "plz": "06108", **other}]
    one, two = (pseudonymized({"teilnahme": order}).merkmale for order in (rows, rows[::-1]))
    assert one.equals(two)


CONSENT = [
    ("level 1", [{}], [], True),
    ("level 2", [{"einwilligung_stufe": "2"}], [], True),
    ("level 0", [{"einwilligung_stufe": "0"}], [], False),
    ("no level", [{"einwilligung_stufe": None}], [], False),
    ("withdrawn", [{"widerruf_am": date(2026, 3, 1)}], [], False),
    ("withdrawn on the day of consent", [{"widerruf_am": date(2026, 2, 1)}], [], False),
    ("withdrawn after the period", [{"widerruf_am": date(2026, 8, 1)}], [], False),
    ("expired", [{"einwilligung_bis": date(2026, 6, 29)}], [], False),
    ("expires with the period", [{"einwilligung_bis": date(2026, 6, 30)}], [], True),
    ("later consent of a re-entry", [{"einwilligung_stufe": "0"}, {"einwilligung_am": date(2026, 4, 1)}], [], True),
    ("later refusal at a re-entry", [{}, {"einwilligung_stufe": "0", "einwilligung_am": date(2026, 4, 1)}], [], False),
    ("equal day, the stricter", [{}, {"einwilligung_stufe": "0"}], [], False),
    ("undated refusal beside a dated consent", [{"einwilligung_stufe": "0", "einwilligung_am": None}, {}], [], True),
    ("refusal of a rejected row", [{}, {"einwilligung_stufe": "0", "einwilligung_am": date(2026, 4, 1)}], [1], False),
    ("consent of a rejected row", [{"einwilligung_stufe": "0"}, {"einwilligung_am": date(2026, 4, 1)}], [1], False),
]


@pytest.mark.parametrize("rows,rejected,stored", [case[1:] for case in CONSENT], ids=[case[0] for case in CONSENT])
def test_consent_by_example(rows: list[dict[str, Any]], rejected: list[int], stored: bool) -> None:
    entries = [{"eintritt_datum": date(2026, 1, 1 + at), **row} for at, row in enumerate(rows)]
    tables = {"teilnahme": entries, "aktivitaet": [{}, {"tn_nr": "TN-2"}], "zwischenschritt": [{}]}
    result = pseudonymized(tables, rejected={"teilnahme": rejected})
    passed = {name: table.num_rows for name, table in result.tables.items()}
    kept = len(rows) - len(rejected)
    assert passed == {"teilnahme": kept * stored, "aktivitaet": 1 + stored, "zwischenschritt": int(stored)}
    assert result.withheld == {
        "teilnahme": kept * (not stored),
        "aktivitaet": not stored,
        "zwischenschritt": not stored,
    }


def lost(field: str, **row: Any) -> tuple[int, int, list[date]]:
    """A rejected row whose `field` could not be read, beside a valid consent: rows stored, withheld, remembered."""
    finding = Finding("ZB-D-020", Severity.ERROR, "teilnahme", field, rows=np.array([3], dtype=np.int32))
    rows = [{}, {"eintritt_datum": date(2026, 1, 5), **row}, {"tn_nr": "TN-2"}]
    judgement: dict[str, Any] = {name: {"teilnahme": [1]} for name in ("rejected", "unreadable")}
    result = pseudonymized({"teilnahme": rows}, findings=[finding], **judgement)
    return result.tables["teilnahme"].num_rows, result.withheld["teilnahme"], numbers(result.withdrawals, "widerruf_am")


def test_a_declaration_that_cannot_be_read_is_no_consent() -> None:
    # That the person withdrew or refused is known, only not when: at the latest when the period ended.
    assert lost("widerruf_am") == (1, 1, [SCOPE.end])
    assert lost("einwilligung_am", einwilligung_am=None, einwilligung_stufe="0") == (1, 1, [SCOPE.end])
    # That it refused is not known: these rows stop, nothing is held against another provider's consent.
    assert lost("einwilligung_bis", einwilligung_am=date(2026, 4, 1)) == (1, 1, [])
    assert lost("einwilligung_zweck", einwilligung_am=date(2026, 4, 1)) == (1, 1, [])
    # A date that got lost beside a consent says nothing against the dated consent, nor does another lost field.
    assert lost("einwilligung_am", einwilligung_am=None) == (2, 0, [])
    assert lost("plz") == (2, 0, [])


def test_only_the_row_that_a_finding_names_counts_as_unreadable() -> None:
    finding = Finding("ZB-D-020", Severity.ERROR, "teilnahme", "widerruf_am", rows=np.array([4], dtype=np.int32))
    rows = [{}, {"eintritt_datum": date(2026, 1, 5)}, {"tn_nr": "TN-2"}, {"tn_nr": "TN-2"}]
    both: dict[str, Any] = {name: {"teilnahme": [1, 2]} for name in ("rejected", "unreadable")}
    result = pseudonymized({"teilnahme": rows}, findings=[finding], **both)
    assert (result.tables["teilnahme"].num_rows, result.withheld) == (1, {"teilnahme": 1})


def test_a_withdrawal_that_validation_took_away_is_no_consent() -> None:
    rows = [{"widerruf_am": date(1890, 1, 1)}]
    result = pseudonymized({"teilnahme": rows}, nulled={"teilnahme": {"widerruf_am": [0]}})
    assert (result.tables["teilnahme"].num_rows, result.withheld) == (0, {"teilnahme": 1})


def test_a_withdrawal_leaves_token_and_date_and_nothing_else() -> None:
    unsaid = {"tn_nr": "TN-3", "einwilligung_stufe": None, "einwilligung_am": date(2026, 4, 1)}
    rows = [{**MIA, "widerruf_am": date(2026, 3, 1)}, {"tn_nr": "TN-2"}, unsaid]
    result = pseudonymized({"teilnahme": rows})
    known = pseudonymized({"teilnahme": [MIA]})
    assert result.withdrawals.to_pylist() == [
        dict(zip(WITHDRAWALS.names, (*one, date(2026, 3, 1)), strict=True))
        for one in [
            (numbers(known.merkmale, "exakt_token")[0], "exakt", NORMALIZER_VERSION),
            (numbers(known.identities, "tn_token")[0], "tn", 0),
        ]
    ]
    assert result.identities.num_rows == 1 and numbers(result.tables["teilnahme"], "ix") == [0]


def test_a_dated_no_is_remembered_like_a_withdrawal() -> None:
    """The latest declaration decides, whoever delivered it; a "no" without a date is older than any other."""
    for day in (date(2026, 4, 1), None):
        result = pseudonymized({"teilnahme": [{**MIA, "einwilligung_stufe": "0", "einwilligung_am": day}]})
        assert numbers(result.withdrawals, "widerruf_am") == [day or UNDATED] * 2
        assert result.identities.num_rows == 0


def test_a_withdrawal_is_remembered_beside_a_newer_consent() -> None:
    """The consent is that of this number; an older one that another provider has must not come back."""
    again = {"eintritt_datum": date(2026, 5, 1), "einwilligung_am": date(2026, 5, 1)}
    result = pseudonymized({"teilnahme": [{**MIA, "widerruf_am": date(2026, 3, 1)}, {**MIA, **again}]})
    assert numbers(result.withdrawals, "widerruf_am") == [date(2026, 3, 1)] * 2
    assert result.tables["teilnahme"].num_rows == 2


def test_a_refusal_is_remembered_by_every_name_the_person_was_delivered_under() -> None:
    """Another provider may know the earlier one."""
    married = {**MIA, "nachname": "Probe", "eintritt_datum": date(2026, 5, 1), "widerruf_am": date(2026, 6, 1)}
    known = [pseudonymized({"teilnahme": [{**MIA, "nachname": name}]}) for name in (MIA["nachname"], "Probe")]
    result = pseudonymized({"teilnahme": [MIA, married]})
    exact = {row["token"] for row in result.withdrawals.to_pylist() if row["art"] == "exakt"}
    assert exact == {numbers(one.merkmale, "exakt_token")[0] for one in known}


def test_what_must_not_be_processed_is_remembered_with_a_possible_day() -> None:
    """A slip of the pen must not shut out every later consent: no day after that of the load is remembered."""
    row = {**MIA, "widerruf_am": date(2062, 3, 1)}
    assert numbers(pseudonymized({"teilnahme": [row]}).withdrawals, "widerruf_am") == [SCOPE.end] * 2


PURPOSES = [
    # level, purpose, passes in M1 and M2, passes in M3
    ("1", None, True, False),
    ("1", "STATISTIK", True, False),
    ("1", "EINZELFALL", False, False),  # the level does not cover the purpose, the purpose not the level
    ("2", None, True, True),
    ("2", "EINZELFALL", True, True),
    ("2", "STATISTIK", True, False),
    ("0", "STATISTIK", False, False),
]


@pytest.mark.parametrize("level,purpose,statistics,matching", PURPOSES)
def test_the_operating_model_decides_the_level(
    level: str, purpose: str | None, statistics: bool, matching: bool
) -> None:
    rows = [{"einwilligung_stufe": level, "einwilligung_zweck": purpose}]
    found = {model: pseudonymized({"teilnahme": rows}, model=model).identities.num_rows for model in ("M1", "M2", "M3")}
    assert found == {"M1": statistics, "M2": statistics, "M3": matching}


def test_a_consent_from_the_future_is_none_yet() -> None:
    """Else a slip of the pen would outdo every withdrawal."""
    result = pseudonymized({"teilnahme": [{"einwilligung_am": date(2062, 2, 1)}]})
    assert (result.identities.num_rows, result.withdrawals.num_rows) == (0, 0)


def test_a_consent_that_ended_after_the_period_and_before_today_is_none() -> None:
    judged = validated({"teilnahme": [{**MIA, "einwilligung_bis": date(2026, 8, 31)}]})
    for today, passed in ((date(2026, 8, 31), 1), (date(2026, 9, 1), 0)):
        result = pseudonymize(judged, site(), KEYS, today=today)
        assert result.identities.num_rows == passed
        # It ended as the person said, so it is remembered as of the day it was declared.
        assert numbers(result.withdrawals, "widerruf_am") == [date(2026, 2, 1)] * 2 * (not passed)


def test_a_withdrawal_works_for_the_person_under_another_number() -> None:
    rows = [{**MIA, "widerruf_am": date(2026, 3, 1)}, {**MIA, "tn_nr": "TN-2", "vorname": "MIA"}]
    result = pseudonymized({"teilnahme": rows, "aktivitaet": [{"tn_nr": "TN-2"}]})
    assert result.identities.num_rows == 0 and numbers(result.withdrawals, "art") == ["exakt", "tn", "tn"]
    assert result.withheld == {"teilnahme": 2, "aktivitaet": 1}


@pytest.mark.parametrize(
    "birth,entry,group",
    [
        (date(2008, 2, 29), date(2026, 2, 28), "U18"),
        (date(2008, 2, 29), date(2026, 3, 1), "18-24"),
        (date(2001, 3, 1), date(2026, 2, 28), "18-24"),
        (date(2001, 3, 1), date(2026, 3, 1), "25-29"),
        (date(1996, 3, 1), date(2026, 3, 1), "30-54"),
        (date(1971, 3, 2), date(2026, 3, 1), "30-54"),
        (date(1971, 3, 1), date(2026, 3, 1), "55+"),
        (date(2026, 3, 2), date(2026, 3, 1), None),
        (None, date(2026, 3, 1), None),
    ],
)
def test_the_age_group_is_that_at_entry(birth: date | None, entry: date, group: str | None) -> None:
    result = pseudonymized({"teilnahme": [{"geburtsdatum": birth, "eintritt_datum": entry}]})
    assert numbers(result.tables["teilnahme"], "altersgruppe_eintritt") == [group]


def test_sites_may_speak_of_the_kinds_that_are_made() -> None:
    assert tuple(KINDS) == MATCH_KINDS
    assert {kind: MERKMALE.field(f"{kind}_token").type.byte_width for kind in KINDS} == KINDS
    assert len(KINDS) + 2 == len(MERKMALE) and KINDS["exakt"] == 32


def test_without_a_key_nothing_leaves() -> None:
    with pytest.raises(KeyRingError, match="Ohne Schlüsselbund"):
        pseudonymize(validated({"teilnahme": [{}]}), site(), None)  # type: ignore[arg-type]


def test_a_delivery_without_scope_is_refused() -> None:
    with pytest.raises(PseudonymizeError, match="delivery 00112233445566ff: its Vorhaben"):
        pseudonymized({"teilnahme": [{}]}, scope=None)


@pytest.mark.parametrize("stray", [{"tvp_id": "T02"}, {"vorhaben_id": None}, {"tn_nr": None}])
def test_rows_that_validation_must_reject_stop_the_delivery(stray: dict[str, Any]) -> None:
    rows = [{}, stray]
    with pytest.raises(PseudonymizeError, match="table aktivitaet: 1 rows of another Vorhaben"):
        pseudonymized({"aktivitaet": rows})
    assert pseudonymized({"aktivitaet": rows}, rejected={"aktivitaet": [1]}).tables["aktivitaet"].num_rows == 1


def test_the_scope_counts_and_not_how_rows_are_ordered_in_chunks() -> None:
    rows = [{"tn_nr": f"TN-{at % 3}", "dauer_min": at} for at in range(6)]
    chunked = pa.concat_tables([canonical_table("aktivitaet", rows[:2]), canonical_table("aktivitaet", rows[2:])])
    one, other = (pseudonymized({"aktivitaet": table}) for table in (chunked, rows))
    assert one.tables["aktivitaet"].equals(other.tables["aktivitaet"]) and one.identities.equals(other.identities)
    elsewhere = pseudonymized(
        {"aktivitaet": [{**row, "tvp_id": "T02"} for row in rows]}, scope=replace(SCOPE, tvp_id="T02")
    )
    assert not set(numbers(one.identities, "tn_token")) & set(numbers(elsewhere.identities, "tn_token"))


def test_occurrence_numbers_know_their_limit() -> None:
    rows = canonical_table("aktivitaet", [{}]).take(pa.array([0] * 32768))
    assert numbers(pseudonymized({"aktivitaet": rows}).tables["aktivitaet"], "nr") == list(range(32768))
    with pytest.raises(ValueError, match="32769 rows of one delivery"):
        pseudonymized({"aktivitaet": rows.take(pa.array([0] * 32769))})


def test_the_key_of_the_tokens_is_named() -> None:
    assert pseudonymized({"teilnahme": [{}]}).key_id == KEYS.key_id
