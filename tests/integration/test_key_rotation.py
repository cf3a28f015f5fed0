"""Rotation on a real warehouse: every token column, figures and persons as before, nothing left for earlier keys."""

from __future__ import annotations

import base64
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import text
from tests.conftest import TestServer, Warehouse
from tests.support.loaded import FILES, Loaded, copy_of, loaded_once
from tests.support.night import SITE, instance, small_inbox
from tests.support.snapshot import snapshot
from typer.testing import CliRunner

from zaehlbar import key_rotation, keys_cli
from zaehlbar.load import rotation
from zaehlbar.load.keyring import register
from zaehlbar.nightly import run_night
from zaehlbar.pseudonymize.keyed import keyed_tokens
from zaehlbar.pseudonymize.keys import KeyRing, KeyRingError, Purpose, load_key_ring
from zaehlbar.pseudonymize.keysource import FileSource
from zaehlbar.settings import Settings, load_settings
from zaehlbar.store import Archive
from zaehlbar.warehouse.connect import embedded_server, engine_for
from zaehlbar.warehouse.lock import Busy, LoadLock

RING = KeyRing("k1", {f"k{number}": bytes([number]) * 32 for number in (1, 2, 3)})


# All token columns, with rows made by hand.


def token_of(key_id: str, column: rotation.TokenColumn, message: str) -> bytes:
    found = keyed_tokens(RING.at(key_id), column.purpose, [message.encode()], column.size)
    return found.tobytes()


def filled(connection: sa.Connection, key_id: str) -> None:
    """Put rows into every token table whose tokens are those of `table.column/row` under `key_id`."""
    connection.execute(text("insert into abgleich.einschraenkung default values"))
    connection.execute(
        text("insert into betrieb.uebermittlung values (default, 'liste', '12345', now(), 'x', 1, repeat('0', 64))")
    )
    for table in rotation.token_tables():
        for row in range(5):
            values = others(table, row) | {"schluessel_id": key_id}
            for column in rotation.TOKEN_COLUMNS:
                if column.table == table and (column.only is None or values[column.only[0]] == column.only[1]):
                    missing = row == 3 and nullable(connection, column)
                    message = f"{table}.{column.column}/{row}"
                    values[column.column] = None if missing else token_of(key_id, column, message)
            names = ", ".join(values)
            binds = ", ".join(
                f"cast(encode(:{name}, 'hex') as uuid)" if is_uuid(connection, table, name) else f":{name}"
                for name in values
            )
            statement = f"insert into {table} ({names}) overriding system value values ({binds})"
            connection.execute(text(statement), values)


