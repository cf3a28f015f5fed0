"""An erasure killed anywhere: the receipt claims nothing that is not done, and the same command finishes it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.conftest import TestServer
from tests.support.crash import kill_at
from tests.support.rights import ADA, Instance, copy, template
from tests.support.snapshot import snapshot
from typer.testing import CliRunner

from zaehlbar import person_cli
from zaehlbar.load import occasion
from zaehlbar.rights import erase, outbox, receipt

POINTS: dict[str, tuple[Any, str, int]] = {
    "nothing begun": (receipt, "begin", 1),
    "one partner told, the other not": (outbox, "write_note", 2),
    "one raw delivery deleted": (erase, "remove_delivery", 2),
    "one raw delivery noted, not deleted": (erase, "remove_delivery", 1),
    "deleted, not counted": (erase, "_count", 2),
    "all files deleted, no row": (erase, "erase_rows", 1),
    "rows deleted, not committed": (occasion, "note", 1),
    "erased, not counted": (person_cli, "_recount", 1),
    "counted, receipt open": (erase, "_vacuum", 1),
    "done, the person file still there": (person_cli, "_remove", 1),
}
"""What had happened when the process died → the call at which it dies, and which one."""


@pytest.fixture(scope="module")
def made(
    test_server: TestServer, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    with template(test_server, template_database, tmp_path_factory.mktemp("rechte")) as result:
        yield result


@pytest.fixture(scope="module")
def undisturbed(
    test_server: TestServer, made: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], dict[str, int]]:
    """The warehouse after an erasure without any crash, and its receipt's counts."""
    with (
        copy(test_server, made, tmp_path_factory.mktemp("ungestoert")) as instance,
        pytest.MonkeyPatch.context() as env,
    ):
        return _erased(instance, env)


def _erased(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], dict[str, int]]:
    person = instance.folder / "person.yaml"
    if not person.exists():
        instance.person_file(ADA)
    for name, value in instance.environment.items():
        monkeypatch.setenv(name, value)
    for _ in range(100):
        arguments = ["loeschen", "--person-file", str(person), "--bestaetigen", "--json"]
        result = CliRunner().invoke(person_cli.app, arguments)
        if "Ladelauf" not in result.output:  # the lock of the killed process
            break
        time.sleep(0.1)
    assert result.exit_code in (0, 1), result.output
    assert not person.exists()
    with instance.engine.connect() as connection:
        found = {name: rows for name, rows in snapshot(connection).items() if name != "betrieb.quittung"}
    return found, json.loads(result.stdout)["deleted"]


def _erase(person: Path) -> None:
    CliRunner().invoke(person_cli.app, ["loeschen", "--person-file", str(person), "--bestaetigen"])


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_erasure_is_finished_by_the_same_command(
    test_server: TestServer,
    made: tuple[str, Path],
    undisturbed: tuple[dict[str, Any], dict[str, int]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    point: str,
) -> None:
    with copy(test_server, made, tmp_path) as instance:
        instance.engine.dispose()
        for name, value in instance.environment.items():
            monkeypatch.setenv(name, value)
        kill_at(*POINTS[point], _erase, instance.person_file(ADA))
        _assert_nothing_is_claimed(instance)
        found, deleted = _erased(instance, monkeypatch)
        assert found == undisturbed[0]
        lost = {"archiv", "pruefberichte"} if point == "deleted, not counted" else set()
        expected = undisturbed[1]
        assert {name: n for name, n in deleted.items() if name not in lost} == {
            name: n for name, n in expected.items() if name not in lost
        }
        assert all(deleted[name] <= expected[name] for name in lost)


def _assert_nothing_is_claimed(instance: Instance) -> None:
    """What the receipt counts is gone, and it is not done before everything is."""
    with instance.engine.connect() as connection:
        rows = connection.execute(text("select stand, anzahlen from betrieb.quittung")).all()
        identities = connection.execute(text("select count(*) from kern.identitaet")).scalar_one()
    archive = len(list((instance.folder / "home" / "archive").iterdir()))
    for row in rows:
        assert archive <= 3 - row.anzahlen.get("archiv", 0)
        if row.stand != "begonnen":
            assert (archive, identities) == (0, 15)
        else:
            assert "kern.teilnahme" not in row.anzahlen
