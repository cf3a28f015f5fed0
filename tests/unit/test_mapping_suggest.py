"""Proposals for unmapped codes come from labels that are alike, and are never applied by themselves."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from zaehlbar.categorize import labels_of, snippet, suggest
from zaehlbar.categorize.suggest import likeness
from zaehlbar.site import Site, load_site
from zaehlbar.site.mapping import unmapped_codes

EXAMPLE = Path(__file__).parents[2] / "examples" / "site"
NEW = '  - {{code: C09, name: "{}", tabelle: {}, gueltig_ab: 2024-05-01}}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "site"))


def with_code(folder: Path, name: str, table: str = "aktivitaet") -> Site:
    path = folder / "katalog.yaml"
    path.write_text(path.read_text(encoding="utf-8") + NEW.format(name, table), encoding="utf-8")
    return load_site(folder)


@pytest.mark.parametrize(
    "name,category,like",
    [
        ("Bewerbungscoaching", "K-VERM", "G02"),
        ("Deutschkurs", "K-GRUND", "D01"),
        ("Sozialpädagogische Einzelbegleitung", "K-HEMM", "C04"),
        ("Praktikum", "K-PRAX", "F02"),
        ("GESUNDHEITSFOERDERUNG", "K-GES", "H01"),
        ("Nachbarschaftsprojekte", "K-TEIL", "J01"),
    ],
)
def test_the_likest_label_names_the_category(folder: Path, name: str, category: str, like: str) -> None:
    first = suggest(with_code(folder, name), "C09")[0]
    assert (first.kategorie, first.wie_code, first.bezeichnung) == (category, like, name)


@pytest.mark.parametrize("name", ["Xylophon", "Kfz", "und", "Yoga"])
def test_what_is_like_nothing_gets_no_proposal(folder: Path, name: str) -> None:
    assert suggest(with_code(folder, name), "C09") == []


def test_events_are_only_compared_with_events(folder: Path) -> None:
    found = suggest(with_code(folder, "Bewerbungstraining", "angebot"), "C09")
    assert all(item.kategorie in {"K-OFFEN", "K-KOMM", "K-STRUK"} for item in found)
    assert not found


def test_a_code_without_a_label_gets_no_proposal(folder: Path) -> None:
    assert suggest(load_site(folder), "Z98") == []


def test_the_words_of_a_provider_count_as_labels(folder: Path) -> None:
    path = folder / "profile" / "werkstatt.yaml"
    old = "      format: {einzeln: EINZEL"
    content = path.read_text(encoding="utf-8")
    assert content.count(old) == 1
    path.write_text(content.replace(old, f'      aktivitaet_code: {{"Bewerbungshilfe": Z98}}\n{old}'), encoding="utf-8")
    site = load_site(folder)
    assert labels_of(site, "Z98") == ["Bewerbungshilfe"]
    assert suggest(site, "Z98")[0].kategorie == "K-VERM"


def test_likeness_is_symmetric_and_bounded() -> None:
    labels = ["Deutschkurs", "Deutschförderung (niedrigschwellig)", "Erste Hilfe", "Ehrenamt", ""]
    for one in labels:
        for other in labels:
            assert 0 <= likeness(one, other) == likeness(other, one) <= 1
    assert likeness("Straße", "STRASSE") == 1


def test_the_snippet_is_marked_and_loads_as_it_is_pasted(folder: Path) -> None:
    site = with_code(folder, "Bewerbungscoaching")
    assert unmapped_codes(site) == ["C09"]
    proposed = snippet(site, suggest(site, "C09"), {"C09": date(2026, 3, 5)})
    assert proposed.startswith("# VORSCHLAG, nicht abgestimmt")
    assert "ähnlich G02" in proposed
    path = folder / "kategorien.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}{proposed}\n", encoding="utf-8")
    after = load_site(folder)
    assert unmapped_codes(after) == []
    assert after.kategorien.zuordnung[-1].gueltig_ab == date(2024, 5, 1)
    assert unmapped_codes(site) == ["C09"], "nothing is applied by itself"


def test_the_snippet_brings_a_code_into_the_catalogue_that_is_not_there(folder: Path) -> None:
    site = with_code(folder, "Bewerbungscoaching")
    without = site.model_copy(update={"katalog": site.katalog.model_copy(update={"codes": site.katalog.codes[:-1]})})
    proposed = snippet(without, suggest(site, "C09"), {"C09": date(2026, 3, 5)})
    assert '- {code: C09, name: "Bewerbungscoaching", gueltig_ab: 2026-03-01}' in proposed
    assert "- {code: C09, kategorie: K-VERM, gueltig_ab: 2026-03-01}" in proposed
