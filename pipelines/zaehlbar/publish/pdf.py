"""The same report as PDF/UA-1, set by Typst with the fonts that are part of the package."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zaehlbar.certificate.document import DocumentError, Typesetter
from zaehlbar.publish import view
from zaehlbar.publish.blocks import Document

_HERE = Path(__file__).parent / "templates"


@dataclass(slots=True)
class Printer:
    """Makes PDFs; the fonts are read once. Not to be used by several threads."""

    setter: Typesetter = field(default_factory=Typesetter)

    def pdf(self, document: Document) -> bytes:
        """Return the PDF; equal content gives equal bytes. Letters outside the fonts become "?"."""
        data = _data(document)
        try:
            return self.setter.render("monat", data, _HERE)
        except DocumentError:
            return self.setter.render("monat", self._printable(data), _HERE)

    def _printable(self, data: dict[str, Any]) -> dict[str, Any]:
        letters = sorted(letter for letter in set("".join(_texts(data))) if not letter.isspace())
        cleaned: dict[str, Any] = _translated(data, dict.fromkeys(map(ord, self._lost(letters)), "?"))
        return cleaned

    def _lost(self, letters: list[str]) -> list[str]:
        """Return the letters that the fonts do not have, by halves: there are few."""
        if self.setter.prints("".join(letters)):
            return []
        half = len(letters) // 2
        return letters if half == 0 else [*self._lost(letters[:half]), *self._lost(letters[half:])]


def fingerprint_of_pdf(path: Path) -> str | None:
    """Return the fingerprint of the content of a PDF that stands, None when there is none to read."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    found = re.search(rb"zaehlbar-inhalt:([0-9a-f]{64})", content)
    return found.group(1).decode() if found and content.rstrip().endswith(b"%%EOF") else None


def _data(document: Document) -> dict[str, Any]:
    return {
        "titel": document.title,
        "wer": document.subtitle,
        "stand": document.state,
        "marke": " · ".join(document.marks),
        "abgrenzung": document.distinction,
        "botschaft": list(document.message),
        "zahlen": [[one.label, one.value, one.beside] for one in document.figures],
        "bilder": view.plots(document, narrow=False),
        "abschnitte": view.sections(document),
        "fuss": document.footer,
        "fingerabdruck": document.fingerprint,
        "tag": [document.created.year, document.created.month, document.created.day],
    }


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in items for text in _texts(item)]


def _translated(value: Any, lost: dict[int, str]) -> Any:
    if isinstance(value, str):
        return value.translate(lost)
    if isinstance(value, dict):
        return {key: _translated(item, lost) for key, item in value.items()}
    return [_translated(item, lost) for item in value] if isinstance(value, list) else value
