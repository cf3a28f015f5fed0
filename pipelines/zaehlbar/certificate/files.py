"""Writing Teilnahmebescheinigungen: one PDF per person, in a folder of their own.

Belongs here: names and rights of files. File names carry the provider's own number of the person, never a name.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from zaehlbar.certificate.content import Certificate, Extent, certificates
from zaehlbar.certificate.document import Typesetter
from zaehlbar.site import Site
from zaehlbar.validate import Validated

_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class Written:
    """What came of it. `wanted` persons are only missing where numbers were asked for."""

    files: tuple[Path, ...]
    ohne_name: int
    storniert: int
    unlesbare_lieferungen: int
    """Deliveries that could not be read, or of a partner the site does not know."""
    nicht_druckbar: int
    """Persons whose name has letters outside DIN 91379 (not even its Greek and Cyrillic ones)."""
    nicht_gefunden: tuple[str, ...]
    """Numbers asked for that no valid row has, or of persons who get none."""


def write_certificates(
    deliveries: Iterable[Validated], site: Site, folder: Path, extent: Extent, only: Sequence[str] = ()
) -> Written:
    """Write the certificates of all persons of `deliveries` (`only`: of these tn_nr) into `folder` and say what came.

    Valid rows of a held or refused delivery count too: the provider signs for them, not the load. Raises OSError and
    DocumentError.
    """
    by_partner: dict[tuple[str, str], list[Validated]] = defaultdict(list)
    unusable = 0
    for validated in deliveries:
        delivery = validated.ingested.delivery
        known = delivery.scope and site.partner(delivery.scope.vorhaben_id, delivery.scope.tvp_id)
        if validated.ingested.fatal or delivery.version is None or not known or delivery.scope is None:
            unusable += 1
        else:
            by_partner[delivery.scope.vorhaben_id, delivery.scope.tvp_id].append(validated)
    wanted = frozenset(only)
    setter = Typesetter()
    files: list[Path] = []
    nameless = cancelled = unprintable = 0
    found: set[str] = set()
    for group in by_partner.values():
        made, left = certificates(group, site, extent, wanted or None)
        nameless += left.ohne_name
        cancelled += left.storniert
        for one in made:
            if not setter.prints(f"{one.vorname} {one.nachname}"):
                unprintable += 1
                continue
            found.add(one.tn_nr)
            files.append(write_private(folder, _free_name(one, files), setter.pdf(one)))
    missing = tuple(number for number in only if number not in found)
    return Written(tuple(files), nameless, cancelled, unusable, unprintable, missing)


def write_private(folder: Path, name: str, content: bytes) -> Path:
    """Write `content` readable for its owner only; the folder is made so too where it does not exist."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    path.unlink(missing_ok=True)  # a file that is there may be open to others
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return path


def _free_name(one: Certificate, taken: Sequence[Path]) -> str:
    """Return a file name for the certificate; numbers that look alike once made safe get a running number."""
    parts = [_UNSAFE.sub("-", part).strip("-.") for part in (one.vorhaben_id, one.tvp_id, one.tn_nr)]
    full = "_ausfuehrlich" if one.umfang is Extent.VOLL else ""
    stem = f"Teilnahmebescheinigung_{'_'.join(parts)}{full}"
    names = {path.name.lower() for path in taken}  # Windows does not tell upper from lower case
    name, number = f"{stem}.pdf", 1
    while name.lower() in names:
        number += 1
        name = f"{stem}_{number}.pdf"
    return name
