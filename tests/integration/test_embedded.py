"""The embedded server: first start, restart, kill -9, passwords, ports, two starters, moved and copied homes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from zaehlbar.warehouse import account, serverstate
from zaehlbar.warehouse.embedded import EmbeddedServer
from zaehlbar.warehouse.errors import WarehouseConfigError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the server is for Linux and macOS")

Start = Callable[..., EmbeddedServer]
_STARTER = "import sys, pathlib; from zaehlbar.warehouse.embedded import EmbeddedServer as E; "


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[Start]:
    """Return a function that makes a server (not started); all of them are destroyed afterwards."""
    made: list[EmbeddedServer] = []

    def make(home: Path = tmp_path / "home", **options: Any) -> EmbeddedServer:
        made.append(EmbeddedServer(home, **options))
        return made[-1]

    yield make
    for server in made:
        server.destroy()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Home of a running server, for tests that only look."""
    home = tmp_path_factory.mktemp("nur-ansehen") / "home"
    EmbeddedServer(home).ensure_started()
    yield home
    EmbeddedServer(home).destroy()


def connect(url: str, **changes: Any) -> psycopg.Connection[Any]:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True, **changes)


def table_with_rows(url: str) -> None:
    with connect(url) as connection:
        connection.execute("CREATE TABLE t (i int)")
        connection.execute("INSERT INTO t SELECT generate_series(1, 300)")


def count_rows(url: str) -> int:
    with connect(url) as connection:
        return int(connection.execute("SELECT count(*) FROM t").fetchone()[0])


def record(home: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((home / "postgres.json").read_text())
    return values


def test_restart_keeps_rows_and_address(make_server: Start) -> None:
    server = make_server()
    url = server.ensure_started()
    table_with_rows(url)
    assert server.stop()
    assert not server.status().running
    assert not server.stop()
    assert server.ensure_started() == url
    assert count_rows(url) == 300


def test_kill_9_keeps_committed_rows_even_while_backends_live(make_server: Start) -> None:
    server = make_server()
    url = server.ensure_started()
    table_with_rows(url)
    with closing(connect(url)) as working:
        working.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 300000000)")
        pid = server.status().pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        again = server.ensure_started()
        assert count_rows(again) == 300
        assert server.status().pid != pid


def test_passwords_are_asked_for_everywhere(running: Path) -> None:
    url = EmbeddedServer(running).url
    values = record(running)
    hosts = ["127.0.0.1"]
    sockets = Path(values["area"]) / "socket"
    if sockets.exists():
        hosts.append(str(sockets))
    for host in hosts:
        for user in ("zaehlbar", "postgres"):
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                connect(url, host=host, user=user, password="falsch")
            with pytest.raises(psycopg.OperationalError, match=r"no password supplied|fe_sendauth"):
                connect(f"host={host} port={values['port']} user={user} dbname=zaehlbar passfile=/nonexistent")
        connect(url, host=host).close()


def test_the_socket_is_used_where_its_path_is_short_enough(make_server: Start, tmp_path: Path) -> None:
    server = make_server(tmp_path / ("lang" * 20))
    server.ensure_started()
    sockets = Path(record(tmp_path / ("lang" * 20))["area"]) / "socket"
    assert sockets.exists() == (len(os.fsencode(sockets)) < 90)


def test_role_is_no_superuser_but_owns_its_database(running: Path) -> None:
    with connect(EmbeddedServer(running).url) as connection:
        assert connection.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone() == (False, True, False)
        connection.execute("CREATE SCHEMA eigen")
        settings = dict(
            connection.execute(
                "SELECT name, setting FROM pg_settings WHERE name IN "
                "('fsync', 'data_checksums', 'server_encoding', 'TimeZone', 'listen_addresses', 'jit', "
                "'synchronous_commit')"
            ).fetchall()
        )
    assert settings == {
        "fsync": "on",
        "data_checksums": "on",
        "server_encoding": "UTF8",
        "TimeZone": "Europe/Berlin",
        "listen_addresses": "127.0.0.1",
        "jit": "off",
        "synchronous_commit": "on",
    }


def test_never_root_and_no_core_dumps(running: Path) -> None:
    server = EmbeddedServer(running)
    process = Path(f"/proc/{server.status().pid}")
    data_dir = server.status().data_dir
    assert data_dir is not None
    assert process.stat().st_uid == data_dir.stat().st_uid != 0
    assert any(
        line.split()[4] == "0" for line in (process / "limits").read_text().splitlines() if line.startswith("Max core")
    )
    groups = next(line for line in (process / "status").read_text().splitlines() if line.startswith("Groups:"))
    if os.geteuid() == 0:
        assert groups.split()[1:] == []


