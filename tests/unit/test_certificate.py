"""The Teilnahmebescheinigung: what it says and leaves out, the PDF, the files, the words and exit codes of `check`."""

from __future__ import annotations

import io
import json
import stat
import sys
import unicodedata
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from tests.support.certificate import PERSON, activity, judged, step, text_of, write_delivery
from tests.support.shared_data import shared_data
from typer.testing import CliRunner, Result

from zaehlbar import resources
from zaehlbar.certificate import Certificate, Extent, certificates, standing_rows
from zaehlbar.certificate.content import Stay
from zaehlbar.certificate.document import HANDED_OVER, LEFT_OUT, SUPPLEMENTARY, VOLUNTARY, Typesetter
from zaehlbar.certificate.files import write_certificates
from zaehlbar.check_cli import app
from zaehlbar.site import Site, load_site

DAY = date(2026, 3, 2)
RICH = {
    "teilnahme": [{**PERSON, "austritt_datum": "2026-05-29", "austritt_grund": "JCM_KURZFRISTIG", "status": "BEENDET"}],
    "aktivitaet": [
        activity("B01", "2026-01-13", 120),
        activity("C03", "2026-02-03", 95),
        activity("D01", "2026-02-10", 90),
        activity("D02", "2026-04-14", 123),
        activity("E03", "2026-04-15", 240),
        activity("H01", "2026-03-17", 61),
        activity("J01", "2026-03-18", 62),
    ],
    "zwischenschritt": [
        step("ZERTIFIKAT", "2026-05-12"),
        step("KIND_PFLEGE", "2026-02-20"),
        step("DISTANZ", "2026-05-20"),
    ],
}


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(resources.folder("site"))


@pytest.fixture(scope="module")
def setter() -> Typesetter:
    return Typesetter()


