"""`zaehlbar warehouse`: what a person sees, and the exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from zaehlbar.warehouse.cli import app
from zaehlbar.warehouse.embedded import EmbeddedServer


@pytest.fixture(autouse=True)
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("ZAEHLBAR_HOME", str(tmp_path / "home"))
    for name in ("ZAEHLBAR_WAREHOUSE_URL", "ZAEHLBAR_PG_BIN", "ZAEHLBAR_PG_USER"):
        monkeypatch.delenv(name, raising=False)
    yield tmp_path / "home"
    EmbeddedServer(tmp_path / "home").destroy()


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_a_day_with_the_embedded_server(tmp_path: Path) -> None:
    before = json.loads(call("status", "--json").stdout)
    assert (before["server"], before["angelegt"], before["laeuft"]) == ("eingebaut", False, False)
    started = call("start", "--json")
    assert (started.exit_code, json.loads(started.stdout)["laeuft"]) == (0, True)
    first, again = call("migrate", "--json"), call("migrate", "--json")
    assert json.loads(first.stdout)["vorher"] is None
    assert json.loads(again.stdout)["vorher"] == json.loads(again.stdout)["jetzt"] is not None
    status = call("status")
    assert "laeuft" in status.stdout and "schema stand" in status.stdout
    address, open_address = call("url").stdout, call("url", "--mit-kennwort").stdout
    assert "***" in address and "***" not in open_address
    assert call("psql", "-c", "SELECT 1").exit_code == 0
    dumped = call("dump", str(tmp_path / "abzug"))
    assert (dumped.exit_code, (tmp_path / "abzug").exists()) == (0, True)
    refused = call("dump", str(tmp_path / "abzug"))
    assert (refused.exit_code, refused.stderr.count("\n")) == (2, 1)
    restored = call("restore", str(tmp_path / "abzug"))  # migrated, but without rows
    assert restored.exit_code == 0, restored.stderr
    assert call("migrate", "--to", "base").exit_code == 0
    assert call("stop").stdout == "Der Server ist angehalten.\n"
    assert json.loads(call("stop", "--json").stdout) == {"lief": False}
    assert not json.loads(call("status", "--json").stdout)["laeuft"]


def test_a_filled_warehouse_is_not_taken_back(warehouse: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAEHLBAR_WAREHOUSE_URL", warehouse.url)
    assert call("psql", "-c", "CREATE TABLE t AS SELECT 1").exit_code == 0
    refused = call("migrate", "--to", "base")
    assert (refused.exit_code, "nicht leer" in refused.stderr) == (2, True)


@pytest.mark.parametrize(
    "url, command, code",
    [
        ("mysql://a:geheim@b/c", "status", 2),
        ("postgresql://a:ge@heim:x@b:1:2/c", "status", 2),
        ("postgresql://a:geheim@127.0.0.1:1/c", "status", 3),
        ("postgresql://a:geheim@127.0.0.1:1/c", "migrate", 3),
        ("postgresql://a:geheim@127.0.0.1:1/c", "psql", 3),
        ("postgresql://a:geheim@127.0.0.1:1/c", "start", 2),
        ("postgresql://a:geheim@127.0.0.1:1/c", "stop", 2),
    ],
)
def test_errors_are_one_line_without_password(
    url: str, command: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZAEHLBAR_WAREHOUSE_URL", url)
    result = call(command)
    assert result.exit_code == code
    assert result.stderr.startswith("Fehler: ") and result.stderr.count("\n") == 1
    assert "geheim" not in result.output and "heim" not in result.output and "Traceback" not in result.output


def test_wrong_use_is_exit_code_2() -> None:
    assert call("gibt-es-nicht").exit_code == 2
    assert call("dump").exit_code == 2


def test_help_is_german() -> None:
    assert "Den eingebauten PostgreSQL-Server anhalten" in call("stop", "--help").stdout