def others(table: str, row: int) -> dict[str, object]:
    """The columns that are no tokens, with texts that a careless copy would lose."""
    art = {"art": "tn" if row % 2 else "exakt", "normalisierer_version": row % 2}
    return {
        "abgleich.identitaet_token": {
            "identitaet_id": row,
            "geburtsdatum_voll": row == 1,
            "zeitraum_bis": "2026-06-30",
            "version": 1,
            "lieferung_nr": row,
            "geaendert_lauf": 7,
        },
        "abgleich.merkmal": {"identitaet_id": row // 2, "normalisierer_version": row % 2, "geaendert_lauf": 7},
        "abgleich.widerruf": art | {"widerruf_am": "2026-01-01"},
        "abgleich.einschraenkung_token": art | {"einschraenkung_nr": 1},
        "abgleich.uebermittlung_zeile": {"uebermittlung_nr": 1, "zeile_nr": row + 1},
        "betrieb.quittung": {
            "quittung_nr": row + 1,
            "art": "loeschung",
            "begonnen_am": "2026-11-22 10:00:00+01",
            "normalisierer_version": 2,
            "lieferungen": ['mit "Anführung", Komma\nund Umbruch', ""],
            "anzahlen": json.dumps({"kern.teilnahme": row}),
        },
    }[table]


def nullable(connection: sa.Connection, column: rotation.TokenColumn) -> bool:
    if column.column == "nummer_token":
        return False  # a receipt has one of both
    query = "select not attnotnull from pg_attribute where attrelid = cast(:t as regclass) and attname = :c"
    return bool(connection.execute(text(query), {"t": column.table, "c": column.column}).scalar_one())


def is_uuid(connection: sa.Connection, table: str, name: str) -> bool:
    query = "select atttypid = 'uuid'::regtype from pg_attribute where attrelid = cast(:t as regclass) and attname = :c"
    return bool(connection.execute(text(query), {"t": table, "c": name}).scalar())


def content(connection: sa.Connection) -> dict[str, list[str]]:
    return {
        table: sorted(connection.execute(text(f"select t::text from {table} as t")).scalars())
        for table in rotation.token_tables()
    }


def rotated(warehouse: Warehouse, to_id: str) -> dict[str, int]:
    with warehouse.engine.connect() as reader, warehouse.engine.begin() as writer:
        return rotation.rewrite(writer, reader, RING, to_id)


@pytest.mark.parametrize("chunk", [1, 1 << 20])
def test_rotating_gives_what_the_longer_ring_computes(
    warehouse: Warehouse, test_server: TestServer, template_database: str, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(rotation, "_CHUNK_BYTES", chunk)
    with warehouse.engine.begin() as connection:
        filled(connection, "k1")
        register(connection, RING, "k1")
    assert rotated(warehouse, "k2") == dict.fromkeys(rotation.token_tables(), 5)
    rotated(warehouse, "k3")
    name = test_server.create("frisch", template_database)
    engine = engine_for(test_server.url(name))
    with engine.begin() as other:
        filled(other, "k3")
        expected = content(other)
    engine.dispose()
    test_server.drop(name)
    with warehouse.engine.connect() as connection:
        assert content(connection) == expected
        assert rotation.rows_by_key(connection) == {table: {"k3": 5} for table in rotation.token_tables()}
        keys = connection.execute(text("select schluessel_id, aktiv, kette_nr from betrieb.schluessel order by 3"))
        assert [tuple(row) for row in keys] == [("k1", False, 1), ("k2", False, 2), ("k3", True, 3)]


def test_every_column_of_tokens_is_in_the_list(warehouse: Warehouse) -> None:
    """Whoever adds a token column adds it to the list: one that is forgotten stays under the old key for ever."""
    with warehouse.engine.connect() as connection:
        found = connection.execute(
            text("""
                select c.table_schema || '.' || c.table_name, c.column_name
                from information_schema.columns as c inner join information_schema.tables as t
                    using (table_schema, table_name)
                where t.table_type = 'BASE TABLE' and c.data_type in ('bytea', 'uuid')
                    and c.table_schema not in ('pg_catalog', 'information_schema')
                    and (c.table_schema, c.table_name) <> ('betrieb', 'schluessel')
                """)
        )
        assert {tuple(row) for row in found} == {(column.table, column.column) for column in rotation.TOKEN_COLUMNS}


# A warehouse that real nights filled.


@pytest.fixture(scope="module")
def once(test_server: TestServer, template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    with loaded_once(test_server, template_database, tmp_path_factory.mktemp("geladen")) as found:
        yield found


@pytest.fixture
def copied(once: Loaded, tmp_path: Path) -> Iterator[tuple[Settings, sa.Engine]]:
    with copy_of(once, tmp_path) as found:
        yield found


@pytest.fixture
def loaded(copied: tuple[Settings, sa.Engine]) -> Settings:
    return copied[0]


@pytest.fixture
def engine(copied: tuple[Settings, sa.Engine]) -> sa.Engine:
    return copied[1]


def without_tokens(engine: sa.Engine) -> dict[str, object]:
    """All that people see and count, and who is one person: every table but those of tokens and keys."""
    with engine.connect() as connection:
        names = connection.execute(
            text("""
                select table_schema || '.' || table_name from information_schema.tables
                where table_type = 'BASE TABLE' and table_schema in ('betrieb', 'abgleich', 'kern', 'katalog', 'zahl')
                """)
        ).scalars()
        left_out = {*rotation.token_tables(), "betrieb.schluessel"}
        return {
            name: connection.execute(text(f"select t::text from {name} as t order by 1")).scalars().all()
            for name in set(names) - left_out
        }


def test_rotating_twice_leaves_every_figure_and_person_as_it_was(
    loaded: Settings, engine: sa.Engine, once: Loaded
) -> None:
    before = without_tokens(engine)
    assert before["zahl.figur"] and before["kern.person_zuordnung"]
    for last in ("k2", "k3"):
        done = key_rotation.rotate(loaded)
        assert (done.to_id, done.rows["abgleich.identitaet_token"] > 0, done.resealed > 0) == (last, True, True)
    assert without_tokens(engine) == before
    with engine.connect() as connection:
        identities = connection.execute(text("select count(*) from kern.identitaet")).scalar_one()
    # Loading again finds the same identities: nothing is new.
    run_night(loaded, once.inbox, SITE, again=True)
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from kern.identitaet")).scalar_one() == identities
        query = "select sum(neu + geaendert + geschlossen) from betrieb.bilanz where lauf_id = 2"
        assert connection.execute(text(query)).scalar_one() == 0
        snapshot(connection)


def test_nothing_of_a_key_is_in_the_warehouse(loaded: Settings, engine: sa.Engine) -> None:
    key_rotation.rotate(loaded)
    entries = json.loads(loaded.key_file.read_text())["schluessel"]
    secrets = [base64.b64decode(entry["geheimnis"]) for entry in entries]
    ring = load_key_ring(loaded.key_file)
    secrets += [ring.derive(purpose, key_id) for purpose in Purpose for key_id in ring.key_ids]
    with engine.connect() as connection:
        names = connection.execute(
            text("""
                select format('%I.%I', table_schema, table_name) from information_schema.tables
                where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
                """)
        ).scalars()
        whole = "\n".join(
            row
            for name in list(names)
            for row in connection.execute(text(f"select t::text from {name} as t")).scalars()
        )
    assert ring.check_value().hex() in whole
    assert not [secret for secret in secrets if secret.hex() in whole or base64.b64encode(secret).decode() in whole]


def test_archived_files_need_no_earlier_key_afterwards(loaded: Settings, tmp_path: Path) -> None:
    key_rotation.rotate(loaded)
    ring = load_key_ring(loaded.key_file)
    folder = loaded.home / "archive"
    assert all(path.read_bytes()[6:8] == b"k2" for path in folder.rglob("*") if path.is_file())
    archive = Archive(loaded.archive_url, ring)
    for delivery_id in archive.delivery_ids():
        with archive.open(delivery_id, tmp_path / "work") as delivery:
            assert delivery.files


def test_no_rotation_while_a_load_is_under_way(loaded: Settings, engine: sa.Engine) -> None:
    before = loaded.key_file.read_bytes()
    with engine.connect() as connection, LoadLock().shared(connection), pytest.raises(Busy):
        key_rotation.rotate(loaded)
    with engine.begin() as connection:
        connection.execute(
            text(
                "update betrieb.lauf set status = 'laeuft', ausloeser = 'airflow', extern_id = 'x',"
                " herzschlag_am = now()"
            )
        )
    with pytest.raises(Busy, match="Lauf 1"):
        key_rotation.rotate(loaded)
    assert loaded.key_file.read_bytes() == before


def test_another_ring_loads_nothing(loaded: Settings, once: Loaded) -> None:
    key_rotation.rotate(loaded)
    whole = json.loads(loaded.key_file.read_text())
    for entries in (whole["schluessel"][:1], whole["schluessel"][1:], whole["schluessel"][::-1]):
        loaded.key_file.write_text(json.dumps(whole | {"schluessel": entries}))
        with pytest.raises(KeyRingError, match=r"nichts wird geladen. Den"):
            run_night(loaded, once.inbox, SITE)


def test_the_warehouse_says_which_key_counts(loaded: Settings, engine: sa.Engine, once: Loaded) -> None:
    """A ring that reaches further (a rotation that was begun, an older dump) changes nothing until `rotate`."""
    with engine.connect() as connection:
        before = snapshot(connection)
    FileSource(loaded.key_file).extend()
    FileSource(loaded.key_file).extend()
    run_night(loaded, once.inbox, SITE, again=True)
    with engine.connect() as connection:
        assert snapshot(connection)["abgleich.identitaet_token"] == before["abgleich.identitaet_token"]
    assert key_rotation.rotate(loaded).to_id == "k3"
    assert load_key_ring(loaded.key_file).key_ids == ("k1", "k2", "k3")


# The command line.


@pytest.fixture
def cli(loaded: Settings, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("ZAEHLBAR_HOME", str(loaded.home))
    assert loaded.warehouse_url
    monkeypatch.setenv("ZAEHLBAR_WAREHOUSE_URL", loaded.warehouse_url)
    return CliRunner()


def answered(cli: CliRunner, *arguments: str) -> tuple[int, dict[str, object]]:
    done = cli.invoke(keys_cli.app, [*arguments, "--json"])
    return done.exit_code, json.loads(done.stdout) if done.stdout else {}


def test_list_and_verify_say_what_there_is_and_what_to_do(cli: CliRunner, loaded: Settings, engine: sa.Engine) -> None:
    secret = json.loads(loaded.key_file.read_text())["schluessel"][0]["geheimnis"]
    code, found = answered(cli, "verify")
    assert (code, found["ok"], found["aktiv"]) == (0, True, "k1")
    FileSource(loaded.key_file).extend()
    code, found = answered(cli, "list")
    assert code == 0
    assert [(row["schluessel_id"], row["aktiv"]) for row in found["schluessel"]] == [("k1", True), ("k2", False)]
    done = cli.invoke(keys_cli.app, ["verify"])
    assert done.exit_code == 1 and "zaehlbar keys rotate" in done.stdout
    assert cli.invoke(keys_cli.app, ["rotate"]).exit_code == 0
    done = cli.invoke(keys_cli.app, ["verify"])
    assert done.exit_code == 0 and "aktiv ist k2" in done.stdout
    with engine.begin() as connection:
        connection.execute(text("update abgleich.identitaet_token set schluessel_id = 'k1' where identitaet_id < 3"))
    code, found = answered(cli, "verify")
    assert code == 1 and "mit k1" in str(found["befunde"])
    for command in ("list", "verify"):
        shown = cli.invoke(keys_cli.app, [command])
        assert secret not in shown.output and secret[:12] not in shown.output


@pytest.mark.skipif(os.name != "posix", reason="permissions of this kind exist on POSIX only")
def test_verify_sees_a_file_that_others_can_read(cli: CliRunner, loaded: Settings) -> None:
    loaded.key_file.chmod(0o644)
    code, found = answered(cli, "verify")
    assert code == 1 and "chmod 600" in str(found["befunde"])


def test_a_ring_in_the_environment_is_extended_by_a_person(
    cli: CliRunner, loaded: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ZAEHLBAR_KEYS", "env:ZB_BUND")
    monkeypatch.setenv("ZB_BUND", loaded.key_file.read_text())
    loaded.key_file.unlink()
    done = cli.invoke(keys_cli.app, ["rotate"])
    assert done.exit_code == 2 and "--new-ring FILE" in done.stderr
    new = tmp_path / "neu.json"
    assert cli.invoke(keys_cli.app, ["rotate", "--new-ring", str(new)]).exit_code == 0
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    assert cli.invoke(keys_cli.app, ["rotate", "--new-ring", str(new)]).exit_code == 2
    monkeypatch.setenv("ZB_BUND", new.read_text())
    done = cli.invoke(keys_cli.app, ["rotate", "--new-ring", str(tmp_path / "noch.json")])
    assert done.exit_code == 2 and "hat schon den späteren Schlüssel k2" in done.stderr
    code, found = answered(cli, "rotate")
    assert (code, found["from_id"], found["to_id"]) == (0, "k1", "k2")
    assert answered(cli, "verify")[0] == 0


# What is left on the disk of the server.


def test_no_old_token_is_left_on_the_disk_of_the_server(tmp_path: Path) -> None:
    """DESIGN: whoever holds only old keys learns nothing about the new warehouse; so dead rows and logs count, too."""
    home = tmp_path / "home"
    instance(home, "")
    settings = load_settings({"ZAEHLBAR_HOME": str(home)}, tmp_path)
    server = embedded_server(settings)
    try:
        run_night(settings, small_inbox(tmp_path, FILES[0]), SITE)
        warehouse = engine_for(server.url)
        with warehouse.connect() as connection:
            query = """
                select tn_token from abgleich.identitaet_token union all select exakt_token from abgleich.merkmal
                union all select uuid_send(phonetisch_token) from abgleich.merkmal
            """
            old = {bytes(token) for token in connection.execute(text(query)).scalars() if token is not None}
            connection.execute(text("analyze abgleich.identitaet_token"))  # values into the statistics
            connection.commit()
        assert len(old) > 20
        with server.superuser_connection() as raw:
            raw.execute("checkpoint")
        data = server.status().data_dir
        assert data is not None and occurring(old, data) == old
        assert key_rotation.rotate(settings).refused == []
        assert occurring(old, data) == set()
        with warehouse.connect() as connection:
            new = {bytes(token) for token in connection.execute(text(query)).scalars() if token is not None}
        assert len(new) == len(old)
        warehouse.dispose()
    finally:
        server.destroy()


def occurring(tokens: set[bytes], folder: Path) -> set[bytes]:
    found = set()
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".conf":
            whole = path.read_bytes()
            found |= {token for token in tokens - found if token in whole or token.hex().encode() in whole}
    return found


def test_purposes_of_the_list_are_those_the_tokens_are_made_with() -> None:
    assert {column.purpose for column in rotation.TOKEN_COLUMNS} == {
        Purpose.TN_NR,
        Purpose.ABGLEICH,
        Purpose.QUITTUNG,
    }