def dated(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Turn ISO days into dates."""
    days = {"datum", "eintritt_datum", "austritt_datum", "geburtsdatum", "einwilligung_am"}
    return [{key: date.fromisoformat(v) if key in days and v else v for key, v in row.items()} for row in rows]


def rich() -> dict[str, list[dict[str, Any]]]:
    return {name: dated(rows) for name, rows in RICH.items()}


def blank(name: str = "Beispiel", first: str = "Erika") -> Certificate:
    return Certificate(
        "V9001", "T01", "A-1", name, first, date(1980, 5, 17), "MUSTERMUT", "Bildungswerk", Extent.WEITERGABE,
        date(2026, 6, 30), (Stay(date(2026, 1, 12), None),), (), (), False, "1",
    )  # fmt: skip


def test_to_hand_over_it_names_only_what_cannot_be_turned_against_the_person(site: Site, setter: Typesetter) -> None:
    (made,), _ = certificates([judged(rich())], site, Extent.WEITERGABE)
    assert [one.kategorie for one in made.kategorien] == ["K-FEST", "K-GRUND", "K-QUAL+"]
    assert all(one.minuten is None for one in made.kategorien)
    assert [one.name for one in made.schritte] == ["Zertifikat erworben"]
    text = text_of(setter.pdf(made))
    assert "Ağça Łęcka-Öztürk" in text
    assert "geboren am 17.05.1980" in text
    assert "MUSTERMUT (V9001)" in text
    assert "Bildungswerk Mustermut (erfunden)" in text
    assert "12.01.2026 bis 29.05.2026" in text
    assert "Grundkompetenzen (Sprache, digital, Alltag) Februar 2026 bis April 2026" in text
    assert "Vorschlag, nicht abgestimmt" in text
    assert "Ort, Datum" in text
    for sentence in (VOLUNTARY, HANDED_OVER, LEFT_OUT, SUPPLEMENTARY):
        assert sentence in text
    for forbidden in (
        "Gesundheit und Stabilisierung",
        "ganzheitliche",
        "Soziale Teilhabe",
        "Kinderbetreuung",
        "kurzfristig",
    ):
        assert forbidden not in text, forbidden
    assert "2,00" not in text, "hours"


def test_the_full_one_has_everything_but_reasons_and_says_whom_it_is_for(site: Site, setter: Typesetter) -> None:
    (made,), _ = certificates([judged(rich())], site, Extent.VOLL)
    kinds = [one.kategorie for one in made.kategorien]
    assert kinds == ["K-FEST", "K-HEMM", "K-GES", "K-GRUND", "K-QUAL+", "K-TEIL"]
    assert len(made.schritte) == 3
    text = text_of(setter.pdf(made))
    assert "nicht zur Vorlage bei einer Behörde bestimmt" in text
    assert "Februar 2026 bis April 2026 3,55" in text, "90 + 123 minutes in hours"
    assert "kurzfristig" not in text
    assert "JCM" not in text


def test_a_cancelled_participation_and_a_person_without_name_give_none(site: Site) -> None:
    rows = [
        {**PERSON, "status": "STORNO"},
        {**PERSON, "tn_nr": "A-2", "nachname": "  "},
        {**PERSON, "tn_nr": "A-3", "vorname": None},
        {**PERSON, "tn_nr": "A-4", "eintritt_datum": "2026-01-12"},
        {**PERSON, "tn_nr": "A-4", "eintritt_datum": "2026-03-12", "nachname": "Neuname"},
    ]
    made, left = certificates([judged({"teilnahme": dated(rows)})], site, Extent.WEITERGABE)
    assert [(one.tn_nr, one.nachname, len(one.teilnahmen)) for one in made] == [("A-4", "Neuname", 2)]
    assert (left.ohne_name, left.storniert) == (2, 1)


def test_of_several_deliveries_the_highest_speaks_for_a_day() -> None:
    first = judged(rich())
    second = rich()
    second["teilnahme"] = dated([{**PERSON, "nachname": "Berichtigt"}])
    second["aktivitaet"] = dated([activity("D01", "2026-02-10", 60)])
    del second["zwischenschritt"]
    rows = standing_rows([first, judged(second, version=2)])
    assert rows["teilnahme"]["nachname"].to_pylist() == ["Berichtigt"]
    assert rows["aktivitaet"]["dauer_min"].to_pylist() == [60]
    assert rows["zwischenschritt"].num_rows == 3, "a delivery without the table does not speak for it"
    later = judged(
        {"teilnahme": dated([PERSON]), "aktivitaet": dated([activity("D01", "2026-07-10", 30)])},
        start=date(2026, 7, 1), end=date(2026, 12, 31),
    )  # fmt: skip
    assert sorted(standing_rows([later, first])["aktivitaet"]["dauer_min"].to_pylist())[0] == 30
    assert standing_rows([later, first])["aktivitaet"].num_rows == 8
    assert standing_rows([first, later]) == standing_rows([later, first])


def test_an_increment_adds_rows_and_replaces_those_of_its_keys() -> None:
    more = {"teilnahme": dated([PERSON]), "aktivitaet": dated([activity("D01", "2026-02-10", 45)])}
    rows = standing_rows([judged(rich()), judged(more, version=2, increment="zuwachs")])
    assert rows["teilnahme"]["austritt_datum"].to_pylist() == [None]
    assert rows["aktivitaet"].num_rows == 7
    assert 90 not in rows["aktivitaet"]["dauer_min"].to_pylist()


def test_every_letter_of_din_91379_is_printed_once_and_can_be_copied(setter: Typesetter) -> None:
    names = []
    for line in (shared_data("names") / "latin_list_1.3.txt").read_text(encoding="utf-8").splitlines():
        kind, _, codes, *_ = line.split("; ")
        if kind == "bll":
            names.append("".join(chr(int(code, 16)) for code in codes.split()))
    assert len(names) == 649
    wanted = [unicodedata.normalize("NFC", f"x{name}y") for name in names]
    found: set[str] = set()
    for at in range(0, len(names), 60):
        block = wanted[at : at + 60]
        # Decomposed on the way in: the page must not depend on how a provider's program writes a letter.
        text = text_of(setter.pdf(blank(unicodedata.normalize("NFD", " ".join(block)))))
        found.update(text.split())
    assert [name for name in wanted if name not in found] == []


def test_letters_outside_the_font_are_no_boxes(setter: Typesetter) -> None:
    """Greek and Cyrillic names are printed too; DIN 91379 lists their letters as an extension."""
    assert "Ελένη Щербакова" in text_of(setter.pdf(blank("Щербакова", "Ελένη")))


def test_a_name_that_cannot_be_printed_stops_nobody_else(site: Site, tmp_path: Path) -> None:
    rows = [{**PERSON, "tn_nr": "A-1", "nachname": "王"}, {**PERSON, "tn_nr": "A-2", "nachname": "a\u202ebc\x07d"}]
    written = write_certificates(
        [judged({"teilnahme": dated(rows)})], site, tmp_path, Extent.WEITERGABE, ["A-1", "A-2"]
    )
    assert (len(written.files), written.nicht_druckbar, written.nicht_gefunden) == (1, 1, ("A-1",))
    assert "Ağça abcd" in text_of(written.files[0])


def test_the_pdf_can_be_read_aloud(setter: Typesetter) -> None:
    reader = PdfReader(io.BytesIO(setter.pdf(blank())))
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "de-DE"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Teilnahmebescheinigung"
    assert b"pdfuaid" in root["/Metadata"].get_data()
    assert len(reader.pages) == 1


def test_markup_in_a_name_is_printed_not_run(setter: Typesetter) -> None:
    name = '#panic("x") *Stern* $x$ @y <z> \\ "'
    assert " ".join(name.split()) in text_of(setter.pdf(blank(name)))


def test_long_lists_go_over_two_pages_with_the_signature_kept_together(site: Site, setter: Typesetter) -> None:
    (made,), _ = certificates([judged(rich())], site, Extent.VOLL)
    pdf = setter.pdf(replace(made, schritte=made.schritte * 14))
    last = PdfReader(io.BytesIO(pdf)).pages[-1].extract_text()
    assert "Seite 2 von 2" in last
    assert "Ort, Datum" in last
    assert "Unterschrift" in last


def test_files_are_private_and_named_without_names(site: Site, tmp_path: Path) -> None:
    rows = [{**PERSON, "tn_nr": number} for number in ("A/1", "A:1", "a-1", "../../x")]
    folder = tmp_path / "neu" / "bescheinigungen"
    written = write_certificates([judged({"teilnahme": dated(rows)})], site, folder, Extent.WEITERGABE)
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(path.name for path in written.files)
    assert len({name.lower() for name in names}) == 4
    assert all(name.startswith("Teilnahmebescheinigung_V9001_T01_") for name in names)
    assert "cka" not in "".join(names)
    assert list(tmp_path.iterdir()) == [tmp_path / "neu"], "no number leads out of the folder"
    if sys.platform != "win32":
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    again = write_certificates([judged({"teilnahme": dated(rows)})], site, folder, Extent.WEITERGABE, ["A/1"])
    assert [path.name for path in again.files] == ["Teilnahmebescheinigung_V9001_T01_A-1.pdf"]
    assert len(list(folder.iterdir())) == 4


def test_what_cannot_be_read_gives_none(site: Site, tmp_path: Path) -> None:
    fatal, unknown = judged(rich()), judged(rich())
    fatal.ingested.fatal = True
    scope = unknown.ingested.delivery.scope
    assert scope is not None
    unknown.ingested.delivery = replace(unknown.ingested.delivery, scope=replace(scope, tvp_id="T77"))
    written = write_certificates([fatal, unknown], site, tmp_path / "x", Extent.WEITERGABE)
    assert (written.files, written.unlesbare_lieferungen) == ((), 2)


def _check(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(item) for item in arguments])


def test_check_writes_them_with_and_without_findings(tmp_path: Path) -> None:
    tables = {**RICH, "teilnahme": [*RICH["teilnahme"], {**PERSON, "tn_nr": "A-2", "austritt_datum": "2025-01-01"}]}
    files = write_delivery(tmp_path / "ein", tables)
    result = _check(*files, "--bescheinigung", tmp_path / "aus", "--json")
    assert result.exit_code == 1, "an exit before its entry is an error"
    data = json.loads(result.stdout)
    assert data["bescheinigungen"]["dateien"] == ["Teilnahmebescheinigung_V9001_T01_A-1.pdf"]
    assert data["lieferungen"][0]["befunde"]
    result = _check(*files, "--bescheinigung", tmp_path / "aus", "--tn-nr", "A-2", "--umfang", "voll")
    assert result.exit_code == 1
    assert "0 Teilnahmebescheinigungen" in result.output
    assert "keine gültige Zeile dazu da ist: A-2" in result.output
    good = write_delivery(tmp_path / "gut", RICH)
    result = _check(*good, "--bescheinigung", tmp_path / "aus", "--tn-nr", "A-1", "--umfang", "voll")
    assert result.exit_code == 0, result.output
    assert "1 Teilnahmebescheinigung:" in result.output
    assert (tmp_path / "aus" / "Teilnahmebescheinigung_V9001_T01_A-1_ausfuehrlich.pdf").is_file()


def test_a_held_delivery_still_gives_those_of_its_valid_rows(tmp_path: Path) -> None:
    rows = [{**PERSON, "tn_nr": f"A-{at}", "austritt_datum": "2025-01-01" if at > 3 else ""} for at in range(1, 9)]
    result = _check(
        *write_delivery(tmp_path / "ein", {"teilnahme": rows}), "--bescheinigung", tmp_path / "aus", "--json"
    )
    data = json.loads(result.stdout)
    assert data["lieferungen"][0]["urteil"] in ("angehalten", "abgelehnt")
    assert len(data["bescheinigungen"]["dateien"]) == 3
    assert result.exit_code == 1


@pytest.mark.parametrize("option", [("--umfang", "voll"), ("--tn-nr", "A-1")], ids=" ".join)
def test_options_of_the_certificate_need_its_folder(option: tuple[str, str], tmp_path: Path) -> None:
    result = _check(*write_delivery(tmp_path, RICH), *option)
    assert result.exit_code == 2
    assert "--bescheinigung" in result.output
