"""A workbook: its sheets in their order, its properties, its bytes. Equal content gives equal bytes."""

from __future__ import annotations

import re
import zipfile
from datetime import UTC
from io import BytesIO
from pathlib import Path

from xlsxwriter import Workbook

from zaehlbar.publish.blocks import Document
from zaehlbar.publish.sheet import write_workbook

_PROPERTY = "Zaehlbar-Inhalt"


def workbook_bytes(said: Document) -> bytes:
    """Return the XLSX file."""
    target = BytesIO()
    # Nothing is guessed: a text that looks like a formula, a number or a link stays text.
    options = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False, "in_memory": True}
    with Workbook(target, options) as book:
        counted = said.created.astimezone(UTC).replace(tzinfo=None)
        book.set_properties(
            {
                "title": f"{said.title}, {said.subtitle}",
                "subject": said.marks[0],
                "comments": " · ".join(said.marks),
                "created": counted,
            }
        )
        book.set_custom_property(_PROPERTY, said.fingerprint, "text")
        write_workbook(book, said)
    return target.getvalue()


def fingerprint_of_workbook(path: Path) -> str | None:
    """Return the fingerprint of the content of a workbook that stands, None when there is none to read."""
    try:
        with zipfile.ZipFile(path) as archive:
            properties = archive.read("docProps/custom.xml").decode()
    except (OSError, KeyError, zipfile.BadZipFile, UnicodeDecodeError):
        return None
    found = re.search(rf'name="{_PROPERTY}"[^>]*>\s*<vt:lpwstr>([0-9a-f]{{64}})<', properties)
    return found.group(1) if found else None
