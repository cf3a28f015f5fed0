"""Where a key ring may lie: file, environment, Airflow's real secrets backends; what it says, and to whom."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from zaehlbar.pseudonymize.keys import KeyRing, KeyRingError, create_key_ring, load_key_ring
from zaehlbar.pseudonymize.keysource import AirflowSource, EnvironmentSource, FileSource, key_source
from zaehlbar.settings import load_settings

RING = KeyRing("k2", {"k1": b"geheim geheim geheim geheim gehe", "k2": b"verborgen verborgen verborgen 12"})
SECRETS = ("Z2VoZWlt", "dmVyYm9yZ2Vu", "geheim", "verborgen")  # base64 and plain


def test_the_setting_names_a_source(tmp_path: Path) -> None:
    default = tmp_path / "schluessel.json"
    assert isinstance(key_source(None, default), FileSource)
    assert key_source(None, default).where == f"Schlüsseldatei {default}"
    assert key_source("file:/etc/zaehlbar/bund.json", default).where == "Schlüsseldatei /etc/zaehlbar/bund.json"
    assert isinstance(key_source("env:ZB_BUND", default), EnvironmentSource)
    assert isinstance(key_source("airflow:zaehlbar_bund", default), AirflowSource)


@pytest.mark.parametrize("wrong", ["vault:x", "env:", "env:a b", "file:relative.json", RING.document().decode()])
def test_an_unknown_source_is_refused_and_never_quoted(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(KeyRingError, match="ZAEHLBAR_KEYS ist nichts von") as raised:
        key_source(wrong, tmp_path)
    assert not any(secret in str(raised.value) for secret in SECRETS)
    settings = load_settings({"ZAEHLBAR_KEYS": wrong}, tmp_path)
    assert wrong not in repr(settings)


def test_the_environment_holds_the_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    source = EnvironmentSource("ZB_BUND")
    assert not source.exists()
    with pytest.raises(KeyRingError, match="Umgebungsvariable ZB_BUND"):
        source.load()
    monkeypatch.setenv("ZB_BUND", RING.document().decode())
    assert source.exists() and source.load().check_value() == RING.check_value()
    monkeypatch.setenv("ZB_BUND", RING.document().decode()[:-9])
    with pytest.raises(KeyRingError, match="Umgebungsvariable ZB_BUND ist beschädigt") as raised:
        source.load()
    assert not any(secret in str(raised.value) for secret in SECRETS)
    for write in (source.create, source.extend):
        with pytest.raises(KeyRingError, match="keys rotate --new-ring FILE"):
            write()


def test_a_file_is_extended_in_one_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "keys" / "schluessel.json"
    first = create_key_ring(path)
    longer = FileSource(path).extend()
    assert longer.key_ids == load_key_ring(path).key_ids == ("k1", "k2")
    assert longer.check_value("k1") == first.check_value()
    assert path.stat().st_mode & 0o777 == 0o600 and [entry.name for entry in path.parent.iterdir()] == [path.name]
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeyRingError, match="lässt sich nicht schreiben: No space left"):
        FileSource(path).extend()
    assert path.read_bytes() == before and [entry.name for entry in path.parent.iterdir()] == [path.name]


CODE = """
from pathlib import Path
from zaehlbar.pseudonymize.keysource import key_source
print("found", key_source("airflow:zb_bund", Path("x")).load().key_ids)
"""


def asked(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Ask Airflow in a process of its own, as `zaehlbar run` would outside of any task."""
    pytest.importorskip("airflow")
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    return subprocess.run(
        [sys.executable, "-c", CODE],
        env=surroundings | {"AIRFLOW_HOME": str(tmp_path / "airflow"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def local_backend(file: Path) -> dict[str, str]:
    return {
        "AIRFLOW__SECRETS__BACKEND": "airflow.secrets.local_filesystem.LocalFilesystemBackend",
        "AIRFLOW__SECRETS__BACKEND_KWARGS": json.dumps({"variables_file_path": str(file)}),
    }


def test_airflow_finds_the_ring_in_its_secrets_backend(tmp_path: Path) -> None:
    """Inside a task, and in AIRFLOW_VAR_…: tests/dags/test_nightly_run.py."""
    file = tmp_path / "variables.json"
    file.write_text(json.dumps({"zb_bund": RING.document().decode()}))
    done = asked(tmp_path, **local_backend(file))
    assert done.stdout == "found ('k1', 'k2')\n", done.stderr
    assert not any(secret in done.stdout + done.stderr for secret in SECRETS)


def test_a_backend_that_fails_or_has_nothing_says_so_without_a_secret(tmp_path: Path) -> None:
    file = tmp_path / "variables.json"
    file.write_text(json.dumps({"zb_bund": RING.document().decode()})[:-9])
    done = asked(tmp_path, **local_backend(file))
    assert "Airflow-Variable zb_bund ist nicht da" in done.stderr and done.returncode != 0
    assert not any(secret in done.stdout + done.stderr for secret in SECRETS)
