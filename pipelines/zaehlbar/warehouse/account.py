"""The operating system account that the embedded server runs as, and running things as that account.

PostgreSQL refuses to run as root. Run by root, everything inside the server's data area is done as the server's
account: root never follows a link that this account could have planted there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zaehlbar.warehouse.errors import WarehouseConfigError, WarehouseFault

_WINDOWS_ENVIRONMENT = ("SYSTEMROOT", "SYSTEMDRIVE", "TEMP", "TMP", "PATH", "COMSPEC")


@dataclass(frozen=True, slots=True)
class Result:
    """Exit code and output of a finished process."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server. `uid` and `gid` are None for the account of this process."""

    name: str
    uid: int | None = None
    gid: int | None = None

    def run(
        self, argv: Sequence[str | Path], *, stdin: str = "", timeout: float = 120, env: Mapping[str, str] | None = None
    ) -> Result:
        """Run a program as this account: own session, umask 077, no core dumps, bare environment.

        Output goes through temporary files, not pipes: a server left running would keep a pipe open for ever.
        """
        command = [str(part) for part in argv]
        options: dict[str, Any] = {"cwd": "/" if sys.platform != "win32" else None}
        if sys.platform != "win32":
            command = ["/bin/sh", "-c", 'ulimit -c 0; exec "$@"', "sh", *command]
            options |= {"umask": 0o077, "start_new_session": True}
            if self.uid is not None:
                options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as source:
            source.write(stdin.encode())
            source.seek(0)
            try:
                done = subprocess.run(
                    command,
                    stdin=source,
                    stdout=out,
                    stderr=err,
                    timeout=timeout,
                    env=_environment() | dict(env or {}),
                    check=False,
                    **options,
                )
            except subprocess.TimeoutExpired:
                raise WarehouseFault(f"{Path(argv[0]).name} antwortet seit {timeout:.0f} s nicht") from None
            except OSError as error:
                raise WarehouseFault(
                    f"{Path(argv[0]).name} lässt sich nicht als {self.name!r} starten: {error}"
                ) from None
            out.seek(0)
            err.seek(0)
            return Result(done.returncode, out.read().decode(errors="replace"), err.read().decode(errors="replace"))

    def shell(self, script: str, *args: str | Path, stdin: str = "") -> Result:
        """Run a POSIX shell script with `$1`, `$2`, … as this account."""
        return self.run(["/bin/sh", "-c", script, "sh", *args], stdin=stdin)

    def write(self, path: Path, text: str) -> None:
        """Write a file with mode 0600 as this account, wholly or not at all."""
        if self.uid is None:
            write_private(path, text)
            return
        result = self.shell('cat > "$1.neu" && mv -f "$1.neu" "$1"', path, stdin=text)
        if result.code:
            raise WarehouseFault(f"{path} lässt sich nicht als {self.name!r} schreiben: {result.err.strip()}")

    def tail(self, path: Path, size: int = 20_000) -> str:
        """Return the end of a text file, read as this account; "" when it does not exist."""
        if self.uid is not None:
            return self.shell('tail -c "$2" "$1" 2>/dev/null', path, str(size)).out
        try:
            with path.open("rb") as file:
                file.seek(max(0, path.stat().st_size - size))
                return file.read().decode(errors="replace")
        except FileNotFoundError:
            return ""


def write_private(path: Path, text: str) -> None:
    """Write a file with mode 0600, wholly or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        if (
            sys.platform != "win32" and os.geteuid() == 0 and path.exists()
        ):  # root must not lock out the one whose file it is
            found = path.lstat()
            os.chown(temporary, found.st_uid, found.st_gid, follow_symlinks=False)
    temporary.replace(path)


def server_account(name: str | None) -> Account:
    """Return the account for a new server: this process's own, or for root `name`, else `postgres`, else `nobody`.

    Raises WarehouseConfigError when there is no such account, or when this process's uid has no passwd entry.
    """
    if sys.platform == "win32":
        return Account(os.environ.get("USERNAME", "?"))
    import pwd

    if os.geteuid() != 0:
        try:
            return Account(pwd.getpwuid(os.geteuid()).pw_name)
        except KeyError:
            raise WarehouseConfigError(
                f"Die Benutzernummer {os.geteuid()} hat keinen Eintrag in /etc/passwd; so legt PostgreSQL keine "
                "Datenbank an. Einen Eintrag anlegen (oder nss_wrapper verwenden), oder mit ZAEHLBAR_WAREHOUSE_URL "
                "einen vorhandenen PostgreSQL-Server nennen."
            ) from None
    for candidate in (name,) if name else ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(candidate)
        except KeyError:
            continue
        if entry.pw_uid == 0:
            break
        return Account(candidate, entry.pw_uid, entry.pw_gid)
    raise WarehouseConfigError(
        f"Kein Benutzer für den eingebauten PostgreSQL-Server: {name or 'postgres, nobody'} "
        "gibt es nicht oder ist root. ZAEHLBAR_PG_USER auf einen vorhandenen Benutzer ohne besondere Rechte setzen."
    )


def owner_account(folder: Path) -> Account:
    """Return the account that owns `folder`, to run the server of existing data as; for root only a real change."""
    if sys.platform == "win32":
        return server_account(None)
    owner = folder.lstat()
    if owner.st_uid == os.geteuid():
        if owner.st_uid == 0:
            raise WarehouseConfigError(
                f"{folder} gehört root; PostgreSQL läuft nicht als root. Eigentümer richtigstellen."
            )
        return Account(_account_name(owner.st_uid))
    if os.geteuid() != 0:
        raise WarehouseConfigError(
            f"{folder} gehört einem anderen Benutzer (Nummer {owner.st_uid}); zaehlbar als dieser Benutzer "
            "oder als root aufrufen, oder ein eigenes ZAEHLBAR_HOME verwenden."
        )
    return Account(_account_name(owner.st_uid), owner.st_uid, owner.st_gid)


def _account_name(uid: int) -> str:
    if sys.platform == "win32":
        return str(uid)
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _environment() -> dict[str, str]:
    if sys.platform == "win32":
        return {name: os.environ[name] for name in _WINDOWS_ENVIRONMENT if name in os.environ}
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
