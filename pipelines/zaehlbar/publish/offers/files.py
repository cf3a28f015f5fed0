"""Writing Angebotsblätter: which files stand in the folder, which are renewed, which must go.

    <folder>/<Jobcenter>/angebotsblatt_<Vorhaben>_<Quartier>.html    one page per Quartier, and the same as .pdf
    <folder>/<Jobcenter>/angebote.csv, angebote.json                 all offers of the Jobcenter, empty without any

Belongs here: names, rights and life of files. They hold no person and nothing internal, so anyone may read them.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from zaehlbar.certificate.document import Typesetter
from zaehlbar.publish.offers.content import Offer, Offers, Sheet, in_order
from zaehlbar.publish.offers.feed import as_csv, as_json
from zaehlbar.publish.offers.words import sheet_words

if TYPE_CHECKING:
    from jinja2 import Template

_HERE = Path(__file__).parent
_OURS = re.compile(r"angebotsblatt_[^_]+_[^_]+\.(html|pdf)|angebote(_[^_]+_[^_]+)?\.(csv|json)")
_JOBCENTER = re.compile(r"\d{5}")
_SIGNS = {"ja": "●", "wenige": "◐", "nein": "○"}
"""Beside the word, so that a glance is enough."""
_FINGERPRINT = re.compile(rb'<meta name="zaehlbar-inhalt" content="([0-9a-f]{64})">')


class Format(StrEnum):
    """What an Angebotsblatt is written as."""

    HTML = "html"
    PDF = "pdf"
    CSV = "csv"
    JSON = "json"


ALL = tuple(Format)
_HTML, _PDF, _CSV, _JSON = ALL


def renew(offers: Offers, folder: Path) -> list[Path]:
    """Make `folder` say what is on offer: write what differs, remove what has no offer any more; return both.

    A stale sheet is a wrong sheet: what Zählbar once wrote there for a Quartier or Jobcenter without one goes. Other
    files are left alone.
    """
    changed = write(offers, offers.sheets, lists_of(offers), folder)
    wanted = {_page(folder, sheet).with_suffix(f".{kind}") for sheet in offers.sheets for kind in (_HTML, _PDF)}
    wanted |= {folder / nr / f"angebote.{kind}" for nr in offers.jobcenters for kind in (_CSV, _JSON)}
    for path in _standing(folder):
        if path not in wanted:
            path.unlink()
            changed.append(path)
            if not any(path.parent.iterdir()):
                path.parent.rmdir()
    return changed


@dataclass(frozen=True, slots=True)
class List:
    """Offers that are written as data, without an ending of the file's name."""

    jobcenter_nr: str
    name: str
    offers: tuple[Offer, ...]


def lists_of(offers: Offers, jobcenters: Iterable[str] | None = None) -> list[List]:
    """Return the list of each of the `jobcenters` (None: all that have a Quartier); one without offers is empty."""
    chosen = offers.jobcenters if jobcenters is None else jobcenters
    return [List(nr, "angebote", offers.of_jobcenter(nr)) for nr in chosen]


def list_of_sheet(sheet: Sheet) -> List:
    """Return the offers of one sheet as a list of its own."""
    return List(sheet.jobcenter_nr, f"angebote_{_key(sheet)}", in_order(set(sheet.offers)))


def write(
    offers: Offers, sheets: Iterable[Sheet], lists: Iterable[List], folder: Path, formats: Collection[Format] = ALL
) -> list[Path]:
    """Write `sheets` and `lists` where they differ from what stands; return the files written.

    Raises OSError and DocumentError.
    """
    setter = Typesetter()
    changed = []
    for sheet in sheets:
        changed += _write_sheet(_page(folder, sheet), sheet_words(sheet, offers.day), formats, setter)
    for one in lists:
        path = folder / one.jobcenter_nr / one.name
        if _CSV in formats:
            changed += _write_differing(path.with_name(f"{one.name}.csv"), as_csv(one.offers))
        if _JSON in formats:
            content = as_json(one.jobcenter_nr, offers.jobcenters[one.jobcenter_nr], one.offers)
            changed += _write_differing(path.with_name(f"{one.name}.json"), content)
    return changed


