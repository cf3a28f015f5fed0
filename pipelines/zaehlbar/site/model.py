"""The models of a site, one class per file (see `examples/site/` for a complete one)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from zaehlbar.site.base import SiteModel
from zaehlbar.site.profile import Profile

Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


class LegalBasis(SiteModel):
    """Legal basis of the operating model (domain.md 6.1; (d) 18 and 23)."""

    person_level: str
    """On what the person-level rows rest, e.g. consent level ≥ 1 (Art. 6 Abs. 1 Buchst. a DSGVO)."""
    ohne_einwilligung: str | None = None
    """Legal basis to count persons without consent as an aggregate; None: not counted at all."""


class SiteHead(SiteModel):
    """`site.yaml`."""

    site: str
    version: str
    betriebsmodell: Literal["M1", "M2", "M3"]
    rechtsgrundlage: LegalBasis


class Quartier(SiteModel):
    quartier_id: str
    name: str
    jobcenter_nr: str


class Partner(SiteModel):
    """A Teilvorhabenpartner (TVP) in one Vorhaben."""

    tvp_id: str
    name: str
    profil: str
    eingang: str
    """Folder below the inbox where its files arrive (and name of its folder in the outbox)."""
    rhythmus: Literal["monatlich", "vierteljaehrlich", "halbjaehrlich", "jaehrlich", "einmalig"] = "monatlich"
    """How often a delivery is expected; with `von`/`bis` it gives the expected deliveries of statement 14."""
    von: date | None = None
    bis: date | None = None


class Vorhaben(SiteModel):
    vorhaben_id: str
    akronym: str
    foerderrunde: str
    land: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-6])$")]
    von: date
    bis: date
    quartiere: tuple[Quartier, ...] = ()
    partner: tuple[Partner, ...]


class VorhabenFile(SiteModel):
    """`vorhaben.yaml`."""

    vorhaben: tuple[Vorhaben, ...]


class Jobcenter(SiteModel):
    jobcenter_nr: Annotated[str, Field(pattern=r"^\d{5}$")]
    name: str
    typ: Literal["gE", "zkT"]


class JobcenterFile(SiteModel):
    """`jobcenter.yaml`."""

    jobcenter: tuple[Jobcenter, ...]


class Foerderrunde(SiteModel):
    foerderrunde: str
    von: date
    bis: date
    mindestalter: int | None
    """Minimum age at entry in years; None switches the rule off."""


class FoerderrundenFile(SiteModel):
    """`foerderrunden.yaml`."""

    foerderrunden: tuple[Foerderrunde, ...]


class CatalogueEntry(SiteModel):
    """One activity code with its validity (domain.md b.2)."""

    code: Annotated[str, Field(pattern=r"^[A-Z][0-9]{2}$")]
    name: str
    tabelle: Literal["aktivitaet", "angebot"] = "aktivitaet"
    gueltig_ab: date
    gueltig_bis: date | None = None
    bemerkung: str = ""


class CatalogueFile(SiteModel):
    """`katalog.yaml`."""

    version: str
    codes: tuple[CatalogueEntry, ...]


class Category(SiteModel):
    """One countable category (domain.md b.1 with (d) 9)."""

    kategorie: str
    name: str
    zaehleinheit: Literal["TN", "PERS", "EV", "keine"]
    analog: str
    gruppe: str


class MappingEntry(SiteModel):
    code: str
    kategorie: str
    gueltig_ab: date
    gueltig_bis: date | None = None


class Consent(SiteModel):
    """Who agreed to a mapping, in which function (never a name), and when."""

    funktion: str
    am: date


class CategoryMapping(SiteModel):
    """`kategorien.yaml`: categories and which code counts as what, at a date; one category per code and day."""

    version: str
    freigegeben: Consent | None = None
    zugestimmt: Consent | None = None
    kategorien: tuple[Category, ...]
    zuordnung: tuple[MappingEntry, ...]

    @property
    def agreed(self) -> bool:
        """Whether both consents are there; until then every page says "Vorschlag, nicht abgestimmt" ((d) 10)."""
        return self.freigegeben is not None and self.zugestimmt is not None


class CountingRules(SiteModel):
    """`zaehlregeln.yaml` (domain.md b.3 with (d) 9 and 11)."""

    version: str
    schwelle_stunden: Annotated[float, Field(gt=0)] | None
    """Attended hours from which a participation is countable; None switches the threshold off."""
    aktiv_tage: Annotated[int, Field(gt=0)] | None
    """"davon aktiv": attended within that many days up to the Stichtag; None switches the sub-line off."""
    vorlaeufig_monate: Annotated[int, Field(ge=0)] = 3
    """A month is endgültig once this many whole months have passed since its end."""


class CalendarEntry(SiteModel):
    monat: Month
    stichtag: date
    quelle: str


class Calendar(SiteModel):
    """`kalender.yaml`: the statistical Stichtag of each month."""

    version: str
    ersatzregel: Literal["monatsende", "monatsmitte"] = "monatsende"
    """For months without an entry: last day, or the 15th."""
    stichtage: tuple[CalendarEntry, ...] = ()


class Thresholds(SiteModel):
    """When findings hold or refuse a delivery. Shares are of the rows found in the table, 0 to 1; None: never."""

    anhalten_ab_anteil: float | None = None
    ablehnen_ab_anteil: float | None = None


class ValidationFile(SiteModel):
    """`validierung.yaml`."""

    version: str
    standard: Thresholds
    """For the share of rejected rows of a table, whatever the rule."""
    regeln: dict[str, Thresholds] = Field(default_factory=dict)
    """Per rule code."""
    abgeschaltet: dict[str, str] = Field(default_factory=dict)
    """Rule code → reason why it is switched off here."""
    ruhezeit_minuten: int = 0
    """A file changed more recently than that is still being written and waits for the next night."""


class Site(SiteModel):
    """Everything a municipality decides, as one value. `hashes` has the SHA-256 of each file's content.

    What must hold between its parts is checked by `site/references.py` when it is loaded.
    """

    head: SiteHead
    vorhaben: tuple[Vorhaben, ...]
    jobcenter: tuple[Jobcenter, ...]
    foerderrunden: tuple[Foerderrunde, ...]
    katalog: CatalogueFile
    kategorien: CategoryMapping
    zaehlregeln: CountingRules
    kalender: Calendar
    validierung: ValidationFile
    profile: dict[str, Profile]
    hashes: dict[str, str]

    def partner(self, vorhaben_id: str, tvp_id: str) -> tuple[Vorhaben, Partner] | None:
        """Return Vorhaben and partner of these ids, or None where the site knows no such pair."""
        for vorhaben in self.vorhaben:
            for partner in vorhaben.partner:
                if (vorhaben.vorhaben_id, partner.tvp_id) == (vorhaben_id, tvp_id):
                    return vorhaben, partner
        return None

    def foerderrunde_of(self, vorhaben_id: str) -> Foerderrunde | None:
        """Return the Förderrunde of the Vorhaben, or None where the site does not know it."""
        rounds = {item.foerderrunde: item for item in self.foerderrunden}
        for vorhaben in self.vorhaben:
            if vorhaben.vorhaben_id == vorhaben_id:
                return rounds.get(vorhaben.foerderrunde)
        return None
