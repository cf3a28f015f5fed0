"""Which reports stand in the folder, which of them a run renews, and writing them.

A report is three files of one content, by Jobcenter in the folder of its month: workbook, page, PDF.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection

from zaehlbar.count.figures import NothingCounted
from zaehlbar.publish.blocks import Document
from zaehlbar.publish.details import fetch_details
from zaehlbar.publish.page import fingerprint_of_page, page_bytes
from zaehlbar.publish.pdf import Printer, fingerprint_of_pdf
from zaehlbar.publish.report import Report, build
from zaehlbar.publish.sections import document
from zaehlbar.publish.source import Source, fetch
from zaehlbar.publish.words import month_name
from zaehlbar.publish.workbook import fingerprint_of_workbook, workbook_bytes

Format = Literal["xlsx", "html", "pdf"]
FORMATS: tuple[Format, ...] = ("xlsx", "html", "pdf")

LATEST_MONTHS: Mapping[Format, int] = {"xlsx": 12, "html": 12, "pdf": 3}
"""Files are made by themselves for so many counted months, then kept and kept true; `zaehlbar report` makes any.

Setting a PDF costs ten times what a page costs, and a page prints the same.
"""

_FINGERPRINTS: Mapping[Format, Callable[[Path], str | None]] = {
    "xlsx": fingerprint_of_workbook,
    "html": fingerprint_of_page,
    "pdf": fingerprint_of_pdf,
}


class NoReport(LookupError):
    """There is no report for this Jobcenter and month; the message says why and what to do."""


def report_path(folder: Path, jobcenter_nr: str, month: date, suffix: Format) -> Path:
    """Return where a file of the report of a Jobcenter and month stands."""
    return folder / f"{month:%Y-%m}" / f"jobcenter_{jobcenter_nr}.{suffix}"


def publish_reports(connection: Connection, folder: Path, lauf_id: int) -> list[Path]:
    """Write every file whose content is not what it says; return the files written.

    A report shows earlier months too, and a month becomes endgültig without any figure changing: so contents are
    compared, not figures alone. That also heals what an interrupted run left, and files that are missing.
    """
    try:
        source = fetch(connection, lauf_id)
    except NothingCounted:
        return []
    written: list[Path] = []
    printer = Printer()
    for jobcenter_nr in source.jobcenters:
        months = _months(source, folder, jobcenter_nr)
        details = fetch_details(connection, jobcenter_nr) if months else None
        for month, formats in months.items():
            report = build(source, jobcenter_nr, month, details)
            targets = {suffix: report_path(folder, jobcenter_nr, month, suffix) for suffix in formats}
            written += _renew(report, targets, printer)
    return written


def _months(source: Source, folder: Path, jobcenter_nr: str) -> dict[date, list[Format]]:
    """The latest months, and files of older ones that stand: what stands must be true."""
    counted = source.months_with_figures(jobcenter_nr)
    wanted: dict[date, list[Format]] = {}
    for suffix in FORMATS:
        latest = set(counted[-LATEST_MONTHS[suffix] :])
        for month in counted:
            if month in latest or report_path(folder, jobcenter_nr, month, suffix).exists():
                wanted.setdefault(month, []).append(suffix)
    return dict(sorted(wanted.items()))


def _renew(report: Report, targets: Mapping[Format, Path], printer: Printer) -> Iterable[Path]:
    """Write those of the files that do not say what the report says."""
    fingerprint = report.fingerprint()
    stale = {suffix: path for suffix, path in targets.items() if _FINGERPRINTS[suffix](path) != fingerprint}
    if not stale:
        return []
    said = document(report)
    for suffix, path in stale.items():
        write_file(path, _bytes(said, suffix, printer))
    return list(stale.values())


def _bytes(said: Document, suffix: Format, printer: Printer) -> bytes:
    makers: Mapping[Format, Callable[[], bytes]] = {
        "xlsx": partial(workbook_bytes, said),
        "html": partial(page_bytes, said),
        "pdf": partial(printer.pdf, said),
    }
    return makers[suffix]()


def write_report(
    connection: Connection, *, jobcenter_nr: str, month: date, targets: Mapping[Format, Path]
) -> Sequence[Path]:
    """Write the report of one Jobcenter and calendar month (`month`: any day of it) to `targets`, replacing files.

    Raises NothingCounted before the first count, NoReport for an unknown Jobcenter or a month without figures.
    """
    source = fetch(connection)
    first = month.replace(day=1)
    check(source, jobcenter_nr, first)
    said = document(build(source, jobcenter_nr, first, fetch_details(connection, jobcenter_nr)))
    printer = Printer()
    for suffix, path in targets.items():
        write_file(path, _bytes(said, suffix, printer))
    return list(targets.values())


def check(source: Source, jobcenter_nr: str, month: date) -> None:
    """Raise NoReport, which names the known Jobcenters, or the counted months and what to run."""
    if jobcenter_nr not in source.jobcenters:
        known = "\n".join(f"  {nr}  {name}" for nr, name in source.jobcenters.items()) or "  keines"
        raise NoReport(f"Das Jobcenter {jobcenter_nr} kennt die Site nicht. Bekannt sind:\n{known}")
    months = source.months_with_figures(jobcenter_nr)
    if month not in months:
        span = (
            f"Gezählt sind {month_name(months[0])} bis {month_name(months[-1])}." if months else "Es gibt noch keine."
        )
        raise NoReport(
            f"Für {source.jobcenters[jobcenter_nr]} gibt es im {month_name(month)} keine Zahlen. {span} "
            "Fehlt eine Lieferung, in den Eingang legen und laden: zaehlbar run"
        )


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, readable by its owner only; missing folders are made 0700."""
    for folder in reversed([item for item in path.parents if not item.exists()]):
        folder.mkdir(mode=0o700, exist_ok=True)
    # A file of another name in the same folder, made 0600, then renamed: no reader ever meets half a file.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
