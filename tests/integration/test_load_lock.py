"""One load at a time: the lock with several real connections."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import psycopg
import pytest

from zaehlbar.warehouse.connect import engine_for, raw_connection
from zaehlbar.warehouse.lock import Busy, LoadLock

HOLDER = """
import sys, time
from zaehlbar.warehouse.connect import engine_for
from zaehlbar.warehouse.lock import LoadLock
connection = engine_for(sys.stdin.readline().strip(), application_name="zaehlbar anderswo").connect()
with LoadLock().exclusive(connection):
    print("hält", flush=True)
    time.sleep(60)
"""


def test_exclusive_keeps_everyone_out_and_says_who_holds_it(warehouse: Any) -> None:
    lock = LoadLock()
    other = engine_for(warehouse.url, application_name="zaehlbar run")
    try:
        with other.connect() as first, warehouse.engine.connect() as second:
            with lock.exclusive(first):
                for kind in (lock.exclusive, lock.shared):
                    with pytest.raises(Busy, match="zaehlbar run") as caught, kind(second):
                        pass
                    (holder,) = caught.value.holders
                    assert (holder.application_name, holder.exclusive) == ("zaehlbar run", True)
                    assert holder.pid == raw_connection(first).info.backend_pid
                    assert holder.since is not None
            with lock.exclusive(second):
                pass
            assert lock.holders(second) == ()
    finally:
        other.dispose()


def test_shared_holders_tolerate_each_other_only(warehouse: Any) -> None:
    lock = LoadLock()
    with warehouse.engine.connect() as one, warehouse.engine.connect() as two, warehouse.engine.connect() as three:
        with lock.shared(one), lock.shared(two):
            assert [holder.exclusive for holder in lock.holders(three)] == [False, False]
            with pytest.raises(Busy) as caught, lock.exclusive(three):
                pass
            assert len(caught.value.holders) == 2
        with lock.exclusive(three):
            pass


def test_the_holder_is_not_left_in_a_transaction(warehouse: Any) -> None:
    with warehouse.engine.connect() as connection, LoadLock().exclusive(connection):
        assert raw_connection(connection).info.transaction_status.name == "IDLE"


def test_released_after_an_error_and_after_a_failed_statement(warehouse: Any) -> None:
    lock = LoadLock()
    with warehouse.engine.connect() as one, warehouse.engine.connect() as two:
        with pytest.raises(RuntimeError), lock.exclusive(one):
            raise RuntimeError
        with pytest.raises(psycopg.errors.DivisionByZero), lock.exclusive(one):
            raw_connection(one).execute("SELECT 1/0")
        with lock.exclusive(two):
            pass


def test_released_when_the_connection_is_lost(warehouse: Any) -> None:
    lock = LoadLock()
    with warehouse.engine.connect() as one, warehouse.engine.connect() as two:
        with lock.exclusive(one):
            pid = raw_connection(one).info.backend_pid
            raw_connection(two).execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        with lock.exclusive(two):
            assert [holder.pid for holder in lock.holders(two)] == [raw_connection(two).info.backend_pid]


def test_released_when_the_holder_is_killed(warehouse: Any) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdin is not None and holder.stdout is not None
    with warehouse.engine.connect() as connection:
        holder.stdin.write(warehouse.url + "\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "hält\n"
        with pytest.raises(Busy, match="zaehlbar anderswo"), LoadLock().exclusive(connection):
            pass
        holder.kill()
        holder.communicate()
        for _ in range(100):
            if not LoadLock().holders(connection):
                break
            raw_connection(connection).execute("SELECT pg_sleep(0.05)")
        with LoadLock().exclusive(connection):
            pass


def test_databases_of_one_server_do_not_block_each_other(warehouse: Any, empty_database: Any) -> None:
    with (
        warehouse.engine.connect() as one,
        empty_database.engine.connect() as two,
        LoadLock().exclusive(one),
        LoadLock().exclusive(two),
    ):
        assert len(LoadLock().holders(one)) == 1
