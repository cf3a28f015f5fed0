"""The site's merge rules: both examples load, and what may not stand there is refused with file and line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from zaehlbar.contract import MATCH_KINDS
from zaehlbar.pseudonymize import KINDS
from zaehlbar.site import SiteError, load_site

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_a_site_may_speak_of_every_kind_there_is_and_of_no_other() -> None:
    assert tuple(KINDS) == MATCH_KINDS


def test_every_kind_is_explained_and_used_in_the_example() -> None:
    text = (EXAMPLES / "site" / "abgleich.yaml").read_text(encoding="utf-8")
    head = text[: text.index("version:")]
    rules = load_site(EXAMPLES / "site").abgleich
    used = {kind for rule in rules.regeln for kinds in rule.gleich for kind in kinds}
    assert [kind for kind in MATCH_KINDS if kind not in head] == []
    assert set(MATCH_KINDS) == used


@pytest.mark.parametrize(
    "old,new,message",
    [
        ("[[exakt]]", "[[exact]]", "die Merkmalsart exact gibt es nicht; möglich: exakt, "),
        ("[[exakt]]", "[]", "regeln.0.gleich: braucht mindestens 1 Einträge"),
        ("[[exakt]]", "[[]]", "braucht mindestens 1 Einträge"),
        ("wirkung: zusammen", "wirkung: vielleicht", "erlaubt sind: "),
        ("- name: exakt", "- name: Exakt!", "passt nicht zum Muster"),
        ("- name: namen-vertauscht", "- name: exakt", "exakt ist zweimal eingetragen"),
        ("wirkung: zusammen", "wirkung: zusammen\n    nicht_gleich: [alter]", "die Merkmalsart alter gibt es nicht"),
        ("wirkung: zusammen", "wirkung: zusammen\n    verschieden: [alter]", "die Merkmalsart alter gibt es nicht"),
        ("hoechstens_je_merkmal: 50", "hoechstens_je_merkmal: 1", "muss mindestens 2 sein"),
        ("geburtsdatum: beide_voll", "geburtsdatum: egal", "erlaubt sind: "),
        ("geburtsdatum: beide_voll", "geburtstag: ja", "diesen Schlüssel gibt es hier nicht"),
    ],
)
def test_a_broken_rule_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    folder = Path(shutil.copytree(EXAMPLES / "site", tmp_path / "site"))
    path = folder / "abgleich.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SiteError) as error:
        load_site(folder)
    found = str(error.value).splitlines()
    assert all(line.startswith("abgleich.yaml:") for line in found)
    assert message in found[0]


@pytest.mark.parametrize("condition", ["", "    bedingungen: {geburtsdatum: eines_fehlt}\n"])
def test_statement_07_no_rule_merges_by_itself_without_full_birth_dates(tmp_path: Path, condition: str) -> None:
    folder = Path(shutil.copytree(EXAMPLES / "site", tmp_path / "site"))
    path = folder / "abgleich.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text + f"  - name: zu-kuehn\n    beschreibung: x\n    gleich: [[name_plz]]\n{condition}    wirkung: zusammen\n",
        encoding="utf-8",
    )
    with pytest.raises(SiteError) as error:
        load_site(folder)
    (found,) = str(error.value).splitlines()
    line = text.count("\n") + (4 if not condition else 5)
    assert found.startswith(f"abgleich.yaml:{line}: ")
    assert "die Regel zu-kuehn führt ohne Prüfung zusammen" in found


def test_a_site_without_rules_is_refused(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(EXAMPLES / "site", tmp_path / "site"))
    (folder / "abgleich.yaml").unlink()
    with pytest.raises(SiteError, match=r"abgleich\.yaml:1: die Datei fehlt"):
        load_site(folder)
