"""What the screens show of deliveries, runs and figures, and the command `zaehlbar status`."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from tests.support import figures
from typer.testing import CliRunner

from zaehlbar import overview
from zaehlbar.contract.balance import Balance
from zaehlbar.dates import today
from zaehlbar.settings import Settings, load_settings
from zaehlbar.status_cli import app

if TYPE_CHECKING:
    from tests.conftest import Warehouse


@pytest.fixture
def settings(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("ZAEHLBAR_WAREHOUSE_URL", warehouse.url)
    monkeypatch.setenv("ZAEHLBAR_HOME", str(tmp_path / "home"))
    with warehouse.engine.begin() as connection:
        run = figures.fill(connection)
        loaded = figures.add_delivery(connection, run, "a1" * 8)
        figures.add_balance(
            connection, run, loaded, "teilnahme", 24, neu=20, zurueckgewiesen=4, titelzeilen=2, geschlossen=6
        )
        figures.add_balance(connection, run, loaded, "aktivitaet", 100, neu=90, doppelt=3, wartend=7)
        connection.execute(text("update betrieb.eingang set anzahl = 2 where lieferung_nr = :nr"), {"nr": loaded})
        held = figures.add_delivery(
            connection, run, "b2" * 8, tvp_id="T02", status="angehalten", urteil="angehalten", gruende=["R301"]
        )
        figures.add_balance(connection, run, held, "teilnahme", 9, wartend=9)
        figures.add_delivery(
            connection, run, "c3" * 8, vorhaben_id=None, tvp_id=None, zeitraum_von=None, zeitraum_bis=None,
            version=None, umfang=None, status="abgelehnt", urteil="abgelehnt", gruende=["R001"],
        )  # fmt: skip
    return load_settings()


def test_deliveries_carry_verdict_balance_and_repeats(warehouse: Warehouse, settings: Settings) -> None:
    with warehouse.engine.connect() as connection:
        _, first, held, refused = overview.deliveries(connection)
    assert (first.short_id, first.repeated, first.waiting, first.needs_decision) == ("a1a1a1a1", 1, 7, False)
    assert first.total == Balance(
        "alle", 124, neu=110, doppelt=3, zurueckgewiesen=4, wartend=7, titelzeilen=2, geschlossen=6
    )
    assert [item.tabelle for item in first.balances] == ["aktivitaet", "teilnahme"]
    assert held.needs_decision
    assert (refused.vorhaben_id, refused.gruende, refused.balances) == (None, ("R001",), ())


def test_a_delivery_reads_as_the_sum_that_it_is(settings: Settings) -> None:
    rows = overview.status_rows(settings)[1:]
    assert rows[0]["Bilanz (Zeilen)"] == "124 = 110 neu + 3 doppelt + 4 zurückgewiesen + 7 wartend"
    assert rows[0]["Bemerkung"] == "schloss 6, die nicht mehr enthalten sind; lag 2-mal im Eingang"
    assert (rows[1]["Urteil"], rows[1]["Bemerkung"]) == ("? angehalten", "R301; braucht eine Entscheidung")
    assert (rows[2]["Partner"], rows[2]["Zeitraum"], rows[2]["V."]) == ("unbekannt", "unbekannt", "–")


def test_the_excerpt_has_the_last_months_newest_first_and_the_total_last(
    warehouse: Warehouse, settings: Settings
) -> None:
    with warehouse.engine.connect() as connection:
        rows = overview.figures_excerpt(connection, months=2)
    keys = [(row.monat, row.jobcenter_nr) for row in rows]
    june, may = date(2026, 6, 1), date(2026, 5, 1)
    assert keys == [(month, nr) for month in (june, may) for nr in ("99901", "99902", "*")]
    said = "endgültig" if today() >= date(2026, 10, 1) else "vorläufig"  # three whole months after June
    assert (rows[0].bestand, rows[0].stunden, rows[0].stand) == (116, 844.87, said)
    assert overview.figure_rows(settings, months=1)[0]["Std."] == 845


def test_the_last_runs_come_newest_first(warehouse: Warehouse, settings: Settings) -> None:
    with warehouse.engine.begin() as connection:
        figures.new_run(connection, counted=False)
        newest, oldest = overview.last_runs(connection)
    assert (newest.gezaehlt, oldest.gezaehlt) == (False, True)
    assert (newest.lieferungen, oldest.lieferungen) == (0, 4)


def test_status_ends_with_1_while_a_delivery_is_held(warehouse: Warehouse, settings: Settings) -> None:
    result = CliRunner().invoke(app, [], env={"COLUMNS": "200"})
    assert result.exit_code == 1, result.output
    assert "Angehalten: Lieferung 3" in result.output
    assert "intern, nicht zur Weitergabe" in result.output
    found = json.loads(CliRunner().invoke(app, ["--json"]).stdout)
    assert found["angehalten"] == [3]
    assert found["lieferungen"][1]["bilanz_je_tabelle"]["aktivitaet"]["wartend"] == 7
    assert found["monatszahlen"][0]["monat"] == "2026-06-01"
    with warehouse.engine.begin() as connection:
        connection.execute(text("update betrieb.lieferung set status = 'abgelehnt' where lieferung_nr = 3"))
    assert CliRunner().invoke(app, []).exit_code == 0
