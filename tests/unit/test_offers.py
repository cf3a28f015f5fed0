"""What an Angebotsblatt says and how it is written: from offers made here, without a database."""

from __future__ import annotations

import csv
import io
import json
import re
import stat
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pypdf import PdfReader

from zaehlbar.certificate.document import Typesetter
from zaehlbar.publish.offers import files
from zaehlbar.publish.offers.content import Offer, Offers, Sheet, _clean, in_order
from zaehlbar.publish.offers.feed import COLUMNS, as_csv, as_json
from zaehlbar.publish.offers.words import ASK, sheet_words

DAY = date(2026, 11, 22)
SCHEMA = Path(files.__file__).with_name("angebote.schema.json")
RUNNABLE = "=+-@|%\uff1d\uff0b\uff0d\uff20\t\r\n"
PLAIN = Offer(
    vorhaben_id="V1",
    vorhaben_name="MUT",
    tvp_id="T1",
    tvp_name="Bildungswerk",
    angebot_id="DEUTSCH",
    titel="Deutsch im Quartier",
    kurztext="Deutsch im Alltag, in kleinen Gruppen",
    zielgruppe="Frauen",
    quartier_id="Q1",
    quartier_name="Nordhang",
    zeiten="Di, Do 9–12 Uhr",
    naechster_start=date(2026, 12, 1),
    freie_plaetze="wenige",
    sprache="Deutsch, Arabisch",
    kinderbetreuung="j",
    zugang="ANMELDUNG",
    funktionskontakt="Projektbüro, 0800 1234",
    gueltig_bis=date(2026, 12, 31),
    stand_datum=date(2026, 10, 31),
)
HOSTILE = replace(
    PLAIN,
    angebot_id="BOESE",
    titel="<script>alert(1)</script>",
    kurztext='=cmd|\' /C calc\'!A0 "><img src=http://example.org/x> {{ 7*7 }} #import "x" $sum$',
    zielgruppe="+49 @SUM(A1)",
    zeiten="-2+3",
    sprache="العربية, ქართული, 中文",
    funktionskontakt="@Sammelpostfach-ohne-jede-Luecke-" + "x" * 80,
)


def sheet(*here: Offer, elsewhere: tuple[Offer, ...] = ()) -> Sheet:
    return Sheet("99901", "Jobcenter Nord", "V1", "MUT", "Q1", "Nordhang", in_order(set(here)), elsewhere)


def offers(*sheets: Sheet, day: date = DAY) -> Offers:
    return Offers(day, sheets, {"99901": "Jobcenter Nord"}, frozenset({"Q1"}), ())


def page(*here: Offer, day: date = DAY) -> str:
    return files.html_bytes(sheet_words(sheet(*here), day)).decode()


def pdf(*here: Offer, day: date = DAY) -> PdfReader:
    return PdfReader(io.BytesIO(files.pdf_bytes(sheet_words(sheet(*here), day), Typesetter())))


def text_of(reader: PdfReader) -> str:
    return " ".join(" ".join(one.extract_text() for one in reader.pages).replace("\u200b", "").split())


def test_page_and_pdf_say_the_same() -> None:
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page(PLAIN)))
    printed = text_of(pdf(PLAIN))
    for said in (
        "Angebote im Quartier Nordhang", "Jobcenter Nord", "Stand der Lieferung vom 31.10.2026",
        "nach dem 31.12.2026 nicht mehr verwenden", "Deutsch im Quartier", "Deutsch im Alltag", "Für: Frauen",
        "Bildungswerk", "Di, Do 9–12 Uhr", "Nächster Start: 01.12.2026", "wenige", "Deutsch, Arabisch",
        "Kinderbetreuung: ja", "nach Anmeldung", "Projektbüro, 0800 1234", "freiwillig", "§§ 31, 31a",
    ):  # fmt: skip
        assert said in plain
        assert said in printed
    assert "ntern" not in plain.replace("Integration", "")


