"""The door: make a list or a notice for a Jobcenter, encrypted and logged; read the log.

Belongs here: the order of the steps, all or nothing. Does not belong here: sending. The clear content exists in memory
only; on disk there is nothing but the encrypted file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from pathlib import Path

from sqlalchemy import Connection, text

from zaehlbar.certificate.document import Typesetter
from zaehlbar.certificate.files import write_private
from zaehlbar.dates import today
from zaehlbar.nightly import undisturbed
from zaehlbar.nightly.context import Night
from zaehlbar.settings import Settings
from zaehlbar.site import Jobcenter, ListRecipient, agreement
from zaehlbar.transmission import eligible, names
from zaehlbar.transmission.content import lines, list_message, notice_message
from zaehlbar.transmission.envelope import recipient_certificate, seal

_FOLDER = "uebermittlung"


class CannotTransmit(ValueError):
    """The site does not allow it, or something must be done first; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it. Without `datei` nobody was to be named, and nothing was made or logged."""

    uebermittlung_nr: int | None
    datei: Path | None
    zeilen: int
    ohne_rohdatei: int = 0
    """Persons with consent whose raw delivery is gone, no longer says the same, or has no name that can be printed."""
    ohne_bereich: int = 0
    """Persons with consent who attended nothing of the categories on the list."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One entry of the log. `faellig`: lines of a list that the recipient must still be told about."""

    uebermittlung_nr: int
    art: str
    jobcenter_nr: str
    erstellt_am: datetime
    erstellt_von: str
    anzahl: int
    datei_sha256: str
    faellig: int


def create_list(settings: Settings, site_folder: Path, jobcenter_nr: str, by: str, day: date | None = None) -> Made:
    """Make the list of all persons whose consent covers it on `day` (today), encrypted for the Jobcenter.

    Holds the load lock. Raises CannotTransmit, CertificateError, StoreError, KeyRingError, Busy.
    """
    on = day or today()
    with _ready(settings, site_folder) as (night, connection):
        recipient, jobcenter = _recipient(night, jobcenter_nr, lists=True)
        certificate = recipient_certificate(night.site.zertifikate[recipient.zertifikat], recipient.postfach)
        due = eligible.due_lines(connection, jobcenter_nr, on)
        if due:
            raise CannotTransmit(
                f"Erst sind {len(due)} Zeilen früherer Listen zu widerrufen: "
                f"zaehlbar uebermittlung widerrufe {jobcenter_nr}"
            )
        found = eligible.candidates(connection, night.site, recipient, on)
        shown = [one for one in found if one.since]
        known = names.names_of(night, shown, jobcenter_nr, on)
        setter = Typesetter()
        named = [
            (one, name)
            for one in shown
            if (name := known.get(one.identitaet_id)) is not None and setter.prints(f"{name.vorname} {name.nachname}")
        ]
        named.sort(key=lambda pair: (pair[1].nachname, pair[1].vorname, pair[0].identitaet_id))
        missing, without = len(shown) - len(named), len(found) - len(shown)
        if not named:
            return Made(None, None, 0, missing, without)
        number = _next_number(connection)
        message = list_message(
            number,
            lines(named, night.site, recipient),
            jobcenter,
            recipient,
            on=on,
            until=min(one.gilt_bis for one, _ in named),
            agreed=agreement.agreed(night.site),
        )
        subject = f"Liste {number} zu BIWAQ (verschlüsselt)"
        sealed = seal(message, certificate, recipient.postfach, subject)
        _log(connection, number, "liste", jobcenter_nr, by, len(named), sealed)
        connection.execute(
            text("""
                insert into abgleich.uebermittlung_zeile (uebermittlung_nr, zeile_nr, tn_token, schluessel_id)
                values (:nr, :zeile, :token, :schluessel)
                """),
            [
                {"nr": number, "zeile": at, "token": one.tn_token, "schluessel": night.keys.key_id}
                for at, (one, _) in enumerate(named, start=1)
            ],
        )
        path = _write(settings, jobcenter_nr, f"liste-{number:04}.eml", sealed, connection)
        return Made(number, path, len(named), missing, without)


