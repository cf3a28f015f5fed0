"""Catalogue, mapping and counting rules need two consents each; until all are there, everything is a proposal."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from zaehlbar.dates import today
from zaehlbar.site import SiteError, load_site
from zaehlbar.site.agreement import PARTS, state

EXAMPLE = Path(__file__).parents[2] / "examples" / "site"
RELEASED = 'freigegeben: {funktion: Projektleitung BIWAQ, am: 2026-09-01, version: "1"}'
AGREED = 'zugestimmt: {funktion: Geschäftsführung Jobcenter, am: 2026-09-15, version: "1"}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "site"))


def enter(folder: Path, name: str, *consents: str) -> int:
    """Write consents above the version; return the line of the first."""
    path = folder / name
    content = path.read_text(encoding="utf-8")
    at = content.index('\nversion: "1"')
    path.write_text(content[:at] + "\n" + "\n".join(consents) + content[at:], encoding="utf-8")
    return content[:at].count("\n") + 2


def test_it_is_a_proposal_until_all_six_consents_are_there(folder: Path) -> None:
    said = [state(load_site(folder))]
    for name in PARTS:
        enter(folder, name, RELEASED)
        said.append(state(load_site(folder)))
        enter(folder, name, AGREED)
        said.append(state(load_site(folder)))
    assert said == [
        "Vorschlag, nicht abgestimmt (Katalog, Zuordnung, Zählregeln)",
        "Vorschlag, nicht abgestimmt (Katalog, Zuordnung, Zählregeln)",
        "Vorschlag, nicht abgestimmt (Zuordnung, Zählregeln)",
        "Vorschlag, nicht abgestimmt (Zuordnung, Zählregeln)",
        "Vorschlag, nicht abgestimmt (Zählregeln)",
        "Vorschlag, nicht abgestimmt (Zählregeln)",
        "abgestimmt",
    ]


@pytest.mark.parametrize("name", PARTS)
def test_consents_and_comments_are_no_content_all_else_is(folder: Path, name: str) -> None:
    def content() -> str:
        site = load_site(folder)
        return dict(zip(PARTS, (site.katalog, site.kategorien, site.zaehlregeln), strict=True))[name].content()

    before = content()
    enter(folder, name, RELEASED, AGREED, "# ein Kommentar")
    assert content() == before
    path = folder / name
    old, new = {
        "katalog.yaml": ("Erstgespräch, Clearing", "Erstgespräch"),
        "kategorien.yaml": ("B01, kategorie: K-FEST", "B01, kategorie: K-ZUG"),
        "zaehlregeln.yaml": ("aktiv_tage: 60", "aktiv_tage: 61"),
    }[name]
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert content() != before


TOMORROW = today() + timedelta(days=1)


@pytest.mark.parametrize(
    "consents,line,message",
    [
        (
            [RELEASED.replace('"1"', '"0"')],
            0,
            "freigegeben.version: gilt der Version 0, die Datei trägt 1: die Zustimmung zur neuen Version einholen",
        ),
        ([RELEASED.replace("2026-09-01", str(TOMORROW))], 0, f"freigegeben.am: der {TOMORROW} liegt in der Zukunft"),
        ([AGREED], 0, "zugestimmt: der Vorhabenträger gibt zuerst frei"),
        ([RELEASED, AGREED.replace("09-15", "08-31")], 1, "der 2026-08-31 liegt vor der Freigabe am 2026-09-01"),
        (["freigegeben: {funktion: Leitung, am: 2026-09-01}"], 0, "freigegeben.version: fehlt"),
        (['freigegeben: {funktion: "", am: 2026-09-01, version: "1"}'], 0, "freigegeben.funktion: ist zu kurz"),
    ],
)
def test_what_no_consent_may_say(folder: Path, consents: list[str], line: int, message: str) -> None:
    at = enter(folder, "zaehlregeln.yaml", *consents)
    with pytest.raises(SiteError) as error:
        load_site(folder)
    assert f"zaehlregeln.yaml:{at + line}: " in str(error.value)
    assert message in str(error.value)