def test_what_is_not_known_is_to_be_asked_for() -> None:
    nothing = replace(
        PLAIN, zeiten=None, sprache=None, kinderbetreuung="u", zugang=None, freie_plaetze="unbekannt", gueltig_bis=None
    )
    words = sheet_words(sheet(nothing), DAY)
    cells = words["abschnitte"][0]["angebote"][0]
    assert [cells[name] for name in ("zeiten", "sprache", "kinder", "zugang", "frei")] == [ASK] * 5
    assert words["gueltig"] == ""


@pytest.mark.parametrize(
    "start, expected",
    [
        (None, "jederzeit"),
        (DAY, "22.11.2026"),
        (date(2026, 11, 21), "bitte erfragen (zuletzt genannt: 21.11.2026)"),
    ],
)
def test_a_start_that_has_passed_is_no_next_start(start: date | None, expected: str) -> None:
    words = sheet_words(sheet(replace(PLAIN, naechster_start=start)), DAY)
    assert words["abschnitte"][0]["angebote"][0]["start"] == expected


def test_old_information_says_so() -> None:
    old = replace(PLAIN, stand_datum=date(2026, 5, 22))
    assert "älter als ein halbes Jahr" in page(old)
    assert "älter als ein halbes Jahr" not in page(replace(old, stand_datum=date(2026, 5, 23)))


def test_offers_of_several_partners_stand_by_target_group_and_title() -> None:
    chosen = [
        replace(PLAIN, tvp_id="T2", angebot_id="A", titel="Werkstatt", zielgruppe="ab 18"),
        replace(PLAIN, angebot_id="B", titel="Treff", zielgruppe="alle"),
        replace(PLAIN, angebot_id="C", titel="Café", zielgruppe="Alleinerziehende"),
        replace(PLAIN, tvp_id="T2", angebot_id="D", titel="Bewerben", zielgruppe="ab 18"),
    ]
    assert [offer.titel for offer in in_order(set(chosen))] == ["Treff", "Bewerben", "Werkstatt", "Café"]


def test_hostile_texts_stay_texts_on_the_page() -> None:
    html = page(HOSTILE)
    assert "<script" not in html.lower() and "<img" not in html.lower()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "{{ 7*7 }}" in html
    assert not re.search(
        r"""(src|href|url|action)\s*[=(]\s*["']?\s*(http|//)""", html.replace("&#34;&gt;&lt;img src=http", "")
    )
    assert "default-src 'none'" in html


def test_hostile_and_very_long_texts_are_printed_inside_their_columns() -> None:
    reader = pdf(HOSTILE, PLAIN)
    printed = text_of(reader)
    assert "<script>alert(1)</script>" in printed
    assert "x" * 80 in printed.replace(" ", "")
    assert "Zeichen, die diese Schrift nicht hat" in printed
    assert "Zeichen, die diese Schrift nicht hat" not in text_of(pdf(PLAIN))
    lines = [line.replace("\u200b", "") for one in reader.pages for line in one.extract_text().splitlines()]
    # 80 letters without a gap are broken: a third of the page holds no more than half of them.
    assert max(line.count("x") for line in lines) < 40


