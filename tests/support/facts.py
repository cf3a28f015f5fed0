"""Pseudonymized deliveries made by hand, for tests of the warehouse's rooms that need no file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa
from sqlalchemy import Connection, text

from zaehlbar import resources
from zaehlbar.contract import Delivery, Rank, Scope, Verdict
from zaehlbar.contract.model import contract
from zaehlbar.load.spec import fact_tables
from zaehlbar.pseudonymize import KINDS, MERKMALE, NORMALIZER_VERSION, Pseudonymized
from zaehlbar.pseudonymize.result import IDENTITIES, WITHDRAWALS
from zaehlbar.site import load_site

KEY_ID = "k1"
RULES = load_site(resources.folder("site")).abgleich
"""The merge rules of the example site."""


@dataclass(frozen=True)
class Participation:
    """One row of `teilnahme`; `person` gives the exact token (None: no full birth date).

    `traits`: further Merkmale, pairs of kind and value; equal values are equal tokens.
    `angaben`: further fields of the row and their values.
    """

    tn: str
    ein: date
    aus: date | None = None
    person: str | None = None
    jobcenter: str | None = "10001"
    status: str | None = None
    traits: tuple[tuple[str, str], ...] = ()
    angaben: tuple[tuple[str, object], ...] = ()
    quartier: str | None = None
    parallel: str | None = None

    @property
    def merkmale(self) -> dict[str, str]:
        return dict(self.traits) | ({"exakt": self.person} if self.person else {})


@dataclass(frozen=True)
class Unit:
    """One row of `aktivitaet`."""

    tn: str
    datum: date
    code: str = "C01"
    minuten: int = 60
    nr: int = 0


@dataclass(frozen=True)
class Sent:
    """A delivery: scope, version, rows."""

    start: date
    end: date
    version: int = 1
    participations: tuple[Participation, ...] = ()
    units: tuple[Unit, ...] | None = None
    increment: str = "voll"
    vorhaben_id: str = "V1"
    tvp_id: str = "T1"
    withdrawals: tuple[tuple[str, date], ...] = field(default=())
    versions: tuple[int, ...] = (NORMALIZER_VERSION,)
    """Normaliser versions of its Merkmale."""

    @property
    def delivery_id(self) -> str:
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]

    @property
    def rank(self) -> Rank:
        return Rank(self.end, self.version, self.delivery_id)


def token(*parts: str) -> bytes:
    """A stand-in for a keyed token: these tests are about what is done with tokens."""
    return hashlib.sha256("\x1f".join(parts).encode()).digest()


def pseudonymized(sent: Sent) -> Pseudonymized:
    """Return `sent` as pseudonymize would hand it on."""
    units = sent.units or ()
    numbers = sorted({row.tn for row in (*sent.participations, *units)})
    index = {tn: ix for ix, tn in enumerate(numbers)}
    traits = {row.tn: row.merkmale for row in sent.participations}
    identities = pa.table(
        {
            "ix": list(index.values()),
            "tn_token": [token(sent.vorhaben_id, sent.tvp_id, tn) for tn in numbers],
            "geburtsdatum_voll": ["exakt" in traits.get(tn, {}) for tn in numbers],
        },
        schema=IDENTITIES,
    )
    tables = {
        "teilnahme": _table(
            "teilnahme",
            [
                {
                    "ix": index[row.tn],
                    "eintritt_datum": row.ein,
                    "austritt_datum": row.aus,
                    "jobcenter_nr": row.jobcenter,
                    "status": row.status,
                    "quartier_id": row.quartier,
                    "jc_massnahme_parallel": row.parallel,
                    "einwilligung_stufe": "1",
                    "einwilligung_am": row.ein,
                    **dict(row.angaben),
                }
                for row in sent.participations
            ],
        )
    }
    if sent.units is not None:
        tables["aktivitaet"] = _table(
            "aktivitaet",
            [
                {
                    "ix": index[row.tn],
                    "datum": row.datum,
                    "aktivitaet_code": row.code,
                    "dauer_min": row.minuten,
                    "nr": row.nr,
                }
                for row in units
            ],
        )
    withdrawals = pa.table(
        {
            "token": [token(sent.vorhaben_id, sent.tvp_id, tn) for tn, _ in sent.withdrawals],
            "art": ["tn" for _ in sent.withdrawals],
            "normalisierer_version": [0 for _ in sent.withdrawals],
            "widerruf_am": [day for _, day in sent.withdrawals],
        },
        schema=WITHDRAWALS,
    )
    scope = Scope(
        sent.vorhaben_id, sent.tvp_id, sent.start, sent.end, "zuwachs" if sent.increment == "zuwachs" else "voll"
    )
    return Pseudonymized(
        delivery=Delivery(sent.delivery_id, "test", (), scope, sent.version),
        verdict=Verdict.ACCEPTED,
        identities=identities,
        merkmale=_merkmale(index, traits, sent.versions),
        tables=tables,
        withheld={},
        withdrawals=withdrawals,
        key_id=KEY_ID,
        normalizer_version=max(sent.versions),
    )


def _merkmale(index: Mapping[str, int], traits: Mapping[str, Mapping[str, str]], versions: Sequence[int]) -> pa.Table:
    rows = []
    for tn, ix in index.items():
        for version in versions:
            found = {f"{kind}_token": token(kind, value)[: KINDS[kind]] for kind, value in traits.get(tn, {}).items()}
            if found:
                rows.append({"ix": ix, "normalisierer_version": version, **found})
    return pa.Table.from_pylist(rows, schema=MERKMALE)


def _table(name: str, rows: Sequence[dict[str, object]]) -> pa.Table:
    table = fact_tables()[name]
    declared = {item.name: item.arrow_type for item in contract().table(name).fields}
    declared |= {"altersgruppe_eintritt": pa.string(), "nr": pa.int16()}
    columns = [name for name in table.columns if name != "identitaet_id"]
    schema = pa.schema([("ix", pa.int32()), *((column, declared[column]) for column in columns)])
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)


def new_run(connection: Connection) -> int:
    """Insert a run and return its number."""
    statement = text("insert into betrieb.lauf (ausloeser, status) values ('cli', 'fertig') returning lauf_id")
    return int(connection.execute(statement).scalar_one())


def new_delivery(connection: Connection, sent: Sent, lauf_id: int) -> int:
    """Record the delivery as judged and return its number; the same delivery keeps its number."""
    connection.execute(
        text(
            "insert into betrieb.schluessel (schluessel_id, pruefwert, aktiv, kette_nr)"
            " values ('k1', :check, true, 1) on conflict do nothing"
        ),
        {"check": bytes(16)},
    )
    return int(
        connection.execute(
            text("""
                insert into betrieb.lieferung (
                    lieferung_id, profil, vorhaben_id, tvp_id, zeitraum_von, zeitraum_bis, version, umfang, status,
                    gefunden_lauf
                )
                values (:id, 'test', :vh, :tvp, :von, :bis, :version, :umfang, 'gefunden', :lauf)
                on conflict (lieferung_id) do update set profil = excluded.profil
                returning lieferung_nr
                """),
            {
                "id": sent.delivery_id,
                "vh": sent.vorhaben_id,
                "tvp": sent.tvp_id,
                "von": sent.start,
                "bis": sent.end,
                "version": sent.version,
                "umfang": sent.increment,
                "lauf": lauf_id,
            },
        ).scalar_one()
    )


def mark_loaded(connection: Connection, lieferung_nr: int, lauf_id: int, tables: Sequence[str]) -> None:
    """Record what the night records after a load: status and one balance per delivered table."""
    connection.execute(
        text("update betrieb.lieferung set status = 'geladen', geladen_lauf = :lauf where lieferung_nr = :nr"),
        {"nr": lieferung_nr, "lauf": lauf_id},
    )
    for name in tables:
        connection.execute(
            text("""
                insert into betrieb.bilanz (
                    lieferung_nr, tabelle, gefunden, neu, geaendert, unveraendert, doppelt, ueberholt, zurueckgewiesen,
                    zurueckgehalten, wartend, abgelehnt, titelzeilen, summenzeilen, geschlossen, lauf_id
                ) values (:nr, :name, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, :lauf) on conflict do nothing
                """),
            {"nr": lieferung_nr, "name": name, "lauf": lauf_id},
        )
