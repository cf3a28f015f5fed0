"""What is remembered about the embedded server: `ZAEHLBAR_HOME/postgres.json` (0600), and its running process."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Self

from zaehlbar.warehouse.account import write_private
from zaehlbar.warehouse.errors import WarehouseConfigError

FILE_NAME = "postgres.json"


@dataclass(frozen=True, slots=True)
class ServerState:
    """The record of one embedded server. `ready` becomes true when the first set-up has been completed.

    `home` is the folder the record was made for: a copy of it must not use the original's server.
    """

    home: str
    area: str
    bin_dir: str
    os_user: str
    major: int
    port: int
    superuser: str
    user: str
    database: str
    superuser_password: str = field(repr=False)
    password: str = field(repr=False)
    ready: bool = False

    @property
    def data_dir(self) -> Path:
        return Path(self.area) / "data"

    @property
    def log_file(self) -> Path:
        return Path(self.area) / "server.log"

    @property
    def url(self) -> str:
        """URL for SQLAlchemy, with the password (which has only URL-safe characters)."""
        return f"postgresql+psycopg://{self.user}:{self.password}@127.0.0.1:{self.port}/{self.database}"

    def save(self) -> None:
        write_private(Path(self.home) / FILE_NAME, json.dumps(asdict(self), indent=2) + "\n")

    @classmethod
    def load(cls, home: Path) -> Self | None:
        """Return the record of `home`, None when there is none; adapts it when the whole folder was moved.

        Raises WarehouseConfigError when the file is unreadable, damaged, or the folder is a copy of another home.
        """
        path = home / FILE_NAME
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            state = cls(**values)
        except FileNotFoundError:
            return None
        except PermissionError:
            raise WarehouseConfigError(
                f"{path} gehört einem anderen Benutzer; zaehlbar als dieser aufrufen "
                "oder ein eigenes ZAEHLBAR_HOME verwenden."
            ) from None
        except (ValueError, TypeError):
            raise WarehouseConfigError(f"{path} ist beschädigt; die Datei aus einer Sicherung zurückholen.") from None
        return state if Path(state.home) == home else state._moved_to(home)

    def _moved_to(self, home: Path) -> Self:
        old = Path(self.home)
        if old.exists() and (old / FILE_NAME).exists() and not old.samefile(home):
            raise WarehouseConfigError(
                f"{home} ist eine Kopie von {old}; zwei Ordner dürfen sich keine Datenbank teilen. Für einen zweiten "
                "Bestand ein leeres ZAEHLBAR_HOME verwenden und die Daten mit 'zaehlbar warehouse dump' und 'restore' "
                f"übertragen; {home / FILE_NAME} und {home / 'postgres'} in der Kopie löschen."
            )
        area = Path(self.area)
        inside = area == old / "postgres"
        return replace(self, home=str(home), area=str(home / "postgres" if inside else area))


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The running server process of a data folder."""

    pid: int
    port: int


def running_postmaster(data_dir: Path) -> Postmaster | None:
    """Return the live server of `data_dir`; None when there is none, or the lock file is stale or another folder's."""
    lines = _lock_file_lines(data_dir)
    if len(lines) < 4 or not lines[0].strip().isdigit() or not lines[3].strip().isdigit():
        return None
    if Path(lines[1]).resolve() != data_dir.resolve():  # data folder was copied or moved together with its lock file
        return None
    pid = int(lines[0])
    return Postmaster(pid, int(lines[3])) if _lives_in(pid, data_dir) else None


def remove_stale_lock(data_dir: Path) -> None:
    """Remove `postmaster.pid` when its process is something else by now and no server process is left in the folder.

    PostgreSQL clears the file itself when the process is gone, but not when its number is another process's by now
    (usual after a restart of a container). Only on Linux, where processes can be looked into.
    """
    lines = _lock_file_lines(data_dir)
    if not sys.platform.startswith("linux") or not lines or running_postmaster(data_dir) is not None:
        return
    if _processes_in(data_dir):
        return  # orphaned backends: they end by themselves, and PostgreSQL waits for them by means of this file
    (data_dir / "postmaster.pid").unlink(missing_ok=True)


def end_orphans(data_dir: Path) -> None:
    """Ask the processes that a killed server left behind to end; a busy one would else work on for as long as it likes.

    Their transactions are lost in any case: without the server's main process nobody answers for them. Linux only.
    """
    if not sys.platform.startswith("linux") or running_postmaster(data_dir) is not None:
        return
    for pid in _processes_in(data_dir):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGTERM)


def _processes_in(data_dir: Path) -> list[int]:
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in pids if _lives_in(pid, data_dir)]


def _is_postgres(pid: int) -> bool:
    """Whether a process is PostgreSQL's and not, say, the shell of somebody who looks around in the folder."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() == "postgres"
    except OSError:
        return False


def _lock_file_lines(data_dir: Path) -> list[str]:
    try:
        return (data_dir / "postmaster.pid").read_text(errors="replace").splitlines()
    except (FileNotFoundError, PermissionError):
        return []


def _lives_in(pid: int, data_dir: Path) -> bool:
    """Whether `pid` is a live process of PostgreSQL with `data_dir` as its working folder, as all of a server have."""
    if sys.platform.startswith("linux"):
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == data_dir.resolve() and _is_postgres(pid)
        except OSError:
            return False
    if sys.platform == "win32":
        return True  # pg_ctl decides
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
