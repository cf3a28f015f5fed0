"""`zaehlbar mapping check|coverage|diff` as people and programs use them, and what a night makes of a change."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.conftest import TestServer
from tests.integration.conftest import ExampleNight
from tests.support.loaded import copy_of, loaded_once
from tests.support.night import SITE
from typer.testing import CliRunner, Result

from zaehlbar.mapping_cli import app
from zaehlbar.nightly import recount

A02 = "  - {code: A02, kategorie: K-ZUG, gueltig_ab: 2023-01-01}"
SPLIT = (
    "  - {code: A02, kategorie: K-ZUG, gueltig_ab: 2023-01-01, gueltig_bis: 2025-12-09}\n"
    "  - {code: A02, kategorie: K-FEST, gueltig_ab: 2025-12-10}"
)
A03 = "  - {code: A03, kategorie: K-OFFEN, gueltig_ab: 2023-01-01}\n"


def changed(folder: Path) -> Path:
    """Return a site in which A02 moves in the middle of a month, A03 loses its line, and the threshold falls."""
    site = Path(shutil.copytree(SITE, folder / "site"))
    for name, edits in {
        "kategorien.yaml": ((A02, SPLIT), (A03, "")),
        "zaehlregeln.yaml": (("schwelle_stunden: 8", "schwelle_stunden: 4"),),
    }.items():
        content = (site / name).read_text(encoding="utf-8")
        for old, new in (*edits, ('\nversion: "1"\n', '\nversion: "2"\n')):
            assert content.count(old) == 1, old
            content = content.replace(old, new)
        (site / name).write_text(content, encoding="utf-8")
    return site


def run(*arguments: str, home: Path, url: str | None = None) -> Result:
    env = {
        "ZAEHLBAR_HOME": str(home),
        "ZAEHLBAR_WAREHOUSE_URL": url or "",
        "ZAEHLBAR_SITE": str(SITE),
        "COLUMNS": "120",
    }
    return CliRunner().invoke(app, list(arguments), env=env)


def told(*arguments: str, home: Path, url: str | None = None) -> dict[str, Any]:
    result = run(*arguments, "--json", home=home, url=url)
    found: dict[str, Any] = json.loads(result.output)
    return found


# ---- without a warehouse


def test_check_works_without_a_warehouse_and_makes_none(tmp_path: Path) -> None:
    result = run("check", home=tmp_path / "home")
    assert result.exit_code == 0, result.output
    assert "Vorschlag, nicht abgestimmt (Katalog, Zuordnung, Zählregeln)" in result.output
    assert "Ohne Warehouse geprüft" in result.output
    assert re.search(r"A02\s+Erstgespräch, Clearing\s+K-ZUG\s+01\.01\.2023", result.output)
    assert not (tmp_path / "home").exists()


def test_check_names_file_and_line_of_what_no_mapping_may_say(tmp_path: Path) -> None:
    site = changed(tmp_path)
    path = site / "kategorien.yaml"
    broken = path.read_text(encoding="utf-8").replace("gueltig_bis: 2025-12-09", "gueltig_bis: 2025-12-08")
    path.write_text(broken, encoding="utf-8")
    result = run("check", "--site", str(site), home=tmp_path / "home")
    assert result.exit_code == 2
    line = broken[: broken.index("kategorie: K-FEST, gueltig_ab: 2025-12-10")].count("\n") + 1
    assert f"kategorien.yaml:{line}: " in result.output
    assert "Code A02: Lücke zwischen 2025-12-08 und 2025-12-10" in result.output


def test_check_says_what_is_known_of_the_future(tmp_path: Path) -> None:
    site = changed(tmp_path)
    path = site / "kategorien.yaml"
    later = path.read_text(encoding="utf-8").replace("2025-12-09", "2098-12-31").replace("2025-12-10", "2099-01-01")
    path.write_text(later, encoding="utf-8")
    rows = {row["code"]: row for row in told("check", "--site", str(site), home=tmp_path / "home")["codes"]}
    assert (rows["A02"]["kategorie"], rows["A02"]["kuenftig"]) == ("K-ZUG", {"kategorie": "K-FEST", "ab": "2099-01-01"})
    assert rows["A03"]["kategorie"] == "K-0-NZ"


@pytest.mark.parametrize(
    "arguments,message",
    [
        (["--from", "2026-13"], "--from erwartet JJJJ-MM"),
        (["--from", "2026-02", "--to", "2026-01"], "--to (2026-01) liegt vor --from (2026-02)"),
        (["--by", "wetter"], "--by kennt"),
        (["--by", "quartier"], "Gespeichert sind die Gliederungen (ohne) · land · jobcenter"),
        (["--zeitraum", "woche"], "--zeitraum kennt monat"),
    ],
)
def test_wrong_use_of_diff_is_said_before_anything_is_read(tmp_path: Path, arguments: list[str], message: str) -> None:
    result = run("diff", *arguments, home=tmp_path / "home")
    assert result.exit_code == 2
    assert message in result.output
    assert not (tmp_path / "home").exists()


# ---- on the example


@pytest.fixture
def example(example_night: ExampleNight) -> dict[str, Any]:
    return {"home": example_night.settings.home, "url": example_night.settings.warehouse_url}


def test_check_and_coverage_name_the_code_in_use_that_no_category_takes(example: dict[str, Any]) -> None:
    assert run("check", **example).exit_code == 1
    assert told("check", **example)["ohne_zuordnung_in_gebrauch"] == ["Z98"]
    result = run("coverage", **example)
    assert result.exit_code == 1
    assert "INTERN, NICHT ZUR WEITERGABE" in result.output
    assert "nicht Teil von K3E2" in result.output
    assert re.search(r"Z98\s+V9002\s+T04\s+6", result.output)
    assert "Kein Vorschlag (keine Bezeichnung bekannt oder keine ähnlich): Z98" in result.output


def test_coverage_adds_up_to_the_units_that_are_counted(example: dict[str, Any], example_night: ExampleNight) -> None:
    with example_night.engine.connect() as connection:
        hours = connection.execute(
            text("""
                select sum(dauer_min) from zahl.figur
                where bekannt_bis is null and zeitraum = 'monat' and kategorie <> '*' and land = '*'
                    and jobcenter_nr = '*' and vorhaben_id = '*' and quartier_id = '*' and tvp_id = '*'
                """)
        ).scalar_one()
    shares = told("coverage", **example)["anteile"]
    assert sum(share["dauer_min"] for share in shares.values()) == hours


def test_an_unmapped_code_with_a_label_gets_a_proposal_to_paste(example: dict[str, Any], tmp_path: Path) -> None:
    site = Path(shutil.copytree(SITE, tmp_path / "site"))
    path = site / "katalog.yaml"
    entry = '  - {code: Z98, name: "Bewerbungscoaching", gueltig_ab: 2026-01-01}\n'
    path.write_text(path.read_text(encoding="utf-8") + entry, encoding="utf-8")
    result = run("coverage", "--site", str(site), **example)
    assert result.exit_code == 1
    assert "# VORSCHLAG, nicht abgestimmt" in result.output
    assert "- {code: Z98, kategorie: K-VERM, gueltig_ab: 2026-01-01}  # ähnlich G02" in result.output


def test_diff_reads_like_a_review(example: dict[str, Any], tmp_path: Path) -> None:
    site = changed(tmp_path)
    result = run("diff", "--site", str(site), "--from", "2025-12", "--to", "2026-02", **example)
    assert result.exit_code == 0, result.output
    assert "Vorschau, nichts davon gilt schon" in result.output
    assert "Versionen: Zuordnung 1 → 2, Zählregeln 1 → 2." in result.output
    assert re.search(r"A02\s+Erstgespräch, Clearing\s+10\.12\.2025\s+offen\s+K-ZUG\s+K-FEST", result.output)
    assert "Stundenschwelle: 8 → 4." in result.output
    assert "Ereignisse ohne Person, die anders zählen" in result.output
    one = run("diff", "--site", str(site), "--measure", "eintritte_zaehlbar", "--to", "2026-02", **example)
    assert re.search(r"jetzt\s+danach\s+Zuordnung\s+Zählregeln", one.output)


def test_diff_says_when_nothing_changes(example: dict[str, Any]) -> None:
    result = run("diff", **example)
    assert "dieselben wie bei der letzten Zählung" in result.output
    assert "Keine Zahl dieser Auswahl ändert sich." in result.output


# ---- released by a night


@pytest.fixture(scope="module")
def loaded(test_server: TestServer, template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with loaded_once(test_server, template_database, tmp_path_factory.mktemp("geladen")) as found:
        yield found


def test_the_night_counts_what_diff_foretold(loaded: Any, tmp_path: Path) -> None:
    """`diff` over all periods, then a night under the changed site: number for number what was told."""
    site = changed(tmp_path)
    with copy_of(loaded, tmp_path) as (settings, engine):
        query = text("""
            select zeitraum, to_char(beginn, 'YYYY-MM-DD'), jobcenter_nr, vorhaben_id, kategorie, to_jsonb(z)
            from zahl.figur as z
            where bekannt_bis is null and land = '*' and quartier_id = '*' and tvp_id = '*'
                and jobcenter_nr <> '*' and vorhaben_id <> '*'
            """)
        use = {"home": settings.home, "url": settings.warehouse_url}
        options = ("--site", str(site), "--zeitraum", "alle", "--by", "jobcenter,vorhaben,category")
        with engine.connect() as connection:
            before = {tuple(row[:5]): row[5] for row in connection.execute(query)}
        foretold = told("diff", *options, **use)["aenderungen"]
        recount(settings, site)
        with engine.connect() as connection:
            after = {tuple(row[:5]): row[5] for row in connection.execute(query)}
    names = ("zeitraum", "beginn", "jobcenter_nr", "vorhaben_id", "kategorie")
    said = {(*(row[name] for name in names), row["groesse"]): (row["jetzt"], row["danach"]) for row in foretold}
    happened = {
        (*key, name): pair
        for key in before.keys() | after.keys()
        for name in after.get(key, before.get(key))
        if name not in {*names, "ende", "stichtag", "land", "quartier_id", "tvp_id", "bekannt_von", "bekannt_bis"}
        and (pair := (before.get(key, {}).get(name, 0), after.get(key, {}).get(name, 0)))[0] != pair[1]
    }
    assert said == happened != {}
