"""The rights of a person on the real parts: files in, a night, then `zaehlbar person` as a clerk would call it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.conftest import TestServer
from tests.support.rights import (
    ADA,
    ADA_ELSEWHERE,
    BO,
    CEM,
    NAMESAKE,
    OTHERS,
    T05,
    Instance,
    copy,
    deliver,
    let_inbox_be_emptied,
    template,
)
from tests.support.snapshot import snapshot
from typer.testing import CliRunner, Result

from zaehlbar.load.forget import IDENTITY_TABLES
from zaehlbar.person_cli import app

SECRETS = ("Łuczak", "Luczak", "Öztürk", "Oeztuerk", "Ada", "1985-05-03", "03.05.1985")


@pytest.fixture(scope="module")
def made(
    test_server: TestServer, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    with template(test_server, template_database, tmp_path_factory.mktemp("rechte")) as result:
        yield result


@pytest.fixture
def instance(
    test_server: TestServer, made: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Instance]:
    with copy(test_server, made, tmp_path) as result:
        for name, value in result.environment.items():
            monkeypatch.setenv(name, value)
        yield result


def _call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def _done(*arguments: object, code: int = 0) -> Any:
    result = _call(*arguments, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def _identities(instance: Instance) -> dict[int, str]:
    with instance.engine.connect() as connection:
        rows = connection.execute(text("select identitaet_id, tvp_id from kern.identitaet"))
        return {row.identitaet_id: row.tvp_id for row in rows}


def _figures(instance: Instance) -> set[tuple[object, ...]]:
    with instance.engine.connect() as connection:
        rows = connection.execute(
            text("select to_jsonb(z) - 'bekannt_von' from zahl.figur as z where bekannt_bis is null")
        )
        return {tuple(sorted(row.items())) for row in rows.scalars()}


def _state(instance: Instance) -> dict[str, Any]:
    with instance.engine.connect() as connection:
        return {name: rows for name, rows in snapshot(connection).items() if not name.startswith("zahl.")}


def test_auskunft_has_every_row_of_the_person_and_nothing_of_others(instance: Instance, tmp_path: Path) -> None:
    folder = tmp_path / "antwort"
    person = instance.person_file(ADA)
    told = _done("auskunft", "--person-file", person, "--ausgabe", folder)
    assert not person.exists()
    assert [(path.name, path.stat().st_mode & 0o777) for path in sorted(folder.iterdir())] == [
        ("auskunft.html", 0o600),
        ("auskunft.json", 0o600),
    ]
    assert folder.stat().st_mode & 0o777 == 0o700
    answer = json.loads((folder / "auskunft.json").read_text(encoding="utf-8"))
    ids = [one["identitaet_id"] for one in answer["identitaeten"]]
    assert sorted(_identities(instance)[one] for one in ids) == ["T04", "T05"]
    assert told["identitaeten"] == ids
    with instance.engine.connect() as connection:
        for table, columns in IDENTITY_TABLES:
            named = " or ".join(f"{column} = any(:ids)" for column in columns)
            query = text(f"select count(*) from {table} where {named}")
            rows = connection.execute(query, {"ids": ids}).scalar_one()
            assert len(answer["tabellen"].get(table, [])) == rows, table
    # Of T06 nothing is loaded: a person has to decide; what was delivered is part of the answer all the same.
    assert sorted({one["tvp_id"] for one in answer["rohdaten"] if one["ort"] == "Archiv"}) == ["T04", "T05", "T06"]
    raw = json.dumps(answer["rohdaten"], ensure_ascii=False)
    assert '"tn_nr": "A-1"' in raw
    assert '"nachname": "Luczak Oeztuerk"' in raw
    whole = "".join(path.read_text(encoding="utf-8") for path in folder.iterdir())
    for other in (NAMESAKE.born, "1991-11-14", BO.last, CEM.last, "Andere10", "Fremd10", '"A-2"', "B-A-10"):
        assert other not in whole
    assert "Einwilligung der Person" in whole
    assert "<script" not in whole
    assert not re.search(r"(src|href)=", whole)


def test_auskunft_about_nobody_says_so_and_an_open_folder_is_refused(instance: Instance, tmp_path: Path) -> None:
    nobody = replace(ADA, first="Niemand", last="Nirgends", born="02.03.1944")
    result = _call("auskunft", "--person-file", instance.person_file(nobody), "--ausgabe", tmp_path / "leer")
    assert result.exit_code == 0
    assert "nichts gespeichert" in result.output
    assert "nichts gespeichert" in (tmp_path / "leer" / "auskunft.html").read_text(encoding="utf-8")
    (tmp_path / "offen").mkdir(mode=0o755)
    person = instance.person_file(ADA)
    result = _call("auskunft", "--person-file", person, "--ausgabe", tmp_path / "offen")
    assert result.exit_code == 2
    assert "chmod 700" in result.output
    assert person.exists()


def test_loeschen_shows_first_and_changes_nothing(instance: Instance) -> None:
    before, person = _state(instance), instance.person_file(ADA)
    plan = _done("loeschen", "--person-file", person, code=1)
    assert sorted(one["tvp_id"] for one in plan["identitaeten"]) == ["T04", "T05"]
    assert (plan["archiv"], plan["eingang"], len(plan["angehalten"])) == (3, 3, 1)
    assert _state(instance) == before
    assert person.exists()


def test_loeschen_takes_the_person_out_of_every_place_and_nobody_else(instance: Instance, tmp_path: Path) -> None:
    settings = instance.settings
    namesakes = instance.scalar("select count(*) from kern.identitaet where tvp_id = 'T05'")
    tokens = {row[0] for row in _rows(instance, "select encode(tn_token, 'hex') from abgleich.identitaet_token")}
    person = instance.person_file(ADA)
    receipt = _done("loeschen", "--person-file", person, "--bestaetigen", code=1)
    assert receipt["stand"] == "fertig"
    assert receipt["deleted"]["archiv"] == 3
    assert receipt["deleted"]["kern.teilnahme"] == 2
    assert receipt["deleted"]["entscheidungen"] == 1
    # The site of the test leaves inboxes alone: what lies there is named.
    assert receipt["remaining"] == {"eingang": 3}
    assert not person.exists()
    assert instance.scalar("select count(*) from kern.identitaet where tvp_id = 'T05'") == namesakes - 1  # type: ignore[operator]
    left = {row[0] for row in _rows(instance, "select encode(tn_token, 'hex') from abgleich.identitaet_token")}
    assert len(tokens - left) == 2
    assert not any((settings.home / "archive").rglob("*.json"))
    assert not any(settings.reports.iterdir())
    assert _rows(instance, "select 1 from betrieb.befund where erste_zeilen <> '{}'") == []
    assert _rows(instance, "select status from betrieb.lieferung where tvp_id = 'T06'") == [("abgelehnt",)]
    (note,) = list((settings.outbox / "T04").iterdir())
    assert "B-7" in note.read_text(encoding="utf-8")
    assert "A-1" not in note.read_text(encoding="utf-8")
    paper = Path(receipt["datei"])
    assert paper.stat().st_mode & 0o777 == 0o600
    written = [paper, *settings.outbox.rglob("*.txt")]
    for secret in (*SECRETS, "A-1 "):
        assert not any(secret in path.read_text(encoding="utf-8") for path in written if "T05" not in path.parts)
    own = _done("quittung", "pruefen", "--person-file", instance.person_file(ADA_ELSEWHERE))
    assert [one["quittung_nr"] for one in own] == [receipt["quittung_nr"]]
    assert _done("quittung", "pruefen", "--person-file", instance.person_file(NAMESAKE), code=1) == []
    # The files in the inbox are known and finished: the next night does not bring the person back.
    instance.night()
    assert instance.scalar("select count(*) from kern.identitaet where tvp_id = 'T04'") == len(OTHERS)
    # Asking again shows the receipt.
    assert "schon gelöscht" in _call("loeschen", "--person-file", instance.person_file(ADA)).output


def test_where_the_site_says_so_the_inbox_is_emptied_too(instance: Instance) -> None:
    let_inbox_be_emptied(instance.settings.site_folder)
    broken = instance.settings.inbox / "T06" / "Basis_V9002_T06_2025-07-01_2025-12-31_Teilnahmen_v1.csv"
    broken.write_bytes(b"\xff\xfe\x00garbage")
    broken.with_name(broken.name.replace("Teilnahmen", "Monatswerte")).write_bytes(b"\xff\xfe\x00garbage")
    instance.night()
    receipt = _done("loeschen", "--person-file", instance.person_file(ADA), "--bestaetigen", code=1)
    assert receipt["deleted"]["eingangsdateien"] == 6
    assert [path.name for path in instance.settings.inbox.rglob("*Teiln*")] == [broken.name]
    # Nobody can say who is in a file that nobody can read: it stays, and the receipt says so.
    assert receipt["remaining"] == {"unlesbar": 1}


def _rows(instance: Instance, query: str) -> list[tuple[object, ...]]:
    with instance.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_after_erasure_figures_are_those_without_the_person_and_a_new_delivery_makes_a_new_one(
    instance: Instance, tmp_path: Path, test_server: TestServer, template_database: str
) -> None:
    before = set(_identities(instance))
    last = instance.scalar("select max(identitaet_id) from kern.identitaet")
    with_person = _figures(instance)
    _call("loeschen", "--person-file", instance.person_file(ADA), "--bestaetigen")
    without = _figures(instance)
    assert without != with_person
    removed = _rows(instance, "select distinct grund from zahl.entfernt")
    assert removed == [("loeschung",)]
    deliver(instance.settings.inbox, "T05", T05, version=2)
    instance.night()
    new = set(_identities(instance)) - before
    assert len(new) == 1
    assert new.pop() > last  # type: ignore[operator]
    assert _figures(instance) not in (with_person, without)  # with her time at T05, not that at T04


def test_a_remembered_withdrawal_survives_erasure(instance: Instance) -> None:
    widerrufen = replace(CEM, consent="0", consent_on="01.06.2026")
    rows = [row if row is not CEM else widerrufen for row in T05]
    deliver(instance.settings.inbox, "T05", rows, version=2)
    with instance.engine.begin() as connection:
        connection.execute(
            text("""
                insert into abgleich.widerruf (token, art, normalisierer_version, widerruf_am, schluessel_id)
                select m.exakt_token, 'exakt', m.normalisierer_version, date '2026-06-02', m.schluessel_id
                from abgleich.merkmal as m inner join abgleich.identitaet_token as t using (identitaet_id)
                inner join kern.teilnahme as n using (identitaet_id) where n.austritt_datum = date '2026-04-30'
                """)
        )
    assert instance.scalar("select count(*) from abgleich.widerruf") == 1
    _done("loeschen", "--person-file", instance.person_file(CEM), "--bestaetigen", code=1)
    assert instance.scalar("select count(*) from abgleich.widerruf") == 1
    identities = len(_identities(instance))
    deliver(instance.settings.inbox, "T05", [*T05, replace(OTHERS[0], tn="A-99", last="Neu")], version=3)
    instance.night()
    # The older consent of the new delivery does not bring Cem back; the other new person comes.
    assert len(_identities(instance)) == identities + 1


def test_who_has_no_full_birth_date_is_found_by_number_only(instance: Instance) -> None:
    result = _call("loeschen", "--person-file", instance.person_file(BO))
    assert result.exit_code == 2
    assert "tn_nr" in result.output
    number = {"vorhaben_id": "V9002", "tvp_id": "T05", "tn_nr": BO.tn}
    plan = _done("loeschen", "--person-file", instance.person_file(None, **number), code=1)
    assert [(one["tvp_id"], one["ueber"]) for one in plan["identitaeten"]] == [("T05", "nummer")]
    # Number and names of two people: nothing is guessed.
    result = _call("loeschen", "--person-file", instance.person_file(CEM, **number), "--bestaetigen")
    assert result.exit_code == 2
    assert "verschiedenen Menschen" in result.output
    assert CEM.last not in result.output


def test_who_is_only_similar_is_reported_and_added_by_hand(instance: Instance) -> None:
    misspelt = replace(ADA, last="Luczack Ostürk")  # sounds alike, is spelt otherwise
    answer = _done("loeschen", "--person-file", instance.person_file(misspelt), "--bestaetigen", code=1)
    assert answer["identitaeten"] == []
    similar = {_identities(instance)[one["identitaet_id"]]: one for one in answer["moeglicherweise_weitere"]}
    assert sorted(similar) == ["T04", "T05"]
    assert all(one["merkmale"] for one in similar.values())
    chosen = similar["T05"]["identitaet_id"]
    stranger = next(one for one in _identities(instance) if one not in {o["identitaet_id"] for o in similar.values()})
    arguments = ["loeschen", "--person-file", instance.person_file(misspelt), "--bestaetigen", "--auch"]
    refused = _call(*arguments, stranger)
    assert refused.exit_code == 2
    assert "kein Merkmal" in refused.output
    plan = _done(*arguments[:3], "--auch", chosen, code=1)
    assert [(one["identitaet_id"], one["ueber"]) for one in plan["identitaeten"]] == [(chosen, "auch")]
    assert [pair for one in plan["moeglicherweise_weitere"] for pair in one["paare"]]
    receipt = _done(*arguments, chosen, code=1)
    assert receipt["deleted"]["kern.identitaet"] == 1
    assert receipt["remaining"]["moeglich"] == 1
    assert chosen not in _identities(instance)
    assert similar["T04"]["identitaet_id"] in _identities(instance)


def test_a_wrong_person_file_ends_with_help_and_no_value(instance: Instance) -> None:
    person = instance.person_file(ADA, more="geburtstag: x\n")
    result = _call("loeschen", "--person-file", person)
    assert result.exit_code == 2
    assert "nicht bekannt" in result.output
    assert not any(secret in result.output for secret in SECRETS)
    person.chmod(0o644)
    assert "chmod 600" in _call("auskunft", "--person-file", person, "--ausgabe", instance.folder / "x").output
    assert _call("auskunft", "--person-file", instance.folder / "fehlt", "--ausgabe", "x").exit_code == 2


def test_a_correction_holds_until_the_partner_delivers_it(instance: Instance) -> None:
    exit_of_ada = "select austritt_datum from kern.teilnahme_nach((select max(lauf_id) from betrieb.lauf)) as t"
    exit_of_ada += " where eintritt_datum = date '2026-02-02'"
    month = "select sum(austritte) from zahl.figur where bekannt_bis is null and beginn = '2026-05-01'"
    month += " and (vorhaben_id, tvp_id, jobcenter_nr, kategorie) = ('V9002', 'T04', '*', '*') and zeitraum = 'monat'"
    wanted = "berichtigung: [{eintritt_datum: 2026-02-02, feld: austritt_datum, wert: '2026-05-04'}]\n"
    told = _done("berichtigen", "--person-file", instance.person_file(ADA, more=wanted))
    assert told["berichtigt"] == 1
    (note,) = (Path(path) for path in told["hinweise"])
    assert note.parent.name == "T04"
    assert "B-7" in note.read_text(encoding="utf-8")
    assert str(instance.scalar(exit_of_ada)) == "2026-05-04"
    assert instance.scalar(month) == 1
    rows = [ADA_ELSEWHERE, *OTHERS[:3]]
    for version, exit_day, expected in ((2, "20.03.2026", "2026-05-04"), (3, "04.05.2026", "2026-05-04"),
                                        (4, "05.06.2026", "2026-06-05")):  # fmt: skip
        deliver(instance.settings.inbox, "T04", [replace(rows[0], exit=exit_day), *rows[1:]], version=version)
        instance.night()
        assert str(instance.scalar(exit_of_ada)) == expected, version


@pytest.mark.parametrize(
    "wish,said",
    [
        ("{eintritt_datum: 2026-02-02, feld: austritt_datum, wert: '2025-01-01'}", "vor dem Eintritt"),
        ("{eintritt_datum: 2026-02-02, feld: austritt_datum, wert: Montag}", "ein Datum"),
        ("{eintritt_datum: 2026-02-02, feld: zugangsweg, wert: XX}", "Erlaubt: "),
        ("{eintritt_datum: 2026-02-02, feld: jobcenter_nr, wert: '12345'}", "99902"),
        ("{eintritt_datum: 2026-02-02, feld: hemmnisse_anzahl_aktuell, wert: 12}", "Bereich"),
        ("{eintritt_datum: 2026-02-02, feld: einwilligung_stufe, wert: '0'}", "widerrufen"),
        ("{eintritt_datum: 2026-02-02, feld: behinderung, wert: j}", "gibt es nicht"),
        ("{eintritt_datum: 2026-02-09, feld: status, wert: AKTIV}", "nicht gespeichert"),
    ],
)
def test_a_correction_that_the_contract_forbids_is_refused(instance: Instance, wish: str, said: str) -> None:
    person = instance.person_file(ADA, more=f"berichtigung: [{wish}]\n")
    result = _call("berichtigen", "--person-file", person)
    assert result.exit_code == 2, result.output
    assert said in result.output
    assert person.exists()
    assert instance.scalar("select count(*) from kern.berichtigung") == 0


def test_a_restriction_hides_the_person_also_in_later_deliveries(instance: Instance) -> None:
    before = _figures(instance)
    told = _done("einschraenken", "--person-file", instance.person_file(ADA))
    hidden = _figures(instance)
    assert len(told["identitaeten"]) == 2
    assert hidden != before
    assert _call("einschraenken", "--person-file", instance.person_file(ADA)).exit_code == 1
    deliver(instance.settings.inbox, "T06", [replace(ADA, tn="C-1")], version=2)
    instance.night()
    assert instance.scalar("select count(*) from kern.identitaet where tvp_id = 'T06'") == 1
    assert _figures(instance) == hidden
    _done("einschraenken", "--person-file", instance.person_file(ADA), "--aufheben")
    assert _figures(instance) != hidden
    assert instance.scalar("select count(*) from abgleich.einschraenkung_token") == 0
