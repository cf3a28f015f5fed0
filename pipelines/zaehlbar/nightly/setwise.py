"""The set-based half of the night: once per run, over the whole warehouse, and its end."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, text

from zaehlbar import categorize as categorize_room, identify as identify_room, publish as publish_room
from zaehlbar.count import count_months
from zaehlbar.load import consent_state, correction, occasion, restriction, without_consent
from zaehlbar.nightly.context import Night, NightFailed


def identify(night: Night, lauf_id: int, regelwerk_nr: int) -> None:
    """Say who is one person."""
    with night.engine.begin() as connection:
        if _changed(connection, regelwerk_nr):
            consent_state.remove_refused(connection)
            identify_room.identify(connection, lauf_id, night.site.abgleich)
            restriction.apply(connection, lauf_id)
            correction.apply(connection, lauf_id)


def categorize(night: Night, regelwerk_nr: int) -> None:
    """Find the codes without a category."""
    with night.engine.begin() as connection:
        if _changed(connection, regelwerk_nr):
            categorize_room.find_unmapped(connection, night.site.kategorien.version)


def count(night: Night, lauf_id: int, regelwerk_nr: int) -> None:
    """Count all months, unless nothing has changed since the last count."""
    with night.engine.begin() as connection:
        if _changed(connection, regelwerk_nr):
            if night.site.head.basis.ohne_einwilligung is None:
                without_consent.take_back(connection)
            count_months(connection, lauf_id, regelwerk_nr)
            occasion.settle(connection, lauf_id)


def publish(night: Night, lauf_id: int) -> list[Path]:
    """Write the internal reports whose figures changed, and bring the Angebotsblätter up to this day."""
    with night.engine.connect() as connection:
        reports = publish_room.publish(connection, night.settings, lauf_id)
        return [*reports, *publish_room.publish_offers(connection, night.settings)]


def close(night: Night, lauf_id: int) -> dict[str, int]:
    """End the run; return how many of the deliveries it worked on have which verdict.

    Raises NightFailed, with the ids of the deliveries, when some failed by a fault of the system.
    """
    with night.engine.begin() as connection:
        rows = connection.execute(
            text("""
                select l.lieferung_id, l.fehlerart, coalesce(l.urteil, l.status) as urteil
                from betrieb.eingang as g inner join betrieb.lieferung as l on g.lieferung_nr = l.lieferung_nr
                where g.lauf_id = :id and g.stapel is not null
                order by l.lieferung_nr
                """),
            {"id": lauf_id},
        ).all()
        failed = [f"{row.lieferung_id} ({row.fehlerart})" for row in rows if row.fehlerart is not None]
        connection.execute(
            text("update betrieb.lauf set status = :s, fehler = :n, beendet_am = now() where lauf_id = :id"),
            {"s": "fehlgeschlagen" if failed else "fertig", "n": len(failed), "id": lauf_id},
        )
    if failed:
        raise NightFailed(f"Lauf {lauf_id}: {len(failed)} Lieferung(en) scheiterten am System: {', '.join(failed)}")
    verdicts: dict[str, int] = {}
    for row in rows:
        verdicts[row.urteil] = verdicts.get(row.urteil, 0) + 1
    return verdicts


def _changed(connection: Connection, regelwerk_nr: int) -> bool:
    """Whether anything that figures rest on changed since the last completed count."""
    row = connection.execute(
        text("""
            select
                (select max(lauf_id) from zahl.zaehlung) as gezaehlt,
                (select regelwerk_nr from zahl.zaehlung order by lauf_id desc limit 1) as regelwerk_nr,
                (select max(geladen_lauf) from betrieb.lieferung) as geladen,
                exists (select from zahl.zaehlstand) as stand
            """)
    ).one()
    if not row.stand or row.gezaehlt is None or row.regelwerk_nr != regelwerk_nr or occasion.pending(connection):
        return True
    return row.geladen is not None and bool(row.geladen > row.gezaehlt)
