"""Optional site files beside the figures: typed, checked with file and line, and no part of the rules."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from zaehlbar.categorize.catalogue import _fingerprint
from zaehlbar.site import SiteError, load_site, supplements

EXAMPLE = Path(__file__).parents[2] / "examples" / "site"
Edit = Callable[[str, str, str], int]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "site"))


def _edit(folder: Path, name: str, old: str, new: str) -> int:
    path = folder / name
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), encoding="utf-8")
    return content[: content.index(old)].count("\n") + 1


def _problems(folder: Path) -> list[str]:
    with pytest.raises(SiteError) as error:
        load_site(folder)
    return str(error.value).splitlines()


def test_the_example_has_all_three_and_each_may_be_missing(folder: Path) -> None:
    site = load_site(folder)
    assert site.kennzahlen and site.rueckmeldung and site.zielgruppen
    assert set(supplements.FILES) <= site.hashes.keys()
    for name in supplements.FILES:
        (folder / name).unlink()
    without = load_site(folder)
    assert (without.kennzahlen, without.rueckmeldung, without.zielgruppen) == (None, None, None)
    assert not set(supplements.FILES) & without.hashes.keys()


def test_a_new_value_beside_the_figures_changes_no_rule(folder: Path) -> None:
    """Otherwise every published Kennzahl would have everything judged and counted anew."""
    before = load_site(folder)
    _edit(folder, "kennzahlen.yaml", "wert: 9.8", "wert: 9.9")
    after = load_site(folder)
    assert before.hashes != after.hashes
    assert _fingerprint(before, "") == _fingerprint(after, "")


@pytest.mark.parametrize(
    "name, old, new, said",
    [
        ("kennzahlen.yaml", "kennzahl: K2,", "kennzahl: K9,", "amtliche_kennzahl.3.kennzahl: gibt es nicht"),
        ("kennzahlen.yaml", 'jobcenter_nr: "99902"', 'jobcenter_nr: "99999"', "99999 steht nicht in jobcenter.yaml"),
        ("kennzahlen.yaml", "kennzahl: K2,", "kennzahl: K3E2,", "99901 K3E2 2026-03 ist zweimal eingetragen"),
        (
            "kennzahlen.yaml",
            "wert: 9.8",
            "wert: 9.8, wrt: 1",
            "amtliche_kennzahl.0.wrt: diesen Schlüssel gibt es hier nicht",
        ),
        ("kennzahlen.yaml", 'quelle: "erfunden"', 'quelle: " "', "ohne Quelle steht keine fremde Zahl"),
        ("kennzahlen.yaml", 'monat: "2026-01"', 'monat: "2026-13"', "passt nicht zum Muster"),
        ("rueckmeldung.yaml", "empfehlungen: 11,", "", "nennt weder empfehlungen noch massnahmestarts_geplant"),
        ("rueckmeldung.yaml", "empfehlungen: 9,", "empfehlungen: -1,", "muss mindestens 0 sein"),
        ("rueckmeldung.yaml", 'monat: "2026-05"', 'monat: "2026-04"', "99901 2026-04 ist zweimal eingetragen"),
        ("zielgruppen.yaml", "angabe: langzeitarbeitslos", "angabe: hemmnisse", "angabe: erlaubt sind"),
        ("zielgruppen.yaml", 'auspraegung: "55+"', 'auspraegung: "50+"', "altersgruppe_eintritt kennt 50+ nicht"),
        ("zielgruppen.yaml", "gueltig_bis: 2025-12-31", "gueltig_bis: 2026-01-01", "überschneidet sich"),
        ("zielgruppen.yaml", "anteil: 0.50", "anteil: 50", "anteil"),
    ],
)
def test_every_error_names_file_and_line(folder: Path, name: str, old: str, new: str, said: str) -> None:
    line = _edit(folder, name, old, new)
    (problem,) = _problems(folder)
    where, place = problem.split(":")[:2]
    assert (where, said in problem) == (name, True), problem
    # Where two entries contradict each other it is the later one that is named.
    assert int(place) - line in (0, 1, 2), problem
