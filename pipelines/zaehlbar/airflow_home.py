"""An Airflow of our own under `ZAEHLBAR_HOME/airflow`: for the demo, for tests, for a machine without another Airflow.

Belongs here: the environment of such an Airflow, its secrets, its metadata database, starting one of its commands.
Does not belong here: the DAGs (dags/), services of a deployment (docker-compose.yml).

    python -m zaehlbar.airflow_home standalone        # interface on http://127.0.0.1:8080
    python -m zaehlbar.airflow_home dags list
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from zaehlbar import resources
from zaehlbar.settings import Settings, load_settings

_TASK = re.compile(r"\[DAG TEST\] (starting|end task) .*?task_id=(\S+) map_index=(-?\d+)")
_FAILED = re.compile(r"\[error\s*\] Task failed with exception")


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """A task of a running DAG began or ended. `batch` is None outside the mapped group; `failed` is told at its end."""

    task: str
    batch: int | None
    ended: bool
    failed: bool = False


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment in which Airflow's commands find this instance; creates its folder and secrets (0600)."""
    home = _private(settings.home, settings.airflow_home)
    keys = _secrets(home / "secrets.json")
    return {
        # DEV makes Airflow print the locals of every frame of a traceback: rows of deliveries.
        **{name: value for name, value in os.environ.items() if name != "DEV"},
        "ZAEHLBAR_HOME": str(settings.home),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__CORE__DAGS_FOLDER": str(resources.folder("dags")),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Europe/Berlin",
        "AIRFLOW__CORE__FERNET_KEY": keys["fernet_key"],
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": "http://127.0.0.1:8080/execution/",
        "AIRFLOW__API__SECRET_KEY": keys["secret_key"],
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": "8080",
        "AIRFLOW__API__BASE_URL": "http://127.0.0.1:8080",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__EXPOSE_CONFIG": "False",
        "AIRFLOW__API_AUTH__JWT_SECRET": keys["jwt_secret"],
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
        # Its own address must not be looked for through a proxy of the municipality.
        "NO_PROXY": _with_localhost(os.environ.get("NO_PROXY", "")),
        "no_proxy": _with_localhost(os.environ.get("no_proxy", "")),
    }


def migrate(settings: Settings) -> bool:
    """Bring the metadata database to this Airflow's version if it is not. Return whether there was need."""
    marker, wanted = settings.airflow_home / "migrated", version("apache-airflow")
    if marker.is_file() and marker.read_text(encoding="utf-8") == wanted:
        return False
    log = _log_file(settings, "db-migrate")
    with log.open("w", encoding="utf-8") as sink:
        result = subprocess.run(
            _airflow("db", "migrate"), env=environment(settings), stdout=sink, stderr=sink, check=False
        )
    if result.returncode:
        raise RuntimeError(f"Airflow could not set up its database; its log: {log}")
    marker.write_text(wanted, encoding="utf-8")
    return True


def run_dag(
    settings: Settings,
    dag_id: str,
    conf: Mapping[str, str],
    on_event: Callable[[TaskEvent], None] = lambda _: None,
) -> tuple[bool, Path]:
    """Run one DAG through Airflow (`airflow dags test`) to its end; call `on_event` for every task that begins or ends.

    Returns whether the run succeeded, and the file with its whole log. Raises RuntimeError when Airflow's database
    cannot be set up.
    """
    migrate(settings)
    log = _log_file(settings, dag_id)
    command = _airflow("dags", "test", dag_id, "--conf", json.dumps(dict(conf)))
    with (
        log.open("w", encoding="utf-8") as sink,
        subprocess.Popen(
            command,
            env=environment(settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        assert process.stdout is not None
        for event in _events(_tee(process.stdout, sink.write)):
            on_event(event)
    return process.returncode == 0, log


def _events(lines: Iterator[str]) -> Iterator[TaskEvent]:
    failed = False
    for line in lines:
        if _FAILED.search(line):
            failed = True
        elif match := _TASK.search(line):
            step, task, index = match.groups()
            batch = None if index == "-1" else int(index)
            ended = step != "starting"
            yield TaskEvent(task, batch, ended, failed and ended)
            failed = False


def _tee(lines: Iterator[str], write: Callable[[str], object]) -> Iterator[str]:
    for line in lines:
        write(line)
        yield line


def _airflow(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "airflow", *arguments]


def _log_file(settings: Settings, name: str) -> Path:
    folder = _private(settings.home, settings.airflow_home, settings.airflow_home / "logs")
    return folder / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}.log"


def _private(*folders: Path) -> Path:
    """Create the folders that are missing, one below the other, for their owner only; return the last."""
    for folder in folders:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folders[-1]


def _secrets(path: Path) -> dict[str, str]:
    """Return Airflow's own keys; drawn once per instance, readable by its owner only."""
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        values: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return values
    values = {
        "fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "secret_key": secrets.token_urlsafe(48),
        "jwt_secret": secrets.token_urlsafe(64),
    }
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(values, file)
    return values


def _with_localhost(hosts: str) -> str:
    return ",".join(dict.fromkeys([*filter(None, hosts.split(",")), "127.0.0.1", "localhost"]))


def main() -> int:
    """Run an Airflow command in this instance's environment."""
    settings = load_settings()
    migrate(settings)
    return subprocess.run(_airflow(*sys.argv[1:]), env=environment(settings), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
