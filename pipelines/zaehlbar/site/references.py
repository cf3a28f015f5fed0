"""What must hold between the parts of a site: every reference leads somewhere, nothing is defined twice.

Belongs here: checks over several entries or files, each with the place it is about.
Does not belong here: the shape of a single value (models), reading files (loader).
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from zaehlbar.site import agreement, labels, mapping, supplements, transmission
from zaehlbar.site.model import MINIMUM_LEVEL, Site
from zaehlbar.site.profile import FilePart, Profile

NAMED_GROUPS = frozenset({"vorhaben_id", "tvp_id", "monat", "von", "bis", "version", "datum"})
"""Named groups of a file pattern that mean something (site/profile.py)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at `location` (keys and positions) of the site's file `file`."""

    file: str
    location: tuple[str | int, ...]
    message: str


def problems(site: Site, profile_files: Mapping[str, str]) -> list[Problem]:
    """Return every problem between the parts of `site`; `profile_files` has the file of each profile."""
    found = [
        *_legal_basis(site),
        *_duplicates(site),
        *_vorhaben(site),
        *_districts(site),
        *_partners(site),
        *(Problem(*found) for found in mapping.problems(site)),
        *(Problem(*found) for found in agreement.problems(site)),
        *_match_rules(site),
    ]
    found += [Problem(transmission.FILE, place, message) for place, message in transmission.problems(site)]
    found += [Problem(labels.FILE, place, message) for place, message in labels.problems(site)]
    found += [Problem(*found_there) for found_there in supplements.problems(site)]
    for name, profile in site.profile.items():
        found += _profile(profile, profile_files[name])
    return found


def _legal_basis(site: Site) -> Iterator[Problem]:
    """The site's own operating model needs an entry; counting without consent is open to M1 only ((d) 18 and 23)."""
    model, bases = site.head.betriebsmodell, site.head.rechtsgrundlage
    if bases.of(model) is None:
        text = (
            f"für {model} nennt die Site keine Rechtsgrundlage: unter „rechtsgrundlage“ den Eintrag „{model}:“ mit "
            "person_level, empfaenger und zweck ergänzen (Vorlage: examples/site/site.yaml) oder ein Betriebsmodell "
            "wählen, das dort steht"
        )
        yield Problem("site.yaml", ("betriebsmodell",), text)
    others: tuple[Literal["M2", "M3"], ...] = ("M2", "M3")
    for other in others:
        basis = bases.of(other)
        if basis is not None and basis.ohne_einwilligung is not None:
            level = MINIMUM_LEVEL[other]
            text = (
                f"in {other} wird niemand ohne Einwilligung gezählt (nötig ist Stufe {level} oder höher): die Zeile "
                "streichen; nur M1 kann eine Rechtsgrundlage dafür nennen"
            )
            yield Problem("site.yaml", ("rechtsgrundlage", other, "ohne_einwilligung"), text)


def _twice(file: str, key: str, column: str, values: Iterable[Hashable]) -> Iterator[Problem]:
    seen: set[Hashable] = set()
    for position, value in enumerate(values):
        if value in seen:
            yield Problem(file, (key, position, column), f"{value} ist zweimal eingetragen")
        seen.add(value)


def _duplicates(site: Site) -> Iterator[Problem]:
    yield from _twice("vorhaben.yaml", "vorhaben", "vorhaben_id", (item.vorhaben_id for item in site.vorhaben))
    yield from _twice("jobcenter.yaml", "jobcenter", "jobcenter_nr", (item.jobcenter_nr for item in site.jobcenter))
    rounds = (item.foerderrunde for item in site.foerderrunden)
    yield from _twice("foerderrunden.yaml", "foerderrunden", "foerderrunde", rounds)
    yield from _twice("kalender.yaml", "stichtage", "monat", (item.monat for item in site.kalender.stichtage))
    categories = (item.kategorie for item in site.kategorien.kategorien)
    yield from _twice("kategorien.yaml", "kategorien", "kategorie", categories)


def _vorhaben(site: Site) -> Iterator[Problem]:
    rounds = {item.foerderrunde for item in site.foerderrunden}
    for row, vorhaben in enumerate(site.vorhaben):
        if vorhaben.foerderrunde not in rounds:
            text = f"die Förderrunde {vorhaben.foerderrunde} steht nicht in foerderrunden.yaml"
            yield Problem("vorhaben.yaml", ("vorhaben", row, "foerderrunde"), text)
        if vorhaben.bis < vorhaben.von:
            yield Problem("vorhaben.yaml", ("vorhaben", row, "bis"), "liegt vor „von“")


