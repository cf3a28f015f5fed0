"""Sites: both examples load, and every error names file and line."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from zaehlbar.contract import contract
from zaehlbar.site import Site, SiteError, code_lists, load_site

EXAMPLES = Path(__file__).parents[2] / "examples"
Edit = Callable[[str, str, str], int]


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(EXAMPLES / "site")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLES / "site", tmp_path / "site"))


@pytest.fixture
def edit(folder: Path) -> Edit:
    def replace(name: str, old: str, new: str) -> int:
        """Replace the first `old` in a file of the copied site and return the number of its line."""
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    return replace


def problems(folder: Path) -> list[str]:
    with pytest.raises(SiteError) as error:
        load_site(folder)
    return str(error.value).splitlines()


# ---- the example sites


def test_the_example_is_complete(site: Site) -> None:
    partners = [partner for vorhaben in site.vorhaben for partner in vorhaben.partner]
    assert (len(site.vorhaben), len(partners), len(site.jobcenter)) == (3, 8, 2)
    assert {partner.profil for partner in partners} == {"kanonisch", "werkstatt", "xlsx", "basis"}
    assert {item.foerderrunde: item.mindestalter for item in site.foerderrunden} == {
        "BIWAQ_IV": 27,
        "BIWAQ_V": 18,
        "BIWAQ_VI": 18,
    }
    assert site.head.betriebsmodell == "M1"
    assert (site.zaehlregeln.schwelle_stunden, site.zaehlregeln.aktiv_tage, site.zaehlregeln.vorlaeufig_monate) == (
        8,
        60,
        3,
    )
    assert len(site.kalender.stichtage) == 24
    assert all(item.monat == f"{item.stichtag:%Y-%m}" for item in site.kalender.stichtage)
    assert {"site.yaml", "kategorien.yaml", "profile/kanonisch.yaml"} <= set(site.hashes)


def test_catalogue_and_mapping_agree(site: Site) -> None:
    codes = {entry.code: entry for entry in site.katalog.codes}
    assert len(codes) == 32
    assert {entry.code for entry in site.kategorien.zuordnung} == set(codes)
    events = {code for code, entry in codes.items() if entry.tabelle == "angebot"}
    assert events == {"A03", "C06", "C07", "C08", "X01"}
    units = {item.kategorie: item.zaehleinheit for item in site.kategorien.kategorien}
    for entry in site.kategorien.zuordnung:
        # An event without a person can only be counted as event, and nothing else can be.
        assert (units[entry.kategorie] == "EV") == (entry.code in events), entry.code
    assert not site.kategorien.agreed


def test_categories_form_the_six_groups(site: Site) -> None:
    groups: dict[str, set[str]] = {}
    for item in site.kategorien.kategorien:
        groups.setdefault(item.gruppe, set()).add(item.kategorie)
    assert groups == {
        "Zugang und Feststellung": {"K-ZUG", "K-FEST"},
        "Hemmnisse und Gesundheit": {"K-HEMM", "K-GES"},
        "Grundkompetenzen": {"K-GRUND"},
        "Qualifizierung und Praxis": {"K-QUAL", "K-QUAL+", "K-PRAX"},
        "Stellensuche und Stabilisierung": {"K-VERM", "K-STAB"},
        "Teilhabe": {"K-TEIL"},
        "Ereignisse": {"K-OFFEN", "K-KOMM", "K-STRUK"},
        "nicht gezählt": {"K-0-BAGATELLE", "K-0-ORG", "K-0-NZ"},
    }


def test_basis_profile_reads_at_most_15_columns_all_basic(site: Site) -> None:
    for part in site.profile["basis"].dateien:
        assert isinstance(part.spalten, dict)
        assert len(part.spalten) <= 15
        table = contract().table(part.tabelle)
        assert all(table.field(name).zaehlbar.basis for name in (*part.spalten, *part.konstanten))


def test_the_site_for_foreign_exports_switches_off_what_they_do_not_know() -> None:
    site = load_site(EXAMPLES / "site_exports")
    assert [partner.tvp_id for partner in site.vorhaben[0].partner] == ["242", "808", "957"]
    assert site.foerderrunden[0].mindestalter is None
    assert site.zaehlregeln.schwelle_stunden is None
    assert site.zaehlregeln.aktiv_tage is None
    days = {item.stichtag for item in site.kalender.stichtage}
    assert days == {date(2020, 10, 28), date(2021, 1, 27), date(2021, 4, 28), date(2021, 7, 28)}
    part = site.profile["traeger"].dateien[0]
    assert "Personen-Nr" in part.ignorieren
    assert part.konstanten["einwilligung_stufe"] == "1"


def test_partner_and_round_are_found(site: Site) -> None:
    found = site.partner("V9002", "T05")
    assert found is not None
    assert found[1].profil == "basis"
    assert site.partner("V9001", "T05") is None
    round_ = site.foerderrunde_of("V9003")
    assert round_ is not None
    assert round_.foerderrunde == "BIWAQ_V"
    assert site.foerderrunde_of("V0000") is None


def test_code_lists_of_one_vorhaben(site: Site) -> None:
    lists = code_lists(site, "V9002")
    assert set(lists["tvp"]) == {"T04", "T05", "T06"}
    assert set(lists["quartier"]) == {"Q21", "Q22"}
    assert len(code_lists(site)["quartier"]) == 6


# ---- errors name file and line


def test_unknown_key(folder: Path, edit: Edit) -> None:
    line = edit("zaehlregeln.yaml", "aktiv_tage: 60", "aktive_tage: 60")
    found = problems(folder)
    assert f"zaehlregeln.yaml:{line}: aktive_tage: diesen Schlüssel gibt es hier nicht (verschrieben?)" in found
    assert any("aktiv_tage: fehlt" in item for item in found)


def test_unknown_key_deep_in_a_profile(folder: Path, edit: Edit) -> None:
    line = edit("profile/werkstatt.yaml", "dezimaltrenner:", "dezimalzeichen:")
    assert [item for item in problems(folder) if item.startswith(f"profile/werkstatt.yaml:{line}: ")]


def test_wrong_type(folder: Path, edit: Edit) -> None:
    line = edit("foerderrunden.yaml", "mindestalter: 27", "mindestalter: siebenundzwanzig")
    (found,) = problems(folder)
    assert found == f"foerderrunden.yaml:{line}: foerderrunden.0.mindestalter: muss eine ganze Zahl sein"


def test_number_where_text_is_meant(folder: Path, edit: Edit) -> None:
    line = edit("jobcenter.yaml", 'jobcenter_nr: "99901"', "jobcenter_nr: 99901")
    found = problems(folder)
    assert found[0].startswith(f"jobcenter.yaml:{line}: jobcenter.0.jobcenter_nr: muss Text sein")


def test_value_outside_the_list(folder: Path, edit: Edit) -> None:
    line = edit("site.yaml", "betriebsmodell: M1", "betriebsmodell: M4")
    (found,) = problems(folder)
    assert found == f"site.yaml:{line}: betriebsmodell: erlaubt sind: 'M1', 'M2' or 'M3'"


def test_overlapping_mapping(folder: Path, edit: Edit) -> None:
    old = "  - {code: A02, kategorie: K-ZUG, gueltig_ab: 2023-01-01}"
    line = edit("kategorien.yaml", old, f"{old}\n  - {{code: A02, kategorie: K-FEST, gueltig_ab: 2025-01-01}}")
    (found,) = problems(folder)
    assert found.startswith(
        f"kategorien.yaml:{line + 1}: zuordnung.2.gueltig_ab: Code A02: ab 2025-01-01 doppelt belegt"
    )


def test_gap_in_the_mapping(folder: Path, edit: Edit) -> None:
    old = "gueltig_ab: 2023-01-01}\n  - {code: A03"
    later = "{code: A02, kategorie: K-FEST, gueltig_ab: 2025-01-01}"
    new = f"gueltig_ab: 2023-01-01, gueltig_bis: 2024-12-30}}\n  - {later}\n  - {{code: A03"
    line = edit("kategorien.yaml", old, new)
    (found,) = problems(folder)
    assert found.startswith(f"kategorien.yaml:{line + 1}: ")
    assert "Code A02: Lücke zwischen 2024-12-30 und 2025-01-01" in found


def test_a_seamless_change_of_category_is_fine(folder: Path, edit: Edit) -> None:
    old = "gueltig_ab: 2023-01-01}\n  - {code: A03"
    later = "{code: A02, kategorie: K-FEST, gueltig_ab: 2025-01-01}"
    new = f"gueltig_ab: 2023-01-01, gueltig_bis: 2024-12-31}}\n  - {later}\n  - {{code: A03"
    edit("kategorien.yaml", old, new)
    assert len(load_site(folder).kategorien.zuordnung) == 33


@pytest.mark.parametrize(
    "name,old,new,where,message",
    [
        (
            "kategorien.yaml",
            "B01, kategorie: K-FEST",
            "B01, kategorie: K-FES",
            "{name}:{line}",
            "die Kategorie K-FES ist",
        ),
        (
            "kategorien.yaml",
            "code: B01, kat",
            "code: B99, kat",
            "{name}:{line}",
            "der Code B99 steht nicht in katalog.yaml",
        ),
        ("katalog.yaml", "code: A02", "code: A01", "{name}:14", "Code A01: ab 2023-01-01 doppelt belegt"),
        (
            "vorhaben.yaml",
            "runde: BIWAQ_V",
            "runde: BIWAQ_X",
            "{name}:{line}",
            "BIWAQ_X steht nicht in foerderrunden.yaml",
        ),
        ("vorhaben.yaml", "profil: werkstatt", "profil: werkstadt", "{name}:{line}", "es gibt kein Profil werkstadt"),
        ("vorhaben.yaml", "- tvp_id: T02", "- tvp_id: T01", "{name}:{line}", "T01 ist in diesem Vorhaben zweimal"),
        (
            "vorhaben.yaml",
            "- vorhaben_id: V9002",
            "- vorhaben_id: V9001",
            "{name}:{line}",
            "V9001 ist zweimal eingetragen",
        ),
        ("vorhaben.yaml", "bis: 2026-06-30", "bis: 2016-06-30", "{name}:{line}", "vorhaben.0.bis: liegt vor „von“"),
        ("vorhaben.yaml", "quartier_id: Q12", "quartier_id: Q11", "{name}:{line}", "Q11 ist zweimal eingetragen"),
        (
            "jobcenter.yaml",
            '"99901"',
            '"99903"',
            "vorhaben.yaml:14",
            "das Jobcenter 99901 steht nicht in jobcenter.yaml",
        ),
        ("kalender.yaml", '"2025-02"', '"2025-01"', "{name}:{line}", "2025-01 ist zweimal eingetragen"),
        (
            "profile/werkstatt.yaml",
            "tn_nr: TN-",
            "tnnr: TN-",
            "{name}:{line}",
            "die Tabelle teilnahme hat kein Feld tnnr",
        ),
        ("profile/werkstatt.yaml", "{weiblich: w,", "{weiblich: f,", "{name}:{line}", "f ist kein Code von geschlecht"),
        ("profile/basis.yaml", "periode: M", "periode: Q", "{name}:{line}", "Q ist kein Code von periode"),
        ("profile/basis.yaml", "(?P<tvp_id>", "(?P<tvp>", "{name}:{line}", "unbekannte Gruppe tvp"),
        ("profile/basis.yaml", "(?P<tvp_id>", "(?P<tvp_id", "{name}:{line}", "kein gültiger regulärer Ausdruck"),
        (
            "profile/basis.yaml",
            "profil: basis",
            "profil: xlsx",
            "profile/xlsx.yaml:",
            "steht schon in profile/basis.yaml",
        ),
    ],
)
def test_broken_reference(folder: Path, edit: Edit, name: str, old: str, new: str, where: str, message: str) -> None:
    line = edit(name, old, new)
    found = [item for item in problems(folder) if message in item]
    assert found
    assert found[0].startswith(where.format(name=name, line=line))


def test_duplicate_key(folder: Path, edit: Edit) -> None:
    line = edit("zaehlregeln.yaml", "aktiv_tage: 60", "aktiv_tage: 60\naktiv_tage: 90")
    assert problems(folder) == [f"zaehlregeln.yaml:{line + 1}: aktiv_tage: steht hier zweimal"]


def test_all_problems_are_told_at_once(folder: Path, edit: Edit) -> None:
    edit("zaehlregeln.yaml", 'version: "1"', "version: 1")
    edit("kalender.yaml", "ersatzregel: monatsmitte", "ersatzregel: egal")
    (folder / "jobcenter.yaml").unlink()
    assert {item.split(":")[0] for item in problems(folder)} == {"zaehlregeln.yaml", "kalender.yaml", "jobcenter.yaml"}


@pytest.mark.parametrize(
    "content,line,message",
    [
        (b"version: '1'\nschwelle_stunden: [8\n", 3, "nicht als YAML lesbar"),
        (b"version: '1'\n# \xfcber\n", 2, "kein UTF-8"),
        (b"", 1, "die Datei ist leer"),
        (b"- eins\n", 1, "muss eine Zuordnung sein"),
        (b"version: '1'\nschwelle_stunden: 2025-13-45\n", 1, "nicht als YAML lesbar"),
    ],
)
def test_unreadable_file(folder: Path, content: bytes, line: int, message: str) -> None:
    (folder / "zaehlregeln.yaml").write_bytes(content)
    (found,) = problems(folder)
    assert found.startswith(f"zaehlregeln.yaml:{line}: ")
    assert message in found


def test_missing_folder(tmp_path: Path) -> None:
    (found,) = problems(tmp_path / "nirgends")
    assert "diesen Ordner gibt es nicht" in found


# ---- retention


def test_periods_of_retention_are_read_and_must_be_there(site: Site, folder: Path, edit: Edit) -> None:
    rules = site.aufbewahrung
    assert (rules.person_monate, rules.roh_tage, rules.eingang_leeren) == (18, 14, False)
    assert load_site(EXAMPLES / "site_exports").aufbewahrung.person_monate is None
    line = edit("aufbewahrung.yaml", "person_monate: 18", "person_monate: 0")
    assert problems(folder) == [f"aufbewahrung.yaml:{line}: person_monate: muss größer als 0 sein"]
    line = edit("aufbewahrung.yaml", "person_monate: 0", "person_monate: 18.5")
    assert problems(folder)[0].startswith(f"aufbewahrung.yaml:{line}: person_monate: ")
    (folder / "aufbewahrung.yaml").unlink()
    assert problems(folder) == ["aufbewahrung.yaml:1: die Datei fehlt"]
