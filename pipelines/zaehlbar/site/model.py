"""The models of a site, one class per file (see `examples/site/` for a complete one)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from zaehlbar.site.agreement import Reviewed
from zaehlbar.site.base import SiteModel
from zaehlbar.site.labels import LabelFile
from zaehlbar.site.profile import Profile
from zaehlbar.site.supplements import FeedbackFile, OfficialFile, TargetFile
from zaehlbar.site.transmission import TransmissionFile

Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


OperatingModel = Literal["M1", "M2", "M3"]

MINIMUM_LEVEL: dict[str, Literal[1, 2]] = {"M1": 1, "M2": 1, "M3": 2}
"""Consent level that a person-level row needs: 2 where the Jobcenter matches persons itself (domain.md 6.1)."""


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError("ist leer; hier gehört ein Satz hin, den die oder der Datenschutzbeauftragte prüfen kann")
    return text


Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value), AfterValidator(_not_empty)]


class Recipient(SiteModel):
    """Who sees something, by function (never a name), and what."""

    funktion: Text
    sieht: Text


class LegalBasis(SiteModel):
    """What one operating model rests on (domain.md 6.1; (d) 18 and 23)."""

    person_level: Text
    """On what the person-level rows rest, e.g. consent level ≥ 1 (Art. 6 Abs. 1 Buchst. a DSGVO)."""
    ohne_einwilligung: Text | None = None
    """Legal basis to count persons without consent as an aggregate; None: not counted at all. M1 only."""
    empfaenger: Annotated[tuple[Recipient, ...], Field(min_length=1)]
    zweck: Text


class LegalBases(SiteModel):
    """One entry per operating model; that of the site's own model must be there (site/references.py)."""

    M1: LegalBasis | None = None
    M2: LegalBasis | None = None
    M3: LegalBasis | None = None

    @model_validator(mode="before")
    @classmethod
    def _refuse_flat_form(cls, value: Any) -> Any:
        if isinstance(value, dict) and {"person_level", "ohne_einwilligung"} & value.keys():
            raise ValueError(
                "steht jetzt je Betriebsmodell: die Texte unter „M1:“, „M2:“ oder „M3:“ einrücken und dort empfaenger "
                "(funktion, sieht) und zweck ergänzen; Vorlage: examples/site/site.yaml"
            )
        return value

    def of(self, model: OperatingModel) -> LegalBasis | None:
        """Return the entry of an operating model, None where the site has none."""
        return {"M1": self.M1, "M2": self.M2, "M3": self.M3}[model]


class SiteHead(SiteModel):
    """`site.yaml`."""

    site: str
    version: str
    betriebsmodell: OperatingModel
    rechtsgrundlage: LegalBases = LegalBases()

    @property
    def basis(self) -> LegalBasis:
        """The legal basis of the site's own operating model; LookupError where there is none (`site check` refuses)."""
        found = self.rechtsgrundlage.of(self.betriebsmodell)
        if found is None:
            raise LookupError(f"the site names no legal basis for {self.betriebsmodell}")
        return found

    @property
    def minimum_level(self) -> int:
        """The consent level that a person-level row needs."""
        return MINIMUM_LEVEL[self.betriebsmodell]


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


class CatalogueFile(Reviewed):
    """`katalog.yaml`."""

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


class CategoryMapping(Reviewed):
    """`kategorien.yaml`: categories and which code counts as what, at a date; one category per code and day."""

    kategorien: tuple[Category, ...]
    zuordnung: tuple[MappingEntry, ...]


class CountingRules(Reviewed):
    """`zaehlregeln.yaml` (domain.md b.3 with (d) 9 and 11)."""

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

    def days(self, months: Iterable[date]) -> list[date]:
        """Return the Stichtag of each month (given by its first day)."""
        known = {entry.monat: entry.stichtag for entry in self.stichtage}
        middle = self.ersatzregel == "monatsmitte"
        return [
            known.get(f"{month:%Y-%m}", month.replace(day=15 if middle else monthrange(month.year, month.month)[1]))
            for month in months
        ]


class MatchConditions(SiteModel):
    """What else must hold for a pair, beside which Merkmale agree."""

    geburtsdatum: Literal["beide_voll", "eines_fehlt", "beide_fehlen"] | None = None
    """Full birth date of both, of one, of none (01.01. is none); None: does not matter."""
    partner: Literal["derselbe", "verschiedene"] | None = None
    """Whether the same Teilvorhabenpartner of the same Vorhaben delivered both; None: does not matter."""


class MatchRule(SiteModel):
    """One merge rule (Abgleichregel): what becomes of a pair of identities. The first one that fits counts."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    beschreibung: str
    gleich: Annotated[tuple[Annotated[tuple[str, ...], Field(min_length=1)], ...], Field(min_length=1)]
    """Alternatives; of one of them all Merkmale must agree."""
    nicht_gleich: tuple[str, ...] = ()
    """None of these may agree (they differ, or one side has none)."""
    verschieden: tuple[str, ...] = ()
    """Both sides have all of these, and they differ."""
    bedingungen: MatchConditions = MatchConditions()
    wirkung: Literal["zusammen", "pruefen", "nie"]
    """One person by itself, a pair for a person to decide, or never one person by themselves."""


class MatchFile(SiteModel):
    """`abgleich.yaml`: which identities are one person (DESIGN.md, statements 4 and 7)."""

    version: str
    hoechstens_je_merkmal: Annotated[int, Field(ge=2)] = 50
    """A Merkmal that more identities share says too little: it makes no pairs."""
    regeln: Annotated[tuple[MatchRule, ...], Field(min_length=1)]


class RetentionFile(SiteModel):
    """`aufbewahrung.yaml`: how long rows of persons and raw files are kept (domain.md (d) 20)."""

    version: str
    person_monate: Annotated[int, Field(gt=0)] | None
    """Rows of a participation go this many months after its Austritt; None: never."""
    roh_tage: Annotated[int, Field(ge=0)]
    """Raw files and validation reports go this many days after acceptance or refusal."""
    eingang_leeren: bool
    """Whether that includes the delivery's files in the inbox."""


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
    abgleich: MatchFile
    aufbewahrung: RetentionFile
    profile: dict[str, Profile]
    hashes: dict[str, str]
    uebermittlung: TransmissionFile | None = None
    """None where the site has no `uebermittlung.yaml`: no lists."""
    zertifikate: dict[str, bytes] = Field(default_factory=dict)
    """Content of the certificate files that `uebermittlung` names."""
    bezeichnungen: LabelFile | None = None
    """None where the site has no `bezeichnungen.yaml`: every code is called the same on every day."""
    kennzahlen: OfficialFile | None = None
    """None where the site has no `kennzahlen.yaml`: reports give name and link of official figures only."""
    rueckmeldung: FeedbackFile | None = None
    """None where the site has no `rueckmeldung.yaml`: no Jobcenter gives anything back."""
    zielgruppen: TargetFile | None = None
    """None where the site has no `zielgruppen.yaml`: Zielgruppenerreichung without anything to compare with."""

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
