"""Internal reports: workbook, page and PDF per Jobcenter and month, everything marked "intern, nicht zur Weitergabe".

The way of the data: `source` and `details` read, `report` chooses, `sections` say it in `blocks`; `sheet`, `page` and
`pdf` write the same sections; `files` knows which files a run renews.

Belongs here: choosing the figures a report shows, its words and looks, writing it, which files a run renews.
Does not belong here: counting (the figures are read as they are stored), Veröffentlichungen, disclosure control.

Nothing heavy is imported at this level: the command line imports `publish.cli` at start-up, in the base install too.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from zaehlbar.settings import Settings

__all__ = ["publish", "publish_offers"]


def publish(connection: Connection, settings: Settings, lauf_id: int) -> list[Path]:
    """Write the reports whose content differs from the file that stands; return the files written.

    The figures are the current ones, with the rules of the last count up to run `lauf_id`; nothing counted: no files.
    """
    from zaehlbar.publish.files import publish_reports

    return publish_reports(connection, settings.workbooks, lauf_id)


def publish_offers(connection: Connection, settings: Settings) -> list[Path]:
    """Bring the Angebotsblätter up to today; return the files written and those removed. They are not internal."""
    from zaehlbar.dates import today
    from zaehlbar.publish.offers.content import fetch_offers
    from zaehlbar.publish.offers.files import renew

    return renew(fetch_offers(connection, today()), settings.offers)