def create_notice(settings: Settings, site_folder: Path, jobcenter_nr: str, by: str, day: date | None = None) -> Made:
    """Make the notice that tells the Jobcenter which lines to delete or leave unused, and forget what it tells.

    Works also where lists are turned off again. Raises as `create_list`.
    """
    on = day or today()
    with _ready(settings, site_folder) as (night, connection):
        recipient, jobcenter = _recipient(night, jobcenter_nr, lists=False)
        certificate = recipient_certificate(night.site.zertifikate[recipient.zertifikat], recipient.postfach)
        due = eligible.due_lines(connection, jobcenter_nr, on)
        if not due:
            return Made(None, None, 0)
        number = _next_number(connection)
        message: EmailMessage = notice_message(number, due, jobcenter, on=on)
        subject = f"Widerruf {number} zu BIWAQ-Listen (verschlüsselt)"
        sealed = seal(message, certificate, recipient.postfach, subject)
        _log(connection, number, "widerruf", jobcenter_nr, by, len(due), sealed)
        _settle(connection, due)
        path = _write(settings, jobcenter_nr, f"widerruf-{number:04}.eml", sealed, connection)
        return Made(number, path, len(due))


def sent(connection: Connection, day: date | None = None) -> list[Sent]:
    """Return the log in order, with the lines of each list that are due on `day` (today)."""
    on = day or today()
    rows = connection.execute(
        text("""
            select uebermittlung_nr, art, jobcenter_nr, erstellt_am, erstellt_von, anzahl, datei_sha256
            from betrieb.uebermittlung order by uebermittlung_nr
            """)
    ).all()
    due: dict[int, int] = {}
    for jobcenter_nr in sorted({row.jobcenter_nr for row in rows}):
        for line in eligible.due_lines(connection, jobcenter_nr, on):
            due[line.uebermittlung_nr] = due.get(line.uebermittlung_nr, 0) + 1
    return [Sent(**row._mapping, faellig=due.get(row.uebermittlung_nr, 0)) for row in rows]


@contextmanager
def _ready(settings: Settings, site_folder: Path) -> Iterator[tuple[Night, Connection]]:
    """Hold the load lock (nobody rotates, loads or erases meanwhile) and one transaction."""
    with (
        undisturbed(settings, site_folder, "zaehlbar uebermittlung") as night,
        night.engine.connect() as connection,
    ):
        yield night, connection


def _recipient(night: Night, jobcenter_nr: str, *, lists: bool) -> tuple[ListRecipient, Jobcenter]:
    decided = night.site.uebermittlung
    if decided is None or (lists and not decided.an):
        raise CannotTransmit(
            "In dieser Site sind Listen zu einzelnen Personen nicht eingeschaltet (uebermittlung.yaml). Der übliche "
            "Weg ist die Teilnahmebescheinigung, die die Person selbst weitergibt."
        )
    found = next((one for one in decided.empfaenger if one.jobcenter_nr == jobcenter_nr), None)
    if found is None:
        raise CannotTransmit(f"Das Jobcenter {jobcenter_nr} ist in uebermittlung.yaml kein Empfänger.")
    jobcenter = next(one for one in night.site.jobcenter if one.jobcenter_nr == jobcenter_nr)
    return found, jobcenter


def _next_number(connection: Connection) -> int:
    sequence = "pg_get_serial_sequence('betrieb.uebermittlung', 'uebermittlung_nr')"
    return int(connection.execute(text(f"select nextval({sequence})")).scalar_one())


def _log(connection: Connection, number: int, kind: str, jobcenter_nr: str, by: str, count: int, sealed: bytes) -> None:
    connection.execute(
        text("""
            insert into betrieb.uebermittlung (
                uebermittlung_nr, art, jobcenter_nr, erstellt_von, anzahl, datei_sha256
            ) overriding system value
            values (:nr, :art, :jobcenter_nr, :von, :anzahl, :sha256)
            """),
        {
            "nr": number,
            "art": kind,
            "jobcenter_nr": jobcenter_nr,
            "von": by,
            "anzahl": count,
            "sha256": hashlib.sha256(sealed).hexdigest(),
        },
    )


def _settle(connection: Connection, due: Sequence[eligible.DueLine]) -> None:
    for statement, restricted in (
        ("delete from abgleich.uebermittlung_zeile", False),
        ("update abgleich.uebermittlung_zeile set einschraenkung_gemeldet_am = now()", True),
    ):
        told = [{"nr": one.uebermittlung_nr, "zeile": one.zeile_nr} for one in due if one.restricted is restricted]
        if told:
            connection.execute(text(f"{statement} where uebermittlung_nr = :nr and zeile_nr = :zeile"), told)


def _write(settings: Settings, jobcenter_nr: str, name: str, sealed: bytes, connection: Connection) -> Path:
    """Write the encrypted file and commit; without a commit there is no file, without a file no commit."""
    path = write_private(settings.home / _FOLDER / jobcenter_nr, name, sealed)
    try:
        connection.commit()
    except BaseException:  # also when interrupted: a list that nothing logs must not stay
        path.unlink(missing_ok=True)
        raise
    return path
