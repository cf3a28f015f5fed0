"""Löschung (Art. 17 DSGVO): the person out of every place, provable afterwards, finished by a rerun after a crash.

Belongs here: the places and their order. Does not belong here: finding the person (case), receipts (receipt), counting
anew (nightly).

The order: a receipt is opened; notes to the partners; files; then everything in the warehouse in one transaction, which
also says so in the receipt. Until then the tokens are there, and a rerun finds the same again. The receipt never says
that something is gone which is not.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from zaehlbar.load import occasion
from zaehlbar.load.forget import forget
from zaehlbar.nightly.context import Night
from zaehlbar.retention.raw import inbox_files, record_removed, remove_delivery
from zaehlbar.review import decide
from zaehlbar.rights import outbox, receipt
from zaehlbar.rights.case import Case
from zaehlbar.rights.notes import known_numbers
from zaehlbar.rights.raw import Searched
from zaehlbar.rights.restrict import restrictions_of

_BEGUN, _ERASED, _DONE = "begonnen", "geloescht", "fertig"


@dataclass(frozen=True, slots=True)
class Extent:
    """What an erasure concerns: raw deliveries with the person, all deliveries with traces of it, held ones by number,
    an erasure of this person that was begun, and the last one that was finished (numbers of their receipts)."""

    archive: Searched
    inbox: Searched
    deliveries: tuple[str, ...]
    held: tuple[int, ...]
    unfinished: int | None
    finished: int | None = None

    def nothing(self, case: Case) -> bool:
        """Whether there is nothing to erase and nothing to finish. Inboxes belong to the partners, unless the site
        empties them."""
        inbox = self.inbox.hits if case.night.site.aufbewahrung.eingang_leeren else ()
        return not (case.found.identities or self.archive.hits or inbox) and self.unfinished is None


def extent(connection: Connection, case: Case) -> Extent:
    """Find out what is to be erased; changes nothing."""
    archive, inbox = case.search(connection)
    own = [one for one in receipt.receipts(connection) if receipt.proves(case.night.keys, case.person, one)]
    unfinished = [one for one in own if one.stand != _DONE]
    finished = [one.quittung_nr for one in own if one.stand == _DONE]
    begun = {delivery_id for one in unfinished for delivery_id in one.deliveries}
    held = connection.execute(text(_HELD), {"ids": list(archive.ids), "begun": list(begun)}).scalars()
    return Extent(
        archive,
        inbox,
        tuple(sorted({*archive.ids, *begun, *_traces(connection, case)})),
        tuple(held),
        unfinished[-1].quittung_nr if unfinished else None,
        finished[-1] if finished else None,
    )


def erase(case: Case, whole: Extent) -> int:
    """Erase the person from all places but the figures, which a recount follows; return the number of the receipt.

    The caller holds the load lock alone.
    """
    night = case.night
    with night.engine.begin() as connection:
        number = whole.unfinished or receipt.begin(connection, night.keys, case.person, whole.deliveries)
        before = receipt.load(connection, number)
    if before.stand == _BEGUN:
        _write_notes(case, whole, number)
        _erase_files(night, whole, number)
        with night.engine.begin() as connection:
            deleted = erase_rows(connection, case, whole)
            told = {"uebermittlung": _on_lists(connection, case)}
            receipt.record(connection, number, stand=_ERASED, deleted=deleted, remaining=_positive(told))
    return number


def finish(night: Night, number: int, whole: Extent, *, similar: int, recounted: bool) -> receipt.Receipt:
    """Clear the dead rows away and close the receipt, saying what is still open; return it."""
    refused = _vacuum(night.engine)
    with night.engine.connect() as connection:
        before = receipt.load(connection, number)
    remaining = {
        **before.remaining,
        "eingang": _still_there(night, whole.inbox),
        "unlesbar": len({*whole.archive.unreadable, *whole.inbox.unreadable}),
        "moeglich": similar,
        "zaehlung": 0 if recounted else 1,
        "vacuum": refused,
    }
    with night.engine.begin() as connection:
        receipt.record(connection, number, stand=_DONE, deleted={}, remaining=_positive(remaining))
        return receipt.load(connection, number)


def _positive(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def _traces(connection: Connection, case: Case) -> set[str]:
    """Return the deliveries that the person's rows name, and those of the same partners that nobody can read any more
    and that spoke for the time of the person's participations: their reports may point to the person's lines."""
    rows = connection.execute(text(_TRACES), {"ids": case.found.ids}).scalars()
    possible = connection.execute(text(_POSSIBLE), {"ids": case.found.ids}).scalars()
    there = set(case.night.archive.delivery_ids())
    return {*rows, *(one for one in possible if one not in there)}


def _write_notes(case: Case, whole: Extent, number: int) -> None:
    """Ask every partner who delivered the person to stop; before the raw files go, which know the number."""
    numbers = known_numbers(case, whole.archive, whole.inbox)
    partners = {*numbers, *((one.vorhaben_id, one.tvp_id) for one in case.found.identities)}
    settings, site = case.night.settings, case.night.site
    for partner in sorted(partners):
        if site.partner(*partner) is None:
            continue
        # A rerun may know less than the first attempt, whose note stays.
        path = outbox.note_path(settings, site, partner, f"loeschung-{number}")
        if not path.exists():
            outbox.write_note(path, outbox.erasure_note(number, partner, numbers.get(partner, [])))


def _erase_files(night: Night, whole: Extent, number: int) -> None:
    """Delete raw deliveries with the person, all staging and work copies, reports, and the copies in inboxes where the
    site says so. A raw delivery is deleted whole: nobody can take a person out of a partner's file without forging it.
    """
    staged = len(night.staging.delivery_ids())
    copies = len(list(night.settings.work.iterdir())) if night.settings.work.is_dir() else 0
    night.sweep()
    _count(night, number, zwischenablage=staged, arbeitskopien=copies)
    empties = night.site.aufbewahrung.eingang_leeren
    files_of = inbox_files(night) if empties else {}
    reports = {one for one in whole.deliveries if (night.settings.reports / one).is_dir()}
    for delivery_id in sorted({*whole.archive.ids, *(whole.inbox.ids if empties else ())}):
        in_archive = night.archive.has(delivery_id)
        # Noted first: until it is deleted a rerun finds it in the archive; afterwards nobody could say which it was.
        with night.engine.begin() as connection:
            record_removed(connection, delivery_id)
        emptied = remove_delivery(night, delivery_id, files_of.get(delivery_id, []))
        _count(
            night, number, archiv=int(in_archive), eingangsdateien=emptied, pruefberichte=int(delivery_id in reports)
        )
        reports.discard(delivery_id)
    for delivery_id in sorted(reports):
        shutil.rmtree(night.settings.reports / delivery_id)
        _count(night, number, pruefberichte=1)


def _count(night: Night, number: int, **counts: int) -> None:
    """Add to the counts of the receipt what has just been deleted."""
    with night.engine.begin() as connection:
        before = receipt.load(connection, number)
        added = {name: before.deleted.get(name, 0) + count for name, count in counts.items()}
        receipt.record(connection, number, stand=_BEGUN, deleted=added)


def _still_there(night: Night, inbox: Searched) -> int:
    """Return how many deliveries with the person lie in an inbox now."""
    return len(set(inbox.ids) & inbox_files(night).keys()) if inbox.hits else 0


def erase_rows(connection: Connection, case: Case, whole: Extent) -> dict[str, int]:
    """Everything in the warehouse, in the caller's transaction; return the rows deleted by place."""
    connection.execute(text("create temporary table r_person (identitaet_id bigint primary key) on commit drop"))
    if case.found.ids:
        connection.execute(text("insert into r_person select unnest(cast(:ids as bigint[]))"), {"ids": case.found.ids})
    restrictions = restrictions_of(connection, case.tokens, case.found)
    deleted = dict(forget(connection, "r_person", "loeschung"))
    deleted["einschraenkungen"] = connection.execute(
        text("delete from abgleich.einschraenkung where einschraenkung_nr = any(:numbers)"), {"numbers": restrictions}
    ).rowcount
    values = {"ids": list(whole.deliveries)}
    deleted["befunde"] = connection.execute(text(_FORGET_LINES), values).rowcount
    for number in whole.held:
        decide(connection, number, "abgelehnt", "zaehlbar person loeschen", _REASON)
    deleted["entscheidungen"] = len(whole.held)
    occasion.note(connection, "loeschung")
    return deleted


