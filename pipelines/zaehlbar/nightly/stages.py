"""One delivery through the rooms: judge it, protect it, load it. Each step records what it found out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError

from zaehlbar.contract import Balance, Delivery, Verdict
from zaehlbar.faults import place_of
from zaehlbar.ingest import Ingested, ingest
from zaehlbar.load import Loaded, load_delivery, without_consent
from zaehlbar.nightly import records
from zaehlbar.nightly.context import Night
from zaehlbar.nightly.records import Due
from zaehlbar.pseudonymize import Pseudonymized, pseudonymize
from zaehlbar.validate import Validated, validate
from zaehlbar.validate.report import write_html, write_json

log = logging.getLogger(__name__)

_ACCEPTED = (Verdict.ACCEPTED, Verdict.ACCEPTED_WITH_FINDINGS)
_STATUS = {Verdict.HELD: "angehalten", Verdict.REFUSED: "abgelehnt"}


def read(night: Night, item: Due) -> Ingested:
    """Read the delivery from the archive as its profile says."""
    with night.archive.open(item.lieferung_id, work=night.settings.work) as delivery:
        return ingest(delivery, night.site)


def judge(night: Night, lauf_id: int, regelwerk_nr: int, item: Due, ingested: Ingested) -> Validated:
    """Judge the delivery and record verdict, findings and, where it ends here, its balance; write the reports."""
    delivery = ingested.delivery
    if item.version is not None and delivery.version is not None:
        ingested.delivery = delivery = replace(delivery, version=item.version)
    with night.engine.begin() as connection:
        before = records.earlier(connection, delivery)
    validated = validate(ingested, night.site, before)
    if item.approved and validated.verdict is Verdict.HELD:
        # A person has decided; the findings stay and are shown.
        validated.verdict = Verdict.ACCEPTED_WITH_FINDINGS
    found = balances_after_judging(validated)
    with night.engine.begin() as connection:
        known = delivery.scope is not None and (
            night.site.partner(delivery.scope.vorhaben_id, delivery.scope.tvp_id) is not None
        )
        records.record_verdict(
            connection,
            lieferung_nr=item.lieferung_nr,
            lauf_id=lauf_id,
            regelwerk_nr=regelwerk_nr,
            delivery=delivery,
            known=known,
            verdict=validated.verdict,
            reasons=validated.reasons,
            status=_STATUS.get(validated.verdict, "gefunden"),
        )
        records.record_findings(connection, item.lieferung_nr, validated.findings)
        if known:
            records.record_declared(connection, item.lieferung_nr, ingested.tables.get("lieferung"))
        if validated.verdict not in _ACCEPTED or not _is_loaded(connection, item.lieferung_nr):
            records.record_balances(connection, item.lieferung_nr, lauf_id, found.values())
    write_reports(night, delivery, validated, list(found.values()))
    return validated


def _is_loaded(connection: sa.Connection, lieferung_nr: int) -> bool:
    query = text("select geladen_lauf is not null from betrieb.lieferung where lieferung_nr = :nr")
    return bool(connection.execute(query, {"nr": lieferung_nr}).scalar_one())


def balances_after_judging(validated: Validated) -> dict[str, Balance]:
    """Return the balance of every table before loading: rejected and duplicate rows have their fate, the rest waits.

    Of a refused delivery every row is refused, whatever else is wrong with it.
    """
    result = {}
    for name, count in validated.ingested.counts.items():
        if name == "lieferung":
            continue
        lines = {"titelzeilen": count.titles, "summenzeilen": count.totals}
        if validated.verdict is Verdict.REFUSED:
            result[name] = Balance(name, count.found, abgelehnt=count.found, **lines)
            continue
        duplicate = validated.duplicate[name]
        rejected = int((validated.rejected[name] & ~duplicate).sum()) + count.rejected
        twice = int(duplicate.sum())
        rest = count.found - rejected - twice
        result[name] = Balance(name, count.found, doppelt=twice, zurueckgewiesen=rejected, wartend=rest, **lines)
    return result


def protect(night: Night, validated: Validated) -> Pseudonymized:
    """Take the names off an accepted delivery."""
    restricted: frozenset[bytes] = frozenset()
    if night.site.head.basis.ohne_einwilligung is not None:
        with night.engine.connect() as connection:
            restricted = without_consent.restricted_tokens(connection)
    return pseudonymize(validated, night.site, night.keys, night.versions, restricted=restricted)


def store(night: Night, lauf_id: int, item: Due, data: Pseudonymized, found: dict[str, Balance]) -> dict[str, Balance]:
    """Load a delivery in one transaction: all of it, with its balance, or nothing. Return the balance.

    `found` is the balance after judging.
    """
    with night.engine.begin() as connection:
        months = night.site.aufbewahrung.person_monate
        loaded = load_delivery(connection, data, lieferung_nr=item.lieferung_nr, lauf_id=lauf_id, person_months=months)
        final = {name: _after_loading(balance, data, loaded) for name, balance in found.items()}
        waiting = any(balance.wartend for balance in final.values())
        connection.execute(
            text("""
                update betrieb.lieferung
                set
                    status = 'geladen', geladen_lauf = :lauf_id, nachladen = :waiting, fehlerart = null,
                    abgeschlossen_am = coalesce(abgeschlossen_am, (
                        select max(e.entschieden_am) from betrieb.entscheidung as e
                        where e.lieferung_nr = :nr and e.entscheidung = 'freigegeben'
                    ), now())
                where lieferung_nr = :nr
                """),
            {"nr": item.lieferung_nr, "lauf_id": lauf_id, "waiting": waiting},
        )
        if loaded.revived:
            _load_others_again(night, connection, item.lieferung_nr)
        records.record_balances(connection, item.lieferung_nr, lauf_id, final.values())
        records.heartbeat(connection, lauf_id)
    return final


def _load_others_again(night: Night, connection: sa.Connection, lieferung_nr: int) -> None:
    """Have the partner's other deliveries loaded again, as far as their raw files are there.

    A refusal had taken out rows that this delivery does not have, such as the activities of other months.
    """
    others = connection.execute(
        text("""
            select l.lieferung_nr, l.lieferung_id
            from betrieb.lieferung as l
            inner join betrieb.lieferung as n
                on n.lieferung_nr = :nr and l.vorhaben_id = n.vorhaben_id and l.tvp_id = n.tvp_id
            where l.status = 'geladen' and l.roh_geloescht_am is null and l.lieferung_nr <> :nr
            """),
        {"nr": lieferung_nr},
    ).all()
    there = [row.lieferung_nr for row in others if night.archive.has(row.lieferung_id)]
    connection.execute(
        text("update betrieb.lieferung set nachladen = true where lieferung_nr = any(:there)"), {"there": there}
    )


def _after_loading(found: Balance, data: Pseudonymized, loaded: Loaded) -> Balance:
    name = found.tabelle
    merged = loaded.merged[name]
    return replace(
        found,
        neu=merged.new,
        geaendert=merged.changed,
        unveraendert=merged.unchanged,
        ueberholt=merged.superseded,
        geschlossen=merged.closed,
        wartend=loaded.waiting.get(name, 0),
        zurueckgehalten=data.withheld.get(name, 0) + loaded.withheld.get(name, 0),
    )


def write_reports(night: Night, delivery: Delivery, validated: Validated, found: list[Balance]) -> None:
    """Write the validation report of a delivery, readable and machine-readable."""
    folder = report_folder(night, delivery.delivery_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_html(validated, folder / "befunde.html", balances=found)
    write_json(validated, folder / "befunde.json", balances=found)


def report_folder(night: Night, delivery_id: str) -> Path:
    """Return where the reports of a delivery lie."""
    return night.settings.reports / delivery_id


def through(night: Night, lauf_id: int, regelwerk_nr: int, item: Due) -> Verdict:
    """Take one delivery through all rooms in memory; the DAG does the same steps task by task."""
    validated = judge(night, lauf_id, regelwerk_nr, item, read(night, item))
    if validated.verdict not in _ACCEPTED:
        return validated.verdict
    found = balances_after_judging(validated)
    final = store(night, lauf_id, item, protect(night, validated), found)
    write_reports(night, validated.ingested.delivery, validated, list(final.values()))
    return validated.verdict


def reload_waiting(night: Night, lauf_id: int, regelwerk_nr: int, lieferung_nr: int) -> None:
    """Load again the deliveries of the same partner whose rows wait for a participation that may have arrived now.

    A delivery whose raw files are gone stays as it is, its waiting rows visible in its balance.
    """
    with night.engine.begin() as connection:
        rows = connection.execute(
            text("""
                select l.lieferung_nr, l.lieferung_id, l.version
                from betrieb.lieferung as l
                inner join betrieb.lieferung as n
                    on n.lieferung_nr = :nr and l.vorhaben_id = n.vorhaben_id and l.tvp_id = n.tvp_id
                where l.nachladen and l.status = 'geladen' and l.roh_geloescht_am is null and l.lieferung_nr <> :nr
                order by l.lieferung_nr
                """),
            {"nr": lieferung_nr},
        ).all()
    for row in rows:
        item = Due(row.lieferung_nr, row.lieferung_id, row.version, approved=True)
        if not night.archive.has(row.lieferung_id):
            log.warning("delivery %s: rows wait, but its raw files are no longer in the archive", row.lieferung_id)
            continue
        # It is the waiting delivery that fails, not the one that made it load again.
        guarded(night, lauf_id, item, partial(through, night, lauf_id, regelwerk_nr, item))


def guarded(night: Night, lauf_id: int, item: Due, step: Callable[[], object]) -> bool:
    """Do `step` for a delivery and return whether it came to its end; a failure is recorded and the others go on.

    Whatever fails must not take the night along, so everything is caught but a lost database: that is no delivery's
    fault and is raised, so that the task is tried again. The log says where it happened; never the message, it could
    quote a value.
    """
    try:
        step()
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        place = place_of(error)
        log.error("run %s, delivery %s failed: %s at %s", lauf_id, item.lieferung_id, type(error).__name__, place)
        with night.engine.begin() as connection:
            records.record_failure(connection, item.lieferung_nr, error)
        return False
    return True
