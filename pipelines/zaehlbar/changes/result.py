"""What an explanation says: plain values, without any person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from zaehlbar.changes.causes import Cause

Figures = dict[str, int | None]
"""Measure → value; None: switched off then, or not counted by that version of Zählbar."""


@dataclass(frozen=True, slots=True)
class DeliveryPart:
    """What one delivery did to the figures, under the cause it stands in."""

    lieferung_nr: int
    lieferung_id: str
    vorhaben_id: str | None
    tvp_id: str | None
    zeitraum_von: date | None
    zeitraum_bis: date | None
    version: int | None
    figures: dict[str, int]


@dataclass(frozen=True, slots=True)
class Part:
    """What one cause did to the figures. `deliveries` stand behind it, those with the largest effect first; `detail`
    says which versions changed, or what else is to be known."""

    cause: Cause
    name: str
    meaning: str
    figures: dict[str, int]
    deliveries: tuple[DeliveryPart, ...] = ()
    detail: str = ""

    @property
    def anything(self) -> bool:
        """Whether the cause changed any figure."""
        return any(self.figures.values())


@dataclass(frozen=True, slots=True)
class Point:
    """A state that is compared: after which count; `lauf_id` 0: before the first."""

    lauf_id: int
    gezaehlt_am: datetime | None
    versions: dict[str, str]
    """Versions of mapping, counting rules and calendar."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The change of a cell's figures between two states, split into its causes.

    For every measure: before + sum of parts + unexplained = after; unexplained must be 0. `parts` has all causes in the
    order of the path, those that did nothing included. `notes` are to be read with the figures.
    """

    zeitraum: str
    beginn: date
    ende: date
    cell: dict[str, str]
    von: Point
    bis: Point
    before: Figures
    parts: tuple[Part, ...]
    unexplained: dict[str, int]
    after: Figures
    notes: tuple[str, ...]

    @property
    def explained(self) -> bool:
        """Whether nothing is left over."""
        return not any(self.unexplained.values())
