"""Receipts of erasures: they prove to a person that their data were deleted, and contain nobody.

Belongs here: the keyed codes, recording progress, checking a receipt, its printed form. Does not belong here: erasing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from zaehlbar.pseudonymize import NORMALIZER_VERSION, KeyRing, Purpose
from zaehlbar.pseudonymize.keyed import keyed_tokens
from zaehlbar.pseudonymize.parts import parts_of
from zaehlbar.pseudonymize.tokens import canonical, joined
from zaehlbar.rights.find import as_participation
from zaehlbar.rights.personfile import PersonFile


@dataclass(frozen=True, slots=True)
class Codes:
    """The keyed codes of one person for one receipt; None where the person file does not say what it takes."""

    person: bytes | None = field(repr=False)
    number: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt. `deleted` and `remaining`: how many, by place; `deliveries`: the ids it concerns."""

    quittung_nr: int
    stand: str
    begonnen_am: datetime
    am: datetime | None
    schluessel_id: str
    normalisierer_version: int
    deliveries: tuple[str, ...]
    deleted: dict[str, int]
    remaining: dict[str, int]
    person_token: bytes | None = field(repr=False)
    nummer_token: bytes | None = field(repr=False)

    @property
    def code(self) -> str:
        """The first characters of its codes, for the printed form."""
        return " ".join(token.hex()[:32] for token in (self.person_token, self.nummer_token) if token)


def codes(keys: KeyRing, person: PersonFile, quittung_nr: int, version: int = NORMALIZER_VERSION) -> Codes:
    """Return the codes of `person` for this receipt under the active key.

    Names count in search form, so that the person is recognised whatever the spelling; the number exactly.
    """
    by_name = by_number = None
    if person.has_full_name:
        parts = parts_of(as_participation(person), version)
        named = (str(parts[name].texts[int(parts[name].number[0])]) for name in ("nachname", "vorname", "tag"))
        by_name = joined((str(quittung_nr), "person", *named))
    if person.tn_nr is not None:
        number = (canonical(part or "") for part in (person.vorhaben_id, person.tvp_id, person.tn_nr))
        by_number = joined((str(quittung_nr), "nummer", *number))
    return Codes(*(None if message is None else _code(keys, message) for message in (by_name, by_number)))


def _code(keys: KeyRing, message: str) -> bytes:
    return bytes(keyed_tokens(keys, Purpose.QUITTUNG, [message.encode()])[0])


def begin(connection: Connection, keys: KeyRing, person: PersonFile, deliveries: Sequence[str]) -> int:
    """Open a receipt for `person` and return its number; the caller commits."""
    number = int(connection.execute(text("select nextval('betrieb.quittung_quittung_nr_seq')")).scalar_one())
    own = codes(keys, person, number)
    connection.execute(
        text("""
            insert into betrieb.quittung (
                quittung_nr, art, person_token, nummer_token, schluessel_id, normalisierer_version, lieferungen
            )
            overriding system value
            values (:nr, 'loeschung', :person, :nummer, :schluessel_id, :version, :lieferungen)
            """),
        {
            "nr": number,
            "person": own.person,
            "nummer": own.number,
            "schluessel_id": keys.key_id,
            "version": NORMALIZER_VERSION,
            "lieferungen": sorted(deliveries),
        },
    )
    return number


def record(
    connection: Connection,
    number: int,
    *,
    stand: str,
    deleted: Mapping[str, int],
    remaining: Mapping[str, int] | None = None,
    deliveries: Sequence[str] = (),
) -> None:
    """Record progress: `deleted` is put over what was recorded before, `remaining` in its place; the caller commits."""
    before = load(connection, number)
    total = {**before.deleted, **deleted}
    connection.execute(
        text("""
            update betrieb.quittung set
                stand = :stand, anzahlen = cast(:anzahlen as jsonb), offen = cast(:offen as jsonb),
                lieferungen = :lieferungen,
                am = case when :stand = 'begonnen' then am else coalesce(am, now()) end
            where quittung_nr = :nr
            """),
        {
            "nr": number,
            "stand": stand,
            "anzahlen": json.dumps({name: count for name, count in sorted(total.items()) if count}),
            "offen": json.dumps(dict(before.remaining if remaining is None else remaining)),
            "lieferungen": sorted({*before.deliveries, *deliveries}),
        },
    )


def load(connection: Connection, number: int) -> Receipt:
    """Return the receipt of this number; LookupError when there is none."""
    found = [one for one in receipts(connection) if one.quittung_nr == number]
    if not found:
        raise LookupError(f"Eine Quittung {number} gibt es nicht.")
    return found[0]


