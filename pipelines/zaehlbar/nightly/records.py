"""What `betrieb` remembers about runs and deliveries: small statements, one purpose each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, text

from zaehlbar.contract import Balance, Delivery, Finding, Verdict
from zaehlbar.validate import Earlier

_FIRST_ROWS = 20
"""How many row numbers of a finding the warehouse keeps; the report has them all."""


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that this run works on."""

    lieferung_nr: int
    lieferung_id: str
    version: int | None
    """A version that a person's approval assigned, if any."""
    approved: bool


def due(connection: Connection, lauf_id: int, batch: int | None) -> list[Due]:
    """Return the deliveries of a batch (None: all) that this run has not loaded yet, in the order they were found."""
    rows = connection.execute(
        text("""
            select
                l.lieferung_nr, l.lieferung_id, e.version,
                coalesce(e.entscheidung = 'freigegeben', false) as approved
            from betrieb.eingang as g
            inner join betrieb.lieferung as l on g.lieferung_nr = l.lieferung_nr
            left join lateral (
                select entscheidung, version from betrieb.entscheidung as e
                where e.lieferung_nr = l.lieferung_nr order by e.entscheidung_nr desc limit 1
            ) as e on true
            where g.lauf_id = :lauf_id and g.stapel = coalesce(cast(:stapel as integer), g.stapel)
                and l.geladen_lauf is distinct from :lauf_id
            order by l.lieferung_nr
            """),
        {"lauf_id": lauf_id, "stapel": batch},
    )
    return [Due(row.lieferung_nr, row.lieferung_id, row.version, row.approved) for row in rows]


def judged(connection: Connection, lauf_id: int, batch: int) -> list[Due]:
    """Return the deliveries of a batch that this run accepted and has not loaded yet."""
    accepted = set(
        connection.execute(
            text("""
                select lieferung_nr from betrieb.lieferung
                where beurteilt_lauf = :lauf_id and status in ('gefunden', 'geladen')
                    and urteil in ('angenommen', 'angenommen_mit_befunden')
                """),
            {"lauf_id": lauf_id},
        ).scalars()
    )
    return [item for item in due(connection, lauf_id, batch) if item.lieferung_nr in accepted]


def earlier(connection: Connection, delivery: Delivery) -> Earlier:
    """Return what earlier deliveries say: another with this scope and version, rows of the previous one.

    Accepted ones count whether they are loaded yet or not: the DAG judges a whole batch before it loads any of it.
    """
    if delivery.scope is None:
        return Earlier(same_scope=False, counts={})
    scope = delivery.scope
    values = {
        "id": delivery.delivery_id,
        "vorhaben_id": scope.vorhaben_id,
        "tvp_id": scope.tvp_id,
        "von": scope.start,
        "bis": scope.end,
        "version": delivery.version,
    }
    same = connection.execute(
        text("""
            select exists (
                select from betrieb.lieferung
                where vorhaben_id = :vorhaben_id and tvp_id = :tvp_id and zeitraum_von = :von and zeitraum_bis = :bis
                    and version = :version and lieferung_id <> :id
                    and urteil in ('angenommen', 'angenommen_mit_befunden') and status in ('gefunden', 'geladen')
            )
            """),
        values,
    ).scalar_one()
    rows = connection.execute(
        text("""
            select b.tabelle, b.gefunden
            from betrieb.bilanz as b
            where b.lieferung_nr = (
                select lieferung_nr from betrieb.lieferung
                where vorhaben_id = :vorhaben_id and tvp_id = :tvp_id and lieferung_id <> :id
                    and urteil in ('angenommen', 'angenommen_mit_befunden') and status in ('gefunden', 'geladen')
                order by zeitraum_bis desc, version desc limit 1
            )
            """),
        values,
    )
    return Earlier(same_scope=bool(same), counts={row.tabelle: row.gefunden for row in rows})


def record_verdict(  # noqa: PLR0913 - one row has that many columns
    connection: Connection,
    *,
    lieferung_nr: int,
    lauf_id: int,
    regelwerk_nr: int,
    delivery: Delivery,
    known: bool,
    verdict: Verdict,
    reasons: Sequence[str],
    status: str,
) -> None:
    """Record the verdict; scope and ids only where the site knows them (a stranger's manifest may say anything)."""
    scope = delivery.scope if known else None
    connection.execute(
        text("""
            update betrieb.lieferung set
                vorhaben_id = :vorhaben_id, tvp_id = :tvp_id, zeitraum_von = :von, zeitraum_bis = :bis,
                version = :version, umfang = :umfang,
                -- A loaded delivery stays loaded whatever a later judgement says: its facts are in the warehouse.
                status = case when geladen_lauf is null then :status else status end,
                -- The correction window begins with the first load or refusal and is not begun again by the next one.
                abgeschlossen_am = case
                    when geladen_lauf is not null or :status = 'abgelehnt' then coalesce(abgeschlossen_am, now())
                end,
                urteil = :urteil, gruende = :gruende,
                beurteilt_lauf = :lauf_id, beurteilt_regelwerk_nr = :regelwerk_nr, fehlerart = null
            where lieferung_nr = :nr
            """),
        {
            "nr": lieferung_nr,
            "vorhaben_id": scope.vorhaben_id if scope else None,
            "tvp_id": scope.tvp_id if scope else None,
            "von": scope.start if scope else None,
            "bis": scope.end if scope else None,
            "version": delivery.version if scope else None,
            "umfang": scope.increment if scope else None,
            "status": status,
            "urteil": verdict.value,
            "gruende": list(reasons),
            "lauf_id": lauf_id,
            "regelwerk_nr": regelwerk_nr,
        },
    )


