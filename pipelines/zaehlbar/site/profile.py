"""Provider profiles: how one provider's files look, and how they become canonical tables."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from zaehlbar.site.base import SiteModel

Scalar = str | int | bool | date


class CsvFormat(SiteModel):
    """Dialect of a CSV file; declared, never sniffed: a declared one reads more files correctly than any sniffer."""

    art: Literal["csv"] = "csv"
    zeichensatz: str = "utf-8"
    """`utf-8` (a BOM is accepted) or any Python codec name, e.g. `cp1252`."""
    trennzeichen: Annotated[str, Field(min_length=1, max_length=1)] = ";"
    leerzeichen_nach_trennzeichen: bool = False
    anfuehrung: Annotated[str, Field(max_length=1)] = '"'
    """Quote character; empty when the file knows none."""
    fluchtzeichen: Annotated[str, Field(max_length=1)] = ""
    """Escape character inside quotes; empty when quotes are escaped by doubling."""
    kopfzeile: Annotated[int, Field(ge=1)] = 1
    """Number of the line that carries the column names; lines before it are title lines."""
    kopfzeilen: Annotated[int, Field(ge=1)] = 1
    """How many lines the header spans; the names stand in the first."""


class XlsxFormat(SiteModel):
    """Where the table stands in a workbook."""

    art: Literal["xlsx"] = "xlsx"
    blatt: str
    kopfzeile: Annotated[int, Field(ge=1)] | None = None
    """Row with the column names; None: the first row that contains every mapped required column."""


class TotalsRow(SiteModel):
    """How to recognise a totals row: the column `spalte` (provider's name) matches `muster`."""

    spalte: str
    muster: str = r"(?i)^(summe|gesamt|insgesamt|total)\b.*"


class FilePart(SiteModel):
    """One file (or one sheet of it) of a delivery that yields one canonical table."""

    tabelle: Literal[
        "lieferung", "teilnahme", "aktivitaet", "zwischenschritt", "angebot", "verzeichnis", "vereinbarung"
    ]
    muster: str
    """Regular expression that the file's name must match whole. Files whose named groups other than `datum` have equal
    values form one delivery; the groups `vorhaben_id`, `tvp_id`, `monat` (JJJJ-MM), `von`, `bis`, `version` are used by
    `zeitraum: {aus: dateiname}` and as constants of the table where no column is mapped."""
    pflicht: bool = True
    """Whether the delivery is incomplete (and waits) without this part."""
    format: CsvFormat | XlsxFormat = Field(default_factory=CsvFormat, discriminator="art")
    spalten: dict[str, str] | Literal["kanonisch"] = "kanonisch"
    """Canonical field → provider's column name; `kanonisch` when the columns bear the canonical names."""
    ignorieren: tuple[str, ...] = ()
    """Columns of the provider that are known and not read; `*` for all. Any other extra column is a finding."""
    konstanten: dict[str, Scalar] = Field(default_factory=dict)
    """Canonical field → value for every row; a mapped column with a value wins."""
    uebersetzung: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Canonical field → provider's value (compared without regard to case and outer blanks) → canonical code."""
    datumsformate: tuple[str, ...] = ("%Y-%m-%d", "%d.%m.%Y")
    dezimaltrenner: Literal[",", "."] = ","
    wahr: tuple[str, ...] = ("j", "ja", "1", "x", "wahr", "true")
    falsch: tuple[str, ...] = ("n", "nein", "0", "falsch", "false")
    leer: tuple[str, ...] = ("", "-", "NULL")
    """Texts that mean "no value"."""
    dauer_einheit: Literal["min", "h"] = "min"
    """Unit of `dauer_min` where the value names none; `2,5 h` and `90 min` are always understood."""
    summenzeile: TotalsRow | None = None

    @field_validator("muster")
    @classmethod
    def _muster_compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"kein gültiger regulärer Ausdruck: {error}") from None
        return value


class PeriodSource(SiteModel):
    """Where Vorhaben, TVP, period, version and increment of a delivery come from."""

    aus: Literal["manifest", "dateiname", "zelle", "konstante"]
    blatt: str | None = None
    zelle_von: str | None = None
    """Cell such as `B3`, for `aus: zelle`; a cell with a month (`03/2026`, `2026-03`, `März 2026`) gives both ends."""
    zelle_bis: str | None = None
    zelle_version: str | None = None
    von: date | None = None
    bis: date | None = None
    version: int | None = None
    """For `aus: konstante`. Without any version a second, different file for the same scope is held."""

    @model_validator(mode="after")
    def _complete(self) -> PeriodSource:
        if self.aus == "konstante" and (self.von is None or self.bis is None):
            raise ValueError("zeitraum aus konstante braucht „von“ und „bis“")
        if self.aus == "zelle" and (self.zelle_von is None or self.blatt is None):
            raise ValueError("zeitraum aus zelle braucht „blatt“ und „zelle_von“")
        return self


class Profile(SiteModel):
    """How the deliveries of one or several TVP look.

    Without `vorhaben_id`/`tvp_id` here, manifest or file name say them.
    """

    profil: str
    beschreibung: str
    vorhaben_id: str | None = None
    tvp_id: str | None = None
    umfang: Literal["voll", "zuwachs"] = "voll"
    zeitraum: PeriodSource
    dateien: Annotated[tuple[FilePart, ...], Field(min_length=1)]
