"""Which files `zaehlbar check` is asked about. Imports nothing heavy: it runs before the first line is printed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_LITTER = (".", "~$")
_LITTER_NAMES = ("thumbs.db", "desktop.ini")


class FileMissing(ValueError):
    """A path given does not exist; the message names it."""


def files_in(paths: Iterable[Path]) -> list[Path]:
    """Return the files among `paths` and below its folders, each once, without hidden files and litter.

    Raises FileMissing for the first path that does not exist.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            below = sorted(item for item in path.rglob("*") if item.is_file())
            found.update(dict.fromkeys(item for item in below if not _is_litter(item.relative_to(path))))
        elif path.is_file():
            found[path] = None
        else:
            raise FileMissing(str(path))
    return list(found)


def _is_litter(path: Path) -> bool:
    return any(part.startswith(_LITTER) for part in path.parts) or path.name.lower() in _LITTER_NAMES
