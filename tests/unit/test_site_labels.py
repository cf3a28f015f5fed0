"""Labels by date: what a code is called depends on the day, what it means does not."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from zaehlbar.site import Site, SiteError, all_labels, label, load_site

EXAMPLE = Path(__file__).parents[2] / "examples" / "site"


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(EXAMPLE)


def test_the_benefit_changes_its_name_on_its_day(site: Site) -> None:
    def on(day: date) -> str:
        return label(site, "rechtskreis", "SGB2", day)

    assert on(date(2026, 6, 30)) == "Bürgergeld, Jobcenter (SGB II)"
    assert on(date(2026, 7, 1)) == "Grundsicherungsgeld, Jobcenter (SGB II)"
    assert on(date(2022, 12, 31)).startswith("Arbeitslosengeld II")
    assert on(date(2004, 12, 31)) == "Grundsicherung, Jobcenter (SGB II)"


def test_what_has_no_dated_label_is_called_as_usual(site: Site) -> None:
    day = date(2026, 1, 31)
    assert label(site, "aktivitaet_code", "A02", day) == "Erstgespräch, Clearing"
    assert label(site, "kategorie", "K-TEIL", day) == "Soziale Teilhabe"
    assert label(site, "zwischenschritt", "ZERTIFIKAT", day) != "ZERTIFIKAT"
    assert label(site, "vorher", "JCM", day) == "Maßnahme des Jobcenters oder der Agentur"
    assert label(site, "aktivitaet_code", "Z98", day) == "Z98"


def test_every_code_has_exactly_one_label_on_every_day(site: Site) -> None:
    days = [date(1999, 12, 31), date(2004, 12, 31), date(2005, 1, 1), date(2022, 12, 31), date(2023, 1, 1)]
    days += [date(2026, 6, 30), date(2026, 7, 1), date(2050, 1, 1)]
    found = all_labels(site)
    for art, code in {(item.art, item.code) for item in found}:
        own = sorted((item for item in found if (item.art, item.code) == (art, code)), key=lambda x: x.gueltig_ab)
        for earlier, later in pairwise(own):
            assert earlier.gueltig_bis is not None
            assert earlier.gueltig_bis + timedelta(days=1) == later.gueltig_ab
        assert own[-1].gueltig_bis is None
        for day in days:
            held = [x.bezeichnung for x in own if x.gueltig_ab <= day <= (x.gueltig_bis or date.max)]
            assert held == [label(site, art, code, day)]


def test_a_site_without_the_file_calls_everything_as_usual(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "site"))
    (folder / "bezeichnungen.yaml").unlink()
    site = load_site(folder)
    assert site.bezeichnungen is None
    assert label(site, "rechtskreis", "SGB2", date(2026, 6, 30)) == "Grundsicherung, Jobcenter (SGB II)"


@pytest.mark.parametrize(
    "entry,message",
    [
        (
            "{art: rechtskreiß, code: SGB2, bezeichnung: x, gueltig_ab: 2026-01-01}",
            "rechtskreiß gibt es nicht; möglich:",
        ),
        ("{art: rechtskreis, code: SGB4, bezeichnung: x, gueltig_ab: 2026-01-01}", "rechtskreis kennt SGB4 nicht"),
        ('{art: vorher, code: JCM, bezeichnung: "", gueltig_ab: 2026-01-01}', "bezeichnung: ist zu kurz"),
        (
            "{art: vorher, code: JCM, bezeichnung: x, gueltig_ab: 2026-01-01, gueltig_bis: 2025-12-31}",
            "gueltig_bis: liegt vor gueltig_ab 2026-01-01",
        ),
        (
            "{art: rechtskreis, code: SGB2, bezeichnung: x, gueltig_ab: 2027-01-01}",
            "rechtskreis SGB2 heißt ab 2027-01-01 schon „Grundsicherungsgeld, Jobcenter (SGB II)“; beim früheren "
            "Eintrag gueltig_bis auf 2026-12-31 setzen",
        ),
    ],
)
def test_what_no_label_may_say(tmp_path: Path, entry: str, message: str) -> None:
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "site"))
    path = folder / "bezeichnungen.yaml"
    content = path.read_text(encoding="utf-8")
    path.write_text(f"{content}  - {entry}\n", encoding="utf-8")
    with pytest.raises(SiteError) as error:
        load_site(folder)
    assert str(error.value).startswith(f"bezeichnungen.yaml:{content.count(chr(10)) + 1}: ")
    assert message in str(error.value)
