"""Raw files go when the correction window is over, wholly and for good; nothing else does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import TestServer
from tests.support.retention import Instance, Prepared, copy_of, prepare
from typer.testing import CliRunner

from zaehlbar import nightly, retention
from zaehlbar.dates import today
from zaehlbar.nightly import run_night
from zaehlbar.retention_cli import app
from zaehlbar.review import CannotDecide, decide

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def prepared(
    test_server: TestServer, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prepared]:
    folder = tmp_path_factory.mktemp("aufbewahrung")
    found = prepare(folder, test_server, template_database, eingang_leeren="true", person_monate=120)
    yield found
    test_server.drop(found.database)


@pytest.fixture
def instance(
    prepared: Prepared, test_server: TestServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Instance]:
    with copy_of(prepared, test_server, tmp_path / "kopie") as copy:
        monkeypatch.setenv("ZAEHLBAR_HOME", str(copy.settings.home))
        monkeypatch.setenv("ZAEHLBAR_INBOX", str(copy.inbox))
        monkeypatch.setenv("ZAEHLBAR_SITE", str(copy.site))
        monkeypatch.setenv("ZAEHLBAR_WAREHOUSE_URL", str(copy.settings.warehouse_url))
        yield copy


def finished(instance: Instance) -> set[str]:
    rows = instance.ask("select lieferung_id from betrieb.lieferung where roh_geloescht_am is not null")
    return {row.lieferung_id for row in rows}


def held(instance: Instance) -> str:
    (found,) = [key for key, status in instance.by_status().items() if status == "angehalten"]
    return found


def clean(instance: Instance) -> retention.Summary:
    return retention.run(instance.settings, instance.site, today())


def test_raw_files_go_on_the_day_after_the_window_and_held_ones_stay(instance: Instance) -> None:
    waiting = held(instance)
    assert sorted(instance.by_status().values()) == ["abgelehnt", "angehalten", "geladen", "geladen"]
    reports = instance.settings.reports
    assert {path.name for path in reports.iterdir()} == set(instance.by_status())
    before = instance.ask("select lieferung_nr, regel, anzahl from betrieb.befund order by 1, 2, 3")
    facts = instance.ask("select count(*) from kern.teilnahme")

    instance.age(14)
    done = clean(instance)
    assert (done.raw.deliveries, finished(instance)) == (0, set())

    instance.age(1)
    done = clean(instance)
    gone = set(instance.by_status()) - {waiting}
    assert finished(instance) == gone
    assert (done.raw.deliveries, done.raw.inbox_files, done.lauf_id) == (3, 5, None)
    assert instance.archived() == {waiting}
    assert instance.inbox_files() == {
        "Stunden_V9002-T06_2026-01-01_2026-06-30.csv",
        "Teilnehmende_V9002-T06_2026-01-01_2026-06-30.csv",
    }
    assert (instance.inbox / "T08").is_dir(), "folders of partners stay"
    assert {path.name for path in reports.iterdir()} == {waiting}
    assert instance.ask("select count(*) from kern.teilnahme") == facts
    assert instance.ask("select lieferung_nr, regel, anzahl from betrieb.befund order by 1, 2, 3") == before
    rows = instance.ask(
        "select distinct l.lieferung_id from betrieb.befund as b inner join betrieb.lieferung as l using (lieferung_nr)"
        " where b.erste_zeilen <> '{}'"
    )
    assert {row.lieferung_id for row in rows} == {waiting}
    again = clean(instance)
    assert (again.raw.deliveries, again.raw.inbox_files, again.raw.leftovers) == (0, 0, 0)


def test_a_finished_delivery_is_never_taken_up_again(instance: Instance, tmp_path: Path) -> None:
    shutil.copytree(instance.inbox, tmp_path / "noch-einmal")
    instance.age(15)
    clean(instance)
    before = instance.by_status(), instance.archived()
    shutil.copytree(tmp_path / "noch-einmal", instance.inbox, dirs_exist_ok=True)
    for again in (False, True):
        summary = run_night(instance.settings, instance.inbox, instance.site, again=again)
        assert set(summary.verdicts) <= {"angehalten"}  # the held one, where it is judged anew
        assert (instance.by_status(), instance.archived()) == before
    done = clean(instance)
    assert (done.raw.deliveries, done.raw.inbox_files) == (0, 5)
    assert len(instance.inbox_files()) == 2


def test_the_night_copies_only_what_is_due_into_the_archive(instance: Instance) -> None:
    for entry in (instance.settings.home / "archive").iterdir():
        shutil.rmtree(entry)
    run_night(instance.settings, instance.inbox, instance.site)
    assert instance.archived() == set()


def test_without_emptying_the_inbox_stays(instance: Instance) -> None:
    rules = instance.site / "aufbewahrung.yaml"
    changed = rules.read_text(encoding="utf-8").replace("eingang_leeren: true", "eingang_leeren: false")
    rules.write_text(changed, encoding="utf-8")
    files = instance.inbox_files()
    instance.age(15)
    assert clean(instance).raw.deliveries == 3
    assert instance.inbox_files() == files
    rules.write_text(changed.replace('version: "1"', 'version: "2"'), encoding="utf-8")
    run_night(instance.settings, instance.inbox, instance.site)
    assert instance.archived() == {held(instance)}


def test_a_changed_file_of_the_same_name_is_not_deleted(instance: Instance) -> None:
    (path,) = instance.inbox.glob("T08/*.xlsx")
    path.write_bytes(path.read_bytes() + b"\0")
    instance.age(15)
    clean(instance)
    assert path.is_file()


def test_a_refused_delivery_is_judged_again_only_until_its_window_ends(instance: Instance) -> None:
    (refused,) = [key for key, status in instance.by_status().items() if status == "abgelehnt"]
    query = "select beurteilt_lauf from betrieb.lieferung where lieferung_id = :id"

    def judged_again(version: str) -> bool:
        rules = instance.site / "validierung.yaml"
        lines = rules.read_text(encoding="utf-8").splitlines()
        rules.write_text("\n".join(f'version: "{version}"' if "version:" in x else x for x in lines), encoding="utf-8")
        before = instance.ask(query, id=refused)
        run_night(instance.settings, instance.inbox, instance.site)
        return instance.ask(query, id=refused) != before

    instance.age(14)
    assert judged_again("2")
    instance.age(1)
    assert not judged_again("3")


def test_what_a_person_refused_is_not_judged_again_even_when_asked_to(instance: Instance) -> None:
    waiting = held(instance)
    with instance.engine.begin() as connection:
        decide(connection, waiting, "abgelehnt", "Projektleitung", "falsche Datei")
    run_night(instance.settings, instance.inbox, instance.site, again=True)
    assert instance.by_status()[waiting] == "abgelehnt"
    instance.age(15)
    clean(instance)
    assert waiting in finished(instance)
    with instance.engine.begin() as connection, pytest.raises(CannotDecide, match="Rohdateien"):
        decide(connection, waiting, "freigegeben", "Projektleitung", "doch richtig")


def test_a_hold_keeps_what_it_covers_until_it_is_released(instance: Instance) -> None:
    instance.age(15)
    result = CliRunner().invoke(
        app, ["hold", "--vorhaben", "V9002", "--tvp", "T05", "--grund", "Prüfung ESF", "--von", "Revision"]
    )
    assert result.exit_code == 0, result.output
    clean(instance)
    kept = instance.ask("select tvp_id, status from betrieb.lieferung where roh_geloescht_am is null")
    # Whose the unreadable file is nobody knows: any hold may cover it.
    assert sorted((row.tvp_id or "", row.status) for row in kept) == [
        ("", "abgelehnt"), ("T05", "geladen"), ("T06", "angehalten")
    ]  # fmt: skip
    result = CliRunner().invoke(app, ["release", "1", "--grund", "Prüfung beendet", "--von", "Revision"])
    assert result.exit_code == 0, result.output
    assert clean(instance).raw.deliveries == 2
    result = CliRunner().invoke(app, ["release", "1", "--grund", "noch einmal", "--von", "Revision"])
    assert result.exit_code == 2
    assert CliRunner().invoke(app, ["hold", "--tvp", "T05", "--grund", "x", "--von", "y"]).exit_code == 2
    assert CliRunner().invoke(app, ["hold", "--vorhaben", "V0", "--grund", "x", "--von", "y"]).exit_code == 2


def test_leftovers_of_crashes_are_removed(instance: Instance) -> None:
    home = instance.settings.home
    for folder in (home / "archive" / "00000000deadbeef", home / "staging" / "11111111deadbeef", home / "work" / "x"):
        folder.mkdir(parents=True)
        (folder / "inhalt").write_bytes(b"Klarname")
    (home / "reports" / "22222222deadbeef").mkdir()
    done = clean(instance)
    assert done.raw.leftovers == 2
    assert instance.archived() == set(instance.by_status())
    assert not list((home / "staging").iterdir()) and not list((home / "work").iterdir())
    assert not (home / "reports" / "22222222deadbeef").exists()


def test_the_list_says_in_advance_what_goes_and_what_has_no_end(instance: Instance) -> None:
    today = instance.age(10)
    result = CliRunner().invoke(app, ["list", "--tage", "30", "--json"])
    found = json.loads(result.output)
    raw = [item for item in found["loeschungen"] if item["art"] == "rohdateien"]
    day = today + timedelta(days=5)
    assert raw == [{"tag": day.isoformat(), "art": "rohdateien", "anzahl": 3, "gehalten": 0}]
    assert result.exit_code == 1  # the held delivery waits for a person
    assert [item["status"] for item in found["offen"]["lieferungen"]] == ["angehalten"]
    assert found["fristen"] == {"person_monate": 120, "roh_tage": 14}
    shown = CliRunner().invoke(app, ["list", "--tage", "4"])
    assert "wartet auf eine Entscheidung" in shown.output
    assert "Rohdateien (Lieferungen)" not in shown.output


def test_a_recount_is_no_load_that_the_watch_waits_for(instance: Instance) -> None:
    last = nightly.last_completed()
    nightly.recount(instance.settings, instance.site)
    assert nightly.last_completed() == last
