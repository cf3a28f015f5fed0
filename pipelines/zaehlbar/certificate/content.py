"""What a Teilnahmebescheinigung says, and what it leaves out.

Belongs here: the choice of facts. Does not belong here: layout and sentences (document), files (files).

The person hands it over themselves, in practice to a Jobcenter (§ 67a Abs. 2 SGB X). So what is made unasked
(Extent.WEITERGABE) has nothing that could be turned against them (DESIGN.md, statement 13): categories of the closed
list only, because the others tell of health and personal barriers; no hours, because few hours over a long time show
absence; no reason for leaving. The full extent is for the person's own papers and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from zaehlbar.certificate.standing import CANCELLED, standing_rows
from zaehlbar.contract import contract
from zaehlbar.site import CLOSED_LIST, Site, agreement
from zaehlbar.validate import Validated

TO_HAND_OVER = (*CLOSED_LIST, "K-QUAL+")
"""What the certificate names unasked: the closed list and the longer qualification, which a person wants to prove."""

STEPS_TO_HAND_OVER = ("SPRACHE", "ANERKENNUNG", "ZERTIFIKAT", "PRAXIS")
"""Zwischenschritte named unasked: nothing of family, regularity, self-assessment or what a Jobcenter arranged."""

_NOT_ASSIGNED = "Weitere Angebote"


class Extent(StrEnum):
    """How much a certificate tells."""

    WEITERGABE = "weitergabe"
    """To be handed to others."""
    VOLL = "voll"
    """For the person's own papers: all categories, hours, all Zwischenschritte."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One participation; `bis` is None while it runs."""

    von: date
    bis: date | None


@dataclass(frozen=True, slots=True)
class Attended:
    """A category with the first and last day of it; `minuten` in the full extent only."""

    kategorie: str
    name: str
    von: date
    bis: date
    minuten: int | None


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    datum: date


@dataclass(frozen=True, slots=True)
class Certificate:
    """Everything that is printed; nothing that tells who it is in a repr. `tn_nr` is for the name of the file only."""

    vorhaben_id: str
    tvp_id: str
    tn_nr: str = field(repr=False)
    nachname: str = field(repr=False)
    vorname: str = field(repr=False)
    geburtsdatum: date | None = field(repr=False)
    vorhaben: str
    partner: str
    umfang: Extent
    stand: date
    """Last day of the delivery it was made from."""
    teilnahmen: tuple[Stay, ...]
    kategorien: tuple[Attended, ...]
    schritte: tuple[Step, ...]
    abgestimmt: bool
    kategorien_version: str


@dataclass(frozen=True, slots=True)
class Left:
    """Persons of valid rows who get none: no name delivered; only participations recorded by mistake."""

    ohne_name: int
    storniert: int


def certificates(
    deliveries: Sequence[Validated], site: Site, extent: Extent, only: frozenset[str] | None = None
) -> tuple[list[Certificate], Left]:
    """Return one certificate per person of one partner's `deliveries`, in order of tn_nr (`only`: these tn_nr).

    All deliveries must be of one Vorhaben × TVP that the site knows (ValueError), with a scope and not fatal. The
    latest Eintritt gives name and birth date.
    """
    newest = max((one.ingested.delivery for one in deliveries), key=lambda delivery: delivery.rank)
    assert newest.scope is not None
    known = site.partner(newest.scope.vorhaben_id, newest.scope.tvp_id)
    if known is None:
        raise ValueError("the site does not know this Vorhaben and TVP")
    vorhaben, partner = known
    rows = standing_rows(deliveries)
    people = _grouped(rows["teilnahme"], only)
    attended = _attended(rows["aktivitaet"], site, extent)
    steps = _steps(rows["zwischenschritt"], extent)
    made: list[Certificate] = []
    nameless = cancelled = 0
    for tn_nr, rows_of_person in people:
        stays = [row for row in rows_of_person if row["status"] != CANCELLED]
        if not stays:
            cancelled += 1
            continue
        latest = max(stays, key=lambda row: row["eintritt_datum"])
        nachname, vorname = ((latest[name] or "").strip() for name in ("nachname", "vorname"))
        if not nachname or not vorname:
            nameless += 1
            continue
        made.append(
            Certificate(
                vorhaben_id=vorhaben.vorhaben_id,
                tvp_id=partner.tvp_id,
                tn_nr=tn_nr,
                nachname=nachname,
                vorname=vorname,
                geburtsdatum=latest["geburtsdatum"],
                vorhaben=vorhaben.akronym,
                partner=partner.name,
                umfang=extent,
                stand=newest.scope.end,
                teilnahmen=tuple(
                    sorted(
                        (Stay(row["eintritt_datum"], row["austritt_datum"]) for row in stays), key=lambda stay: stay.von
                    )
                ),
                kategorien=tuple(attended.get(tn_nr, ())),
                schritte=tuple(steps.get(tn_nr, ())),
                abgestimmt=agreement.agreed(site),
                kategorien_version=site.kategorien.version,
            )
        )
    return made, Left(nameless, cancelled)


