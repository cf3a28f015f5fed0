"""Exports nobody here wrote, loaded with nothing but a site written for them: the published answers come out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.conftest import Warehouse
from tests.support.night import EXAMPLES
from tests.support.shared_data import shared_data

from zaehlbar.identify import decide, identify, questions, summary as read_summary
from zaehlbar.site import load_site

SITE = EXAMPLES / "site_exports"
STICHTAGE = ("2020-10-28", "2021-01-27", "2021-04-28", "2021-07-28")


def _zaehlbar(home: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"ZAEHLBAR_HOME": str(home), "ZAEHLBAR_WAREHOUSE_URL": url}
    return subprocess.run(
        [sys.executable, "-c", "from zaehlbar.cli import main; main()", *arguments],
        env=environment,
        capture_output=True,
        check=False,
        timeout=240,
    )


@pytest.fixture
def loaded(warehouse: Warehouse, tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Path, Warehouse]:
    """Load the files named by the test's parameter with the committed site, through the command line."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for number in request.param:
        shutil.copy(shared_data("exports") / f"traeger_{number}.csv", inbox)
    done = _zaehlbar(tmp_path / "home", warehouse.url, "run", "--inbox", str(inbox), "--site", str(SITE))
    assert done.returncode == 0, done.stderr.decode()
    return tmp_path / "home", warehouse


def _figures(loaded: tuple[Path, Warehouse], *arguments: str) -> dict[str, Any]:
    home, warehouse = loaded
    done = _zaehlbar(home, warehouse.url, "figures", "--from", "2020-10-01", "--to", "2021-09-30", "--json", *arguments)
    assert done.returncode == 0, done.stderr.decode()
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _stock(row: dict[str, Any], unit: str) -> list[int]:
    days = {day["stichtag"]: day[unit] for day in row["bestand_stichtage"]}
    return [days[day] for day in STICHTAGE]


@pytest.mark.parametrize("loaded", [("242", "808")], indirect=True)
def test_two_providers_with_the_same_people(loaded: tuple[Path, Warehouse]) -> None:
    rows = _figures(loaded, "--by", "tvp")["zeilen"]
    assert [row["tvp"] for row in rows] == ["242", "808"]
    for row in rows:
        assert (row["teilnahmen"], row["personen"]) == (37, 37)
        assert (row["ausgetreten"], row["geblieben"]) == (35, 2)
        assert (row["eintritte"], row["austritte"]) == (2, 35)
        assert _stock(row, "teilnahmen") == [35, 35, 35, 36]
    (total,) = _figures(loaded)["zeilen"]
    assert total["teilnahmen"] == 74


@pytest.mark.parametrize("loaded", [("808", "957")], indirect=True)
def test_a_second_provider_with_new_people_and_one_pair_to_decide(loaded: tuple[Path, Warehouse]) -> None:
    (total,) = _figures(loaded)["zeilen"]
    assert (total["teilnahmen"], total["eintritte"], total["austritte"]) == (43, 6, 35)
    # One pair has no birth date at either provider: 41 until a person has decided (40 published).
    assert total["personen"] == 41
    _, warehouse = loaded
    with warehouse.engine.connect() as connection:
        running = connection.execute(
            text("select count(*) from kern.teilnahme where austritt_datum is null or austritt_datum > '2021-09-30'")
        ).scalar_one()
        persons = connection.execute(
            text("select count(distinct person_id) from kern.person_zuordnung where bekannt_bis is null")
        ).scalar_one()
    assert (running, persons) == (8, 41)
    before = _identity(loaded, "summary")
    assert (before["identitaeten"], before["personen"], before["zu_pruefen"], before["widersprueche"]) == (43, 41, 1, 0)
    (pair,) = _identity(loaded, "review", code=1)
    assert {pair["partner_a"], pair["partner_b"]} == {"TESTDATEN / 808", "TESTDATEN / 957"}
    assert pair["worte"] == "Namen gleich, Geburtsdatum fehlt bei beiden"
    numbers = (str(pair["identitaet_a"]), str(pair["identitaet_b"]))
    merged = _identity(loaded, "merge", *numbers, "--grund", "Akten verglichen", "--von", "Qualität")
    assert (merged["eine_person"], merged["personen"], merged["zu_pruefen"]) == (True, 40, 0)
    (total,) = _figures(loaded)["zeilen"]
    assert (total["personen"], total["teilnahmen"]) == (40, 43)
    assert (total["ausgetreten"], total["geblieben"]) == (33, 7)
    assert _stock(total, "personen") == [37, 37, 38, 39]
    assert _identity(loaded, "review") == []
    explained = _identity(loaded, "explain", *numbers)
    assert (explained["gleich"], explained["eine_person"]) == (["name"], True)
    assert [told["von"] for told in explained["entscheidungen"]] == ["Qualität"]


def _identity(loaded: tuple[Path, Warehouse], *arguments: str, code: int = 0) -> Any:
    home, warehouse = loaded
    done = _zaehlbar(home, warehouse.url, "identity", *arguments, "--json")
    assert done.returncode == code, done.stderr.decode()
    return json.loads(done.stdout)


@pytest.mark.parametrize("loaded", [("242", "808", "957")], indirect=True)
def test_beside_a_third_file_nothing_merges_wrongly(loaded: tuple[Path, Warehouse]) -> None:
    """The publisher's numbers say 40 persons; five of them have no full birth date and are asked about."""
    summary = _identity(loaded, "summary")
    assert (summary["identitaeten"], summary["personen"], summary["zu_pruefen"]) == (80, 45, 6)
    assert [(row["regel"], row["paare"]) for row in summary["je_regel"] if row["wirkung"] == "zusammen"] == [
        ("exakt", 37)
    ]
    _, warehouse = loaded
    rules = load_site(SITE).abgleich
    with warehouse.engine.begin() as connection:
        while found := questions(connection):
            decide(connection, found[0].identitaet_a, found[0].identitaet_b, "gleich", "test", "test", rules)
            identify(connection, 2, rules)
        connection.execute(text("update abgleich.stand set regeln_sha256 = null"))
        assert identify(connection, 3, rules) == 0
        assert read_summary(connection).personen == 40
        connection.rollback()
