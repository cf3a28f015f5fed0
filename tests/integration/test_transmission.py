"""A list for a Jobcenter, from the raw delivery to the opened mail, and everything that takes a line back (Art. 19)."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from sqlalchemy import text
from tests.support.certificate import PERSON, activity, text_of, write_delivery
from tests.support.certificate_of_recipient import MAILBOX, Recipient, recipient
from typer.testing import CliRunner

from zaehlbar import resources
from zaehlbar.certificate_cli import app as certificate_app
from zaehlbar.load.forget import forget
from zaehlbar.nightly import run_night
from zaehlbar.settings import Settings
from zaehlbar.status_cli import app as status_app
from zaehlbar.transmission import CannotTransmit, create_list, create_notice, sent
from zaehlbar.transmission_cli import app

if TYPE_CHECKING:
    from tests.conftest import Warehouse

DAY = date(2026, 7, 5)
BY = "Projektleitung"
COVERED = {
    **PERSON,
    "rechtskreis": "SGB2",
    "jobcenter_nr": "99901",
    "einwilligung_stufe": "2",
    "einwilligung_zweck": "EINZELFALL",
    "einwilligung_empfaenger": "99901",
    "einwilligung_bis": "2099-12-31",
}


def person(number: int, **changed: Any) -> dict[str, Any]:
    return {
        **COVERED,
        "tn_nr": f"A-{number}",
        "nachname": f"Nachname{number:02}",
        "geburtsdatum": f"1980-05-{number:02}",
        **changed,
    }


PEOPLE = [
    person(2, nachname="Łęcka-Öztürk"),
    person(3, einwilligung_stufe="1", einwilligung_zweck="STATISTIK"),
    person(4, einwilligung_empfaenger="99902"),
    person(5, einwilligung_bis="2026-07-04"),
    person(6, einwilligung_bis=""),
    person(7, austritt_datum="2026-05-29", status="BEENDET"),
    person(8, jobcenter_nr="99902"),
    person(9, einwilligung_zweck="STATISTIK"),
    person(10, einwilligung_am=""),
    person(11),  # will withdraw
    person(12),  # will be erased
    person(13),  # will be restricted
    person(14),  # attends only what is on no list
    person(15, austritt_datum="2098-12-31"),  # will go on for a while
]
ACTIVITIES = [
    *(activity("D01", "2026-02-10", 90, f"A-{number}") for number in range(2, 16) if number != 14),
    activity("B01", "2026-01-13", 123, "A-2"),
    activity("E03", "2026-03-13", 124, "A-2"),
    *(activity(code, "2026-03-17", 61, number) for code in ("H01", "C03", "J01") for number in ("A-2", "A-14")),
]
LISTED = ["Ağça Nachname11", "Ağça Nachname12", "Ağça Nachname13", "Ağça Nachname15", "Ağça Łęcka-Öztürk"]


@pytest.fixture(scope="module")
def jobcenter() -> Recipient:
    return recipient()


@pytest.fixture
def site(tmp_path: Path, jobcenter: Recipient) -> Path:
    folder = tmp_path / "site"
    shutil.copytree(resources.folder("site"), folder)
    (folder / "99901.pem").write_bytes(jobcenter.pem)
    entry = {
        "jobcenter_nr": "99901",
        "rechtsgrundlage": "Einwilligung nach Art. 6 Abs. 1 Buchst. a DSGVO",
        "postfach": MAILBOX,
        "zertifikat": "99901.pem",
        "kategorien": ["K-FEST", "K-GRUND", "K-QUAL"],
    }
    boxes = dict.fromkeys(("V9001", "V9002", "V9003"), "biwaq@musterhausen.example")
    decided = {"version": "1", "an": True, "empfaenger": [entry], "postfaecher": boxes}
    (folder / "uebermittlung.yaml").write_text(yaml.safe_dump(decided), encoding="utf-8")
    return folder


@pytest.fixture
def settings(warehouse: Warehouse, tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """One loaded delivery."""
    from zaehlbar.settings import load_settings

    monkeypatch.setenv("ZAEHLBAR_WAREHOUSE_URL", warehouse.url)
    monkeypatch.setenv("ZAEHLBAR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ZAEHLBAR_SITE", str(site))
    found = load_settings()
    write_delivery(tmp_path / "inbox" / "T01", {"teilnahme": PEOPLE, "aktivitaet": ACTIVITIES})
    run_night(found, tmp_path / "inbox", site)
    return found


def opened(jobcenter: Recipient, path: Path) -> tuple[str, str]:
    """Return subject and text of the message, and the text of its PDF."""
    message = jobcenter.open(path.read_bytes())
    body = message.get_body(("plain",))
    assert body is not None
    pdfs = [part.get_content() for part in message.iter_attachments()]
    return f"{message['Subject']}\n{body.get_content()}".replace("\r\n", "\n"), " ".join(text_of(pdf) for pdf in pdfs)


def test_a_list_says_exactly_what_it_may_and_is_logged(
    settings: Settings, site: Path, jobcenter: Recipient, warehouse: Warehouse
) -> None:
    made = create_list(settings, site, "99901", BY, DAY)
    assert made.datei is not None
    assert (made.zeilen, made.ohne_rohdatei, made.ohne_bereich) == (5, 0, 1)
    message, listed = opened(jobcenter, made.datei)
    places = [listed.index(name) for name in LISTED]
    assert places == sorted(places)
    assert (
        "1 Ağça Nachname11 Grundkompetenzen (Sprache, digital, Alltag) Februar 2026 biwaq@musterhausen.example"
        in listed
    )
    assert "Feststellung von Kompetenzen und Hemmnissen" in listed
    assert "zu löschen, sobald die nächste da ist, spätestens am 31.12.2099" in listed
    assert "Einwilligung nach Art. 6 Abs. 1 Buchst. a DSGVO" in listed
    for number in (*range(3, 11), 14):
        assert f"Nachname{number:02}" not in listed + message
    for forbidden in (
        "1980",
        "A-2",
        "Gesundheit und",
        "Begleitung",
        "Soziale Teilhabe",
        "Längere Qualifizierung",
        "2,05",
    ):
        assert forbidden not in listed + message, forbidden
    assert not any(name in message for name in LISTED), "names stand in the attachment only"

    assert stat.S_IMODE(made.datei.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.datei.parent.stat().st_mode) == 0o700
    content = made.datei.read_bytes()
    assert b"Nachname" not in content
    with warehouse.engine.connect() as connection:
        (entry,) = sent(connection, DAY)
        rows = connection.execute(
            text("select zeile_nr, octet_length(tn_token) from abgleich.uebermittlung_zeile")
        ).all()
    assert (entry.art, entry.jobcenter_nr, entry.erstellt_von, entry.anzahl) == ("liste", "99901", BY, 5)
    assert entry.datei_sha256 == hashlib.sha256(content).hexdigest()
    assert entry.faellig == 0
    assert sorted(rows) == [(number, 32) for number in range(1, 6)]
    left = [path for path in (settings.home / "work").rglob("*") if path.is_file()] if settings.work.exists() else []
    assert left == []


def test_what_is_taken_back_is_told_and_then_forgotten(
    settings: Settings, site: Path, jobcenter: Recipient, warehouse: Warehouse, tmp_path: Path
) -> None:
    create_list(settings, site, "99901", BY, DAY)
    changed = [{**row, "widerruf_am": "2026-07-06"} if row["tn_nr"] == "A-11" else row for row in PEOPLE]
    shutil.rmtree(tmp_path / "inbox")
    write_delivery(tmp_path / "inbox" / "T01", {"teilnahme": changed, "aktivitaet": ACTIVITIES}, version=2)
    run_night(settings, tmp_path / "inbox", site)
    with warehouse.engine.begin() as connection:
        by_line = dict(
            connection.execute(
                text("""
                    select z.zeile_nr, s.identitaet_id from abgleich.uebermittlung_zeile as z
                    inner join abgleich.identitaet_token as s on z.tn_token = s.tn_token
                    """)
            ).all()
        )
        assert sorted(by_line) == [2, 3, 4, 5], "line 1 has withdrawn"
        connection.execute(
            text("create temporary table weg on commit drop as select cast(:id as bigint) as identitaet_id"),
            {"id": by_line[2]},
        )
        forget(connection, "weg", "loeschung")
        connection.execute(text("insert into abgleich.einschraenkung default values"))
        connection.execute(
            text("""
                insert into abgleich.einschraenkung_token (
                    einschraenkung_nr, token, art, normalisierer_version, schluessel_id
                )
                select (select max(einschraenkung_nr) from abgleich.einschraenkung), tn_token, 'tn', 0, schluessel_id
                from abgleich.uebermittlung_zeile where zeile_nr = 3
                """)
        )
    # Delivered again the erased person is a new identity; the line of before is due all the same.
    write_delivery(tmp_path / "inbox" / "T01", {"teilnahme": changed, "aktivitaet": ACTIVITIES}, version=3)
    run_night(settings, tmp_path / "inbox", site)
    with pytest.raises(CannotTransmit, match="Erst sind 3 Zeilen"):
        create_list(settings, site, "99901", BY, DAY)
    with warehouse.engine.connect() as connection:
        assert [one.faellig for one in sent(connection, DAY)] == [3]
    made = create_notice(settings, site, "99901", BY, DAY)
    assert made.datei is not None
    message, attached = opened(jobcenter, made.datei)
    assert attached == ""
    assert "Bitte löschen Sie diese Zeilen und alles, was daraus übernommen wurde (Art. 17, 19 DSGVO):\n" in message
    assert "  Liste 1: Zeile 1, 2\n" in message
    assert "Bitte verwenden Sie diese Zeilen bis auf Weiteres nicht (Art. 18, 19 DSGVO):\n  Liste 1: Zeile 3" in message
    assert "Nachname" not in message
    with warehouse.engine.connect() as connection:
        assert [(one.art, one.anzahl, one.faellig) for one in sent(connection, DAY)] == [
            ("liste", 5, 0),
            ("widerruf", 3, 0),
        ]
        left = connection.execute(text("select zeile_nr from abgleich.uebermittlung_zeile order by 1")).scalars().all()
    assert left == [3, 4, 5]
    assert create_notice(settings, site, "99901", BY, DAY).datei is None

    second = create_list(settings, site, "99901", BY, DAY)
    assert second.datei is not None
    _, listed = opened(jobcenter, second.datei)
    assert [name in listed for name in LISTED] == [False, True, False, True, True]
    with warehouse.engine.connect() as connection:
        assert [one.faellig for one in sent(connection, date(2100, 1, 1))] == [2, 0, 3], "expiry of the consent"


def test_a_restriction_holds_at_once_and_names_come_from_raw_deliveries_only(
    settings: Settings, site: Path, warehouse: Warehouse
) -> None:
    with warehouse.engine.begin() as connection:
        connection.execute(text("insert into abgleich.einschraenkung default values"))
        connection.execute(
            text("""
                insert into abgleich.einschraenkung_token (
                    einschraenkung_nr, token, art, normalisierer_version, schluessel_id
                )
                select
                    (select max(einschraenkung_nr) from abgleich.einschraenkung), s.tn_token, 'tn', 0, s.schluessel_id
                from kern.teilnahme as t inner join abgleich.identitaet_token as s on t.identitaet_id = s.identitaet_id
                where t.austritt_datum = '2098-12-31'
                """)
        )
    shutil.rmtree(settings.home / "archive")
    made = create_list(settings, site, "99901", BY, DAY)
    assert (made.datei, made.zeilen, made.ohne_rohdatei, made.ohne_bereich) == (None, 0, 4, 1)


def test_without_the_file_there_is_no_list_but_taking_back_still_works(
    settings: Settings, site: Path, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = CliRunner()
    monkeypatch.setenv("ZAEHLBAR_BENUTZER", BY)
    first = runner.invoke(app, ["erstellen", "99901", "--json"])
    assert first.exit_code == 0, first.output
    assert json.loads(first.stdout)["zeilen"] == 5
    decided = (site / "uebermittlung.yaml").read_text(encoding="utf-8")
    (site / "uebermittlung.yaml").write_text(decided.replace("an: true", "an: false"), encoding="utf-8")
    refused = runner.invoke(app, ["erstellen", "99901"])
    assert refused.exit_code == 2
    assert "nicht eingeschaltet" in refused.output
    assert runner.invoke(app, ["log"]).exit_code == 0
    with warehouse.engine.begin() as connection:
        connection.execute(text("update abgleich.uebermittlung_zeile set entfernt_am = now() where zeile_nr = 1"))
    assert runner.invoke(app, ["log"]).exit_code == 1
    reminded = runner.invoke(status_app, [])
    assert reminded.exit_code == 1
    assert "zaehlbar uebermittlung widerrufe 99901" in reminded.output
    told = runner.invoke(app, ["widerrufe", "99901"])
    assert told.exit_code == 0, told.output
    assert "Bitte jetzt verschicken" in told.output
    logged = runner.invoke(app, ["log", "--json"])
    assert logged.exit_code == 0
    assert [entry["art"] for entry in json.loads(logged.stdout)] == ["liste", "widerruf"]
    (site / "uebermittlung.yaml").unlink()
    assert runner.invoke(app, ["widerrufe", "99901"]).exit_code == 2
    assert runner.invoke(app, ["erstellen", "99902"]).exit_code == 2


def test_a_person_gets_a_certificate_in_the_trusted_zone(settings: Settings, site: Path, tmp_path: Path) -> None:
    asked = tmp_path / "person.yaml"
    asked.write_text("vorhaben_id: V9001\ntvp_id: T01\ntn_nr: A-3\n", encoding="utf-8")
    asked.chmod(0o600)
    result = CliRunner().invoke(certificate_app, [str(tmp_path / "aus"), "--person-file", str(asked)])
    assert result.exit_code == 0, result.output
    assert "Nachname" not in result.output
    (made,) = (tmp_path / "aus").iterdir()
    assert "Ağça Nachname03" in text_of(made)
    assert not asked.exists()
    asked.write_text("vorhaben_id: V9001\ntvp_id: T01\ntn_nr: A-99\n", encoding="utf-8")
    asked.chmod(0o600)
    result = CliRunner().invoke(certificate_app, [str(tmp_path / "aus"), "--person-file", str(asked)])
    assert result.exit_code == 1, result.output
