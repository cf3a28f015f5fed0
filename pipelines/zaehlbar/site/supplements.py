"""`kennzahlen.yaml`, `rueckmeldung.yaml`, `zielgruppen.yaml`: what stands beside our figures, where the site has it.

Belongs here: the models and what must hold. Does not belong here: anything that a count or a verdict rests on; that is
why a new value in one of these files makes nothing be counted or judged anew. Every file is optional.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from zaehlbar.site.base import SiteModel

if TYPE_CHECKING:
    from zaehlbar.site.model import Site

FIGURES, FEEDBACK, TARGETS = "kennzahlen.yaml", "rueckmeldung.yaml", "zielgruppen.yaml"
FILES = (FIGURES, FEEDBACK, TARGETS)

Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
KENNZAHLEN = (
    "K1", "K1E1", "K1E2", "K1E3", "K1E4", "K2", "K2E1", "K2E2", "K2E3", "K2E4", "K3", "K3E1", "K3E2", "K3E3", "K3E4",
)  # fmt: skip
"""Kennzahlen and Ergänzungsgrößen of the regulation to § 48a SGB II; their names are in `katalog.kennzahl`."""


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError("ist leer; ohne Quelle steht keine fremde Zahl neben unseren")
    return text


def _known_figure(code: str) -> str:
    if code not in KENNZAHLEN:
        raise ValueError(f"gibt es nicht; möglich: {', '.join(KENNZAHLEN)}")
    return code


Source = Annotated[str, BeforeValidator(lambda value: "" if value is None else value), AfterValidator(_not_empty)]


class OfficialFigure(SiteModel):
    """One published value of a Kennzahl: whose, which month, where from, read when."""

    jobcenter_nr: str
    kennzahl: Annotated[str, AfterValidator(_known_figure)]
    monat: Month
    wert: float
    einheit: Literal["Prozent", "Index", "Anzahl"] = "Prozent"
    quelle: Source
    abruf: date


class OfficialStock(SiteModel):
    """One published month of a Jobcenter's own statistics; whether its Bestand closes is shown, never mended."""

    jobcenter_nr: str
    groesse: Source
    """What is counted there, in the words of the source."""
    monat: Month
    bestand: Annotated[int, Field(ge=0)]
    zugang: Annotated[int, Field(ge=0)]
    abgang: Annotated[int, Field(ge=0)]
    quelle: Source
    abruf: date


class OfficialFile(SiteModel):
    """`kennzahlen.yaml`."""

    version: str
    amtliche_kennzahl: tuple[OfficialFigure, ...] = ()
    amtlicher_bestand: tuple[OfficialStock, ...] = ()


class Feedback(SiteModel):
    """What a Jobcenter gives back of one month, as sums ((d) 19)."""

    jobcenter_nr: str
    monat: Month
    empfehlungen: Annotated[int, Field(ge=0)] | None = None
    massnahmestarts_geplant: Annotated[int, Field(ge=0)] | None = None
    quelle: Source
    erhalten_am: date

    @model_validator(mode="after")
    def _says_something(self) -> Feedback:
        if self.empfehlungen is None and self.massnahmestarts_geplant is None:
            raise ValueError("nennt weder empfehlungen noch massnahmestarts_geplant")
        return self


class FeedbackFile(SiteModel):
    """`rueckmeldung.yaml`."""

    version: str
    jobcenter_rueckmeldung: tuple[Feedback, ...] = ()


TargetFeature = Literal[
    "langzeitarbeitslos",
    "erwerbsstatus_eintritt",
    "altersgruppe_eintritt",
    "geschlecht",
    "schulabschluss",
    "berufsabschluss",
    "herkunft_ausl",
    "drittstaat",
    "wohnungslos",
]
"""Features of the ESF questionnaire, the only ones that Zielgruppenerreichung looks at ((d) 13)."""


class Benchmark(SiteModel):
    """The share to compare with, in a span of days; of whom it is the share says `quelle`."""

    angabe: TargetFeature
    auspraegung: str
    anteil: Annotated[float, Field(ge=0, le=1)]
    gueltig_ab: date
    gueltig_bis: date | None = None
    quelle: Source


class TargetFile(SiteModel):
    """`zielgruppen.yaml`."""

    version: str
    vergleichswerte: tuple[Benchmark, ...] = ()


def problems(site: Site) -> Iterator[tuple[str, tuple[str | int, ...], str]]:
    """Yield (file, place in it, what is wrong)."""
    jobcenters = {one.jobcenter_nr for one in site.jobcenter}
    lists: list[tuple[str, str, tuple[OfficialFigure | OfficialStock | Feedback, ...]]] = []
    if site.kennzahlen is not None:
        lists += [
            (FIGURES, "amtliche_kennzahl", site.kennzahlen.amtliche_kennzahl),
            (FIGURES, "amtlicher_bestand", site.kennzahlen.amtlicher_bestand),
        ]
    if site.rueckmeldung is not None:
        lists.append((FEEDBACK, "jobcenter_rueckmeldung", site.rueckmeldung.jobcenter_rueckmeldung))
    for file, key, rows in lists:
        seen: set[Hashable] = set()
        for at, row in enumerate(rows):
            what = getattr(row, "kennzahl", getattr(row, "groesse", ""))
            if row.jobcenter_nr not in jobcenters:
                text = f"das Jobcenter {row.jobcenter_nr} steht nicht in jobcenter.yaml"
                yield file, (key, at, "jobcenter_nr"), text
            if (row.jobcenter_nr, what, row.monat) in seen:
                text = f"{' '.join(filter(None, (row.jobcenter_nr, what, row.monat)))} ist zweimal eingetragen"
                yield file, (key, at, "monat"), text
            seen.add((row.jobcenter_nr, what, row.monat))
    if site.zielgruppen is not None:
        for place, text in _benchmarks(site.zielgruppen):
            yield TARGETS, place, text


def _benchmarks(file: TargetFile) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """One benchmark per group and day."""
    spans: dict[tuple[str, str], list[tuple[date, date]]] = {}
    for at, row in enumerate(file.vergleichswerte):
        place = ("vergleichswerte", at)
        codes = _codes(row.angabe)
        if row.auspraegung not in codes:
            yield (*place, "auspraegung"), f"{row.angabe} kennt {row.auspraegung} nicht; möglich: {', '.join(codes)}"
        end = row.gueltig_bis or date.max
        if end < row.gueltig_ab:
            yield (*place, "gueltig_bis"), "liegt vor gueltig_ab"
        known = spans.setdefault((row.angabe, row.auspraegung), [])
        if any(row.gueltig_ab <= last and first <= end for first, last in known):
            text = f"{row.angabe} {row.auspraegung}: überschneidet sich mit einem anderen Eintrag"
            yield (*place, "gueltig_ab"), text
        known.append((row.gueltig_ab, end))


def _codes(angabe: str) -> tuple[str, ...]:
    from zaehlbar.contract import contract  # brings pyarrow along, which `--help` does not need

    if angabe == "langzeitarbeitslos":
        return ("j", "n")
    if angabe == "altersgruppe_eintritt":
        return ("U18", "18-24", "25-29", "30-54", "55+")
    return tuple(contract().table("teilnahme").field(angabe).codes)
