"""`zaehlbar check`: names file, sheet, row, column, reason and remedy; in two languages; with its exit codes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import yaml
from typer.testing import CliRunner, Result

from zaehlbar import resources
from zaehlbar.check_cli import app
from zaehlbar.validate.check_files import FileMissing, files_in

PROFILE: dict[str, Any] = {
    "profil": "eigen",
    "beschreibung": "eigene Spaltennamen",
    "vorhaben_id": "V9001",
    "tvp_id": "T01",
    "zeitraum": {"aus": "konstante", "von": "2026-01-01", "bis": "2026-06-30", "version": 1},
    "dateien": [
        {
            "tabelle": "teilnahme",
            "muster": r"Liste\.csv",
            "spalten": {
                "tn_nr": "Nr.",
                "nachname": "Name",
                "vorname": "Vorname",
                "eintritt_datum": "Beginn [Datum]",
                "austritt_datum": "Ende",
                "einwilligung_stufe": "Einw.",
            },
        },
        {
            "tabelle": "aktivitaet",
            "muster": r"Stunden\.xlsx",
            "pflicht": False,
            "format": {"art": "xlsx", "blatt": "März"},
            "spalten": {"tn_nr": "Nr.", "aktivitaet_code": "Was", "datum": "Tag", "dauer_min": "Minuten"},
        },
    ],
}
HEAD = "Nr.;Name;Vorname;Beginn [Datum];Ende;Einw.\n"
GOOD = HEAD + "A-1;Mustermann;Erika;01.03.2026;;1\n"
BAD = (
    f"{HEAD}A-1;Mustermann;Erika;01.03.2026;01.02.2026;1\n"
    "A-2;Beispiel;Otto;31.02.2026;;1\n"
    "A-3;Probe;Ida;02.03.2026;01.02.2026;1\n"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example site with one provider that has column names of its own."""
    folder = tmp_path_factory.mktemp("check") / "site"
    shutil.copytree(resources.folder("site"), folder)
    (folder / "profile" / "eigen.yaml").write_text(yaml.safe_dump(PROFILE, allow_unicode=True), encoding="utf-8")
    path = folder / "vorhaben.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    next(p for v in data["vorhaben"] for p in v["partner"] if p["tvp_id"] == "T01")["profil"] = "eigen"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return folder


def _check(site: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [*(str(item) for item in arguments), "--site", str(site)])


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    folder = tmp_path / "eingang"
    folder.mkdir()
    (folder / "Liste.csv").write_text(BAD, encoding="utf-8")
    (folder / ".DS_Store").write_text("x")
    (folder / "~$Stunden.xlsx").write_text("x")
    with xlsxwriter.Workbook(folder / "Stunden.xlsx") as book:
        sheet = book.add_worksheet("März")
        for at, row in enumerate([("Nr.", "Was", "Tag", "Minuten"), ("A-3", "C01", "03.03.2026", 999)]):
            sheet.write_row(at, 0, row)
    return folder


def test_names_file_row_column_reason_and_remedy(site: Path, broken: Path) -> None:
    result = _check(site, broken)
    assert result.exit_code == 1, result.output
    lines = result.output.splitlines()
    assert lines[0] == "Zählbar prüft 2 Dateien, ohne Datenbank und ohne Netz …"
    assert "  Fehler · Liste.csv · Zeilen 2, 4 · Spalte „Ende“ · ZB-Z-001" in lines
    assert "  Fehler · Liste.csv · Zeile 3 · Spalte „Beginn [Datum]“ · ZB-F-002" in lines
    assert "  Fehler · Stunden.xlsx · Blatt „März“ · Zeile 2 · Spalte „Minuten“ · ZB-Z-012" in lines
    at = lines.index("  Fehler · Liste.csv · Zeilen 2, 4 · Spalte „Ende“ · ZB-Z-001")
    assert lines[at + 1] == "    Der Austritt liegt vor dem Eintritt."
    assert lines[at + 2].startswith("    Abhilfe: ")
    assert "ZB-D-022" in result.output, "rules not checkable offline are listed"


def test_english(site: Path, broken: Path) -> None:
    result = _check(site, broken, "--lang", "en")
    assert "Zählbar checks 2 files, without database and network …" in result.output
    assert "  error · Liste.csv · rows 2, 4 · column „Ende“ · ZB-Z-001" in result.output
    assert "    The exit lies before the entry." in result.output
    assert "    Remedy: " in result.output


