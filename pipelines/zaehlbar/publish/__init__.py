"""Internal reports: one workbook per Jobcenter and month, everything marked "intern, nicht zur Weitergabe".

Belongs here: choosing the figures a workbook shows, its words and looks, writing it, which workbooks a run renews.
Does not belong here: counting (the figures are read as they are stored), Veröffentlichungen, disclosure control.

Nothing heavy is imported at this level: the command line imports `publish.cli` at start-up, in the base install too.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from zaehlbar.settings import Settings

__all__ = ["publish"]


def publish(connection: Connection, settings: Settings, lauf_id: int) -> list[Path]:
    """Write the workbooks whose content differs from the file that stands; return the files written.

    The figures are the current ones, with the rules of the last count up to run `lauf_id`; nothing counted: no files.
    """
    from zaehlbar.publish.files import publish_workbooks

    return publish_workbooks(connection, settings.workbooks, lauf_id)
