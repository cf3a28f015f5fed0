"""A site for more providers than the example site has.

Belongs here: Vorhaben, Quartiere, Jobcenter and partners that are made up, everything else taken from a given site.
Does not belong here: reading a site.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

from zaehlbar.sample.plain_yaml import plain_yaml
from zaehlbar.sample.plan import MONTHS_PER_DELIVERY, Rhythm, add_months
from zaehlbar.site import Jobcenter, Partner, Quartier, Site, Vorhaben

PROFILE = "kanonisch"
_PARTNERS_PER_VORHABEN = 6
_QUARTIERE = 4
_COPIED = (
    "katalog.yaml",
    "kategorien.yaml",
    "zaehlregeln.yaml",
    "kalender.yaml",
    "validierung.yaml",
    "abgleich.yaml",
    "aufbewahrung.yaml",
)
_RHYTHM = {None: "einmalig", 6: "halbjaehrlich", 3: "vierteljaehrlich", 1: "monatlich"}


def made_up(
    providers: int, start: date, end: date, rhythm: Rhythm
) -> tuple[tuple[Vorhaben, ...], tuple[Jobcenter, ...]]:
    """Return Vorhaben with `providers` partners altogether, and their Jobcenters; Vorhaben begin half a year early."""
    count = -(-providers // _PARTNERS_PER_VORHABEN)
    centres = tuple(
        Jobcenter(jobcenter_nr=f"{99001 + number}", name=f"Jobcenter Muster {number + 1} (erfunden)", typ="gE")
        for number in range(max(2, count // 2))
    )
    vorhaben = []
    for number in range(count):
        first = number * _PARTNERS_PER_VORHABEN
        members = range(first, min(first + _PARTNERS_PER_VORHABEN, providers))
        vorhaben.append(
            Vorhaben(
                vorhaben_id=f"V{8001 + number}",
                akronym=f"MUSTER{number + 1}",
                foerderrunde="MUSTER",
                land="05",
                von=add_months(start, -6),
                bis=end,
                quartiere=tuple(_quartier(number, place, centres) for place in range(_QUARTIERE)),
                partner=tuple(_partner(member, start, end, rhythm) for member in members),
            )
        )
    return tuple(vorhaben), centres


def _quartier(number: int, place: int, centres: tuple[Jobcenter, ...]) -> Quartier:
    # The last Quartier of each Vorhaben lies across the border.
    centre = centres[(number // 2 + (1 if place == _QUARTIERE - 1 else 0)) % len(centres)]
    name = f"Musterstadt {number + 1}, Quartier {place + 1}"
    return Quartier(quartier_id=f"Q{number + 1}-{place + 1}", name=name, jobcenter_nr=centre.jobcenter_nr)


def _partner(number: int, start: date, end: date, rhythm: Rhythm) -> Partner:
    tvp_id = f"T{101 + number}"
    return Partner.model_validate(
        {
            "tvp_id": tvp_id,
            "name": f"Träger {101 + number} (erfunden)",
            "profil": PROFILE,
            "eingang": tvp_id,
            "rhythmus": _RHYTHM[MONTHS_PER_DELIVERY[rhythm]],
            "von": start,
            "bis": end,
        }
    )


def write_site(
    folder: Path, base: Path, site: Site, vorhaben: tuple[Vorhaben, ...], centres: tuple[Jobcenter, ...]
) -> None:
    """Write a site with these Vorhaben and Jobcenters into `folder`; all other decisions are those of `base`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _COPIED:
        shutil.copyfile(base / name, folder / name)
    (folder / "profile").mkdir(exist_ok=True)
    shutil.copyfile(base / "profile" / f"{PROFILE}.yaml", folder / "profile" / f"{PROFILE}.yaml")
    head = site.head.model_copy(update={"site": "muster"})
    rounds = [{"foerderrunde": "MUSTER", "von": vorhaben[0].von, "bis": vorhaben[0].bis, "mindestalter": 18}]
    _dump(folder / "site.yaml", head.model_dump(exclude_none=True))
    _dump(folder / "vorhaben.yaml", {"vorhaben": [item.model_dump() for item in vorhaben]})
    _dump(folder / "jobcenter.yaml", {"jobcenter": [item.model_dump() for item in centres]})
    _dump(folder / "foerderrunden.yaml", {"foerderrunden": rounds})


def _dump(path: Path, content: dict[str, Any]) -> None:
    head = "# Erzeugt von `zaehlbar sample`; alles darin ist erfunden.\n"
    path.write_text(head + plain_yaml(content), encoding="utf-8", newline="\n")
