"""Which columns of a fact table are key and which are attributes, derived from the contract."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from zaehlbar.contract import Table, contract

NOT_STORED = frozenset({"aktivitaet_lfd"})
"""Provider's running numbers help to find a row in the file; a renumbered export must not look like a changed one."""


@dataclass(frozen=True, slots=True)
class FactTable:
    """One table of schema `kern`."""

    name: str
    key: tuple[str, ...]
    attributes: tuple[str, ...]
    position: str | None
    scope: Literal["bis", "zeitraum", "stand"]
    persons: bool

    @property
    def sql_name(self) -> str:
        return f"kern.{self.name}"

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key, *self.attributes)


@cache
def fact_tables() -> dict[str, FactTable]:
    """Return the fact tables by name, in the order in which they are loaded (participations first)."""
    return {table.name: _fact_table(table) for table in contract().tables if table.zaehlbar.scope != "lieferung"}


def _fact_table(table: Table) -> FactTable:
    persons = table.zaehlbar.persons
    owner = ("identitaet_id",) if persons else ("vorhaben_id", "tvp_id")
    rest = tuple(name for name in table.primary_key if name not in ("vorhaben_id", "tvp_id", "tn_nr"))
    number = ("nr",) if table.zaehlbar.occurrence else ()
    key = (*owner, *rest, *number)
    hidden = {"vorhaben_id", "tvp_id", "tn_nr", *key, *NOT_STORED}
    attributes = [field.name for field in table.fields if field.name not in hidden and not field.personal]
    if table.name == "teilnahme":
        attributes.append("altersgruppe_eintritt")
    scope = table.zaehlbar.scope
    assert scope != "lieferung"
    return FactTable(table.name, key, tuple(attributes), table.zaehlbar.position, scope, persons)