def record_balances(connection: Connection, lieferung_nr: int, lauf_id: int, balances: Iterable[Balance]) -> None:
    """Replace the balances of a delivery; each must close (ArithmeticError otherwise, and nothing is recorded)."""
    rows = list(balances)
    for balance in rows:
        balance.check()
    connection.execute(text("delete from betrieb.bilanz where lieferung_nr = :nr"), {"nr": lieferung_nr})
    names = [field.name for field in fields(Balance)]
    for balance in rows:
        values = dict(zip(names, astuple(balance), strict=True)) | {"nr": lieferung_nr, "lauf_id": lauf_id}
        columns, binds = ", ".join(names), ", ".join(f":{name}" for name in names)
        statement = f"insert into betrieb.bilanz (lieferung_nr, lauf_id, {columns}) values (:nr, :lauf_id, {binds})"
        connection.execute(text(statement), values)


def balances(connection: Connection, lieferung_nr: int) -> dict[str, Balance]:
    """Return the recorded balances of a delivery by table."""
    names = [field.name for field in fields(Balance)]
    rows = connection.execute(
        text(f"select {', '.join(names)} from betrieb.bilanz where lieferung_nr = :nr"), {"nr": lieferung_nr}
    ).all()
    return {row[0]: Balance(*row) for row in rows}


def record_findings(connection: Connection, lieferung_nr: int, findings: Iterable[Finding]) -> None:
    """Replace the findings of a delivery, as counts with the first row numbers."""
    connection.execute(text("delete from betrieb.befund where lieferung_nr = :nr"), {"nr": lieferung_nr})
    merged: dict[tuple[str, str, str, str], tuple[int, list[int]]] = {}
    for finding in findings:
        key = (finding.rule, finding.severity.value, finding.table, finding.field or "")
        count, rows = merged.get(key, (0, []))
        first = [int(row) for row in finding.rows[:_FIRST_ROWS]]
        merged[key] = (count + max(1, finding.count), sorted([*rows, *first])[:_FIRST_ROWS])
    values: list[dict[str, Any]] = [
        {
            "nr": lieferung_nr,
            "regel": key[0],
            "schwere": key[1],
            "tabelle": key[2],
            "feld": key[3],
            "anzahl": n,
            "z": rows,
        }
        for key, (n, rows) in merged.items()
    ]
    if values:
        connection.execute(
            text("insert into betrieb.befund values (:nr, :regel, :schwere, :tabelle, :feld, :anzahl, :z)"), values
        )


def record_declared(connection: Connection, lieferung_nr: int, manifest: pa.Table | None) -> None:
    """Replace the sums of ESF-Monitoring and DATES III that the manifest of a delivery names; numbers only."""
    connection.execute(text("delete from betrieb.lieferung_summe where lieferung_nr = :nr"), {"nr": lieferung_nr})
    if manifest is None or manifest.num_rows != 1:
        return
    names = [name for name in manifest.column_names if name.startswith(("esf_", "dates_"))]
    (row,) = manifest.select(names).to_pylist()
    values = [{"nr": lieferung_nr, "summe": name, "n": n} for name, n in row.items() if n is not None and n >= 0]
    if values:
        connection.execute(text("insert into betrieb.lieferung_summe values (:nr, :summe, :n)"), values)


def record_failure(connection: Connection, lieferung_nr: int, error: BaseException) -> None:
    """Record that a delivery failed by a fault of the system: the kind of error only, a message could quote values."""
    connection.execute(
        text("""
            update betrieb.lieferung set
                fehlerart = :art,
                status = case when geladen_lauf is null then 'fehlgeschlagen' else status end
            where lieferung_nr = :nr
            """),
        {"nr": lieferung_nr, "art": type(error).__name__},
    )


def heartbeat(connection: Connection, lauf_id: int) -> None:
    """Say that the run is alive."""
    connection.execute(text("update betrieb.lauf set herzschlag_am = now() where lauf_id = :id"), {"id": lauf_id})
