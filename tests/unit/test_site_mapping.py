"""Catalogue and mapping: gaps, overlaps, double and ill-fitting codes are refused, with file, line and cure."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from zaehlbar.site import SiteError, load_site
from zaehlbar.site.mapping import unmapped_codes

EXAMPLE = Path(__file__).parents[2] / "examples" / "site"
A02 = "  - {code: A02, kategorie: K-ZUG, gueltig_ab: 2023-01-01}"
CATALOGUE_A02 = '  - code: A02\n    name: "Erstgespräch, Clearing"\n    gueltig_ab: 2023-01-01'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "site"))


def edit(folder: Path, name: str, old: str, new: str) -> int:
    """Replace `old` in a file of the site and return the number of its first line."""
    path = folder / name
    content = path.read_text(encoding="utf-8")
    assert content.count(old) == 1
    path.write_text(content.replace(old, new), encoding="utf-8")
    return content[: content.index(old)].count("\n") + 1


def problems(folder: Path) -> list[str]:
    with pytest.raises(SiteError) as error:
        load_site(folder)
    return str(error.value).splitlines()


def mapped(*spans: tuple[str, str, str | None]) -> str:
    """Return the lines that map A02: category, from, until."""
    return "\n".join(
        f"  - {{code: A02, kategorie: {category}, gueltig_ab: {start}" + (f", gueltig_bis: {end}}}" if end else "}")
        for category, start, end in spans
    )


@pytest.mark.parametrize(
    "spans,line,message",
    [
        (
            [("K-ZUG", "2023-01-01", None), ("K-FEST", "2025-03-01", None)],
            1,
            "zuordnung.2.gueltig_ab: Code A02: ab 2025-03-01 doppelt belegt, auch durch K-ZUG (ab 2023-01-01); "
            "beim früheren Eintrag gueltig_bis auf 2025-02-28 setzen oder diese Zeile streichen",
        ),
        (
            [("K-ZUG", "2023-01-01", "2025-03-01"), ("K-FEST", "2025-03-01", None)],
            1,
            "Code A02: ab 2025-03-01 doppelt belegt, auch durch K-ZUG (2023-01-01 bis 2025-03-01)",
        ),
        (
            [("K-ZUG", "2023-01-01", None), ("K-FEST", "2023-01-01", None)],
            1,
            "doppelt belegt, auch durch K-ZUG (ab 2023-01-01); eine der beiden Zeilen streichen",
        ),
        (
            [("K-ZUG", "2023-01-01", "2024-12-30"), ("K-FEST", "2025-01-01", None)],
            1,
            "Code A02: Lücke zwischen 2024-12-30 und 2025-01-01; gueltig_bis auf 2024-12-31 setzen",
        ),
        (
            [("K-ZUG", "2023-01-02", None)],
            0,
            "gueltig_ab: Code A02 gilt in katalog.yaml ab 2023-01-01, zugeordnet ist er erst ab 2023-01-02: Lücke",
        ),
        ([("K-ZUG", "2022-12-31", None)], 0, "zugeordnet ist er schon ab 2022-12-31; gueltig_ab auf 2023-01-01 setzen"),
        (
            [("K-ZUG", "2023-01-01", "2026-06-30")],
            0,
            "gueltig_bis: Code A02 gilt in katalog.yaml ab 2023-01-01, zugeordnet ist er nur bis 2026-06-30: Lücke; "
            "ab 2026-07-01 eine Kategorie nennen",
        ),
        ([("K-ZUG", "2023-01-01", "2022-06-30")], 0, "gueltig_bis 2022-06-30 liegt vor gueltig_ab 2023-01-01"),
        ([("K-0-NZ", "2023-01-01", None)], 0, "K-0-NZ wird beim Zählen vergeben"),
        ([("K-0-BAGATELLE", "2023-01-01", None)], 0, "K-0-BAGATELLE wird beim Zählen vergeben"),
        ([("K-KOMM", "2023-01-01", None)], 0, "Code A02 ist eine Aktivität von Personen; K-KOMM zählt Ereignisse"),
    ],
)
def test_what_no_mapping_may_say(
    folder: Path, spans: list[tuple[str, str, str | None]], line: int, message: str
) -> None:
    at = edit(folder, "kategorien.yaml", A02, mapped(*spans))
    (found,) = problems(folder)
    assert found.startswith(f"kategorien.yaml:{at + line}: ")
    assert message in found


def test_an_event_is_not_counted_as_persons(folder: Path) -> None:
    line = edit(folder, "kategorien.yaml", "code: A03, kategorie: K-OFFEN", "code: A03, kategorie: K-TEIL")
    (found,) = problems(folder)
    assert found.startswith(f"kategorien.yaml:{line}: ")
    assert "Code A03 ist ein Ereignis ohne Person" in found


def test_a_seamless_change_is_fine_also_in_the_middle_of_a_month(folder: Path) -> None:
    edit(folder, "kategorien.yaml", A02, mapped(("K-ZUG", "2023-01-01", "2025-03-14"), ("K-FEST", "2025-03-15", None)))
    assert len(load_site(folder).kategorien.zuordnung) == 33


def test_a_code_that_ended_ends_in_both_files(folder: Path) -> None:
    ended = f"{CATALOGUE_A02}\n    gueltig_bis: 2025-12-31"
    edit(folder, "katalog.yaml", CATALOGUE_A02, ended)
    (found,) = problems(folder)
    assert "zugeordnet ist er bis auf Weiteres; gueltig_bis auf 2025-12-31 setzen" in found
    edit(folder, "kategorien.yaml", A02, mapped(("K-ZUG", "2023-01-01", "2025-12-31")))
    assert load_site(folder)


def test_a_code_renamed_in_the_catalogue_keeps_its_one_mapping(folder: Path) -> None:
    spans = f'{CATALOGUE_A02}\n    gueltig_bis: 2025-12-31\n  - code: A02\n    name: "Clearing"\n    gueltig_ab: {{}}'
    edit(folder, "katalog.yaml", CATALOGUE_A02, spans.format("2026-01-02"))
    assert any("Code A02: Lücke zwischen 2025-12-31 und 2026-01-02" in item for item in problems(folder))
    edit(folder, "katalog.yaml", "gueltig_ab: 2026-01-02", "gueltig_ab: 2026-01-01")
    assert load_site(folder)


def test_a_code_without_any_line_is_no_problem_but_known(folder: Path) -> None:
    edit(folder, "kategorien.yaml", f"{A02}\n", "")
    assert unmapped_codes(load_site(folder)) == ["A02"]
