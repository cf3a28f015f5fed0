"""The site names the legal basis of its operating model (domain.md 6.1 with (d) 18 and 23); `site check` insists."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from zaehlbar.site import SiteError, load_site
from zaehlbar.site.cli import app

EXAMPLES = Path(__file__).parents[2] / "examples"
Edit = Callable[[str, str], int]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLES / "site", tmp_path / "site"))


@pytest.fixture
def edit(folder: Path) -> Edit:
    def replace(old: str, new: str) -> int:
        """Replace the first `old` in site.yaml and return the number of its line."""
        path = folder / "site.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    return replace


def problem(folder: Path) -> str:
    with pytest.raises(SiteError) as error:
        load_site(folder)
    (found,) = str(error.value).splitlines()
    return found


@pytest.mark.parametrize("model,level", [("M1", 1), ("M2", 1), ("M3", 2)])
def test_the_example_serves_every_operating_model(folder: Path, edit: Edit, model: str, level: int) -> None:
    edit("betriebsmodell: M1", f"betriebsmodell: {model}")
    head = load_site(folder).head
    assert head.minimum_level == level
    assert "Einwilligung" in head.basis.person_level
    assert (head.basis.ohne_einwilligung is not None) == (model == "M1")
    assert all(item.funktion and item.sieht for item in head.basis.empfaenger)
    assert head.basis.zweck


def test_a_model_without_an_entry_is_refused(folder: Path, edit: Edit) -> None:
    edit("\n  M2:\n", "\n  M3:\n")  # the entry of M3 becomes the second of that name, so it is taken out as well
    path = folder / "site.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.rindex("\n  M3:\n")], encoding="utf-8")
    line = edit("betriebsmodell: M1", "betriebsmodell: M2")
    found = problem(folder)
    assert found.startswith(f"site.yaml:{line}: betriebsmodell: für M2 nennt die Site keine Rechtsgrundlage")
    assert "den Eintrag „M2:“ mit person_level, empfaenger und zweck ergänzen" in found


def test_a_site_without_any_entry_is_refused(folder: Path) -> None:
    (folder / "site.yaml").write_text('site: x\nversion: "1"\nbetriebsmodell: M1\n', encoding="utf-8")
    assert problem(folder).startswith("site.yaml:3: betriebsmodell: für M1 nennt die Site keine Rechtsgrundlage")


@pytest.mark.parametrize("empty", ['""', '"  "', ""])
def test_an_empty_text_is_refused(folder: Path, empty: str) -> None:
    (folder / "site.yaml").write_text(
        'site: x\nversion: "1"\nbetriebsmodell: M1\nrechtsgrundlage:\n  M1:\n    person_level: Text\n'
        f"    zweck: {empty}\n    empfaenger:\n      - {{funktion: a, sieht: b}}\n",
        encoding="utf-8",
    )
    found = problem(folder)
    assert found.startswith("site.yaml:7: rechtsgrundlage.M1.zweck: ist leer; hier gehört ein Satz hin")


@pytest.mark.parametrize("model,level", [("M2", 1), ("M3", 2)])
def test_only_m1_counts_without_consent(folder: Path, edit: Edit, model: str, level: int) -> None:
    line = edit(f"\n  {model}:\n", f"\n  {model}:\n    ohne_einwilligung: Wunsch\n") + 2
    found = problem(folder)
    assert found.startswith(f"site.yaml:{line}: rechtsgrundlage.{model}.ohne_einwilligung: in {model} wird niemand")
    assert f"nötig ist Stufe {level} oder höher" in found


def test_the_flat_form_of_before_is_refused_with_what_to_do(folder: Path) -> None:
    (folder / "site.yaml").write_text(
        'site: x\nversion: "1"\nbetriebsmodell: M1\nrechtsgrundlage:\n  person_level: Text\n', encoding="utf-8"
    )
    found = problem(folder)
    assert found.startswith("site.yaml:4: rechtsgrundlage: steht jetzt je Betriebsmodell: ")
    assert "unter „M1:“, „M2:“ oder „M3:“ einrücken" in found


def test_site_check_ends_with_2_and_says_what_is_counted(folder: Path, edit: Edit) -> None:
    good = CliRunner().invoke(app, ["check", "--site", str(folder)])
    assert "Personenzeilen ab Einwilligungsstufe 1; ohne Einwilligung: als Summe gezählt" in good.output
    edit("\n  M3:\n", "\n  M3:\n    ohne_einwilligung: Wunsch\n")
    bad = CliRunner().invoke(app, ["check", "--site", str(folder)])
    assert bad.exit_code == 2
    assert "die Zeile streichen" in bad.output


def test_stichtage_follow_the_calendar_and_its_fallback() -> None:
    known, fallback = load_site(EXAMPLES / "site").kalender.days([date(2025, 2, 1), date(2030, 2, 1)])
    assert (known, fallback) == (date(2025, 2, 14), date(2030, 2, 15))
    calendar = load_site(EXAMPLES / "site").kalender.model_copy(update={"ersatzregel": "monatsende", "stichtage": ()})
    assert calendar.days([date(2028, 2, 1), date(2026, 12, 1)]) == [date(2028, 2, 29), date(2026, 12, 31)]
