"""Keeping what a process knows (names, keys) to itself: no core dumps, no errors with values, folders of its own.

Belongs here: what is done once per process, the form in which a door lets an error out. Needs nothing but the standard
library: `zaehlbar check` calls it, too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from zaehlbar.faults import place_of

_P = ParamSpec("_P")
_R = TypeVar("_R")
_PR_SET_DUMPABLE = 4  # linux/prctl.h


def protect_process() -> None:
    """Switch core dumps off for this process and all it starts; on Linux also let nobody else read its memory.

    The limit is inherited by every child (PostgreSQL, pg_dump, Airflow's tasks). The flag is Linux's own, is inherited
    by fork and lost by exec: PostgreSQL and the like are unaffected by it.
    """
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def make_private(folder: Path) -> None:
    """Make `folder` and those of its parents that are missing, each 0700; folders that exist keep their permissions."""
    if folder.is_dir():
        return
    make_private(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


class Fault(RuntimeError):
    """An unexpected fault, told by its kind and place: its own text could quote a value of a delivery."""


def clean_errors(readable: tuple[type[Exception], ...]) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Let a door raise errors without what led to them.

    Errors of `readable` keep their text, which by the house's rule quotes no value; all others become a Fault. None
    carries the frames below the door, whose locals are rows of deliveries: a logger that prints locals (Airflow's does
    with DEV set) would print them.
    """

    def wrap(door: Callable[_P, _R]) -> Callable[_P, _R]:
        @wraps(door)
        def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            try:
                return door(*args, **kwargs)
            except readable as error:
                failure: Exception = error.with_traceback(None)
                failure.__cause__ = failure.__context__ = None
            except Exception as error:  # whatever it is, its text and frames must not get out
                failure = Fault(_described(error))
            # Outside of the handler: an error raised in it would remember the other one.
            raise failure

        return wrapped

    return wrap


def _described(error: Exception) -> str:
    kind = f"{type(error).__name__} at {place_of(error)}"
    # Asked by name: the base install has no SQLAlchemy. Its own texts may quote rows.
    if not type(error).__module__.startswith("sqlalchemy."):
        return kind
    from zaehlbar.warehouse.errors import describe_db_error

    return f"{kind}: {describe_db_error(error)}"