def test_no_cell_of_the_csv_can_be_run() -> None:
    wide = replace(PLAIN, titel=f"{RUNNABLE[6]}1+1", kurztext="%0A", zeiten="|calc")
    rows = list(csv.reader(io.StringIO(as_csv([HOSTILE, wide]).decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == list(COLUMNS)
    for row in rows[1:]:
        assert len(row) == len(COLUMNS)
        assert not [cell for cell in row if cell[:1] in set(RUNNABLE)]
    assert rows[1][COLUMNS.index("zeiten")] == "'-2+3"


def test_csv_is_what_excel_in_germany_opens_by_a_click() -> None:
    content = as_csv([PLAIN])
    assert content.startswith(b'\xef\xbb\xbf"vorhaben_id";"vorhaben_name"')
    assert content.count(b"\r\n") == 2


def test_control_and_turning_characters_do_not_get_through() -> None:
    assert _clean("a\r\nb\tc \u202ed\u200b\x07 ") == "a b c d"
    assert _clean(" \u200b\n") is None


def test_json_keeps_its_documented_shape() -> None:
    content: dict[str, Any] = json.loads(as_json("99901", "Jobcenter Nord", [HOSTILE, PLAIN]))
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(content, schema)
    assert content["angebote"][1]["zugang_text"] == "nach Anmeldung"
    assert list(content["angebote"][0]) == list(COLUMNS)
    assert (
        sorted(schema["$defs"]["angebot"]["required"])
        == sorted(COLUMNS)
        == sorted(schema["$defs"]["angebot"]["properties"])
    )


def test_eight_offers_fit_on_one_page_and_more_go_on() -> None:
    usual = [
        replace(PLAIN, angebot_id=str(number), titel=f"Angebot {number}", kurztext="Zwei Sätze mit etwas Text. " * 4)
        for number in range(20)
    ]
    assert len(pdf(*usual[:8]).pages) == 1
    assert len(pdf(*usual).pages) > 1


def test_the_pdf_can_be_read_aloud_and_is_the_same_every_time() -> None:
    words = sheet_words(sheet(PLAIN, HOSTILE), DAY)
    first, second = (files.pdf_bytes(words, Typesetter()) for _ in range(2))
    assert first == second
    reader = PdfReader(io.BytesIO(first))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"] == "de-DE"
    assert b"pdfuaid" in first


def test_only_what_differs_is_written_and_what_has_no_offer_goes(tmp_path: Path) -> None:
    other = replace(sheet(PLAIN), quartier_id="Q_2/..", quartier_name="Ziegelei")
    both = offers(sheet(PLAIN), other)
    names = {path.relative_to(tmp_path).as_posix() for path in files.renew(both, tmp_path)}
    assert names == {
        "99901/angebotsblatt_V1_Q1.html", "99901/angebotsblatt_V1_Q1.pdf",
        "99901/angebotsblatt_V1_Q%5F2%2F%2E%2E.html", "99901/angebotsblatt_V1_Q%5F2%2F%2E%2E.pdf",
        "99901/angebote.csv", "99901/angebote.json",
    }  # fmt: skip
    assert files.renew(both, tmp_path) == []
    assert files.renew(offers(sheet(PLAIN), other, day=date(2026, 11, 23)), tmp_path) == []

    strange = tmp_path / "99901" / "aushang.html"
    strange.write_text("not ours")
    gone = {path.name for path in files.renew(offers(sheet(PLAIN)), tmp_path)}
    assert gone == {"angebotsblatt_V1_Q%5F2%2F%2E%2E.html", "angebotsblatt_V1_Q%5F2%2F%2E%2E.pdf"}
    assert {path.name for path in (tmp_path / "99901").iterdir()} == {
        "angebotsblatt_V1_Q1.html", "angebotsblatt_V1_Q1.pdf", "angebote.csv", "angebote.json", "aushang.html",
    }  # fmt: skip
    files.renew(replace(offers(), jobcenters={}), tmp_path)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["aushang.html"]
    strange.unlink()
    (tmp_path / "99901" / "angebote.csv").touch()
    files.renew(replace(offers(), jobcenters={}), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_jobcenter_without_offers_has_an_empty_list(tmp_path: Path) -> None:
    files.renew(offers(), tmp_path)
    assert json.loads((tmp_path / "99901" / "angebote.json").read_text("utf-8"))["angebote"] == []
    assert len((tmp_path / "99901" / "angebote.csv").read_text("utf-8-sig").splitlines()) == 1


def test_a_missing_or_spoilt_file_is_written_again(tmp_path: Path) -> None:
    one = offers(sheet(PLAIN))
    files.renew(one, tmp_path)
    folder = tmp_path / "99901"
    (folder / "angebotsblatt_V1_Q1.pdf").unlink()
    (folder / "angebote.csv").write_text("half")
    assert {path.name for path in files.renew(one, tmp_path)} == {"angebotsblatt_V1_Q1.pdf", "angebote.csv"}
    changed = offers(sheet(replace(PLAIN, freie_plaetze="nein")))
    assert len(files.renew(changed, tmp_path)) == 4


@pytest.mark.skipif(sys.platform == "win32", reason="rights of files are POSIX")
def test_others_may_read_them(tmp_path: Path) -> None:
    written = files.renew(offers(sheet(PLAIN)), tmp_path / "neu")
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o644}
    assert not list(tmp_path.rglob("*.tmp"))
