"""The names of candidates, from raw deliveries that are still in the archive: in the trusted zone, in memory.

Belongs here: reading them as the night does, and the rule of consent on the raw row. Does not belong here: who is a
candidate (eligible).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import text

from zaehlbar.certificate.standing import CANCELLED, standing_rows
from zaehlbar.ingest import ingest
from zaehlbar.nightly.context import Night
from zaehlbar.pseudonymize.tokens import canonical, tn_tokens
from zaehlbar.transmission.eligible import Candidate
from zaehlbar.validate import Validated, validate

_FIELDS = (
    "tn_nr",
    "nachname",
    "vorname",
    "eintritt_datum",
    "austritt_datum",
    "status",
    "jobcenter_nr",
    "einwilligung_stufe",
    "einwilligung_zweck",
    "einwilligung_empfaenger",
    "einwilligung_am",
    "einwilligung_bis",
    "widerruf_am",
)


@dataclass(frozen=True, slots=True)
class Name:
    nachname: str = field(repr=False)
    vorname: str = field(repr=False)


def names_of(night: Night, found: Sequence[Candidate], jobcenter_nr: str, day: date) -> dict[int, Name]:
    """Return identity → name, for candidates whose raw row is still in the archive and says the same consent.

    Raises StoreError for a delivery whose archived files are damaged.
    """
    by_partner: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
    for one in found:
        by_partner[one.vorhaben_id, one.tvp_id].append(one)
    result: dict[int, Name] = {}
    for (vorhaben_id, tvp_id), members in by_partner.items():
        deliveries = archived(night, vorhaben_id, tvp_id)
        if not deliveries:
            continue
        people = _latest(standing_rows(deliveries)["teilnahme"].select(list(_FIELDS)).to_pylist())
        numbers = list(people)
        digests = tn_tokens(night.keys, vorhaben_id, tvp_id, [canonical(number) for number in numbers])
        by_token = {digest.tobytes(): number for digest, number in zip(digests, numbers, strict=True)}
        for one in members:
            row = people.get(by_token.get(one.tn_token, ""))
            if row is not None and covers(row, jobcenter_nr, day) and row["nachname"] and row["vorname"]:
                result[one.identitaet_id] = Name(row["nachname"].strip(), row["vorname"].strip())
    return result


def archived(night: Night, vorhaben_id: str, tvp_id: str) -> list[Validated]:
    """Return the loaded deliveries of a partner that the archive still has, read and judged under the site of today."""
    with night.engine.connect() as connection:
        loaded = connection.execute(
            text("""
                select lieferung_id, version from betrieb.lieferung
                where status = 'geladen' and vorhaben_id = :vorhaben_id and tvp_id = :tvp_id
                order by zeitraum_bis, version
                """),
            {"vorhaben_id": vorhaben_id, "tvp_id": tvp_id},
        ).all()
    found = []
    for row in loaded:
        if not night.archive.has(row.lieferung_id):
            continue
        with night.archive.open(row.lieferung_id, work=night.settings.work) as delivery:
            validated = validate(ingest(delivery, night.site), night.site)
        read = validated.ingested.delivery
        if validated.ingested.fatal or read.scope is None:
            continue
        # A person may have given it another version than its files say.
        validated.ingested.delivery = replace(read, version=row.version)
        if (read.scope.vorhaben_id, read.scope.tvp_id) == (vorhaben_id, tvp_id):
            found.append(validated)
    return found


def covers(row: Mapping[str, Any], jobcenter_nr: str, day: date) -> bool:
    """Whether a raw participation runs on `day`, belongs to this Jobcenter and consents to a list for it."""
    return (
        row["status"] != CANCELLED
        and row["jobcenter_nr"] == jobcenter_nr
        and row["eintritt_datum"] <= day
        and (row["austritt_datum"] is None or row["austritt_datum"] > day)
        and row["einwilligung_stufe"] == "2"
        and row["einwilligung_zweck"] == "EINZELFALL"
        and row["einwilligung_empfaenger"] == jobcenter_nr
        and row["einwilligung_am"] is not None
        and row["einwilligung_am"] <= day
        and row["einwilligung_bis"] is not None
        and row["einwilligung_bis"] >= day
        and row["widerruf_am"] is None
    )


def _latest(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return tn_nr → the row of its latest Eintritt that was not recorded by mistake."""
    people: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda one: one["eintritt_datum"]):
        if row["status"] != CANCELLED:
            people[row["tn_nr"]] = row
    return people
