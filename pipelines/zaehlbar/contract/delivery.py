"""What one provider sends at one time, and which delivery wins over which."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

Increment = Literal["voll", "zuwachs"]


class Rank(NamedTuple):
    """The highest rank wins per row (DESIGN.md, Delivery): period end, then version, then content as tie-break."""

    end: date
    version: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Vorhaben × TVP × period that a delivery speaks for; both ends inclusive."""

    vorhaben_id: str
    tvp_id: str
    start: date
    end: date
    increment: Increment = "voll"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a delivery. `url` counts as personal: it is never written outside the trusted zone."""

    url: str
    sha256: str
    size: int
    part: str
    """Which entry `dateien` of the profile it fulfils."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery as found in the inbox, before anything of it was believed.

    `delivery_id` is the fingerprint of the contents (first 16 hex digits of SHA-256 over the sorted file hashes, parts
    and profile): outside the trusted zone a delivery has this id and nothing else. `scope` and `version` are None until
    ingest has read them from where the profile says.
    """

    delivery_id: str
    profile: str
    files: tuple[SourceFile, ...]
    scope: Scope | None = None
    version: int | None = None
    missing_parts: tuple[str, ...] = field(default=())

    @property
    def rank(self) -> Rank:
        if self.scope is None or self.version is None:
            raise ValueError(f"delivery {self.delivery_id}: scope and version are not known yet")
        return Rank(self.scope.end, self.version, self.delivery_id)