def receipts(connection: Connection) -> list[Receipt]:
    """Return all receipts, oldest first."""
    rows = connection.execute(text("select * from betrieb.quittung order by quittung_nr"))
    return [
        Receipt(
            row.quittung_nr,
            row.stand,
            row.begonnen_am,
            row.am,
            row.schluessel_id,
            row.normalisierer_version,
            tuple(row.lieferungen),
            dict(row.anzahlen),
            dict(row.offen),
            _bytes(row.person_token),
            _bytes(row.nummer_token),
        )
        for row in rows
    ]


def proves(keys: KeyRing, person: PersonFile, receipt: Receipt) -> bool:
    """Return whether the receipt is that of this person: one of its codes is theirs, and none is somebody else's."""
    if receipt.schluessel_id not in keys.key_ids:
        return False
    own = codes(keys.at(receipt.schluessel_id), person, receipt.quittung_nr, receipt.normalisierer_version)
    pairs = [(own.person, receipt.person_token), (own.number, receipt.nummer_token)]
    compared = [ours == theirs for ours, theirs in pairs if ours is not None and theirs is not None]
    return bool(compared) and all(compared)


def as_dict(receipt: Receipt) -> dict[str, object]:
    """Return the receipt as plain data."""
    values = asdict(receipt)
    for name in ("person_token", "nummer_token"):
        token = values[name]
        values[name] = None if token is None else token.hex()
    return values


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)


PLACES = {
    "archiv": "Lieferungen im Archiv (Rohdateien, ganz gelöscht)",
    "zwischenablage": "Lieferungen in der Zwischenablage",
    "arbeitskopien": "Arbeitskopien",
    "pruefberichte": "Prüfberichte (Dateien)",
    "befunde": "Befunde, aus denen Zeilennummern entfernt wurden",
    "entscheidungen": "angehaltene Lieferungen, die zurückgewiesen wurden und neu zu liefern sind",
    "eingangsdateien": "Dateien im Eingang",
    "eingang": "Lieferungen, die noch im Eingang liegen (die Site leert ihn nicht; geladen werden sie nicht mehr)",
    "einschraenkungen": "Einschränkungen der Verarbeitung",
    "unlesbar": "Lieferungen im Archiv oder Eingang, die nicht ganz lesbar sind und nicht durchsucht werden konnten",
    "uebermittlung": "Zeilen auf Listen für ein Jobcenter, deren Empfänger noch zu benachrichtigen ist (Art. 19 DSGVO)",
    "moeglich": "Identitäten, die Merkmale teilen und nicht zugeordnet wurden",
    "zaehlung": "Neuzählung der internen Figuren",
    "vacuum": "Tabellen, deren gelöschte Zeilen nicht ausgeräumt werden durften",
}
"""Names of the places in `deleted` and `remaining`; the warehouse's tables have their own names."""


def as_text(receipt: Receipt) -> str:
    """Return the receipt as it is printed."""
    lines = [
        f"Quittung {receipt.quittung_nr} über eine Löschung nach Art. 17 DSGVO",
        "",
        f"Stand: {receipt.stand}",
        f"Gelöscht am: {receipt.am:%d.%m.%Y %H:%M}" if receipt.am else "Gelöscht am: noch nicht",
        f"Code: {receipt.code} (Schlüssel {receipt.schluessel_id})",
        "",
        "Gelöscht wurden:",
        *(_lines(receipt.deleted) or ["  nichts: zu dieser Person war nichts gespeichert"]),
        "",
        "Noch offen:",
        *(_lines(receipt.remaining) or ["  nichts"]),
        "",
        *_NOTES,
    ]
    return "\n".join(lines) + "\n"


def _lines(counts: Mapping[str, int]) -> list[str]:
    return [f"  {count:>6}  {PLACES.get(name, f'Zeilen in {name}')}" for name, count in counts.items()]


_NOTES = (
    "Diese Quittung enthält keine Angabe zur Person. Ob sie ihr gehört, zeigt der Code:",
    "zaehlbar person quittung pruefen --person-file DATEI",
    "",
    "Veröffentlichte und interne Summen bleiben; ab jetzt wird ohne die Person gezählt.",
    "Ein gemerkter Widerruf bleibt als Token und Tag, damit keine ältere Einwilligung auflebt.",
    "Airflow kennt nur Nummern von Läufen und Paketen, keine Personen und keine Dateinamen.",
    "Gelöschte Zeilen stehen bis zum Überschreiben in freien Seiten und im Schreibprotokoll der Datenbank,",
    "in Sicherungen bis zu deren Ablauf; nach dem Einspielen einer älteren Sicherung ist die Löschung zu wiederholen.",
)
