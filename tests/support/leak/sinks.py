"""Everything that was written, said or shown: a full dump of the warehouse, databases, files, logs, processes.

Belongs here: bringing it together as bytes with a name each. Does not belong here: what to look for (needles).
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.leak.search import unpacked

from zaehlbar.settings import Settings
from zaehlbar.warehouse import clients

Sink = tuple[str, bytes, bool]
"""Name, content, whether it is a table (a number in it is a value of its own)."""


def warehouse_dump(settings: Settings) -> Iterator[Sink]:
    """Yield the whole warehouse as pg_dump writes it in plain text, comments and definitions included."""
    where = clients.target(settings)
    program = clients.require_client("pg_dump", settings, where)
    done = subprocess.run(
        [str(program), "--format=plain", where.conninfo], env=where.environment, capture_output=True, check=True
    )
    assert b"COPY betrieb.lieferung" in done.stdout
    yield "warehouse", done.stdout, True


def restored(dump: Path, settings: Settings) -> Iterator[Sink]:
    """Yield what `zaehlbar warehouse dump` wrote, unpacked as pg_restore does."""
    program = clients.require_client("pg_restore", settings, clients.target(settings))
    done = subprocess.run([str(program), "--file=-", str(dump)], capture_output=True, check=True)
    yield "warehouse dump", done.stdout, True


def files(folder: Path, leave_out: tuple[str, ...] = ()) -> Iterator[Sink]:
    """Yield all files below `folder` and their names, packages unpacked, databases of SQLite as text.

    `leave_out`: first parts of paths below it.
    """
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if relative.parts[0] in leave_out:
            continue
        yield f"name of a file in {folder.name}", os.fsencode(relative), False
        if path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes()
        name = f"{folder.name}/{relative}"
        if content.startswith(b"SQLite format 3"):
            with contextlib.closing(sqlite3.connect(path)) as database:
                yield f"{name} (rows)", "\n".join(database.iterdump()).encode("utf-8", "replace"), False
        for part, inside in unpacked(name, content):
            yield part, inside, False


class Log(logging.Handler):
    """Keeps every record of this process as text, with its traceback and whatever else was attached to it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._stream = io.StringIO()
        self.setFormatter(logging.Formatter())

    def emit(self, record: logging.LogRecord) -> None:
        extra = {key: value for key, value in vars(record).items() if key not in ("exc_info", "msg", "args")}
        self._stream.write(f"{self.format(record)} {record.msg!r} {record.args!r} {extra!r}\n")

    def sink(self) -> Sink:
        return "log of the process", self._stream.getvalue().encode("utf-8", "replace"), False


@contextlib.contextmanager
def listening() -> Iterator[Log]:
    """Listen to all loggers at debug level while the block runs."""
    log, root = Log(), logging.getLogger()
    level = root.level
    root.addHandler(log)
    root.setLevel(logging.DEBUG)
    try:
        yield log
    finally:
        root.setLevel(level)
        root.removeHandler(log)


class Watch:
    """Looks at everything that can be seen from outside while the block runs: processes, statements, temporary files.

    Processes are those that began after the watch did, and the one that watches; every name and environment they ever
    showed is kept. `folders` are places where nothing in clear may lie even for a moment.
    """

    def __init__(self, warehouse_url: str | None = None, folders: tuple[Path, ...] = ()) -> None:
        self._url, self._folders = warehouse_url, folders
        self._seen: dict[str, set[bytes]] = {
            "arguments": set(),
            "environment": set(),
            "statements": set(),
            "passing": set(),
        }
        self._known = _process_numbers() - {str(os.getpid())}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def sinks(self) -> Iterator[Sink]:
        """Yield what was seen; call it after the block."""
        for kind, contents in self._seen.items():
            yield f"seen from outside: {kind}", b"\n".join(sorted(contents)), False

    def saw(self, kind: str) -> int:
        return len(self._seen[kind])

    def _run(self) -> None:
        with contextlib.ExitStack() as stack:
            cursor = None
            if self._url is not None:
                import psycopg

                plain = self._url.replace("postgresql+psycopg", "postgresql")
                cursor = stack.enter_context(psycopg.connect(plain, autocommit=True, application_name="watch"))
            while not self._stop.is_set():
                self._processes()
                self._passing()
                if cursor is not None:
                    rows = cursor.execute(
                        "select application_name, query from pg_stat_activity where application_name <> 'watch'"
                    )
                    self._seen["statements"] |= {f"{name} {query}".encode() for name, query in rows.fetchall()}
                time.sleep(0.03)

    def _processes(self) -> None:
        for entry in _process_numbers() - self._known:
            with contextlib.suppress(OSError):
                self._seen["arguments"].add(Path("/proc", entry, "cmdline").read_bytes())
                self._seen["environment"].add(Path("/proc", entry, "environ").read_bytes())

    def _passing(self) -> None:
        for folder in self._folders:
            for path in folder.rglob("*"):
                with contextlib.suppress(OSError):
                    self._seen["passing"].add(os.fsencode(path.relative_to(folder)))
                    if path.is_file():
                        self._seen["passing"].add(path.read_bytes()[:200_000])


def _process_numbers() -> set[str]:
    return {path.name for path in Path("/proc").iterdir() if path.name.isdigit()}


def server_log(home: Path) -> Iterator[Sink]:
    """Yield the log of the embedded server whose record lies in `home`."""
    from zaehlbar.warehouse.embedded import EmbeddedServer

    log = EmbeddedServer(home).status().log_file
    assert log is not None
    yield "log of the server", log.read_bytes(), False


def left_in_tmp(before: set[Path]) -> Iterator[Sink]:
    """Yield what lies in the system's folder for temporary files that did not lie there `before`."""
    folder = Path(tempfile.gettempdir())
    for path in sorted(set(folder.iterdir()) - before):
        yield "name of a temporary file", os.fsencode(path.name), False
        if path.is_file():
            yield f"temporary file {path.name}", path.read_bytes(), False
        elif path.is_dir():
            yield from files(path)
