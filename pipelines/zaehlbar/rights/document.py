"""The answer to an Auskunft as files: a page to print (HTML, nothing loaded from elsewhere) and the same as JSON.

Belongs here: layout, labels, permissions. Does not belong here: what is in it (disclose).
"""

from __future__ import annotations

import json
import os
import stat
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zaehlbar.contract import contract
from zaehlbar.rights.disclose import Disclosure

if TYPE_CHECKING:
    from jinja2 import Template

_HISTORY = ("bekannt_von", "bekannt_bis")


class FolderOpenError(ValueError):
    """The folder of the answer is open to others; says how to close it."""


def private_folder(folder: Path) -> None:
    """Make `folder` (0700); FolderOpenError when it is there and open to others."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "posix" and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        raise FolderOpenError(
            f"Der Ordner {folder} ist für andere Benutzer offen. Erst schließen: chmod 700 '{folder}'"
        )


def write_private(path: Path, content: str) -> Path:
    """Write a file that only its owner may read (0600), replacing an earlier one; return its path."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.write(content)
    return path


def write_disclosure(disclosure: Disclosure, folder: Path) -> list[Path]:
    """Write `auskunft.html` and `auskunft.json` into `folder`, which is private."""
    as_json = json.dumps(disclosure.content, ensure_ascii=False, indent=1)
    return [
        write_private(folder / "auskunft.html", _page(disclosure)),
        write_private(folder / "auskunft.json", as_json + "\n"),
    ]


def _page(disclosure: Disclosure) -> str:
    content = disclosure.content
    sections = [
        {
            "titel": _label(content, table, ""),
            "tabelle": table,
            "zeilen": [_lines(content, table, row) for row in rows],
        }
        for table, rows in content["tabellen"].items()
    ]
    raw = [
        {
            **one,
            "tabellen": [
                (_raw_title(table), [_raw_lines(content, table, row) for row in rows])
                for table, rows in one["zeilen"].items()
            ],
        }
        for one in content["rohdaten"]
    ]
    return _template().render(a=content, gespeichert=disclosure.stored, abschnitte=sections, rohdaten=raw, tag=_day)


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    text = Path(__file__).with_name("templates").joinpath("auskunft.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined).from_string(
        text
    )


def _lines(content: dict[str, Any], table: str, row: dict[str, Any]) -> list[tuple[str, str]]:
    """Return (label, value) of one row; when it was known comes last."""
    name = table.partition(".")[2]
    ordered = sorted(row.items(), key=lambda item: item[0] in _HISTORY)
    return [(_label(content, table, key), _shown(content, name, key, value)) for key, value in ordered]


def _label(content: dict[str, Any], table: str, column: str) -> str:
    """Return the first sentence of the comment: it is the title."""
    text = str(content["felder"].get(table, {}).get(column) or column or table)
    return text.split(". ", maxsplit=1)[0].rstrip(".")


def _shown(content: dict[str, Any], table: str, key: str, value: Any) -> str:
    if key in _HISTORY or key.endswith("_lauf"):
        day = content["laeufe"].get(str(value))
        return f"{_day(day)} (Lauf {value})" if day else f"Lauf {value}"
    return _readable(content, table, key, value)


def _readable(content: dict[str, Any], table: str, key: str, value: Any) -> str:
    """Return a canonical value in words: codes with their label, days as in Germany."""
    known = {one.name: one for one in contract().tables}
    field = next((one for one in known[table].fields if one.name == key), None) if table in known else None
    codes = {**content["codes"].get(key, {}), **(field.codes if field is not None else {})}
    label = codes.get(str(value), str(value))
    if label != str(value):
        return f"{label} ({value})"
    if isinstance(value, bool):
        return "ja" if value else "nein"
    return _day(value) if isinstance(value, str) else str(value)


def _raw_title(table: str) -> str:
    return contract().table(table).title


def _raw_lines(content: dict[str, Any], table: str, row: dict[str, Any]) -> list[tuple[str, str]]:
    titles = {one.name: one.title for one in contract().table(table).fields} | {"zeile": "Zeile der Datei"}
    return [(titles.get(key, key), _readable(content, table, key, value)) for key, value in row.items()]


def _day(value: Any) -> str:
    """Return an ISO day or moment as it is written in Germany; other values as they are."""
    text = str(value)
    try:
        if len(text) == len("2026-01-01"):
            return f"{date.fromisoformat(text):%d.%m.%Y}"
        if "T" in text:
            return f"{datetime.fromisoformat(text):%d.%m.%Y %H:%M}"
    except ValueError:
        pass
    return text