_PERSON = ("tn_nr", "nachname", "vorname", "geburtsdatum", "eintritt_datum", "austritt_datum", "status")


def _grouped(participations: pa.Table, only: frozenset[str] | None) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield tn_nr and rows of each person."""
    rows = participations.select(list(_PERSON))
    if only is not None:
        rows = rows.filter(pc.is_in(rows["tn_nr"], value_set=pa.array(sorted(only), pa.string())))
    people: dict[str, list[dict[str, Any]]] = {}
    for row in rows.sort_by([("tn_nr", "ascending"), ("eintritt_datum", "ascending")]).to_pylist():
        people.setdefault(row["tn_nr"], []).append(row)
    yield from people.items()


def _attended(activities: pa.Table, site: Site, extent: Extent) -> Mapping[str, list[Attended]]:
    """Return the categories of each tn_nr, in the order of the site's file."""
    # Grouped by day first: the mapping is asked once per code and day, not once per row.
    grouped = activities.group_by(["tn_nr", "aktivitaet_code", "datum"]).aggregate([("dauer_min", "sum")])
    resolve = _Mapping(site)
    found: dict[tuple[str, str], tuple[date, date, int]] = {}
    for row in grouped.to_pylist():
        category = resolve(row["aktivitaet_code"], row["datum"])
        if extent is Extent.WEITERGABE and category not in TO_HAND_OVER:
            continue
        key = (row["tn_nr"], category)
        first, last, minutes = found.get(key, (row["datum"], row["datum"], 0))
        minutes += row["dauer_min_sum"] or 0
        found[key] = (min(first, row["datum"]), max(last, row["datum"]), minutes)
    result: dict[str, list[Attended]] = {}
    for (tn_nr, category), (first, last, minutes) in sorted(found.items(), key=lambda item: resolve.order(item[0][1])):
        shown = minutes if extent is Extent.VOLL else None
        result.setdefault(tn_nr, []).append(Attended(category, resolve.name(category), first, last, shown))
    return result


def _steps(steps: pa.Table, extent: Extent) -> Mapping[str, list[Step]]:
    names = contract().table("zwischenschritt").field("code").codes
    result: dict[str, list[Step]] = {}
    for row in steps.select(["tn_nr", "datum", "code"]).sort_by([("datum", "ascending")]).to_pylist():
        code = row["code"]
        if code in names and (extent is Extent.VOLL or code in STEPS_TO_HAND_OVER):
            result.setdefault(row["tn_nr"], []).append(Step(names[code], row["datum"]))
    return result


class _Mapping:
    """The site's mapping, resolved by code and day; what it does not map, or does not count, has no name of its own."""

    OTHER = ""

    def __init__(self, site: Site) -> None:
        self._entries = site.kategorien.zuordnung
        counted = [item for item in site.kategorien.kategorien if item.zaehleinheit != "keine"]
        self._names = {item.kategorie: item.name for item in counted}
        self._order = {item.kategorie: at for at, item in enumerate(counted)}
        self._known: dict[tuple[str, date], str] = {}

    def __call__(self, code: str, day: date) -> str:
        if (code, day) not in self._known:
            self._known[code, day] = next(
                (
                    entry.kategorie
                    for entry in self._entries
                    if entry.code == code
                    and entry.gueltig_ab <= day
                    and (entry.gueltig_bis is None or day <= entry.gueltig_bis)
                    and entry.kategorie in self._names
                ),
                self.OTHER,
            )
        return self._known[code, day]

    def name(self, category: str) -> str:
        return self._names.get(category, _NOT_ASSIGNED)

    def order(self, category: str) -> int:
        return self._order.get(category, len(self._order))
