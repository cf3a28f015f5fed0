"""The wheel's base alone, in an empty environment, checks files: no Airflow, no PostgreSQL, no checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, check=False, timeout=280)


@pytest.mark.slow
def test_the_base_wheel_checks_a_file(tmp_path: Path) -> None:
    uv = shutil.which("uv") or str(ROOT / ".uv" / "bin" / "uv")
    if not Path(uv).exists():
        pytest.skip("uv is not here; `make test` brings it")
    built = _run(
        uv, "build", "--wheel", "--no-build-isolation", "--python", sys.executable, "-o", tmp_path, ROOT, cwd=ROOT
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    assert _run(uv, "venv", "--python", sys.executable, tmp_path / "venv", cwd=tmp_path).returncode == 0
    python = tmp_path / "venv" / "bin" / "python"
    lock = ROOT / "requirements-base.lock"
    installed = _run(uv, "pip", "install", "--python", python, "--require-hashes", "-r", lock, cwd=tmp_path)
    assert installed.returncode == 0, installed.stderr
    assert _run(uv, "pip", "install", "--python", python, "--no-deps", wheel, cwd=tmp_path).returncode == 0
    names = "('airflow', 'sqlalchemy', 'psycopg', 'duckdb')"
    absent = f"import importlib.util as u; print([m for m in {names} if u.find_spec(m)])"
    assert _run(python, "-c", absent, cwd=tmp_path).stdout.strip() == "[]"

    zaehlbar = tmp_path / "venv" / "bin" / "zaehlbar"
    good = sorted((ROOT / "examples" / "inbox" / "T01").glob("*2025-12*_v01.csv"))
    fine = _run(zaehlbar, "check", *good, cwd=tmp_path)
    assert fine.returncode == 0, fine.stdout + fine.stderr
    certified = _run(zaehlbar, "check", *good, "--bescheinigung", tmp_path / "aus", cwd=tmp_path)
    assert certified.returncode == 0, certified.stdout + certified.stderr
    made = list((tmp_path / "aus").glob("Teilnahmebescheinigung_*.pdf"))
    assert made
    assert all(b"ZaehlbarSans" in path.read_bytes() for path in made), "set in the wheel's own font"
    broken = sorted((ROOT / "examples" / "kaputt").glob("*austritt*/*"))
    assert broken
    for language, word in (("de", "Zeile"), ("en", "row")):
        wrong = _run(zaehlbar, "check", "--lang", language, *broken, cwd=tmp_path)
        assert wrong.returncode == 1, wrong.stdout + wrong.stderr
        assert "ZB-Z-001" in wrong.stdout
        assert word.lower() in wrong.stdout.lower()
