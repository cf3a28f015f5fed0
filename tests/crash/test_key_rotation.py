"""Killed at any point, a rotation is finished by the next call, with one new key and the same tokens."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.conftest import TestServer
from tests.support.crash import kill_at
from tests.support.loaded import Loaded, copy_of, loaded_once

from zaehlbar import key_rotation
from zaehlbar.load import rotation
from zaehlbar.pseudonymize.keyed import advance_tokens
from zaehlbar.pseudonymize.keys import Purpose, load_key_ring
from zaehlbar.pseudonymize.keysource import FileSource
from zaehlbar.settings import Settings
from zaehlbar.store import Archive
from zaehlbar.store.place import Place
from zaehlbar.warehouse.lock import Busy

POINTS: dict[str, tuple[Any, str, int]] = {
    "nothing done": (FileSource, "extend", 1),
    "the longer ring written beside the old one": (Path, "replace", 1),
    "the ring has a new key, no token has": (rotation, "rewrite", 1),
    "one table rewritten, the next not": (rotation, "_rewrite_table", 2),
    "all tables rewritten, the warehouse names the old key": (rotation, "register", 1),
    "all committed, the archive not touched": (Archive, "reseal", 1),
    "a part of the archive encrypted anew": (Place, "write", 2),
    "archive done, traces not": (rotation, "clear_traces", 1),
}
"""What had happened when the process died → the call at which it dies, and which one."""


@pytest.fixture(scope="module")
def loaded(
    test_server: TestServer, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loaded]:
    with loaded_once(test_server, template_database, tmp_path_factory.mktemp("geladen")) as found:
        yield found


def tokens(engine: Engine) -> dict[int, bytes]:
    with engine.connect() as connection:
        rows = connection.execute(text("select identitaet_id, tn_token from abgleich.identitaet_token"))
        return {row[0]: bytes(row[1]) for row in rows}


@pytest.mark.parametrize("point", POINTS)
def test_a_rotation_that_was_killed_is_finished(loaded: Loaded, tmp_path: Path, point: str) -> None:
    with copy_of(loaded, tmp_path) as (settings, engine):
        before = tokens(engine)
        kill_at(*POINTS[point], key_rotation.rotate, settings)
        with engine.connect() as connection:
            by_key = rotation.rows_by_key(connection)
        assert len({key for found in by_key.values() for key in found}) == 1, "all tokens under one key"
        _rotate_when_free(settings)
        ring = load_key_ring(settings.key_file)
        assert ring.key_ids == ("k1", "k2")
        assert [path.name for path in settings.key_file.parent.iterdir()] == ["schluessel.json"]
        assert tokens(engine) == {
            one: advance_tokens(ring, Purpose.TN_NR, _as_array(token), "k1", "k2").tobytes()
            for one, token in before.items()
        }
        with engine.connect() as connection:
            assert key_rotation.state(connection, settings).problems == ()
        archive = settings.home / "archive"
        assert {path.read_bytes()[6:8] for path in archive.rglob("*") if path.is_file() and path.name[0] != "."} == {
            b"k2"
        }


def _as_array(token: bytes) -> Any:
    import numpy as np

    return np.frombuffer(token, dtype=np.uint8).reshape(1, -1)


def _rotate_when_free(settings: Settings) -> None:
    """Rotate as soon as the server has noticed that the killed process is gone."""
    for _ in range(100):
        try:
            key_rotation.rotate(settings)
        except Busy:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the lock of the killed rotation was never released")
