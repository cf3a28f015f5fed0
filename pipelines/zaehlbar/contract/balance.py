"""The balance of a delivery's table: every row found has exactly one fate (DESIGN.md, statement 1)."""

from __future__ import annotations

from dataclasses import dataclass, fields

FATES = (
    "neu",
    "geaendert",
    "unveraendert",
    "doppelt",
    "ueberholt",
    "zurueckgewiesen",
    "zurueckgehalten",
    "wartend",
    "abgelehnt",
)
"""new, changed, unchanged, duplicate, superseded, rejected, withheld, waiting, refused."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Rows of one table of one delivery by fate.

    `gefunden` is counted independently of the parser. `titelzeilen` and `summenzeilen` (title, header, blank and totals
    rows) are counted apart and are no part of the balance. `geschlossen` counts current rows of the warehouse that the
    delivery closed because they are missing from its scope; they are no rows of the file either.
    """

    tabelle: str
    gefunden: int
    neu: int = 0
    geaendert: int = 0
    unveraendert: int = 0
    doppelt: int = 0
    ueberholt: int = 0
    zurueckgewiesen: int = 0
    zurueckgehalten: int = 0
    wartend: int = 0
    abgelehnt: int = 0
    titelzeilen: int = 0
    summenzeilen: int = 0
    geschlossen: int = 0

    @property
    def difference(self) -> int:
        """Rows found minus rows with a fate; 0 when the balance closes."""
        return self.gefunden - sum(int(getattr(self, fate)) for fate in FATES)

    def check(self) -> None:
        """Raise ArithmeticError, naming table and difference, when the balance does not close."""
        if self.difference or min(getattr(self, f.name) for f in fields(self)[1:]) < 0:
            raise ArithmeticError(
                f"balance of table {self.tabelle} does not close: "
                f"{self.gefunden} rows found, difference {self.difference}"
            )
