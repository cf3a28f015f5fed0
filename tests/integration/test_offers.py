"""Angebotsblätter from the warehouse: which offers stand on which sheet, made by the night and by the command."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from tests.conftest import Warehouse
from tests.integration.conftest import ExampleNight
from tests.support import figures
from typer.testing import CliRunner

from zaehlbar import offers_cli
from zaehlbar.dates import today
from zaehlbar.publish import publish_offers
from zaehlbar.publish.offers.content import Offers, Sheet, fetch_offers
from zaehlbar.settings import Settings, load_settings

DAY = date(2026, 11, 22)


@pytest.fixture
def settings(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("ZAEHLBAR_WAREHOUSE_URL", warehouse.url)
    monkeypatch.setenv("ZAEHLBAR_HOME", str(tmp_path / "home"))
    return load_settings()


@pytest.fixture
def site(warehouse: Warehouse) -> Iterator[Connection]:
    """A transaction in a warehouse that knows the example site and one delivery."""
    with warehouse.engine.begin() as connection:
        lauf_id = figures.new_run(connection, counted=False)
        figures.add_delivery(
            connection, lauf_id, "00" * 8, vorhaben_id="V9001", tvp_id="T01", zeitraum_von=date(2026, 7, 1),
            zeitraum_bis=date(2026, 9, 30), geladen_lauf=lauf_id,
        )  # fmt: skip
        yield connection


def add(connection: Connection, angebot_id: str, **values: Any) -> None:
    row = {
        "vorhaben_id": "V9001", "tvp_id": "T01", "angebot_id": angebot_id, "titel": f"Angebot {angebot_id}",
        "zielgruppe": "alle", "quartier_id": "Q11", "plaetze": 777, "plaetze_frei": 5, "lieferung_nr": 1,
        "bekannt_von": 1,
    } | values  # fmt: skip
    names, binds = ", ".join(row), ", ".join(f":{name}" for name in row)
    connection.execute(text(f"insert into kern.verzeichnis ({names}) values ({binds})"), row)


def titles(offers: Offers) -> dict[str, list[str]]:
    """Quartier → ids of the offers on its sheet, those elsewhere in brackets."""

    def shown(sheet: Sheet) -> list[str]:
        return [one.angebot_id for one in sheet.here] + [f"({one.angebot_id})" for one in sheet.elsewhere]

    return {sheet.quartier_id: shown(sheet) for sheet in offers.sheets}


def test_an_offer_is_shown_up_to_the_day_its_information_is_valid(site: Connection) -> None:
    add(site, "A", gueltig_bis=DAY)
    add(site, "B", gueltig_bis=date(2026, 11, 21))
    add(site, "C", gueltig_bis=None)
    add(site, "D", gueltig_bis=None, bekannt_bis=2)
    assert titles(fetch_offers(site, DAY)) == {"Q11": ["A", "C"]}
    assert titles(fetch_offers(site, date(2026, 11, 23))) == {"Q11": ["C"]}


def test_an_offer_without_a_quartier_stands_on_every_sheet_of_its_vorhaben(site: Connection) -> None:
    add(site, "HIER")
    add(site, "AUSSEN", quartier_id="AUSSERHALB")
    add(site, "OHNE", quartier_id=None)
    add(site, "FREMD", quartier_id="Q77")
    add(site, "KREIS", vorhaben_id="V9003", tvp_id="T07", quartier_id="Q31")
    add(site, "UEBERALL", vorhaben_id="V9003", tvp_id="T07", quartier_id=None)
    found = fetch_offers(site, DAY)
    assert titles(found) == {
        "Q11": ["HIER", "(AUSSEN)", "(FREMD)", "(OHNE)"],
        "Q12": ["(AUSSEN)", "(FREMD)", "(OHNE)"],
        "Q31": ["KREIS", "(UEBERALL)"],
        "Q32": ["(UEBERALL)"],
    }
    # The Vorhaben V9003 has a Quartier in each Jobcenter; every list has each offer once.
    assert {one.angebot_id for one in found.of_jobcenter("99901")} == {"HIER", "AUSSEN", "OHNE", "FREMD", "UEBERALL"}
    assert [one.angebot_id for one in found.of_jobcenter("99902")] == ["KREIS", "UEBERALL"]
    assert len(found.of_jobcenter("99901")) == 5
    assert found.unplaced == ()


@pytest.mark.parametrize(
    "places, expected",
    [(None, "unbekannt"), (0, "nein"), (1, "wenige"), (2, "wenige"), (3, "ja"), (40, "ja")],
)
def test_free_places_are_a_word(site: Connection, places: int | None, expected: str) -> None:
    add(site, "A", plaetze_frei=places)
    (sheet,) = fetch_offers(site, DAY).sheets
    assert [one.freie_plaetze for one in sheet.here] == [expected]


def test_no_file_has_a_number_of_places(warehouse: Warehouse, settings: Settings, site: Connection) -> None:
    add(site, "A", plaetze=7771, plaetze_frei=6661, titel="Treff", kurztext="Kaffee")
    add(site, "B", plaetze=7772, plaetze_frei=None)
    publish_offers(site, settings)
    written = [path for path in settings.offers.rglob("*") if path.is_file()]
    assert {path.suffix for path in written} == {".html", ".pdf", ".csv", ".json"}
    from pypdf import PdfReader

    for path in written:
        content = (
            "".join(one.extract_text() for one in PdfReader(path).pages)
            if path.suffix == ".pdf"
            else path.read_text("utf-8")
        )
        assert "Treff" in content or "99902" in str(path)
        assert not re.search(r"777|666", content.replace("99901", "")), path
        assert "plaetze_frei" not in content


def test_a_sheet_goes_with_its_last_offer(settings: Settings, site: Connection) -> None:
    add(site, "A", gueltig_bis=today())
    add(site, "B", quartier_id="Q12")
    publish_offers(site, settings)
    pages = settings.offers / "99901"
    assert (pages / "angebotsblatt_V9001_Q11.html").is_file()
    site.execute(text("update kern.verzeichnis set gueltig_bis = :d where angebot_id = 'A'"), {"d": date(2020, 1, 1)})
    changed = {path.name for path in publish_offers(site, settings)}
    assert changed >= {"angebotsblatt_V9001_Q11.html", "angebotsblatt_V9001_Q11.pdf"}
    assert sorted(path.name for path in pages.glob("angebotsblatt*")) == [
        "angebotsblatt_V9001_Q12.html", "angebotsblatt_V9001_Q12.pdf",
    ]  # fmt: skip
    assert "Angebot A" not in (pages / "angebote.json").read_text("utf-8")


def test_the_night_makes_the_sheets_of_the_example(example_night: ExampleNight) -> None:
    folder = example_night.settings.offers
    pages = {path.relative_to(folder).as_posix() for path in folder.rglob("*.html")}
    assert pages == {
        "99901/angebotsblatt_V9001_Q11.html", "99901/angebotsblatt_V9001_Q12.html",
        "99901/angebotsblatt_V9003_Q32.html", "99902/angebotsblatt_V9002_Q21.html",
        "99902/angebotsblatt_V9002_Q22.html", "99902/angebotsblatt_V9003_Q31.html",
    }  # fmt: skip
    listed = json.loads((folder / "99901" / "angebote.json").read_text("utf-8"))["angebote"]
    assert [(one["quartier_id"], one["angebot_id"], one["freie_plaetze"]) for one in listed] == [
        ("Q11", "TREFF", "ja"), ("Q12", "DEUTSCH", "wenige"), ("Q32", "DEUTSCH", "wenige"), ("Q11", "WERK", "nein"),
    ]  # fmt: skip
    assert {one["stand_datum"] for one in listed} == {"2026-06-30"}
    with example_night.engine.connect() as connection:
        assert publish_offers(connection, example_night.settings) == []


def offers(*arguments: str) -> Any:
    return CliRunner().invoke(offers_cli.app, list(arguments))


def test_the_command_writes_what_is_asked_for(warehouse: Warehouse, settings: Settings, tmp_path: Path) -> None:
    with warehouse.engine.begin() as connection:
        lauf_id = figures.new_run(connection)
        figures.add_delivery(
            connection, lauf_id, "00" * 8, vorhaben_id="V9001", tvp_id="T01", zeitraum_von=date(2026, 7, 1),
            zeitraum_bis=date(2026, 9, 30), geladen_lauf=lauf_id,
        )  # fmt: skip
        add(connection, "A")
        add(connection, "B", vorhaben_id="V9003", tvp_id="T07", quartier_id="Q31")
    out = tmp_path / "aus"

    def written() -> set[str]:
        return {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}

    assert offers("--quartier", "Q11", "--out", str(out), "--format", "csv", "--format", "pdf").exit_code == 0
    assert written() == {"99901/angebotsblatt_V9001_Q11.pdf", "99901/angebote_V9001_Q11.csv"}
    assert offers("--jobcenter", "99902", "--out", str(out), "--format", "html").exit_code == 0
    assert written() - {"99901/angebotsblatt_V9001_Q11.pdf", "99901/angebote_V9001_Q11.csv"} == {
        "99902/angebotsblatt_V9003_Q31.html"
    }
    result = offers("--json")
    assert result.exit_code == 0, result.output
    shown = json.loads(result.output)
    assert (shown["blaetter"], len(shown["dateien"]), shown["ohne_blatt"]) == (2, 8, [])
    assert "Alles auf dem Stand" in offers().output

    for arguments, expected in [
        (("--quartier", "Q99"), "Q11"),
        (("--quartier", "Q12"), "kein Angebot"),
        (("--jobcenter", "12345"), "99901, 99902"),
        (("--quartier", "Q11", "--jobcenter", "99901"), "nicht beides"),
    ]:
        result = offers(*arguments)
        assert result.exit_code == 2
        assert expected in result.output

    with warehouse.engine.begin() as connection:
        connection.execute(text("delete from katalog.quartier where vorhaben_id = 'V9001'"))
    result = offers("--json")
    assert result.exit_code == 1
    assert json.loads(result.output)["ohne_blatt"] == ["V9001 T01 A"]