def _on_lists(connection: Connection, case: Case) -> int:
    """Return how many rows of lists for a Jobcenter wait for their recipient to be told (certificate)."""
    query = text("select count(*) from abgleich.uebermittlung_zeile where tn_token = any(cast(:tokens as bytea[]))")
    return int(connection.execute(query, {"tokens": [one.tn_token for one in case.found.identities]}).scalar_one())


def _vacuum(warehouse: Engine) -> int:
    """Give the pages of deleted rows free; return how many tables this role may not vacuum."""
    with warehouse.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        tables = connection.execute(text(_VACUUMED)).all()
        for row in tables:
            if row.erlaubt:
                connection.execute(text(f"vacuum {row.tabelle}"))
    return sum(not row.erlaubt for row in tables)


_REASON = "Löschung nach Art. 17 DSGVO: die Rohdatei ist gelöscht, bitte ohne die Person neu liefern"

_HELD = """
    select lieferung_nr from betrieb.lieferung
    where status = 'angehalten'
        and (lieferung_id = any(:ids) or (lieferung_id = any(:begun) and roh_geloescht_am is not null))
    order by 1
"""

_TRACES = """
    select l.lieferung_id
    from betrieb.lieferung as l
    where l.lieferung_nr in (
        select lieferung_nr from kern.teilnahme where identitaet_id = any(:ids)
        union
        select lieferung_nr from kern.aktivitaet where identitaet_id = any(:ids)
        union
        select lieferung_nr from kern.zwischenschritt where identitaet_id = any(:ids)
        union
        select lieferung_nr from abgleich.identitaet_token where identitaet_id = any(:ids)
    )
"""

_POSSIBLE = """
    select l.lieferung_id
    from betrieb.lieferung as l
    inner join kern.identitaet as i on l.vorhaben_id = i.vorhaben_id and l.tvp_id = i.tvp_id
    where i.identitaet_id = any(:ids) and l.zeitraum_bis >= (
        select min(t.eintritt_datum) from kern.teilnahme as t where t.identitaet_id = i.identitaet_id
    )
"""

_FORGET_LINES = """
    update betrieb.befund as b set erste_zeilen = '{}'
    from betrieb.lieferung as l
    where b.lieferung_nr = l.lieferung_nr and l.lieferung_id = any(:ids) and b.erste_zeilen <> '{}'
"""

_VACUUMED = """
    select n.nspname || '.' || c.relname as tabelle, pg_has_role(c.relowner, 'usage') as erlaubt
    from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
    where c.relkind = 'r' and (n.nspname in ('kern', 'abgleich') or (n.nspname, c.relname) = ('betrieb', 'befund'))
    order by 1
"""
