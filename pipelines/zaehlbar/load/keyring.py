"""Which keys a warehouse was filled with, and whether a key ring fits it. Fails closed: no key, no load (statement 5).

Belongs here: the table betrieb.schluessel. Does not belong here: where a ring lies (pseudonymize), rewriting tokens
(rotation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from zaehlbar.pseudonymize.keys import KeyRing, KeyRingError
from zaehlbar.pseudonymize.keysource import KeySource


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that the warehouse knows by its check value."""

    schluessel_id: str
    pruefwert: bytes
    aktiv: bool
    kette_nr: int
    aktiv_seit: datetime | None
    geraeumt_am: datetime | None


def known_keys(connection: Connection) -> tuple[KnownKey, ...]:
    """Return the keys of the warehouse in the order of the chain; the last one is active. () before the first load."""
    rows = connection.execute(
        text("""
            select schluessel_id, pruefwert, aktiv, kette_nr, aktiv_seit, geraeumt_am
            from betrieb.schluessel order by kette_nr
            """)
    )
    return tuple(KnownKey(row[0], bytes(row[1]), *row[2:]) for row in rows)


def fitting(ring: KeyRing, known: Sequence[KnownKey], where: str) -> KeyRing:
    """Return `ring` with the warehouse's key active. KeyRingError when the warehouse was filled with another ring.

    Later keys in the ring are fine: a rotation was begun, or the warehouse comes from an older dump. Its tokens say
    which key counts.
    """
    for key in known:
        if key.schluessel_id not in ring.key_ids or ring.check_value(key.schluessel_id) != key.pruefwert:
            raise KeyRingError(
                f"{where}: Mit diesem Schlüsselbund wurde dieses Warehouse nicht gefüllt (Schlüssel "
                f"{key.schluessel_id} fehlt oder ist ein anderer); nichts wird geladen. "
                "Den richtigen aus der Sicherung zurückholen."
            )
    ids = tuple(key.schluessel_id for key in known)
    if ring.key_ids[: len(ids)] != ids:
        raise KeyRingError(
            f"{where}: Die Schlüssel stehen in anderer Reihenfolge als im Warehouse ({', '.join(ids)}); nichts wird "
            "geladen. Den richtigen Bund aus der Sicherung zurückholen."
        )
    if [key.aktiv for key in known] != [False] * (len(known) - 1) + [True]:
        raise KeyRingError(
            "Das Warehouse sagt nicht, welcher seiner Schlüssel gilt; nichts wird geladen. Eine Sicherung einspielen."
        )
    return ring.at(ids[-1])


def ensure(connection: Connection, source: KeySource) -> KeyRing:
    """Return the ring with the warehouse's key active; a new one is created only while the warehouse knows no key.

    The caller commits. KeyRingError when there is none or it does not fit.
    """
    connection.execute(text("lock table betrieb.schluessel in exclusive mode"))
    known = known_keys(connection)
    ring = source.load() if known or source.exists() else source.create()
    if known:
        return fitting(ring, known, source.where)
    register(connection, ring, ring.key_id)
    return ring


def register(connection: Connection, ring: KeyRing, active: str) -> None:
    """Make `active` the key of the warehouse and note all links up to it. The caller commits.

    A warehouse that changes from another key still has traces under it (geraeumt_am stays empty).
    """
    first = not known_keys(connection)
    connection.execute(text("update betrieb.schluessel set aktiv = false where aktiv"))
    for number, key_id in enumerate(ring.links(None, active), start=1):
        connection.execute(
            text("""
                insert into betrieb.schluessel (schluessel_id, pruefwert, aktiv, kette_nr)
                values (:id, :check, false, :number) on conflict (schluessel_id) do nothing
                """),
            {"id": key_id, "check": ring.check_value(key_id), "number": number},
        )
    connection.execute(
        text("""
            update betrieb.schluessel
            set aktiv = true, aktiv_seit = now(), geraeumt_am = case when :first then now() end
            where schluessel_id = :id
            """),
        {"id": active, "first": first},
    )


def refuse_other_key(connection: Connection, key_id: str) -> None:
    """Raise KeyRingError when the warehouse's tokens are under another key than `key_id`."""
    query = text("select schluessel_id from betrieb.schluessel where aktiv and schluessel_id <> :id")
    other = connection.execute(query, {"id": key_id}).scalar_one_or_none()
    if other is not None:
        raise KeyRingError(f"Die Tokens sind unter Schlüssel {key_id} gebildet, das Warehouse hat Schlüssel {other}.")