def _districts(site: Site) -> Iterator[Problem]:
    jobcenters = {item.jobcenter_nr for item in site.jobcenter}
    seen: set[str] = set()
    for row, vorhaben in enumerate(site.vorhaben):
        for number, quartier in enumerate(vorhaben.quartiere):
            place = ("vorhaben", row, "quartiere", number)
            if quartier.jobcenter_nr not in jobcenters:
                text = f"das Jobcenter {quartier.jobcenter_nr} steht nicht in jobcenter.yaml"
                yield Problem("vorhaben.yaml", (*place, "jobcenter_nr"), text)
            if quartier.quartier_id in seen:
                yield Problem(
                    "vorhaben.yaml", (*place, "quartier_id"), f"{quartier.quartier_id} ist zweimal eingetragen"
                )
            seen.add(quartier.quartier_id)


def _partners(site: Site) -> Iterator[Problem]:
    known = ", ".join(sorted(site.profile)) or "keines"
    for row, vorhaben in enumerate(site.vorhaben):
        seen: set[str] = set()
        for number, partner in enumerate(vorhaben.partner):
            place = ("vorhaben", row, "partner", number)
            if partner.tvp_id in seen:
                text = f"{partner.tvp_id} ist in diesem Vorhaben zweimal eingetragen"
                yield Problem("vorhaben.yaml", (*place, "tvp_id"), text)
            seen.add(partner.tvp_id)
            if partner.profil not in site.profile:
                text = f"es gibt kein Profil {partner.profil}; vorhanden: {known}"
                yield Problem("vorhaben.yaml", (*place, "profil"), text)
            if partner.von and partner.bis and partner.bis < partner.von:
                yield Problem("vorhaben.yaml", (*place, "bis"), "liegt vor „von“")


def _match_rules(site: Site) -> Iterator[Problem]:
    """Kinds must exist, and no rule may merge by itself without a full birth date on both sides (statement 7)."""
    from zaehlbar.contract import MATCH_KINDS

    rules = site.abgleich.regeln
    yield from _twice("abgleich.yaml", "regeln", "name", (rule.name for rule in rules))
    for row, rule in enumerate(rules):
        place: tuple[str | int, ...] = ("regeln", row)
        used = [((*place, "gleich", number), kind) for number, kinds in enumerate(rule.gleich) for kind in kinds]
        used += [((*place, "nicht_gleich"), kind) for kind in rule.nicht_gleich]
        used += [((*place, "verschieden"), kind) for kind in rule.verschieden]
        for where, kind in used:
            if kind not in MATCH_KINDS:
                text = f"die Merkmalsart {kind} gibt es nicht; möglich: {', '.join(MATCH_KINDS)}"
                yield Problem("abgleich.yaml", where, text)
        if rule.wirkung == "zusammen" and rule.bedingungen.geburtsdatum != "beide_voll":
            text = (
                f"die Regel {rule.name} führt ohne Prüfung zusammen; das geht nur mit vollem Geburtsdatum auf beiden "
                "Seiten (bedingungen: geburtsdatum: beide_voll)"
            )
            yield Problem("abgleich.yaml", (*place, "wirkung"), text)


def _profile(profile: Profile, file: str) -> Iterator[Problem]:
    for position, part in enumerate(profile.dateien):
        place: tuple[str | int, ...] = ("dateien", position)
        unknown = set(re.compile(part.muster).groupindex) - NAMED_GROUPS
        if unknown:
            text = f"unbekannte Gruppe {', '.join(sorted(unknown))}; möglich: {', '.join(sorted(NAMED_GROUPS))}"
            yield Problem(file, (*place, "muster"), text)
        yield from _part(part, file, place)


def _part(part: FilePart, file: str, place: tuple[str | int, ...]) -> Iterator[Problem]:
    """Fields must exist in the contract; values set or translated to must be codes of their field."""
    from zaehlbar.contract import contract  # brings pyarrow along, which `--help` does not need

    table = contract().table(part.tabelle)
    fields = {field.name: field for field in table.fields}
    columns = part.spalten if isinstance(part.spalten, dict) else {}
    for key, used in (("spalten", columns), ("konstanten", part.konstanten), ("uebersetzung", part.uebersetzung)):
        for name in used:
            if name not in fields:
                text = f"die Tabelle {part.tabelle} hat kein Feld {name}"
                yield Problem(file, (*place, key, name), text)
    values = [("konstanten", name, str(value)) for name, value in part.konstanten.items()]
    values += [("uebersetzung", name, code) for name, codes in part.uebersetzung.items() for code in codes.values()]
    for key, name, value in values:
        field = fields.get(name)
        if field and field.codes and not field.zaehlbar.codes_from and value not in field.codes:
            text = f"{value} ist kein Code von {name}; möglich: {', '.join(field.codes)}"
            yield Problem(file, (*place, key, name), text)