def test_fine_file(site: Path, tmp_path: Path) -> None:
    path = tmp_path / "Liste.csv"
    path.write_text(GOOD, encoding="utf-8")
    result = _check(site, path)
    assert result.exit_code == 0, result.output
    assert "Keine Befunde." in result.output
    assert "Urteil: angenommen" in result.output


def test_json_is_pure_and_says_where(site: Path, broken: Path) -> None:
    result = _check(site, broken, "--json")
    data = json.loads(result.stdout)
    (delivery,) = data["lieferungen"]
    assert sorted(delivery["dateien"]) == ["Liste.csv", "Stunden.xlsx"]
    places = {finding["regel"]: finding["orte"] for finding in delivery["befunde"]}
    assert places["ZB-Z-001"] == [{"datei": "Liste.csv", "blatt": None, "spalte": "Ende", "zeilen": [2, 4]}]
    assert places["ZB-Z-012"] == [{"datei": "Stunden.xlsx", "blatt": "März", "spalte": "Minuten", "zeilen": [2]}]


def test_html_is_written(site: Path, broken: Path, tmp_path: Path) -> None:
    page = tmp_path / "bericht.html"
    assert _check(site, broken, "--html", page).exit_code == 1
    text = page.read_text(encoding="utf-8")
    assert "Austritt vor Eintritt" in text
    assert "Mustermann" not in text


def test_file_nobody_knows_is_told(site: Path, tmp_path: Path) -> None:
    path = tmp_path / "irgendwas.txt"
    path.write_text("x", encoding="utf-8")
    result = _check(site, path)
    assert result.exit_code == 1
    assert "irgendwas.txt" in result.output
    assert "kein Profil" in result.output


def test_missing_file_is_wrong_use(site: Path, tmp_path: Path) -> None:
    result = _check(site, tmp_path / "fehlt.csv")
    assert result.exit_code == 2
    assert "fehlt.csv" in result.output


def test_folder_without_files_is_wrong_use(site: Path, tmp_path: Path) -> None:
    assert _check(site, tmp_path).exit_code == 2


def test_broken_site_is_wrong_configuration(tmp_path: Path) -> None:
    (tmp_path / "Liste.csv").write_text(GOOD, encoding="utf-8")
    result = CliRunner().invoke(app, [str(tmp_path / "Liste.csv"), "--site", str(tmp_path / "nichts")])
    assert result.exit_code == 2


def test_files_are_taken_once_and_litter_left_out(broken: Path) -> None:
    names = [path.name for path in files_in([broken, broken / "Liste.csv"])]
    assert names == ["Liste.csv", "Stunden.xlsx"]
    with pytest.raises(FileMissing):
        files_in([broken / "nichts"])


def test_first_line_comes_before_anything_heavy(site: Path, broken: Path) -> None:
    """It must not wait for the import of Great Expectations, which takes most of the whole."""
    code = "from zaehlbar.check_cli import app; app()"
    command = [sys.executable, "-c", code, str(broken), "--site", str(site)]
    start = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        first = time.monotonic() - start
        process.stdout.read()
    whole = time.monotonic() - start
    assert line.startswith("Zählbar prüft 2 Dateien")
    assert first < whole / 2, "the first line waited for what is heavy"


def test_example_inbox_is_judged_as_its_makers_expect() -> None:
    """The verdict of every committed example, from how the example was made (`examples/erwartet.yaml`)."""
    from zaehlbar.ingest import discover, file_name, ingest
    from zaehlbar.site import load_site
    from zaehlbar.validate import Earlier, validate

    examples = resources.folder("site").parent
    if not (examples / "erwartet.yaml").is_file():
        pytest.skip("only in a checkout")
    expected = {
        tuple(sorted({Path(name).name for name in entry["dateien"]})): entry
        for entry in yaml.safe_load((examples / "erwartet.yaml").read_text(encoding="utf-8"))["lieferungen"]
    }
    site = load_site(resources.folder("site"))
    deliveries = discover(examples / "inbox", site).deliveries
    assert len(deliveries) > 20
    for delivery in deliveries:
        entry = expected[tuple(sorted({file_name(file.url) for file in delivery.files}))]
        result = validate(ingest(delivery, site), site, Earlier())
        assert result.verdict.value == entry["urteil"], entry["dateien"]
        for name, counts in (entry.get("tabellen") or {}).items():
            lost = int(result.rejected[name].sum()) + result.ingested.counts[name].rejected
            assert lost == counts["zurueckgewiesen"], (name, entry["dateien"])
