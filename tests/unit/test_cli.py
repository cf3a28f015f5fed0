"""The command line as a whole: every documented command is there, explains itself, and starts fast."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = (
    ("run",),
    ("figures",),
    ("check",),
    ("review", "list"),
    ("review", "approve"),
    ("review", "reject"),
    ("status",),
    ("report",),
    ("sample",),
    *(("warehouse", name) for name in ("start", "stop", "migrate", "url", "psql", "dump", "restore")),
    ("site", "check"),
    ("bescheinigung",),
    *(("uebermittlung", name) for name in ("erstellen", "widerrufe", "log")),
)


def _zaehlbar(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    code = "from zaehlbar.cli import main; main()"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=60, cwd=cwd)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command: tuple[str, ...]) -> None:
    done = _zaehlbar(*command, "--help")
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


def test_nothing_heavy_is_imported_before_a_command_runs() -> None:
    heavy = "{'great_expectations', 'pandas', 'sqlalchemy', 'airflow', 'duckdb', 'pyarrow'}"
    code = f"import sys; from zaehlbar import cli; cli._assemble(); print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "arguments,said",
    [
        (("run", "--inbox", "gibt-es-nicht"), "gibt es nicht"),
        (("figures",), "--month"),
        (("figures", "--month", "2026-13"), "JJJJ-MM"),
        (("figures", "--month", "2026-05", "--by", "name"), "--by kennt"),
        (("figures", "--from", "2026-05", "--to", "2026-01"), "liegt vor"),
        (("site", "check", "--site", "gibt-es-nicht"), "gibt-es-nicht"),
    ],
)
def test_wrong_use_is_explained_with_exit_code_2(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = _zaehlbar(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
