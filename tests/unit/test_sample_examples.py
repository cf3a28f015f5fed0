"""The committed examples are what the code makes of them, and what it says about them is true."""

from __future__ import annotations

import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from zaehlbar import resources
from zaehlbar.contract import Verdict
from zaehlbar.ingest import delivery_from_files, discover, ingest
from zaehlbar.sample import broken_files, example_inbox, names
from zaehlbar.sample.example_cases import PEOPLE
from zaehlbar.sample.example_shipments import shipments
from zaehlbar.site import Site, load_site
from zaehlbar.validate import Validated, validate

EXAMPLES = resources.folder("site").parent
INBOX = EXAMPLES / "inbox"


def contents(path: Path) -> object:
    """Return the bytes of a file; of a workbook those of its members, since zlib compresses differently elsewhere."""
    if path.suffix == ".xlsx" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return [(item.filename, item.date_time, archive.read(item)) for item in archive.infolist()]
    return path.read_bytes()


def files(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


def compare(committed: Path, rebuilt: Path) -> None:
    assert files(committed).keys() == files(rebuilt).keys()
    for name, path in files(rebuilt).items():
        if name.endswith(".xlsx") and not zipfile.is_zipfile(path):
            continue  # half a workbook: half of what the compressor made
        assert contents(files(committed)[name]) == contents(path), f"{name}: run the module that makes it"


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(EXAMPLES / "site")


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((EXAMPLES / "erwartet.yaml").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def results(site: Site) -> dict[frozenset[str], Validated]:
    """The judged deliveries of the example inbox by the names of their files."""
    found = discover(INBOX, site)
    assert not found.strangers and not found.unfinished
    return {
        frozenset(Path(file.url).name for file in delivery.files): validate(ingest(delivery, site), site)
        for delivery in found.deliveries
    }


def test_example_inbox_is_up_to_date(tmp_path: Path) -> None:
    example_inbox.build(tmp_path / "inbox", tmp_path / "erwartet.yaml")
    compare(INBOX, tmp_path / "inbox")
    assert contents(EXAMPLES / "erwartet.yaml") == contents(tmp_path / "erwartet.yaml")


def test_broken_files_are_up_to_date(tmp_path: Path) -> None:
    broken_files.build(tmp_path / "kaputt")
    compare(EXAMPLES / "kaputt", tmp_path / "kaputt")


def test_example_inbox_is_small() -> None:
    assert sum(path.stat().st_size for path in files(INBOX).values()) < 1_000_000


def test_verdicts_and_rejected_rows(results: dict[frozenset[str], Validated], answers: dict[str, Any]) -> None:
    seen = set()
    for answer in answers["lieferungen"]:
        key = frozenset(Path(name).name for name in answer["dateien"])
        seen.add(key)
        result = results[key]
        assert result.verdict.value == answer["urteil"], answer["dateien"]
        for table, fates in answer.get("tabellen", {}).items():
            count = result.ingested.counts[table]
            rejected = count.rejected + int(result.rejected[table].sum())
            assert (count.found, rejected) == (fates["gefunden"], fates["zurueckgewiesen"]), (answer["dateien"], table)
    assert seen == results.keys()


def test_every_case_is_there(answers: dict[str, Any], results: dict[frozenset[str], Validated]) -> None:
    sent = answers["lieferungen"]
    verdicts = [answer["urteil"] for answer in sent]
    assert len(sent) == 25
    assert verdicts.count("angehalten") == verdicts.count("abgelehnt") == 1
    assert sum(answer.get("wiederholt", False) for answer in sent) == 1
    assert {answer["version"] for answer in sent} == {1, 2}
    assert {result.ingested.delivery.profile for result in results.values()} >= {
        "kanonisch",
        "werkstatt",
        "xlsx",
        "basis",
    }
    assert any(finding.rule == "ZB-F-010" for result in results.values() for finding in result.findings)
    counts = [count for result in results.values() for count in result.ingested.counts.values()]
    assert sum(count.totals for count in counts) == 12  # two sheets of six workbooks
    assert 120 <= answers["gesamt"]["personen"] <= 200


def test_correction_differs_where_it_says(site: Site) -> None:
    ours = (item for item in shipments(site) if item.provider.partner.tvp_id == "T01")
    first, second = (item for item in ours if item.period.end == date(2025, 12, 31))
    before, after = (
        {
            (row["tn_nr"], row["datum"], row["aktivitaet_code"]): row["dauer_min"]
            for row in item.tables["aktivitaet"].to_pylist()
        }
        for item in (first, second)
    )
    assert (first.version, second.version) == (1, 2)
    assert first.tables["teilnahme"].num_rows - second.tables["teilnahme"].num_rows == 1
    assert len(before.keys() - after.keys()) == 5
    assert sum(before[key] != after[key] for key in after) == 8


def test_planted_people_are_where_they_should_be(site: Site) -> None:
    known = {
        (item.provider.partner.tvp_id, number)
        for item in shipments(site)
        if item.verdict.startswith("angenommen")
        for number in item.tables["teilnahme"]["tn_nr"].to_pylist()
    }
    for person in PEOPLE:
        assert set(person.at.items()) <= known, person.key


def test_everybody_in_the_examples_is_marked_as_fake(site: Site) -> None:
    for item in shipments(site):
        for row in item.tables["teilnahme"].to_pylist():
            assert names.is_marked(row["nachname"]) and names.is_marked(row["vorname"])
            assert row["tn_nr"].startswith("TEST-") and row["plz"].startswith("00")
    for line in broken_files._PEOPLE.splitlines()[1:]:
        _, surname, given, *_ = line.split(";")
        assert names.is_marked(surname) and names.is_marked(given)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.slug) for case in broken_files.CASES])
def test_each_broken_file_is_found(case: broken_files.Case, site: Site) -> None:
    paths = sorted((EXAMPLES / "kaputt" / case.slug).iterdir())
    (delivery,) = delivery_from_files(paths, site)
    result = validate(ingest(delivery, site), site)
    assert case.rule in {finding.rule for finding in result.findings}
    assert result.verdict is not Verdict.ACCEPTED


def test_broken_files_are_intact_but_for_one_thing(tmp_path: Path, site: Site) -> None:
    """What is not meant to be broken must not be: each rule named stands for the case, no other of its kind."""
    for files_ in broken_files._intact(EXAMPLES / "kaputt"):
        for name, content in files_.items():
            (tmp_path / name).write_bytes(content)
        paths = [tmp_path / name for name in files_]
        (delivery,) = delivery_from_files(paths, site)
        assert validate(ingest(delivery, site), site).verdict is Verdict.ACCEPTED


def test_readme_lists_every_case() -> None:
    text = (EXAMPLES / "kaputt" / "README.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `([\w-]+)` \|.*\| (ZB-[A-Z]-\d{3}) \|$", text, re.MULTILINE))
    assert listed == {case.slug: case.rule for case in broken_files.CASES}
