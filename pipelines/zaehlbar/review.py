"""Deciding on held deliveries: who, when, why. A decision is recorded and never deleted; the latest one counts.

Belongs here: recording a decision and what follows from it at once. Does not belong here: loading (the night does it),
who may decide (nobody on the delivery of their own Teilvorhabenpartner; domain.md (d) 21 leaves that to the Kommune).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from zaehlbar.overview import DeliveryRow, deliveries

if TYPE_CHECKING:
    from sqlalchemy import Connection

Verdict = Literal["freigegeben", "abgelehnt"]

_MIN_PREFIX = 4


class CannotDecide(ValueError):
    """There is no such delivery, or nothing to decide about it; the message says what to do."""


@dataclass(frozen=True, slots=True)
class FindingCount:
    regel: str
    schwere: str
    tabelle: str
    feld: str
    anzahl: int


@dataclass(frozen=True, slots=True)
class HeldDelivery:
    """A held delivery, what was found in it, and the delivery that already stands for its scope and version, if any."""

    row: DeliveryRow
    findings: tuple[FindingCount, ...]
    rival: int | None


@dataclass(frozen=True, slots=True)
class Decision:
    """A recorded decision. `version` is set when the approval assigned a new one."""

    lieferung_nr: int
    lieferung_id: str
    entscheidung: Verdict
    version: int | None
    site_ordner: str | None
    """Site folder under which it was judged."""


def list_held(connection: Connection) -> list[HeldDelivery]:
    """Return the held deliveries in the order they were found, released ones that wait for their load included."""
    from sqlalchemy import text

    findings: dict[int, list[FindingCount]] = {}
    rows = connection.execute(
        text("""
            select lieferung_nr, regel, schwere, tabelle, feld, anzahl from betrieb.befund
            order by lieferung_nr, array_position(array['error', 'warning', 'notice'], schwere), anzahl desc, regel
            """)
    )
    for nr, *values in rows:
        findings.setdefault(nr, []).append(FindingCount(*values))
    return [
        HeldDelivery(row, tuple(findings.get(row.lieferung_nr, ())), _rival(connection, row.lieferung_nr))
        for row in deliveries(connection)
        if row.status == "angehalten"
    ]


def decide(connection: Connection, which: int | str, decision: Verdict, by: str, reason: str) -> Decision:
    """Record a decision about the delivery with this number, or this beginning of its id (at least 4 characters).

    Approving gives the delivery the next free version of its Vorhaben × TVP × period when another one stands for its
    scope and version, and takes back an earlier refusal by a person; loading is left to the night. Rejecting ends it:
    its waiting rows are refused. Raises CannotDecide. The caller commits.
    """
    from sqlalchemy import text

    if not reason.strip() or not by.strip():
        raise CannotDecide("Eine Entscheidung braucht einen Grund (--grund) und wer sie trifft (--von).")
    row = _lock(connection, _find(connection, which))
    if decision == "freigegeben":
        version = _approve(connection, row)
    else:
        version = None
        _reject(connection, row)
    connection.execute(
        text("""
            insert into betrieb.entscheidung (lieferung_nr, entscheidung, entschieden_von, grund, version)
            values (:nr, :entscheidung, :von, :grund, :version)
            """),
        {
            "nr": row.lieferung_nr,
            "entscheidung": decision,
            "von": by.strip(),
            "grund": reason.strip(),
            "version": version,
        },
    )
    return Decision(row.lieferung_nr, row.lieferung_id, decision, version, row.site_ordner)


def _find(connection: Connection, which: int | str) -> int:
    from sqlalchemy import text

    key = str(which).strip().lower()
    if key.isascii() and key.isdigit() and len(key) < 10:
        query = text("select lieferung_nr from betrieb.lieferung where lieferung_nr = :nr")
        found = connection.execute(query, {"nr": int(key)}).scalar_one_or_none()
        if found is not None:
            return int(found)
    matches: list[int] = []
    if isinstance(which, str) and len(key) >= _MIN_PREFIX:
        query = text("select lieferung_nr from betrieb.lieferung where starts_with(lieferung_id, :key) order by 1")
        matches = list(connection.execute(query, {"key": key}).scalars())
    if len(matches) == 1:
        return matches[0]
    if matches:
        numbers = ", ".join(map(str, matches))
        raise CannotDecide(f"Mit {key!r} beginnen mehrere Lieferungen. Nennen Sie eine der Nummern: {numbers}")
    raise CannotDecide(f"Eine Lieferung {key!r} gibt es nicht. Die angehaltenen zeigt: zaehlbar review list")


def _lock(connection: Connection, lieferung_nr: int) -> Any:
    """Lock the delivery and its partner (as a load does), so that no two decisions assign one version."""
    from sqlalchemy import text

    values = {"nr": lieferung_nr}
    connection.execute(
        text("""
            select pg_advisory_xact_lock(hashtextextended('zaehlbar/' || vorhaben_id || '/' || tvp_id, 0))
            from betrieb.lieferung where lieferung_nr = :nr
            """),
        values,
    )
    return connection.execute(
        text("""
            select l.*, f.site_ordner, (
                select e.entscheidung from betrieb.entscheidung as e
                where e.lieferung_nr = l.lieferung_nr order by e.entscheidung_nr desc limit 1
            ) as entscheidung, (
                select max(e.version) from betrieb.entscheidung as e where e.lieferung_nr = l.lieferung_nr
            ) as vergebene_version
            from betrieb.lieferung as l
            left join betrieb.lauf as f on coalesce(l.beurteilt_lauf, l.gefunden_lauf) = f.lauf_id
            where l.lieferung_nr = :nr
            for update of l
            """),
        values,
    ).one()


def _approve(connection: Connection, row: Any) -> int | None:
    from sqlalchemy import text

    taken_back = row.status == "abgelehnt" and row.entscheidung == "abgelehnt"
    if row.status != "angehalten" and not taken_back:
        raise _not_held(row)
    if row.roh_geloescht_am is not None:
        raise CannotDecide(
            f"Die Rohdateien der Lieferung {row.lieferung_nr} sind gelöscht (Frist abgelaufen oder Löschung einer "
            "Person); sie kann nicht mehr geladen werden. Der Partner muss neu liefern."
        )
    if row.status == "angehalten" and row.entscheidung == "freigegeben":
        raise CannotDecide(f"Lieferung {row.lieferung_nr} ist schon freigegeben; der nächste Lauf lädt sie.")
    values = {"nr": row.lieferung_nr}
    version: int | None = row.vergebene_version
    if _rival(connection, row.lieferung_nr) is not None:
        version = connection.execute(
            text("""
                select max(version) + 1 from betrieb.lieferung
                where vorhaben_id = :vorhaben_id and tvp_id = :tvp_id and zeitraum_bis = :bis
                """),
            {"vorhaben_id": row.vorhaben_id, "tvp_id": row.tvp_id, "bis": row.zeitraum_bis},
        ).scalar_one()
    connection.execute(
        text("""
            update betrieb.lieferung
            set status = 'angehalten', abgeschlossen_am = null, version = coalesce(:version, version)
            where lieferung_nr = :nr
            """),
        values | {"version": version},
    )
    if taken_back:
        connection.execute(
            text("""
                update betrieb.bilanz set wartend = wartend + abgelehnt, abgelehnt = 0 where lieferung_nr = :nr
                """),
            values,
        )
    return version


def _reject(connection: Connection, row: Any) -> None:
    from sqlalchemy import text

    if row.status != "angehalten":
        raise _not_held(row)
    values = {"nr": row.lieferung_nr}
    connection.execute(
        text("update betrieb.lieferung set status = 'abgelehnt', abgeschlossen_am = now() where lieferung_nr = :nr"),
        values,
    )
    connection.execute(
        text("update betrieb.bilanz set abgelehnt = abgelehnt + wartend, wartend = 0 where lieferung_nr = :nr"), values
    )


def _not_held(row: Any) -> CannotDecide:
    return CannotDecide(
        f"Lieferung {row.lieferung_nr} ist nicht angehalten, sondern {row.status}: Hier ist nichts zu entscheiden. "
        "Die angehaltenen zeigt: zaehlbar review list"
    )


def _rival(connection: Connection, lieferung_nr: int) -> int | None:
    """Return the delivery that stands (loaded, or released) for the same scope and version, None when there is none."""
    from sqlalchemy import text

    found: int | None = connection.execute(
        text("""
            select a.lieferung_nr
            from betrieb.lieferung as l
            inner join betrieb.lieferung as a
                on
                    l.vorhaben_id = a.vorhaben_id and l.tvp_id = a.tvp_id and l.zeitraum_von = a.zeitraum_von
                    and l.zeitraum_bis = a.zeitraum_bis and l.version = a.version and l.lieferung_nr <> a.lieferung_nr
            where l.lieferung_nr = :nr and (
                a.status = 'geladen'
                or (a.status = 'gefunden' and a.urteil in ('angenommen', 'angenommen_mit_befunden'))
                or (a.status = 'angehalten' and (
                    select e.entscheidung from betrieb.entscheidung as e
                    where e.lieferung_nr = a.lieferung_nr order by e.entscheidung_nr desc limit 1
                ) = 'freigegeben')
            )
            order by a.lieferung_nr limit 1
            """),
        {"nr": lieferung_nr},
    ).scalar_one_or_none()
    return found
