"""Which workbooks stand in the folder, and which of them a run renews."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from zaehlbar.count.figures import NothingCounted
from zaehlbar.publish.report import build
from zaehlbar.publish.source import Source, fetch
from zaehlbar.publish.workbook import fingerprint_of, workbook_bytes, write_file

LATEST_MONTHS = 24
"""Workbooks are made by themselves for so many counted months; `zaehlbar report` makes any."""


def workbook_path(folder: Path, jobcenter_nr: str, month: date) -> Path:
    """Return where the workbook of a Jobcenter and month stands."""
    return folder / f"{month:%Y-%m}" / f"jobcenter_{jobcenter_nr}.xlsx"


def publish_workbooks(connection: Connection, folder: Path, lauf_id: int) -> list[Path]:
    """Write every workbook whose content is not what its file says; return the files written.

    A workbook shows earlier months too, and a month becomes endgültig without any figure changing: so contents are
    compared, not figures alone. That also heals what an interrupted run left, and files that are missing.
    """
    try:
        source = fetch(connection, lauf_id)
    except NothingCounted:
        return []
    written = []
    for jobcenter_nr in source.jobcenters:
        for month in _months(source, folder, jobcenter_nr):
            report = build(source, jobcenter_nr, month)
            path = workbook_path(folder, jobcenter_nr, month)
            if fingerprint_of(path) != report.fingerprint():
                write_file(path, workbook_bytes(report))
                written.append(path)
    return written


def _months(source: Source, folder: Path, jobcenter_nr: str) -> Iterable[date]:
    """The latest months, and older ones whose workbook stands: what stands must be true."""
    counted = source.months_with_figures(jobcenter_nr)
    older = {month for month in counted[:-LATEST_MONTHS] if workbook_path(folder, jobcenter_nr, month).exists()}
    return sorted({*counted[-LATEST_MONTHS:], *older})
