"""Faults at the doors: an exception that tells all it can about the delivery, in its text and in its locals.

Used by tests in their own process (`strike`), and by processes that a test starts: `sitecustomize` below `hook/` puts
the same faults into them.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

PER_DELIVERY = {
    "ingest": ("zaehlbar.nightly.stages", "ingest"),
    "validate": ("zaehlbar.nightly.stages", "validate"),
    "pseudonymize": ("zaehlbar.nightly.stages", "pseudonymize"),
    "load": ("zaehlbar.nightly.stages", "load_delivery"),
}
SET_BASED = {
    "identify": ("zaehlbar.nightly.setwise", "identify"),
    "categorize": ("zaehlbar.nightly.setwise", "categorize"),
    "count": ("zaehlbar.nightly.setwise", "count"),
    "publish": ("zaehlbar.nightly.setwise", "publish"),
}
DOORS = PER_DELIVERY | SET_BASED
VARIABLE = "ZAEHLBAR_TEST_FAULTS"
"""Path of a JSON file: door → {"partner": TVP or null, "kind": see `exception`, "text": what the exception quotes}."""


class Loud(RuntimeError):
    """An exception of nobody's, with text and notes."""


def exception(kind: str, text: str) -> BaseException:
    """Return an exception as libraries raise them, quoting `text`."""
    import pyarrow as pa
    import sqlalchemy as sa

    loud = Loud(text)
    loud.add_note(text)
    return {
        "loud": loud,
        "value": ValueError(f"could not convert string to float: {text!r}"),
        "key": KeyError(text),
        "os": PermissionError(13, "Permission denied", f"/eingang/{text}.csv"),
        "unicode": UnicodeDecodeError("utf-8", text.encode("cp1252", "replace"), 0, 1, text),
        "arrow": pa.ArrowInvalid(f"CSV parse error: Row #2: {text}"),
        "integrity": sa.exc.IntegrityError(
            "insert", {"name": text}, Loud(f"DETAIL:  Key (name)=({text}) already exists.")
        ),
        "operational": sa.exc.OperationalError(
            "copy",
            {"name": text},
            Loud(f'server closed the connection\nCONTEXT:  COPY n, line 1, column name: "{text}"'),
        ),
        "memory": MemoryError(text),
    }[kind]


def _partner(arguments: tuple[Any, ...], result: Any) -> str | None:
    for value in (result, *arguments):
        for part in (value, getattr(value, "ingested", None)):
            scope = getattr(getattr(part, "delivery", None), "scope", None)
            if scope is not None:
                return str(scope.tvp_id)
    return None


def loud(original: Callable[..., Any], fault: Mapping[str, Any]) -> Callable[..., Any]:
    """Return `original`, raising after its work when it was about the partner of `fault` (or whoever it was about)."""

    @wraps(original)
    def door(*arguments: Any, **options: Any) -> Any:
        text = in_locals = str(fault["text"])
        result = original(*arguments, **options)
        if fault["partner"] in (None, _partner(arguments, result)):
            try:
                raise Loud(f"{in_locals} {result!r}"[:2000])
            except Loud as cause:
                raise exception(str(fault["kind"]), text) from cause
        return result

    return door


@contextlib.contextmanager
def strike(faults: Mapping[str, Mapping[str, Any]]) -> Iterator[None]:
    """Put the faults in while the block runs."""
    kept = []
    for name, fault in faults.items():
        module, attribute = DOORS[name]
        place = importlib.import_module(module)
        original = getattr(place, attribute)
        kept.append((place, attribute, original))
        setattr(place, attribute, loud(original, fault))
    try:
        yield
    finally:
        for place, attribute, original in kept:
            setattr(place, attribute, original)


def for_processes(path: Path, faults: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Write the faults to `path`; return the environment that puts them into a process of Python."""
    path.write_text(json.dumps(faults), encoding="utf-8")
    hook = Path(__file__).parent / "hook"
    root = Path(__file__).parents[3]
    folders = (str(hook), str(root), *filter(None, [os.environ.get("PYTHONPATH")]))
    return {VARIABLE: str(path), "PYTHONPATH": os.pathsep.join(folders)}
