"""`zaehlbar sample`: deterministic, of the size asked for, unmistakably fake, and acceptable when nothing is broken."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pytest
from typer.testing import CliRunner

from zaehlbar import resources
from zaehlbar.contract import Verdict
from zaehlbar.ingest import discover, ingest
from zaehlbar.pseudonymize.normalize import search_form
from zaehlbar.sample import Rhythm, Sample, SampleError, generate, misspelling, names
from zaehlbar.sample.cli import app
from zaehlbar.sample.dice import Dice
from zaehlbar.site import load_site
from zaehlbar.validate import Validated, validate

SITE = resources.folder("site")


def make(out: Path, *, persons: int = 300, providers: int = 3, errors: float = 0.0, seed: int = 1,
         rhythm: Rhythm = "gesamt", activities: int | None = None) -> Sample:  # fmt: skip
    return generate(persons, 12, providers, errors, seed, out, SITE, rhythm=rhythm, activities=activities)


def hashes(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def rows(inbox: Path, table: str) -> pa.Table:
    files = sorted(inbox.rglob(f"*_{table}_v*.csv"))
    texts = {"plz": pa.string(), "einwilligung_stufe": pa.string(), "jobcenter_nr": pa.string()}
    read = [
        pacsv.read_csv(
            path,
            parse_options=pacsv.ParseOptions(delimiter=";"),
            convert_options=pacsv.ConvertOptions(column_types=texts),
        )
        for path in files
    ]
    return pa.concat_tables(read, promote_options="permissive")


def judged(sample: Sample) -> list[Validated]:
    site = load_site(sample.site)
    found = discover(sample.inbox, site)
    assert not found.strangers and not found.unfinished
    return [validate(ingest(delivery, site), site) for delivery in found.deliveries]


@pytest.mark.parametrize("errors", [0.0, 0.05])
def test_same_arguments_same_bytes(tmp_path: Path, errors: float) -> None:
    first = make(tmp_path / "a", errors=errors, providers=7)
    make(tmp_path / "b", errors=errors, providers=7)
    assert hashes(tmp_path / "a") == hashes(tmp_path / "b")
    other = make(tmp_path / "c", errors=errors, providers=7, seed=2)
    assert set(hashes(first.inbox)) == set(hashes(other.inbox))
    assert hashes(first.inbox) != hashes(other.inbox)


def test_same_bytes_in_another_process(tmp_path: Path) -> None:
    """Nothing hangs on hash randomisation or on what ran before."""
    make(tmp_path / "a", persons=50)
    code = (
        "from pathlib import Path; from zaehlbar import resources; from zaehlbar.sample import generate;"
        f"generate(50, 12, 3, 0.0, 1, Path({str(tmp_path / 'b')!r}), resources.folder('site'))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONHASHSEED": "7"}, timeout=60)
    assert hashes(tmp_path / "a") == hashes(tmp_path / "b")


def test_dice_never_change() -> None:
    """Committed examples rest on these numbers."""
    drawn = Dice(2026).below("test", 1_000_000, 4)
    assert drawn.tolist() == [656174, 199635, 848426, 499241]
    assert np.array_equal(Dice(2026).below("test", 1_000_000, 2), drawn[:2])


@pytest.mark.parametrize(
    "providers,rhythm,deliveries", [(3, "gesamt", 3), (2, "monatlich", 24), (8, "halbjaehrlich", 16)]
)
def test_sizes(tmp_path: Path, providers: int, rhythm: Rhythm, deliveries: int) -> None:
    sample = make(tmp_path, persons=400, providers=providers, rhythm=rhythm, activities=2500)
    assert sample.deliveries == deliveries
    assert sample.rows["aktivitaet"] == rows(sample.inbox, "aktivitaet").num_rows == 2500
    people = rows(sample.inbox, "teilnahme").select(["nachname", "vorname", "geburtsdatum"])
    distinct = people.filter(pc.is_valid(people["geburtsdatum"])).group_by(people.column_names).aggregate([])
    assert 390 <= distinct.num_rows <= 400 + 0.05 * 400  # births nobody gave; persons with two spellings
    assert sample.site == (SITE if providers <= 3 else tmp_path / "site")


def test_shape(tmp_path: Path) -> None:
    """Re-entries, people at two providers, refusals, unusual births: in about the shares promised."""
    sample = make(tmp_path, persons=4000)
    people = rows(sample.inbox, "teilnahme")
    identities = people.group_by(["tvp_id", "tn_nr"]).aggregate([])
    assert 0.07 < people.num_rows / identities.num_rows - 1 < 0.13
    assert 0.06 < identities.num_rows / 4000 - 1 < 0.10
    named = people.group_by(["nachname", "vorname", "geburtsdatum"]).aggregate([("tvp_id", "count_distinct")])
    assert 0.03 < pc.sum(pc.equal(named["tvp_id_count_distinct"], 2)).as_py() / 4000 < 0.07
    assert 0.02 < pc.mean(pc.equal(people["einwilligung_stufe"], "0").cast(pa.float64())).as_py() < 0.06
    births = people["geburtsdatum"]
    assert births.null_count > 0
    assert pc.sum(pc.and_(pc.equal(pc.day(births), 1), pc.equal(pc.month(births), 1))).as_py() > 80


def test_names_differ_in_search_form() -> None:
    for pool in (names.GIVEN, (*names.SURNAMES, *map(names.respelled, names.SURNAMES))):
        forms = [search_form(name) for name in pool]
        assert len(set(forms)) == len(forms)


def test_everybody_is_marked_as_fake(tmp_path: Path) -> None:
    sample = make(tmp_path, persons=3000, providers=5)
    people = rows(sample.inbox, "teilnahme")
    for field in ("nachname", "vorname"):
        assert [name for name in pc.unique(people[field]).to_pylist() if not names.is_marked(name)] == []
    assert pc.all(pc.starts_with(people["tn_nr"], "TEST-")).as_py()
    assert pc.all(pc.starts_with(people["plz"], "00")).as_py()  # no place in Germany: they begin at 01001


@pytest.mark.parametrize("providers,rhythm", [(4, "gesamt"), (1, "vierteljaehrlich")])
def test_unbroken_deliveries_are_accepted(tmp_path: Path, providers: int, rhythm: Rhythm) -> None:
    results = judged(make(tmp_path, persons=600, providers=providers, rhythm=rhythm))
    assert results
    for result in results:
        assert result.verdict is Verdict.ACCEPTED, result.findings


def test_broken_rows_are_found(tmp_path: Path) -> None:
    sample = make(tmp_path, persons=600, providers=2, errors=0.04)
    results = judged(sample)
    rejected = sum(int(mask.sum()) for result in results for mask in result.rejected.values())
    rejected += sum(count.rejected for result in results for count in result.ingested.counts.values())
    total = sum(sample.rows.values())
    assert 0.01 * total < rejected < 0.04 * total  # some mistakes cost only the value
    assert {result.verdict for result in results} == {Verdict.ACCEPTED_WITH_FINDINGS}
    rules = {finding.rule for result in results for finding in result.findings}
    assert len(rules) >= 10


def test_impossible_sizes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="months must be between 1 and 40"):
        generate(10, 41, 1, 0.0, 1, tmp_path, SITE)
    make(tmp_path, persons=10)
    with pytest.raises(FileExistsError):
        make(tmp_path, persons=10)


def test_command(tmp_path: Path) -> None:
    runner = CliRunner()
    result = runner.invoke(app, ["--persons", "20", "--months", "2", "--providers", "5", "--out", str(tmp_path / "x")])
    assert result.exit_code == 0, result.output
    assert f"--site {tmp_path / 'x' / 'site'}" in result.output.replace("\n", "")
    again = runner.invoke(app, ["--persons", "20", "--out", str(tmp_path / "x")])
    assert again.exit_code == 2
    template = runner.invoke(app, ["--template", str(tmp_path / "vorlage.xlsx")])
    assert template.exit_code == 0, template.output
    assert (tmp_path / "vorlage.xlsx").read_bytes().startswith(b"PK")
    assert runner.invoke(app, []).exit_code == 2


def test_command_starts_without_heavy_imports() -> None:
    code = "import sys; import zaehlbar.sample.cli; print({'numpy', 'pyarrow', 'pandas'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert ran.stdout.strip() == "set()"


def test_misspelt_persons_are_at_a_second_provider(tmp_path: Path) -> None:
    sample = generate(400, 12, 3, 0.0, 1, tmp_path, SITE, activities=0, misspelt=0.5)
    plain = generate(400, 12, 3, 0.0, 1, tmp_path / "plain", SITE, activities=0)
    assert sample.rows["teilnahme"] > plain.rows["teilnahme"] * 1.3
    table = rows(sample.inbox, "teilnahme")
    assert all(names.is_marked(name) for column in ("nachname", "vorname") for name in table[column].to_pylist())


@pytest.mark.parametrize("change", [misspelling.transliterated, misspelling.mistyped])
def test_mistakes_in_names_stay_marked(change: Callable[[str], str]) -> None:
    changed = [change(name) for name in names.SURNAMES]
    assert all(map(names.is_marked, changed))
    same = [search_form(one) == search_form(other) for one, other in zip(changed, names.SURNAMES, strict=True)]
    assert all(same) if change is misspelling.transliterated else not any(same)


def test_dates_are_mistaken_as_said() -> None:
    kinds = misspelling.Misspelling
    told = [
        ("1980-02-05", kinds.SWAPPED_DATE, "1980-05-02"),
        ("1980-02-17", kinds.SWAPPED_DATE, "1980-02-16"),  # no 17th month
        ("1980-07-07", kinds.SWAPPED_DATE, "1980-07-06"),  # swapped it is the same
        ("1980-02-01", kinds.DAY, "1980-02-02"),
        ("1980-02-05", kinds.TYPO, "1980-02-05"),
    ]
    birth, kind, expected = zip(*told, strict=True)
    days = np.array(birth, dtype="datetime64[D]").astype(np.int64)
    found = misspelling.births(days, np.array(kind), np.ones(len(days), dtype=bool))
    assert np.datetime_as_string(found.astype("datetime64[D]")).tolist() == list(expected)
    unknown = misspelling.births(days, np.array(kind), np.zeros(len(days), dtype=bool))
    assert (unknown == days).all()
