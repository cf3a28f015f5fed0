"""Decisions on held deliveries: recorded with who, when and why; what follows at once."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from tests.support import figures
from typer.testing import CliRunner

from zaehlbar.review import CannotDecide, Verdict, decide, list_held
from zaehlbar.review_cli import app

if TYPE_CHECKING:
    from tests.conftest import Warehouse

HELD = {"status": "angehalten", "urteil": "angehalten"}


@pytest.fixture
def two(warehouse: Warehouse) -> Warehouse:
    """Delivery 1 is loaded; 2 is held because 1 stands for its scope and version; 3 is held on its own."""
    with warehouse.engine.begin() as connection:
        run = figures.new_run(connection)
        figures.add_delivery(connection, run, "aaaa1111" * 2)
        figures.add_delivery(connection, run, "aaaa2222" * 2, gruende=["R300"], **HELD)
        figures.add_balance(connection, run, 2, "teilnahme", 12, zurueckgewiesen=2, wartend=10)
        figures.add_delivery(connection, run, "bbbb3333" * 2, tvp_id="T02", gruende=["R301"], **HELD)
        connection.execute(text("insert into betrieb.befund values (2, 'R120', 'error', 'teilnahme', 'geschlecht', 2)"))
    return warehouse


def decided(warehouse: Warehouse, which: int | str, verdict: Verdict = "freigegeben") -> Any:
    with warehouse.engine.begin() as connection:
        return decide(connection, which, verdict, "Projektleitung", "geprüft")


def delivery(warehouse: Warehouse, nr: int) -> tuple[str, int]:
    with warehouse.engine.connect() as connection:
        query = text("select status, version from betrieb.lieferung where lieferung_nr = :nr")
        row = connection.execute(query, {"nr": nr}).one()
    return row.status, row.version


def balance(warehouse: Warehouse, nr: int) -> tuple[int, int, int]:
    with warehouse.engine.connect() as connection:
        query = text("select zurueckgewiesen, wartend, abgelehnt from betrieb.bilanz where lieferung_nr = :nr")
        found = connection.execute(query, {"nr": nr}).one()
    return found[0], found[1], found[2]


def test_held_deliveries_show_findings_and_the_one_that_stands(two: Warehouse) -> None:
    with two.engine.connect() as connection:
        first, second = list_held(connection)
    assert (first.row.lieferung_nr, first.rival, first.row.waiting) == (2, 1, 10)
    assert [(item.regel, item.anzahl) for item in first.findings] == [("R120", 2)]
    assert (second.rival, second.findings) == (None, ())


def test_a_decision_is_recorded_with_who_when_and_why(two: Warehouse) -> None:
    decided(two, 3)
    with two.engine.connect() as connection:
        row = connection.execute(text("select * from betrieb.entscheidung")).mappings().one()
    assert (row["lieferung_nr"], row["entscheidung"], row["entschieden_von"], row["grund"], row["version"]) == (
        3, "freigegeben", "Projektleitung", "geprüft", None,
    )  # fmt: skip
    assert row["entschieden_am"] is not None
    assert delivery(two, 3) == ("angehalten", 1)


def test_approving_beside_a_loaded_one_assigns_the_next_free_version(two: Warehouse) -> None:
    with two.engine.begin() as connection:
        run = 1
        figures.add_delivery(connection, run, "cccc4444" * 2, version=4, status="abgelehnt", urteil="abgelehnt")
        figures.add_delivery(connection, run, "dddd5555" * 2, version=9, zeitraum_bis=date(2026, 6, 30))
    assert decided(two, 2).version == 5, (
        "above every version of this Vorhaben, partner and period, not of another period"
    )
    assert delivery(two, 2) == ("angehalten", 5)
    with two.engine.connect() as connection:
        assert connection.execute(text("select version from betrieb.entscheidung")).scalar_one() == 5


def test_two_held_for_one_scope_get_different_versions(two: Warehouse) -> None:
    with two.engine.begin() as connection:
        figures.add_delivery(connection, 1, "eeee6666" * 2, tvp_id="T02", **HELD)
    assert decided(two, 3).version is None
    assert decided(two, 4).version == 2


def test_rejecting_refuses_the_waiting_rows_and_the_balance_closes(two: Warehouse) -> None:
    decided(two, "aaaa2", "abgelehnt")
    assert delivery(two, 2) == ("abgelehnt", 1)
    assert balance(two, 2) == (2, 0, 10)


def test_a_refusal_by_a_person_can_be_taken_back(two: Warehouse) -> None:
    assert decided(two, 2).version == 2
    decided(two, 2, "abgelehnt")
    assert decided(two, 2).version == 2, "the version once assigned stays"
    assert delivery(two, 2) == ("angehalten", 2)
    assert balance(two, 2) == (2, 10, 0)
    assert figures.scalar(two.engine, "select count(*) from betrieb.entscheidung") == 3


@pytest.mark.parametrize(
    "which, expected",
    [
        (1, "nicht angehalten, sondern geladen"),
        (77, "gibt es nicht"),
        ("aaa", "gibt es nicht"),
        ("aaaa", "Nummern: 1, 2"),
    ],
)
def test_what_cannot_be_decided_is_explained(two: Warehouse, which: int | str, expected: str) -> None:
    with pytest.raises(CannotDecide, match=expected):
        decided(two, which)
    assert figures.scalar(two.engine, "select count(*) from betrieb.entscheidung") == 0


def test_a_refusal_by_the_rules_is_not_approved(two: Warehouse) -> None:
    with two.engine.begin() as connection:
        figures.add_delivery(connection, 1, "ffff7777" * 2, status="abgelehnt", urteil="abgelehnt")
    with pytest.raises(CannotDecide, match="sondern abgelehnt"):
        decided(two, 4)


def test_nothing_is_decided_twice_or_without_a_reason(two: Warehouse) -> None:
    decided(two, 3)
    with pytest.raises(CannotDecide, match="schon freigegeben"):
        decided(two, 3)
    with two.engine.begin() as connection, pytest.raises(CannotDecide, match="Grund"):
        decide(connection, 2, "abgelehnt", "Projektleitung", "  ")


def test_the_commands_list_and_reject(two: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAEHLBAR_WAREHOUSE_URL", two.url)
    monkeypatch.setenv("ZAEHLBAR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ZAEHLBAR_BENUTZER", "Qualitätsstelle")
    result = CliRunner().invoke(app, ["list"], env={"COLUMNS": "200"})
    assert result.exit_code == 1, result.output
    assert "R120 teilnahme.geschlecht: 2" in result.output
    assert "Lieferung 1 steht schon" in result.output
    assert [item["lieferung_nr"] for item in json.loads(CliRunner().invoke(app, ["list", "--json"]).stdout)] == [2, 3]
    for nr in ("2", "3"):
        result = CliRunner().invoke(app, ["reject", nr, "--grund", "Datei verwechselt", "--json"])
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["entscheidung"] == "abgelehnt"
    assert CliRunner().invoke(app, ["list"]).exit_code == 0
    assert figures.scalar(two.engine, "select min(entschieden_von) from betrieb.entscheidung") == "Qualitätsstelle"
    result = CliRunner().invoke(app, ["reject", "1", "--grund", "x"])
    assert (result.exit_code, "nicht angehalten" in result.output) == (2, True)
    assert CliRunner().invoke(app, ["reject", "2"]).exit_code == 2
