"""Holds for audits: nothing under one is deleted by retention. Withdrawal and erasure are not stopped by it.

Belongs here: declaring, lifting and listing them. Does not belong here: obeying them (load/expiry, raw).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, text

from zaehlbar.site import Site


class CannotHold(ValueError):
    """The hold cannot be declared or lifted as asked; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold that applies; without Vorhaben it covers everything."""

    sperre_nr: int
    vorhaben_id: str | None
    tvp_id: str | None
    gesperrt_von: str
    gesperrt_am: datetime
    grund: str
    gueltig_bis: date | None

    @property
    def scope(self) -> str:
        """What it covers, in words."""
        if self.vorhaben_id is None:
            return "alles"
        return self.vorhaben_id if self.tvp_id is None else f"{self.vorhaben_id} {self.tvp_id}"


def holds(connection: Connection, today: date) -> list[Hold]:
    """Return the holds that apply at `today`, oldest first."""
    rows = connection.execute(
        text("""
            select sperre_nr, vorhaben_id, tvp_id, gesperrt_von, gesperrt_am, grund, gueltig_bis
            from betrieb.aufbewahrung_sperre
            where aufgehoben_am is null and (gueltig_bis is null or gueltig_bis >= :today)
            order by sperre_nr
            """),
        {"today": today},
    )
    return [Hold(*row) for row in rows]


def hold(
    connection: Connection,
    site: Site,
    *,
    vorhaben_id: str | None,
    tvp_id: str | None,
    until: date | None,
    by: str,
    reason: str,
    today: date,
) -> int:
    """Declare a hold and return its number. CannotHold when it would cover nothing. The caller commits."""
    if not reason.strip() or not by.strip():
        raise CannotHold("Eine Sperre braucht einen Grund (--grund) und wer sie verhängt (--von).")
    if tvp_id is not None and vorhaben_id is None:
        raise CannotHold("--tvp braucht --vorhaben: derselbe Partner kann in mehreren Vorhaben stehen.")
    known = {item.vorhaben_id: {partner.tvp_id for partner in item.partner} for item in site.vorhaben}
    if vorhaben_id is not None and vorhaben_id not in known:
        raise CannotHold(f"Das Vorhaben {vorhaben_id} kennt die Site nicht. Bekannt: {', '.join(sorted(known))}")
    if vorhaben_id is not None and tvp_id is not None and tvp_id not in known[vorhaben_id]:
        partners = ", ".join(sorted(known[vorhaben_id]))
        raise CannotHold(f"Im Vorhaben {vorhaben_id} gibt es keinen Partner {tvp_id}. Bekannt: {partners}")
    if until is not None and until < today:
        raise CannotHold(f"--bis ({until}) liegt vor heute: Die Sperre hielte nichts auf.")
    number: int = connection.execute(
        text("""
            insert into betrieb.aufbewahrung_sperre (vorhaben_id, tvp_id, gesperrt_von, grund, gueltig_bis)
            values (:vorhaben_id, :tvp_id, :by, :reason, :until) returning sperre_nr
            """),
        {"vorhaben_id": vorhaben_id, "tvp_id": tvp_id, "by": by.strip(), "reason": reason.strip(), "until": until},
    ).scalar_one()
    return number


def release(connection: Connection, number: int, *, by: str, reason: str, today: date) -> Hold:
    """Lift a hold and return it. CannotHold when there is none of that number. The caller commits."""
    if not reason.strip() or not by.strip():
        raise CannotHold("Das Aufheben braucht einen Grund (--grund) und wer es tut (--von).")
    found = next((item for item in holds(connection, today) if item.sperre_nr == number), None)
    if found is None:
        raise CannotHold(f"Eine geltende Sperre {number} gibt es nicht. Die geltenden zeigt: zaehlbar retention list")
    connection.execute(
        text("""
            update betrieb.aufbewahrung_sperre
            set aufgehoben_von = :by, aufgehoben_am = now(), aufhebung_grund = :reason where sperre_nr = :nr
            """),
        {"by": by.strip(), "reason": reason.strip(), "nr": number},
    )
    return found
