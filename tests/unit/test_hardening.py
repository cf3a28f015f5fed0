"""What a process holds in memory stays there: no core dumps, no error that carries rows or their values away."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from zaehlbar.hardening import Fault, clean_errors

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a flag of Linux")
POSIX = pytest.mark.skipif(os.name != "posix", reason="limits of this kind exist on POSIX only")
LOOK = """
import ctypes, resource, subprocess, sys
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), flush=True)
subprocess.run(["/bin/sh", "-c", "ulimit -c; ulimit -H -c"])
"""


def run(code: str, **options: object) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, **options)
    return done.stdout


@POSIX
@LINUX
def test_a_process_and_all_it_starts_leave_no_core_dump() -> None:
    assert run(LOOK).splitlines()[0].endswith(" 1")  # else the next line proves nothing
    found = run(f"from zaehlbar.hardening import protect_process; protect_process()\n{LOOK}")
    assert found.splitlines() == ["(0, 0) 0", "0", "0"]


@POSIX
@LINUX
@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="only root can become somebody else")
def test_without_root_a_protected_process_still_starts_others_and_opens_files() -> None:
    code = f"""
import ctypes, os, resource, subprocess, tempfile
from zaehlbar.hardening import protect_process
os.setgroups([]); os.setgid(65534); os.setuid(65534)
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # as it is for a process that was somebody else from the beginning
protect_process()
open(f"/proc/self/fd/{{os.pipe()[1]}}", "w").close()
for name in ("status", "maps", "cgroup", "mountinfo"):
    open(f"/proc/self/{{name}}", "rb").read()
tempfile.TemporaryFile().close()
{LOOK}
"""
    assert run(code, cwd="/").splitlines()[-3:] == ["(0, 0) 0", "0", "0"]


@POSIX
def test_every_command_is_protected() -> None:
    code = """
import atexit, resource, sys
atexit.register(lambda: print(resource.getrlimit(resource.RLIMIT_CORE)))
sys.argv = ["zaehlbar", "--version"]
from zaehlbar.cli import main
main()
"""
    assert run(code).splitlines()[-1] == "(0, 0)"


class Readable(Exception):
    """An error that quotes no value."""


@clean_errors((Readable,))
def door(kind: type[Exception]) -> None:
    rows = ["Zwiebelthürmchen"]
    try:
        raise LookupError(f"no room for {rows[0]}")
    except LookupError:
        raise kind("told") from None


def shown(error: BaseException) -> str:
    """All that a logger could print: the chain of errors, the frames below the test's own, their locals."""
    sink = io.StringIO()
    assert error.__traceback__ is not None
    below = error.__traceback__.tb_next
    traceback.TracebackException(type(error), error, below, capture_locals=True).print(file=sink)
    return sink.getvalue()


def test_what_a_person_can_act_on_is_told_without_what_led_to_it() -> None:
    with pytest.raises(Readable, match="told") as raised:
        door(Readable)
    assert raised.value.__context__ is None and raised.value.__cause__ is None
    assert "Zwiebel" not in shown(raised.value)


def test_an_unexpected_error_is_told_by_kind_and_place() -> None:
    with pytest.raises(Fault, match=r"^ValueError at test_hardening.py:\d+$") as raised:
        door(ValueError)
    assert raised.value.__context__ is None and raised.value.__cause__ is None
    assert "Zwiebel" not in shown(raised.value) and "told" not in shown(raised.value)


def test_the_check_would_see_a_value() -> None:
    with pytest.raises(ValueError, match="told") as raised:
        door.__wrapped__(ValueError)  # type: ignore[attr-defined]
    assert "Zwiebel" in shown(raised.value)


def test_an_error_of_the_database_is_told_without_its_rows() -> None:
    sa = pytest.importorskip("sqlalchemy")

    @clean_errors(())
    def failing() -> None:
        raise sa.exc.IntegrityError("insert", {}, Exception("duplicate key\nDETAIL:  Key (name)=(Zwiebel) exists"))

    with pytest.raises(Fault, match="IntegrityError at") as raised:
        failing()
    assert "Zwiebel" not in shown(raised.value)


def test_every_door_of_the_night_is_clean() -> None:
    pytest.importorskip("sqlalchemy")
    from zaehlbar.nightly import api

    doors = [
        name
        for name in vars(api)
        if not name.startswith("_") and getattr(vars(api)[name], "__module__", "") == api.__name__
    ]
    assert {"open_run", "load_batch", "close_run", "last_completed"} <= set(doors)
    assert [name for name in doors if not hasattr(vars(api)[name], "__wrapped__")] == []


def test_no_crash_handler_writes_frames_anywhere() -> None:
    """faulthandler writes no locals, but nothing here asks for it either."""
    assert run("import faulthandler, zaehlbar.cli; print(faulthandler.is_enabled())", cwd=Path.cwd()) == "False\n"
