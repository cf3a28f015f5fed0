"""`uebermittlung.yaml`: lists about single persons for a Jobcenter, where the site turns them on (domain.md (d) 19).

Belongs here: the models and what must hold. Does not belong here: whose consent covers a list (load), making one
(transmission). Without the file, or with `an: false`, no list is ever made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field

from zaehlbar.site.base import SiteModel

if TYPE_CHECKING:
    from zaehlbar.site.model import Site

FILE = "uebermittlung.yaml"

ListCategory = Literal["K-FEST", "K-GRUND", "K-QUAL", "K-PRAX", "K-VERM"]
CLOSED_LIST: tuple[str, ...] = get_args(ListCategory)
"""Categories that may be named to a Jobcenter about one person (domain.md (d) 19). No site adds to it."""


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError("ist leer; hier gehört die Rechtsgrundlage hin, die die oder der Datenschutzbeauftragte prüft")
    return text


Basis = Annotated[str, BeforeValidator(lambda value: "" if value is None else value), AfterValidator(_not_empty)]
Mailbox = Annotated[str, Field(pattern=r"^[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$", max_length=120)]
"""A mailbox of a function; whether it is one of a person nobody but people can see."""


class ListRecipient(SiteModel):
    """One Jobcenter that gets lists."""

    jobcenter_nr: str
    rechtsgrundlage: Basis
    postfach: Mailbox
    zertifikat: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$")]
    """File below the site folder: the recipient's S/MIME certificate (X.509, PEM or DER). It is public."""
    kategorien: Annotated[tuple[ListCategory, ...], Field(min_length=1)]


class TransmissionFile(SiteModel):
    """`uebermittlung.yaml`."""

    version: str
    an: bool
    empfaenger: tuple[ListRecipient, ...] = ()
    postfaecher: dict[str, Mailbox] = Field(default_factory=dict)
    """Vorhaben → its function mailbox, which the list names for questions."""

    def recipient(self, jobcenter_nr: str) -> ListRecipient | None:
        """Return the entry of a Jobcenter that gets lists; None while they are off."""
        if not self.an:
            return None
        return next((one for one in self.empfaenger if one.jobcenter_nr == jobcenter_nr), None)


def problems(site: Site) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield (place in the file, what is wrong)."""
    decided = site.uebermittlung
    if decided is None:
        return
    if decided.an and site.head.betriebsmodell == "M2":
        yield (
            ("an",),
            "im Betriebsmodell M2 betreibt das Jobcenter das Lager; von hier geht keine Liste an eines, hier muss "
            "„false“ stehen",
        )
    if decided.an and not decided.empfaenger:
        yield ("empfaenger",), "ist leer; ohne Empfänger gibt es keine Liste"
    jobcenters = {one.jobcenter_nr for one in site.jobcenter}
    categories = {one.kategorie for one in site.kategorien.kategorien}
    seen: set[str] = set()
    for at, one in enumerate(decided.empfaenger):
        place = ("empfaenger", at)
        if one.jobcenter_nr not in jobcenters:
            yield (*place, "jobcenter_nr"), f"das Jobcenter {one.jobcenter_nr} steht nicht in jobcenter.yaml"
        if one.jobcenter_nr in seen:
            yield (*place, "jobcenter_nr"), f"{one.jobcenter_nr} ist zweimal eingetragen"
        seen.add(one.jobcenter_nr)
        unknown = sorted(set(one.kategorien) - categories)
        if unknown:
            yield (*place, "kategorien"), f"{', '.join(unknown)} steht nicht in kategorien.yaml"
        certificate = site.zertifikate.get(one.zertifikat)
        if certificate is None:
            yield (*place, "zertifikat"), f"die Datei {one.zertifikat} fehlt im Ordner der Site"
        elif not certificate.startswith((b"-----BEGIN CERTIFICATE-----", b"\x30")):
            yield (*place, "zertifikat"), f"{one.zertifikat} ist kein X.509-Zertifikat (PEM oder DER)"
    yield from _mailboxes(site, decided)


def _mailboxes(site: Site, decided: TransmissionFile) -> Iterator[tuple[tuple[str | int, ...], str]]:
    known = {one.vorhaben_id for one in site.vorhaben}
    for vorhaben_id in decided.postfaecher:
        if vorhaben_id not in known:
            yield ("postfaecher", vorhaben_id), f"das Vorhaben {vorhaben_id} steht nicht in vorhaben.yaml"
    missing = sorted(known - decided.postfaecher.keys())
    if decided.an and missing:
        yield ("postfaecher",), f"es fehlt das Funktionspostfach von {', '.join(missing)}"
