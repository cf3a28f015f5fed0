"""Labels by date: what a code is called on a day (Bürgergeld until 30.6.2026, Grundsicherungsgeld from 1.7.2026).

Belongs here: the site's `bezeichnungen.yaml`, the labels of catalogue, categories and contract they change, resolving a
label for a day. Does not belong here: what a code means (it never changes), storing labels (categorize).

A report about a span of time uses the labels of its last day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from zaehlbar.site.base import SiteModel

if TYPE_CHECKING:
    from zaehlbar.site.model import Site

FILE = "bezeichnungen.yaml"
CATALOGUE, CATEGORY, STEP = "aktivitaet_code", "kategorie", "zwischenschritt"
"""Kinds of codes beside the coded fields of the contract, which go by the name of the field."""
BEGIN = date(1900, 1, 1)
"""Stands for "from the beginning"."""
_DAY = timedelta(days=1)


class DatedLabel(SiteModel):
    """Another label of a code from a day to a day; before and after, it is called as usual."""

    art: str
    code: str
    bezeichnung: Annotated[str, Field(min_length=1)]
    gueltig_ab: date
    gueltig_bis: date | None = None


class LabelFile(SiteModel):
    """`bezeichnungen.yaml` (optional)."""

    version: str
    bezeichnungen: tuple[DatedLabel, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """What a code is called from a day to a day (inclusive; None: until further notice)."""

    art: str
    code: str
    bezeichnung: str
    gueltig_ab: date
    gueltig_bis: date | None


def all_labels(site: Site) -> list[Label]:
    """Return the labels of all codes for all days: per kind and code they follow each other without gap or overlap."""
    dated: dict[tuple[str, str], list[DatedLabel]] = {}
    for entry in site.bezeichnungen.bezeichnungen if site.bezeichnungen else ():
        dated.setdefault((entry.art, entry.code), []).append(entry)
    found: list[Label] = []
    for (art, code), usual in _usual(site).items():
        start = BEGIN
        for entry in sorted(dated.get((art, code), ()), key=lambda item: item.gueltig_ab):
            if entry.gueltig_ab > start:
                found.append(Label(art, code, usual, start, entry.gueltig_ab - _DAY))
            found.append(Label(art, code, entry.bezeichnung, max(entry.gueltig_ab, BEGIN), entry.gueltig_bis))
            if entry.gueltig_bis is None:
                break
            start = entry.gueltig_bis + _DAY
        else:
            found.append(Label(art, code, usual, start, None))
    return found


def label(site: Site, art: str, code: str, day: date) -> str:
    """Return what `code` of the kind `art` is called on `day`; the code itself where nothing is known of it.

    `art`: "aktivitaet_code", "kategorie", "zwischenschritt", or the name of a coded field of the contract
    ("rechtskreis"). `katalog.bezeichnung_am` answers the same in the warehouse.
    """
    for entry in site.bezeichnungen.bezeichnungen if site.bezeichnungen else ():
        if (entry.art, entry.code) == (art, code) and entry.gueltig_ab <= day <= (entry.gueltig_bis or date.max):
            return entry.bezeichnung
    return _usual(site).get((art, code), code)


def problems(site: Site) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield (place in the file, what is wrong)."""
    if site.bezeichnungen is None:
        return
    known = _usual(site)
    kinds = {art for art, _ in known}
    by_code: dict[tuple[str, str], list[tuple[int, DatedLabel]]] = {}
    for position, entry in enumerate(site.bezeichnungen.bezeichnungen):
        place = ("bezeichnungen", position)
        if entry.art not in kinds:
            yield (*place, "art"), f"{entry.art} gibt es nicht; möglich: {', '.join(sorted(kinds))}"
        elif (entry.art, entry.code) not in known:
            codes = ", ".join(sorted(code for art, code in known if art == entry.art))
            yield (*place, "code"), f"{entry.art} kennt {entry.code} nicht; möglich: {codes}"
        if entry.gueltig_bis is not None and entry.gueltig_bis < entry.gueltig_ab:
            yield (*place, "gueltig_bis"), f"liegt vor gueltig_ab {entry.gueltig_ab}"
        else:
            by_code.setdefault((entry.art, entry.code), []).append((position, entry))
    for (art, code), entries in by_code.items():
        for (_, earlier), (position, later) in pairwise(sorted(entries, key=lambda item: item[1].gueltig_ab)):
            if earlier.gueltig_bis is None or earlier.gueltig_bis >= later.gueltig_ab:
                text = (
                    f"{art} {code} heißt ab {later.gueltig_ab} schon „{earlier.bezeichnung}“; beim früheren Eintrag "
                    f"gueltig_bis auf {later.gueltig_ab - _DAY} setzen"
                )
                yield ("bezeichnungen", position, "gueltig_ab"), text


def _usual(site: Site) -> dict[tuple[str, str], str]:
    """Return (kind, code) → the label that holds where no dated one does."""
    from zaehlbar.contract import contract  # brings pyarrow along, which `--help` does not need

    found = {(CATALOGUE, entry.code): entry.name for entry in site.katalog.codes}
    found |= {(CATEGORY, item.kategorie): item.name for item in site.kategorien.kategorien}
    for table in contract().tables:
        for field in table.fields:
            kind = STEP if (table.name, field.name) == ("zwischenschritt", "code") else field.name
            found |= {(kind, code): text for code, text in field.codes.items()}
    return found
