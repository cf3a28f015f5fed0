"""The merge of one delivered table into its history (DESIGN.md, Delivery).

The state after any set of deliveries is a pure function of the set, whatever the order: a row is current when the
highest-ranked full delivery that covers its position has it, or an increment ranked above that one. So a late, older
delivery touches only positions that no higher full delivery covers, and only rows that no higher delivery confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from sqlalchemy import Connection, text

from zaehlbar.contract import Rank, Scope
from zaehlbar.load.copy import copy_into
from zaehlbar.load.spec import FactTable


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of the rows of one table; `closed` are rows of the warehouse that the delivery no longer has."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    superseded: int = 0
    closed: int = 0


@dataclass(frozen=True, slots=True)
class Incoming:
    """Who delivers, and in which run."""

    scope: Scope
    rank: Rank
    lieferung_nr: int
    lauf_id: int


def merge(
    connection: Connection, table: FactTable, data: pa.Table, incoming: Incoming, *, spared: pa.Table | None = None
) -> Merged:
    """Merge `data` (columns `table.columns`) into the history of `table`; the caller's transaction decides.

    `spared` (columns `table.key`): rows that are not in `data` and yet do not count as missing.
    """
    higher = _higher_scopes(connection, table, incoming)
    if not higher and not _has_current_rows(connection, table, incoming):
        return _first_load(connection, table, data, incoming)
    _stage(connection, table, data, spared)
    superseded = _drop_superseded(connection, table, incoming, higher)
    closed = _close_missing(connection, table, incoming, higher) if incoming.scope.increment == "voll" else 0
    unchanged = _drop_unchanged(connection, table, incoming)
    changed = _end_versions(connection, table, incoming, _match(table, "t", "n"), "n_zeile as n")
    inserted = connection.execute(
        text(
            f"insert into {table.sql_name} ({_list(table.columns)}, lieferung_nr, bekannt_von)"
            f" select {_list(table.columns)}, :lieferung_nr, :lauf_id from n_zeile order by {_list(table.key)}"
        ),
        {"lieferung_nr": incoming.lieferung_nr, "lauf_id": incoming.lauf_id},
    ).rowcount
    connection.execute(text("drop table n_zeile, n_schluessel"))
    return Merged(inserted - changed, changed, unchanged, superseded, closed)


def _first_load(connection: Connection, table: FactTable, data: pa.Table, incoming: Incoming) -> Merged:
    """Nothing of this partner is there and nothing outranks the delivery: every row is new, COPY goes straight in."""
    rows = data.num_rows
    stamped = data.sort_by([(name, "ascending") for name in table.key]).append_column(
        "lieferung_nr", pa.repeat(pa.scalar(incoming.lieferung_nr, pa.int32()), rows)
    )
    stamped = stamped.append_column("bekannt_von", pa.repeat(pa.scalar(incoming.lauf_id, pa.int32()), rows))
    copy_into(connection, table.sql_name, stamped)
    return Merged(new=rows)


def _stage(connection: Connection, table: FactTable, data: pa.Table, spared: pa.Table | None) -> None:
    """Bring the delivered rows into `n_zeile` and all their keys, and those of `spared`, into `n_schluessel`."""
    connection.execute(
        text(
            f"create temporary table n_zeile on commit drop as"
            f" select {_list(table.columns)} from {table.sql_name} with no data"
        )
    )
    copy_into(connection, "n_zeile", data)
    connection.execute(
        text(f"create temporary table n_schluessel on commit drop as select {_list(table.key)} from n_zeile")
    )
    if spared is not None and spared.num_rows:
        copy_into(connection, "n_schluessel", spared)
    connection.execute(text("analyze n_zeile"))
    connection.execute(text("analyze n_schluessel"))


def _drop_superseded(
    connection: Connection, table: FactTable, incoming: Incoming, higher: list[tuple[date, date]]
) -> int:
    """Remove rows that a higher-ranked delivery covers or has; return how many."""
    count = 0
    if higher:
        covered = _covered(table, "n", higher)
        count += connection.execute(text(f"delete from n_zeile as n where {covered}")).rowcount
    count += connection.execute(
        text(f"""
            delete from n_zeile as n
            using {table.sql_name} as t
            inner join betrieb.lieferung as l on t.lieferung_nr = l.lieferung_nr
            where t.bekannt_bis is null and {_match(table, "t", "n")}
                and (l.zeitraum_bis, l.version, l.lieferung_id) > (:rang_bis, :rang_version, cast(:rang_id as text))
            """),
        _rank_values(incoming),
    ).rowcount
    return count


def _close_missing(
    connection: Connection, table: FactTable, incoming: Incoming, higher: list[tuple[date, date]]
) -> int:
    """End the current rows of the scope that the full delivery lacks and nothing higher holds; return how many."""
    conditions = [
        f"not exists (select from n_schluessel as n where {_match(table, 't', 'n')})",
        "t.lieferung_nr = l.lieferung_nr",
        "(l.zeitraum_bis, l.version, l.lieferung_id) < (:rang_bis, :rang_version, cast(:rang_id as text))",
    ]
    if table.scope == "bis":
        conditions.append(f"t.{table.position} <= :bis")
    elif table.scope == "zeitraum":
        conditions.append(f"t.{table.position} between :von and :bis")
    if higher:
        conditions.append(f"not {_covered(table, 't', higher)}")
    source = "betrieb.lieferung as l"
    if table.persons:
        conditions.append(
            "t.identitaet_id in (select identitaet_id from kern.identitaet"
            " where vorhaben_id = :vorhaben_id and tvp_id = :tvp_id)"
        )
    else:
        conditions.append("t.vorhaben_id = :vorhaben_id and t.tvp_id = :tvp_id")
    return _end_versions(connection, table, incoming, " and ".join(conditions), source)


def _drop_unchanged(connection: Connection, table: FactTable, incoming: Incoming) -> int:
    """Remove rows whose current version is equal; return how many.

    A full delivery leaves the stored row untouched (its scope is remembered with the delivery). An increment has no
    scope that would outrank later ones, so the row itself must say who confirmed it last.
    """
    same = "t.bekannt_bis is null and " + _match(table, "t", "n")
    if table.attributes:
        left, right = (", ".join(f"{side}.{name}" for name in table.attributes) for side in ("t", "n"))
        same += f" and row({left}) is not distinct from row({right})"
    if incoming.scope.increment == "zuwachs":
        connection.execute(
            text(f"update {table.sql_name} as t set lieferung_nr = :lieferung_nr from n_zeile as n where {same}"),
            {"lieferung_nr": incoming.lieferung_nr},
        )
    return connection.execute(text(f"delete from n_zeile as n using {table.sql_name} as t where {same}")).rowcount


def _end_versions(connection: Connection, table: FactTable, incoming: Incoming, condition: str, source: str) -> int:
    """End the current versions that `condition` selects (tables `t` and those of `source`); return how many.

    A version that was born in this very run was never known at the end of a night: it goes without a trace.
    """
    values = {
        "lauf_id": incoming.lauf_id,
        "von": incoming.scope.start,
        "bis": incoming.scope.end,
        "vorhaben_id": incoming.scope.vorhaben_id,
        "tvp_id": incoming.scope.tvp_id,
        **_rank_values(incoming),
    }
    where = f"t.bekannt_bis is null and {condition}"
    deleted = connection.execute(
        text(f"delete from {table.sql_name} as t using {source} where {where} and t.bekannt_von = :lauf_id"), values
    ).rowcount
    ended = connection.execute(
        text(f"update {table.sql_name} as t set bekannt_bis = :lauf_id from {source} where {where}"), values
    ).rowcount
    return deleted + ended


def _higher_scopes(connection: Connection, table: FactTable, incoming: Incoming) -> list[tuple[date, date]]:
    """Return the periods of loaded full deliveries of this partner and table that outrank the incoming one."""
    rows = connection.execute(
        text("""
            select l.zeitraum_von, l.zeitraum_bis
            from betrieb.lieferung as l
            inner join betrieb.bilanz as b on l.lieferung_nr = b.lieferung_nr
            where l.status = 'geladen' and l.umfang = 'voll' and b.tabelle = :tabelle
                and l.vorhaben_id = :vorhaben_id and l.tvp_id = :tvp_id
                and (l.zeitraum_bis, l.version, l.lieferung_id) > (:rang_bis, :rang_version, cast(:rang_id as text))
            """),
        {
            "tabelle": table.name,
            "vorhaben_id": incoming.scope.vorhaben_id,
            "tvp_id": incoming.scope.tvp_id,
            **_rank_values(incoming),
        },
    ).all()
    return [(row[0], row[1]) for row in rows]


def _has_current_rows(connection: Connection, table: FactTable, incoming: Incoming) -> bool:
    owner = "t.vorhaben_id = :vorhaben_id and t.tvp_id = :tvp_id"
    if table.persons:
        owner = (
            "t.identitaet_id in (select identitaet_id from kern.identitaet"
            " where vorhaben_id = :vorhaben_id and tvp_id = :tvp_id)"
        )
    statement = f"select exists (select from {table.sql_name} as t where t.bekannt_bis is null and {owner})"
    values = {"vorhaben_id": incoming.scope.vorhaben_id, "tvp_id": incoming.scope.tvp_id}
    return bool(connection.execute(text(statement), values).scalar_one())


def _covered(table: FactTable, alias: str, higher: list[tuple[date, date]]) -> str:
    """Return the condition that a row's position lies in one of the higher scopes."""
    if table.scope == "stand":
        return "true"
    position = f"{alias}.{table.position}"
    if table.scope == "bis":
        return f"({position} <= date '{max(end for _, end in higher)}')"
    return "(" + " or ".join(f"{position} between date '{start}' and date '{end}'" for start, end in higher) + ")"


def _match(table: FactTable, left: str, right: str) -> str:
    return " and ".join(f"{left}.{name} = {right}.{name}" for name in table.key)


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(names)


def _rank_values(incoming: Incoming) -> dict[str, object]:
    return {
        "rang_bis": incoming.rank.end,
        "rang_version": incoming.rank.version,
        "rang_id": incoming.rank.fingerprint,
    }
