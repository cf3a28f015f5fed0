"""The canonical tables, read from `tables/*.yaml`.

The files use the vocabulary of the Frictionless Table Schema (fields, type, constraints, primaryKey, foreignKeys);
what that standard has no word for stands under `zaehlbar:`.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal

import pyarrow as pa
import yaml
from pydantic import AliasPath, BaseModel, ConfigDict, Field as PydanticField

ROW = "_zeile"
"""Technical column of every canonical table: int32, 1-based number of the record as its sender sees it (line of the CSV
file, row of the sheet; header and title lines count)."""

FILE = "_datei"
"""Technical column of every canonical table: int16, index into `Delivery.files`."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class PrivacyClass(StrEnum):
    """Domain.md (a): how far a field may travel."""

    OPEN = "O"
    PERSONAL = "P"
    SPECIAL = "S"  # Art. 9 DSGVO, never loaded beyond the intake zone
    INTAKE = "I"  # deleted by pseudonymization


class Constraints(_Model):
    """Constraints of the Frictionless Table Schema that the contract uses."""

    required: bool = False
    unique: bool = False
    max_length: int | None = PydanticField(default=None, alias="maxLength")
    pattern: str | None = None
    minimum: int | str | None = None
    maximum: int | str | None = None


class Extension(_Model):
    """What Table Schema has no word for."""

    privacy_class: PrivacyClass = PydanticField(alias="klasse")
    source: str = PydanticField(alias="quelle")
    reports: tuple[str, ...] = PydanticField(alias="berichte")
    basis: bool = PydanticField(default=False, alias="basislieferung")
    codes: dict[str, str] = PydanticField(default_factory=dict)
    """Code → German label; empty where the field is no code. Beside `codes_from` they are allowed in addition to the
    site's list. A field with codes is always a string."""
    codes_from: Literal["katalog", "angebot_katalog", "quartier", "jobcenter", "vorhaben", "tvp", None] = PydanticField(
        default=None, alias="codes_aus"
    )


class Field(_Model):
    """One column of a canonical table."""

    name: str
    title: str
    type: Literal["string", "integer", "boolean", "date", "yearmonth"]
    description: str
    constraints: Constraints = Constraints()
    zaehlbar: Extension

    @property
    def required(self) -> bool:
        return self.constraints.required

    @property
    def codes(self) -> dict[str, str]:
        return self.zaehlbar.codes

    @property
    def personal(self) -> bool:
        """Whether the clear value must not leave the trusted zone."""
        return self.zaehlbar.privacy_class in (PrivacyClass.INTAKE, PrivacyClass.SPECIAL)

    @property
    def arrow_type(self) -> pa.DataType:
        types = {"integer": pa.int32(), "boolean": pa.bool_(), "date": pa.date32()}
        return types.get(self.type, pa.string())


class ForeignKey(_Model):
    fields: tuple[str, ...]
    reference: str = PydanticField(validation_alias=AliasPath("reference", "resource"))
    """Name of the table; the fields have the same names there."""


class TableExtension(_Model):
    scope: Literal["bis", "zeitraum", "stand", "lieferung"] = PydanticField(alias="umfang")
    """What a full delivery is authoritative for (DESIGN.md, Delivery): `bis` everything up to the end of its period,
    `zeitraum` its period only, `stand` the state at its end, `lieferung` the manifest itself."""
    position: str | None = PydanticField(default=None, alias="position")
    """The date field that says whether a row lies in the scope; None for `stand` and `lieferung`."""
    persons: bool = PydanticField(alias="personen")
    """Whether rows belong to a person, so that `tn_nr` becomes `identitaet_id`."""
    occurrence: bool = PydanticField(default=False, alias="wiederholbar")
    """Whether equal keys may occur several times in one delivery; a running number `nr` then completes the key."""


class Table(_Model):
    """One canonical table."""

    name: str
    title: str
    description: str
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...] = PydanticField(alias="primaryKey")
    foreign_keys: tuple[ForeignKey, ...] = PydanticField(default=(), alias="foreignKeys")
    zaehlbar: TableExtension

    def field(self, name: str) -> Field:
        """Return the field `name`; KeyError when the table has none of that name."""
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise KeyError(f"table {self.name!r} has no field {name!r}")

    @property
    def field_names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    @property
    def arrow_schema(self) -> pa.Schema:
        """Schema of the canonical table: its fields, then `_zeile` and `_datei`."""
        columns = [pa.field(field.name, field.arrow_type) for field in self.fields]
        return pa.schema([*columns, pa.field(ROW, pa.int32(), False), pa.field(FILE, pa.int16(), False)])


class Contract(_Model):
    version: str
    tables: tuple[Table, ...]

    def table(self, name: str) -> Table:
        """Return the table `name`; KeyError when the contract has none of that name."""
        for candidate in self.tables:
            if candidate.name == name:
                return candidate
        raise KeyError(f"the contract has no table {name!r}")


ORDER = ("lieferung", "teilnahme", "aktivitaet", "zwischenschritt", "angebot", "verzeichnis", "vereinbarung")
VERSION = "1.0"


@cache
def contract() -> Contract:
    """Return the contract, read once per process."""
    folder = Path(__file__).parent / "tables"
    tables = []
    for name in ORDER:
        text = (folder / f"{name}.yaml").read_text(encoding="utf-8")
        tables.append(Table.model_validate(yaml.safe_load(text)))
    return Contract(version=VERSION, tables=tuple(tables))