def test_secrets_lie_in_a_private_file_only(running: Path) -> None:
    server = EmbeddedServer(running)
    url = server.ensure_started()
    file = running / "postgres.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    values = record(running)
    passwords = (values["password"], values["superuser_password"])
    assert len(set(passwords)) == 2 and all(len(password) > 30 for password in passwords)
    shown = repr(server) + repr(server.status()) + repr(serverstate.ServerState.load(running))
    shown += Path(values["area"], "server.log").read_text()
    assert url not in shown
    assert not any(password in shown for password in passwords)
    assert not (Path(values["area"]) / "kennwort").exists()


def test_the_log_quotes_no_values(running: Path) -> None:
    with connect(EmbeddedServer(running).url) as connection:
        connection.execute("CREATE TABLE t (name text PRIMARY KEY, geboren date)")
        connection.execute("INSERT INTO t VALUES ('Schröterine')")
        for statement in (
            "INSERT INTO t VALUES ('Schröterine')",
            "INSERT INTO t VALUES ('x', 'Schröterine')",
            "SELECT 'Schröterine'::int",
            "DO $$ BEGIN RAISE WARNING 'Schröterine'; RAISE EXCEPTION 'Schröterine'; END $$",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(statement.encode())
        with pytest.raises(psycopg.Error), connection.cursor().copy("COPY t FROM STDIN") as copy:
            copy.write("y\tSchröterine\n")
    log = Path(record(running)["area"], "server.log").read_text()
    assert "ready to accept connections" in log
    assert "Schröterine" not in log and "ERROR" not in log


def test_permissions_of_folders_that_exist_stay(make_server: Start, tmp_path: Path) -> None:
    home = tmp_path / "eng" / "home"
    home.mkdir(parents=True)
    for folder in (home, home.parent):
        folder.chmod(0o700)
    folders = (tmp_path, home.parent, home, Path(sys.prefix), Path("/var/lib"), Path("/var/tmp"))
    before = [(folder.stat().st_mode, folder.stat().st_uid, folder.stat().st_gid) for folder in folders]
    server = make_server(home)
    table_with_rows(server.ensure_started())
    server.stop()
    server.ensure_started()
    assert [(folder.stat().st_mode, folder.stat().st_uid, folder.stat().st_gid) for folder in folders] == before


def test_port_taken_by_another_program(make_server: Start, tmp_path: Path) -> None:
    server = make_server()
    url = server.ensure_started()
    table_with_rows(url)
    server.stop()
    port = record(tmp_path / "home")["port"]
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        again = server.ensure_started()
        assert again != url
        assert count_rows(again) == 300
        assert record(tmp_path / "home")["port"] != port
        assert server.url == again


def test_lock_file_with_the_number_of_another_process(make_server: Start, tmp_path: Path) -> None:
    server = make_server()
    url = server.ensure_started()
    table_with_rows(url)
    server.stop()
    data_dir = server.status().data_dir
    assert data_dir is not None
    owner = data_dir.stat()
    options: dict[str, Any] = (
        {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    )
    stranger = subprocess.Popen(["sleep", "60"], cwd="/", **options)
    try:
        lock = data_dir / "postmaster.pid"
        lock.write_text(f"{stranger.pid}\n{data_dir}\n1\n{record(tmp_path / 'home')['port']}\n\n127.0.0.1\n")
        os.chown(lock, owner.st_uid, owner.st_gid)
        assert not server.status().running
        assert count_rows(server.ensure_started()) == 300
    finally:
        stranger.kill()
        stranger.wait()


def test_two_starters_at_once_share_one_server(make_server: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    make_server(home)
    code = _STARTER + "print(E(pathlib.Path(sys.argv[1])).ensure_started())"
    starters = [
        subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    # communicate() ends only when nobody holds the pipe: the server must not
    addresses = {starter.communicate(timeout=60)[0].strip() for starter in starters}
    assert [starter.returncode for starter in starters] == [0, 0, 0]
    assert len(addresses) == 1
    table_with_rows(addresses.pop())


def test_server_outlives_its_starter_and_its_process_group(make_server: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    server = make_server(home)
    code = _STARTER + "E(pathlib.Path(sys.argv[1])).ensure_started(); import time; time.sleep(60)"
    starter = subprocess.Popen([sys.executable, "-c", code, str(home)], start_new_session=True)
    deadline = time.monotonic() + 60
    while not server.status().running or not server.status().initialised:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    pid = server.status().pid
    os.killpg(starter.pid, signal.SIGKILL)
    starter.wait()
    time.sleep(0.3)
    assert server.status().pid == pid
    connect(server.ensure_started()).close()


def test_first_set_up_that_was_interrupted_begins_anew(make_server: Start, tmp_path: Path) -> None:
    server = make_server()
    server.ensure_started()
    home = tmp_path / "home"
    (home / "postgres.json").write_text(json.dumps(record(home) | {"ready": False}))
    assert not server.status().initialised
    with pytest.raises(WarehouseConfigError, match="warehouse start"):
        server.url  # noqa: B018
    table_with_rows(server.ensure_started())
    assert server.status().initialised


def test_data_of_another_major_version_is_explained(make_server: Start) -> None:
    server = make_server()
    server.ensure_started()
    server.stop()
    data_dir = server.status().data_dir
    assert data_dir is not None
    (data_dir / "PG_VERSION").write_text("17\n")
    with pytest.raises(WarehouseConfigError, match=r"PostgreSQL 17.*ZAEHLBAR_PG_BIN.*dump.*restore"):
        server.ensure_started()
    (data_dir / "PG_VERSION").write_text("18\n")
    server.ensure_started()


def test_old_or_missing_binaries_are_explained(make_server: Start, tmp_path: Path) -> None:
    with pytest.raises(WarehouseConfigError, match="fehlt das Programm postgres"):
        make_server(bin_dir=tmp_path).ensure_started()
    old = tmp_path / "alt"
    old.mkdir()
    for name in ("postgres", "initdb", "pg_ctl"):
        (old / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 15.18'\n")
        (old / name).chmod(0o755)
    with pytest.raises(WarehouseConfigError, match=r"PostgreSQL 15\.18; gebraucht wird mindestens 16"):
        make_server(bin_dir=old).ensure_started()


def test_a_moved_home_goes_on_and_a_copied_one_is_refused(make_server: Start, tmp_path: Path) -> None:
    first, copy, moved = tmp_path / "home", tmp_path / "kopie", tmp_path / "umgezogen"
    url = make_server(first).ensure_started()
    table_with_rows(url)
    copied = make_server(copy)
    shutil.copytree(first, copy, ignore=shutil.ignore_patterns("socket"))
    with pytest.raises(WarehouseConfigError, match="Kopie von"):
        copied.ensure_started()
    shutil.rmtree(copy)
    make_server(first).stop()
    first.rename(moved)
    assert count_rows(make_server(moved).ensure_started()) == 300


def test_a_home_made_anew_at_the_same_path_starts_empty(make_server: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    server = make_server(home)
    table_with_rows(server.ensure_started())
    old = server.status()
    assert old.data_dir is not None
    shutil.rmtree(home)
    again = make_server(home)
    with connect(again.ensure_started()) as connection:
        assert connection.execute("SELECT to_regclass('t')").fetchone() == (None,)
    status = again.status()
    assert status.data_dir != old.data_dir or os.geteuid() != 0
    if old.data_dir.exists() and old.data_dir != status.data_dir:
        assert status.left_behind == (old.data_dir.parent,)
        assert serverstate.running_postmaster(old.data_dir) is None
        shutil.rmtree(old.data_dir.parent)


def test_missing_record_beside_data_is_explained(make_server: Start, tmp_path: Path) -> None:
    (tmp_path / "home" / "postgres" / "data").mkdir(parents=True)
    with pytest.raises(WarehouseConfigError, match=r"postgres\.json fehlt"):
        make_server().ensure_started()


def test_damaged_record_is_explained(make_server: Start, tmp_path: Path) -> None:
    file = tmp_path / "home" / "postgres.json"
    file.parent.mkdir()
    file.write_text("{")
    with pytest.raises(WarehouseConfigError, match="beschädigt"):
        make_server().ensure_started()
    file.unlink()


def test_uid_without_passwd_entry_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 123_456)
    with pytest.raises(WarehouseConfigError, match=r"123456.*/etc/passwd.*ZAEHLBAR_WAREHOUSE_URL"):
        account.server_account(None)
