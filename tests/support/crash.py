"""Killing what is tested before a given call, in a process of its own.

The process is forked from a clean server that has the heavy imports done: forked from the test's own process it would
inherit the threads of libraries (typst's pool, for one) as locks that nobody will ever release.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from multiprocessing.context import ForkServerContext
from types import ModuleType
from typing import Any

SECONDS = 120
_PRELOADED = [
    "great_expectations",
    "duckdb",
    "zaehlbar.nightly.whole",
    "zaehlbar.validate.engine",
    "zaehlbar.publish.files",
]


def kill_at(
    where: ModuleType | type,
    name: str,
    call: int,
    action: Callable[..., object],
    *arguments: object,
    after: bool = False,
) -> None:
    """Do `action(*arguments)` in a process that dies by SIGKILL before (`after`: after) a call of `where.name`.

    `call`: which call of it, from 1. All arguments must be picklable, `action` a function of a module. AssertionError
    when the process did not die of it.
    """
    target = (where.__name__, "") if isinstance(where, ModuleType) else (where.__module__, where.__qualname__)
    point = _Point(target, name, call, after)
    process = _context().Process(target=_die, args=(point, dict(os.environ), action, arguments))
    process.start()
    process.join(timeout=SECONDS)
    code = process.exitcode
    if code is None:
        process.kill()
        process.join()
    assert code == -signal.SIGKILL, code


@dataclass(frozen=True)
class _Point:
    target: tuple[str, str]
    """Module and, for a method, its class."""
    name: str
    call: int
    after: bool


@cache
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def _die(
    point: _Point, environment: dict[str, str], action: Callable[..., object], arguments: tuple[object, ...]
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    module, owner = point.target
    where: Any = importlib.import_module(module)
    if owner:
        where = getattr(where, owner)
    original, calls = getattr(where, point.name), 0

    def dying(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == point.call and not point.after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **kwargs)
        if calls == point.call:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(where, point.name, dying)
    action(*arguments)
    os._exit(0)
