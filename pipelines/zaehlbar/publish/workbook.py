"""A workbook: its sheets in their order, its properties, its bytes. Equal content gives equal bytes."""

from __future__ import annotations

import os
import re
import tempfile
import zipfile
from datetime import UTC, date
from io import BytesIO
from pathlib import Path

from sqlalchemy import Connection
from xlsxwriter import Workbook

from zaehlbar.publish import definitions, sheets
from zaehlbar.publish.report import Report, build
from zaehlbar.publish.source import Source, fetch
from zaehlbar.publish.words import NOTE, month_name

_PROPERTY = "Zaehlbar-Inhalt"


class NoWorkbook(LookupError):
    """There is no workbook for this Jobcenter and month; the message says why and what to do."""


def write_workbook(connection: Connection, *, jobcenter_nr: str, month: date, path: Path) -> None:
    """Write the workbook of one Jobcenter and calendar month (`month`: any day of it) to `path`, replacing a file.

    Raises NothingCounted before the first count, NoWorkbook for an unknown Jobcenter or a month without figures.
    """
    source = fetch(connection)
    write_file(path, workbook_bytes(select(source, jobcenter_nr, month.replace(day=1))))


def select(source: Source, jobcenter_nr: str, month: date) -> Report:
    """Return the content; NoWorkbook names the known Jobcenters, or the counted months and what to run."""
    if jobcenter_nr not in source.jobcenters:
        known = "\n".join(f"  {nr}  {name}" for nr, name in source.jobcenters.items()) or "  keines"
        raise NoWorkbook(f"Das Jobcenter {jobcenter_nr} kennt die Site nicht. Bekannt sind:\n{known}")
    months = source.months_with_figures(jobcenter_nr)
    if month not in months:
        span = (
            f"Gezählt sind {month_name(months[0])} bis {month_name(months[-1])}." if months else "Es gibt noch keine."
        )
        raise NoWorkbook(
            f"Für {source.jobcenters[jobcenter_nr]} gibt es im {month_name(month)} keine Zahlen. {span} "
            "Fehlt eine Lieferung, in den Eingang legen und laden: zaehlbar run"
        )
    return build(source, jobcenter_nr, month)


def workbook_bytes(report: Report) -> bytes:
    """Return the XLSX file."""
    target = BytesIO()
    # Nothing is guessed: a text that looks like a formula, a number or a link stays text.
    options = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False, "in_memory": True}
    with Workbook(target, options) as book:
        counted = report.count.gezaehlt_am.astimezone(UTC).replace(tzinfo=None)
        book.set_properties(
            {
                "title": f"BIWAQ-Teilnahmen {month_name(report.current.month)}, {report.jobcenter}",
                "subject": NOTE,
                "comments": NOTE,
                "created": counted,
            }
        )
        book.set_custom_property(_PROPERTY, report.fingerprint(), "text")
        sheets.glance(book, report)
        sheets.categories(book, report)
        sheets.course(book, report)
        sheets.partners(book, report)
        definitions.definitions(book, report)
    return target.getvalue()


def fingerprint_of(path: Path) -> str | None:
    """Return the fingerprint of the content of a workbook that stands, None when there is none to read."""
    try:
        with zipfile.ZipFile(path) as archive:
            properties = archive.read("docProps/custom.xml").decode()
    except (OSError, KeyError, zipfile.BadZipFile, UnicodeDecodeError):
        return None
    found = re.search(rf'name="{_PROPERTY}"[^>]*>\s*<vt:lpwstr>([0-9a-f]{{64}})<', properties)
    return found.group(1) if found else None


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, readable by its owner only; missing folders are made 0700."""
    for folder in reversed([item for item in path.parents if not item.exists()]):
        folder.mkdir(mode=0o700, exist_ok=True)
    # A file of another name in the same folder, made 0600, then renamed: no reader ever meets half a workbook.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
