"""The example inbox through a whole night: the warehouse shows what was planted (examples/erwartet.yaml)."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from sqlalchemy import text
from tests.integration.conftest import EXAMPLES, ExampleNight

from zaehlbar.contract import FATES

ANSWERS: dict[str, Any] = yaml.safe_load((EXAMPLES / "erwartet.yaml").read_text(encoding="utf-8"))


def _key(answer: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(answer.get(name) for name in ("vorhaben_id", "tvp_id", "zeitraum_bis", "version"))


DELIVERIES = {_key(answer): answer for answer in ANSWERS["lieferungen"] if answer["urteil"] != "abgelehnt"}


def _rows(night: ExampleNight, query: str) -> list[Any]:
    with night.engine.connect() as connection:
        return list(connection.execute(text(query)).mappings())


def test_verdicts_are_those_planted(example_night: ExampleNight) -> None:
    rows = _rows(example_night, "select * from betrieb.lieferung where urteil <> 'abgelehnt'")
    assert {_key(row): row["urteil"] for row in rows} == {key: answer["urteil"] for key, answer in DELIVERIES.items()}


def test_statement_01_balance_of_every_delivery_closes(example_night: ExampleNight) -> None:
    """Rows found are those planted, and each has exactly one fate."""
    rows = _rows(example_night, "select * from betrieb.bilanz inner join betrieb.lieferung using (lieferung_nr)")
    seen = set()
    for row in rows:
        assert row["gefunden"] == sum(row[fate] for fate in FATES)
        if row["urteil"] == "abgelehnt":
            continue
        planted = DELIVERIES[_key(row)]["tabellen"][row["tabelle"]]
        assert row["gefunden"] == planted["gefunden"], (_key(row), row["tabelle"])
        assert row["zurueckgewiesen"] == planted["zurueckgewiesen"], (_key(row), row["tabelle"])
        seen.add((_key(row), row["tabelle"]))
    assert seen == {(key, table) for key, answer in DELIVERIES.items() for table in answer["tabellen"]}


def test_the_repeated_delivery_is_known_and_loaded_once(example_night: ExampleNight) -> None:
    (row,) = _rows(example_night, "select lieferung_nr, anzahl from betrieb.eingang where anzahl > 1")
    assert row["anzahl"] == 2


def test_the_refused_delivery_left_no_row(example_night: ExampleNight) -> None:
    (refused,) = _rows(example_night, "select * from betrieb.lieferung where urteil = 'abgelehnt'")
    for table in ("teilnahme", "aktivitaet", "zwischenschritt", "angebot", "verzeichnis", "vereinbarung"):
        query = f"select * from kern.{table} where lieferung_nr = {refused['lieferung_nr']}"
        assert _rows(example_night, query) == []


def test_the_held_delivery_waits(example_night: ExampleNight) -> None:
    (held,) = _rows(example_night, "select * from betrieb.lieferung where status = 'angehalten'")
    query = f"select * from kern.teilnahme where lieferung_nr = {held['lieferung_nr']}"
    assert _rows(example_night, query) == []
    waiting = _rows(
        example_night, f"select sum(wartend) as n from betrieb.bilanz where lieferung_nr = {held['lieferung_nr']}"
    )
    assert waiting[0]["n"] == sum(table["wartend"] for table in DELIVERIES[_key(held)]["tabellen"].values())


def test_the_corrected_version_has_replaced_the_first(example_night: ExampleNight) -> None:
    rows = _rows(
        example_night,
        "select * from betrieb.lieferung where tvp_id = 'T01' and zeitraum_bis = '2025-12-31' order by version",
    )
    assert [row["version"] for row in rows] == [1, 2]
    tables = [DELIVERIES[_key(row)]["tabellen"] for row in rows]
    assert tables[0]["teilnahme"]["gefunden"] == tables[1]["teilnahme"]["gefunden"] + 1
    (current,) = _rows(
        example_night,
        """
        select count(*) as n from kern.teilnahme as t inner join kern.identitaet as i using (identitaet_id)
        where t.bekannt_bis is null and i.tvp_id = 'T01' and t.eintritt_datum <= '2025-12-31'
            and not exists (
                select from betrieb.lieferung as l
                where l.lieferung_nr = t.lieferung_nr and l.zeitraum_bis > '2025-12-31'
            )
        """,
    )
    assert current["n"] <= tables[1]["teilnahme"]["gefunden"]


@pytest.mark.parametrize(
    "case", [case for case in ANSWERS["personen"] if "eine_person" in case], ids=lambda c: c["fall"]
)
def test_statement_07_one_person_counts_once(example_night: ExampleNight, case: dict[str, Any]) -> None:
    """Equal name and full birth date at two providers are one person; anything less is not merged by itself."""
    persons = {_person(example_night, tvp, number) for tvp, number in case["tn_nr"].items()}
    assert None not in persons
    assert (len(persons) == 1) is case["eine_person"]


def test_all_persons_are_those_planted(example_night: ExampleNight) -> None:
    (row,) = _rows(
        example_night,
        """
        select count(distinct p.person_id) as personen, count(distinct t.identitaet_id) as identitaeten
        from kern.teilnahme as t inner join kern.person_zuordnung as p using (identitaet_id)
        where t.bekannt_bis is null and p.bekannt_bis is null
        """,
    )
    assert {"personen": row["personen"], "identitaeten": row["identitaeten"]} == {
        name: ANSWERS["gesamt"][name] for name in ("personen", "identitaeten")
    }


@pytest.mark.parametrize("name", ["spaetere-ablehnung", "widerruf"])
def test_statement_06_a_later_no_removes_what_an_earlier_yes_brought(example_night: ExampleNight, name: str) -> None:
    case = next(case for case in ANSWERS["personen"] if case["fall"] == name)
    assert {_person(example_night, tvp, number) for tvp, number in case["tn_nr"].items()} == {None}


def test_statement_12_unknown_is_visible(example_night: ExampleNight) -> None:
    """An unmapped code is counted as "nicht zugeordnet" and reported with its delivery, never dropped."""
    rows = _rows(example_night, "select code, sum(anzahl) as n from betrieb.nicht_zugeordnet group by code")
    assert [(row["code"], row["n"]) for row in rows] == [("Z98", 6)]
    (cell,) = _rows(
        example_night,
        """
        select teilnahmen, dauer_min from zahl.figur
        where bekannt_bis is null and kategorie = 'K-0-NZ' and zeitraum = 'monat' and beginn = '2026-03-01'
            and (land, jobcenter_nr, vorhaben_id, quartier_id, tvp_id) = ('*', '*', '*', '*', '*')
        """,
    )
    assert cell["teilnahmen"] > 0 and cell["dauer_min"] > 0
    (all_minutes,) = _rows(
        example_night,
        """
        select
            sum(dauer_min) filter (where kategorie = '*') as gesamt,
            sum(dauer_min) filter (where kategorie <> '*') as kategorien
        from zahl.figur where bekannt_bis is null and (land, jobcenter_nr, vorhaben_id) = ('*', '*', '*')
        """,
    )
    assert all_minutes["gesamt"] == all_minutes["kategorien"]


def _person(night: ExampleNight, tvp: str, number: str) -> int | None:
    """Find a planted person the way the warehouse does: by the keyed number."""
    from zaehlbar.pseudonymize.keys import load_key_ring
    from zaehlbar.pseudonymize.tokens import tn_tokens

    ring = load_key_ring(night.settings.key_file)
    with night.engine.connect() as connection:
        vorhaben = connection.execute(
            text("select vorhaben_id from katalog.tvp where tvp_id = :tvp"), {"tvp": tvp}
        ).scalar_one()
        token = tn_tokens(ring, vorhaben, tvp, [number])[0].tobytes()
        found: int | None = connection.execute(
            text("""
                select p.person_id from abgleich.identitaet_token as t
                inner join kern.person_zuordnung as p on t.identitaet_id = p.identitaet_id and p.bekannt_bis is null
                where t.tn_token = :token
                """),
            {"token": token},
        ).scalar_one_or_none()
        return found
