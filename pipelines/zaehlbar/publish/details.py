"""What is stored about one Jobcenter beyond its figures: Angaben (who), events and steps (what was reached).

Read per Jobcenter, when its reports are made: for all Jobcenters of the Land at once it would not fit into memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import Connection, text

from zaehlbar.publish.exchange import Cooperation, Exchange, fetch_cooperation, fetch_exchange

SpanKey = tuple[str, date]
"""Period (monat, quartal, zwoelf_monate, jahr) and its first day."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An answer (Ausprägung) to a question (Angabe): who gave it. None: must not be crossed with that answer."""

    auspraegung: str
    teilnahmen: int | None
    personen: int
    eintritte: int | None
    austritte: int | None
    bestand: int | None


@dataclass(frozen=True, slots=True)
class Event:
    """Visits, referrals, contacts (without persons) or steps of one code."""

    art: str
    """besuch, verweis, kontakt, sonstiges, nicht_zugeordnet (each event is in one of them), kategorie (the same events
    by category) or zwischenschritt."""
    code: str
    zaehlweise: str
    """gezaehlt or geschaetzt; empty for steps."""
    ereignisse: int
    ereignisse_ohne_anzahl: int
    """Events whose number of visits or referrals is unknown, not zero."""
    anzahl: int | None
    personen: int | None
    """Only steps have persons."""


@dataclass(frozen=True, slots=True)
class Details:
    """Everything per period and per twelve months; a period without a row has no key."""

    attributes: Mapping[tuple[SpanKey, str], tuple[Attribute, ...]] = field(default_factory=dict)
    """(period, Angabe) → its answers."""
    events: Mapping[SpanKey, tuple[Event, ...]] = field(default_factory=dict)
    exchange: Mapping[date, Exchange] = field(default_factory=dict)
    """By month, without the state of the cooperation."""
    cooperation: tuple[Cooperation, ...] = ()

    def exchange_of(self, month: date) -> Exchange:
        """Return what belongs to a month; the state of the cooperation only where it was known then."""
        found = self.exchange.get(month, Exchange())
        return replace(found, cooperation=tuple(item for item in self.cooperation if item.month <= month))


def fetch_details(connection: Connection, jobcenter_nr: str) -> Details:
    """Fetch what stands now for the Jobcenter, all Vorhaben, Quartiere and partners together."""
    return Details(
        _attributes(connection, jobcenter_nr),
        _events(connection, jobcenter_nr),
        fetch_exchange(connection, jobcenter_nr),
        fetch_cooperation(connection, jobcenter_nr),
    )


def _attributes(connection: Connection, jobcenter_nr: str) -> dict[tuple[SpanKey, str], tuple[Attribute, ...]]:
    rows = connection.execute(
        text("""
            select zeitraum, beginn, angabe, auspraegung, teilnahmen, personen, eintritte, austritte, bestand
            from zahl.angabenzahl
            where bekannt_bis is null and jobcenter_nr = :nr
                and vorhaben_id = '*' and quartier_id = '*' and tvp_id = '*'
            order by angabe, auspraegung
            """),
        {"nr": jobcenter_nr},
    )
    found: dict[tuple[SpanKey, str], list[Attribute]] = {}
    for zeitraum, beginn, angabe, *values in rows:
        found.setdefault(((zeitraum, beginn), angabe), []).append(Attribute(*values))
    return {key: tuple(items) for key, items in found.items()}


def _events(connection: Connection, jobcenter_nr: str) -> dict[SpanKey, tuple[Event, ...]]:
    rows = connection.execute(
        text("""
            select zeitraum, beginn, art, code, zaehlweise, ereignisse, ereignisse_ohne_anzahl, anzahl,
                personen
            from zahl.ereigniszahl
            where bekannt_bis is null and jobcenter_nr = :nr
                and vorhaben_id = '*' and quartier_id = '*' and tvp_id = '*'
            order by art, code, zaehlweise
            """),
        {"nr": jobcenter_nr},
    )
    found: dict[SpanKey, list[Event]] = {}
    for zeitraum, beginn, *values in rows:
        found.setdefault((zeitraum, beginn), []).append(Event(*values))
    return {key: tuple(items) for key, items in found.items()}
