"""Who agreed to the catalogue, the mapping and the counting rules (domain.md (d) 10).

Belongs here: the two consents of each of these files, what is open, what must hold of them.
Does not belong here: what the files decide, storing it.

A consent is given to a version: whoever changes the file gives it a new version, and then the old consents are no
longer those of this file. They are no part of the version's content, so that they can be entered when they are there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from zaehlbar.dates import today
from zaehlbar.site.base import SiteModel

if TYPE_CHECKING:
    from zaehlbar.site.model import Site

AGREED = "abgestimmt"
PROPOSAL = "Vorschlag, nicht abgestimmt"
PARTS = {"katalog.yaml": "Katalog", "kategorien.yaml": "Zuordnung", "zaehlregeln.yaml": "Zählregeln"}
"""The reviewed files and what the reports call them."""
_CONSENTS = frozenset({"freigegeben", "zugestimmt"})


class Consent(SiteModel):
    """Who agreed, in which function (never a name), when, and to which version of the file."""

    funktion: Annotated[str, Field(min_length=1)]
    am: date
    version: str


class Reviewed(SiteModel):
    """A file that the Vorhabenträger releases and the Jobcenter agrees to."""

    version: str
    freigegeben: Consent | None = None
    zugestimmt: Consent | None = None

    @property
    def agreed(self) -> bool:
        """Whether both consents are there; until then every page says "Vorschlag, nicht abgestimmt" ((d) 10)."""
        return self.freigegeben is not None and self.zugestimmt is not None

    @property
    def missing(self) -> tuple[str, ...]:
        """What is missing, in the order in which it is asked for."""
        return tuple(
            text
            for consent, text in (
                (self.freigegeben, "Freigabe des Vorhabenträgers"),
                (self.zugestimmt, "Zustimmung des Jobcenters"),
            )
            if consent is None
        )

    def content(self) -> str:
        """SHA-256 of what the file decides: without the consents, comments and layout."""
        decided = self.model_dump_json(exclude=set(_CONSENTS), exclude_unset=True)
        return hashlib.sha256(decided.encode()).hexdigest()


def reviewed(site: Site) -> dict[str, Reviewed]:
    """Return the reviewed files of a site by name, in the order of `PARTS`."""
    return dict(zip(PARTS, (site.katalog, site.kategorien, site.zaehlregeln), strict=True))


def state(site: Site) -> str:
    """Return "abgestimmt", or "Vorschlag, nicht abgestimmt" and which parts; so says `betrieb.regelwerk.abstimmung`."""
    open_parts = [PARTS[file] for file, part in reviewed(site).items() if not part.agreed]
    return f"{PROPOSAL} ({', '.join(open_parts)})" if open_parts else AGREED


def agreed(site: Site) -> bool:
    """Whether both sides consented to all three parts."""
    return all(part.agreed for part in reviewed(site).values())


def problems(site: Site) -> Iterator[tuple[str, tuple[str | int, ...], str]]:
    """Yield (file, place in it, what is wrong)."""
    for file, part in reviewed(site).items():
        for key, consent in (("freigegeben", part.freigegeben), ("zugestimmt", part.zugestimmt)):
            if consent is None:
                continue
            if consent.version != part.version:
                text = (
                    f"gilt der Version {consent.version}, die Datei trägt {part.version}: die Zustimmung zur neuen "
                    "Version einholen und hier eintragen, bis dahin die Zeile streichen"
                )
                yield file, (key, "version"), text
            if consent.am > today():
                text = f"der {consent.am} liegt in der Zukunft: eintragen, sobald die Zustimmung vorliegt"
                yield file, (key, "am"), text
        first, second = part.freigegeben, part.zugestimmt
        if second is not None and first is None:
            text = "der Vorhabenträger gibt zuerst frei: „freigegeben“ ergänzen oder diese Zeile streichen"
            yield file, ("zugestimmt",), text
        elif first is not None and second is not None and second.am < first.am:
            text = f"der {second.am} liegt vor der Freigabe am {first.am}; zugestimmt wird dem, was freigegeben ist"
            yield file, ("zugestimmt", "am"), text
