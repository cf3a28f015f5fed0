"""The page of a Jobcenter and month: one HTML file that fetches nothing and needs no script."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from zaehlbar.publish import view
from zaehlbar.publish.blocks import Document

if TYPE_CHECKING:
    from jinja2 import Template

_HEAD = 4096
"""Bytes of the file within which its fingerprint stands."""


def page_bytes(document: Document) -> bytes:
    """Return the page; everything that comes from the site or the figures is escaped."""
    text = _template().render(
        document=document, sections=view.sections(document), plots=view.plots(document, narrow=True)
    )
    return text.encode()


def fingerprint_of_page(path: Path) -> str | None:
    """Return the fingerprint of the content of a page that stands, None when there is none to read."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
            stream.seek(-16, 2)
            whole = stream.read().rstrip().endswith(b"</html>")
    except OSError:
        return None
    found = re.search(rb'<meta name="zaehlbar-inhalt" content="([0-9a-f]{64})">', head)
    return found.group(1).decode() if found and whole else None


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("zaehlbar.publish"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("monat.html")