def _write_sheet(page: Path, words: dict[str, Any], formats: Collection[Format], setter: Typesetter) -> list[Path]:
    changed = []
    pdf = page.with_suffix(".pdf")
    # The page is written last: its fingerprint speaks for both.
    stands = _HTML in formats and pdf.is_file() and _fingerprint_of(page) == _fingerprint(words)
    if _PDF in formats and not stands:
        changed += _write_differing(pdf, pdf_bytes(words, setter))
    if _HTML in formats:
        changed += _write_differing(page, html_bytes(words))
    return changed


def html_bytes(words: dict[str, Any]) -> bytes:
    """Return the page of a sheet: complete in itself, no script, no address it asks for anything."""
    return _template().render(b=words, inhalt=_fingerprint(words), zeichen=_SIGNS).encode()


def pdf_bytes(words: dict[str, Any], setter: Typesetter) -> bytes:
    """Return the sheet as PDF/UA-1. A letter that the fonts do not have becomes "?" and a sentence says so."""
    unknown = {one for text in _texts(words) for one in text if not one.isascii() and not _prints(setter, one)}
    if unknown:
        table = str.maketrans(dict.fromkeys(unknown, "?"))
        words = _translated(words, table)
        words["saetze"] = [*words["saetze"], "Zeichen, die diese Schrift nicht hat, stehen hier als „?“ (HTML: ganz)."]
    return setter.render("angebotsblatt", words, _HERE)


def _prints(setter: Typesetter, letter: str, known: dict[str, bool] = {}) -> bool:  # noqa: B006 - a cache on purpose
    if letter not in known:
        known[letter] = setter.prints(letter)
    return known[letter]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    else:
        for item in value:
            yield from _texts(item)


def _translated(value: Any, table: dict[int, str]) -> Any:
    if isinstance(value, str):
        return value.translate(table)
    if isinstance(value, dict):
        return {key: _translated(item, table) for key, item in value.items()}
    return [_translated(item, table) for item in value]


def _key(sheet: Sheet) -> str:
    """Return Vorhaben and Quartier as part of a file name, one for one."""
    return "_".join(quote(part, safe="").replace("_", "%5F") for part in (sheet.vorhaben_id, sheet.quartier_id))


def _page(folder: Path, sheet: Sheet) -> Path:
    # A dot in an id is none before an ending.
    return folder / sheet.jobcenter_nr / f"angebotsblatt_{_key(sheet).replace('.', '%2E')}.html"


def _standing(folder: Path) -> list[Path]:
    """Return the files that Zählbar wrote into `folder`, by their names."""
    if not folder.is_dir():
        return []
    own = (item for item in folder.iterdir() if item.is_dir() and _JOBCENTER.fullmatch(item.name))
    return sorted(path for item in own for path in item.iterdir() if _OURS.fullmatch(path.name))


def _write_differing(path: Path, content: bytes) -> list[Path]:
    if path.is_file() and path.read_bytes() == content:
        return []
    path.parent.mkdir(parents=True, exist_ok=True)
    # Under another name first, then renamed: no reader ever meets half a sheet.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return [path]


def _fingerprint(words: dict[str, Any]) -> str:
    """Return what words and both layouts are known by."""
    source = json.dumps([words, *_layouts()], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(source.encode()).hexdigest()


def _fingerprint_of(page: Path) -> str | None:
    try:
        found = _FINGERPRINT.search(page.read_bytes())
    except OSError:
        return None
    return found.group(1).decode() if found else None


@cache
def _layouts() -> tuple[str, ...]:
    return tuple((_HERE / f"angebotsblatt.{kind}").read_text(encoding="utf-8") for kind in ("html", "typ"))


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    return environment.from_string(_layouts()[0])
