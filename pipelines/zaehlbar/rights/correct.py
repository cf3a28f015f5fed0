"""Berichtigung (Art. 16 DSGVO): a corrected value of a participation, remembered until the partner delivers it.

Belongs here: which fields may be corrected, what a value must be, recording it. Does not belong here: when it holds
(load.correction), the note to the partner (outbox). Names, birth date and number are no rows of the warehouse: only the
partner can deliver them anew, and the tokens follow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from zaehlbar.contract import Field, contract
from zaehlbar.load.correction import as_text
from zaehlbar.load.spec import fact_tables
from zaehlbar.rights.find import Found, FoundIdentity
from zaehlbar.rights.personfile import Correction
from zaehlbar.site import Site
from zaehlbar.site.lists import code_lists

PARTNER_ONLY = ("nachname", "vorname", "geburtsdatum", "plz", "tn_nr", "eintritt_datum", "altersgruppe_eintritt")
"""What tokens, keys and derived values are made of: a note goes to the partner, nothing is overlaid."""

_DECLARATIONS = ("einwilligung_", "widerruf_am")
_BOOLEANS = {"true": "true", "ja": "true", "j": "true", "false": "false", "nein": "false", "n": "false"}


class CorrectionError(ValueError):
    """A correction that cannot be made; names entry, field and what is allowed, never the value."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A correction of one participation. `value` is canonical; `overlaid`: held by the warehouse until delivered."""

    identity: FoundIdentity
    entry: date
    name: str
    title: str
    value: str | None
    overlaid: bool


def plan(connection: Connection, site: Site, found: Found, corrections: Sequence[Correction]) -> list[Planned]:
    """Check the corrections against contract, site and the person's participations. Raises CorrectionError."""
    return [
        _planned(connection, site, found, correction, f"berichtigung, {number}. Eintrag")
        for number, correction in enumerate(corrections, start=1)
    ]


def correct(connection: Connection, planned: Sequence[Planned]) -> int:
    """Record the corrections that the warehouse overlays; return how many. The caller notes the occasion and commits.

    A later one for the same field replaces an earlier one.
    """
    number = 0
    for one in planned:
        if not one.overlaid:
            continue
        number += connection.execute(
            text(_RECORD),
            {
                "identitaet_id": one.identity.identitaet_id,
                "eintritt_datum": one.entry,
                "feld": one.name,
                "wert": one.value,
                "vorhaben_id": one.identity.vorhaben_id,
                "tvp_id": one.identity.tvp_id,
            },
        ).rowcount
    return number


def _planned(connection: Connection, site: Site, found: Found, correction: Correction, where: str) -> Planned:
    identity = _identity(connection, found, correction, where)
    allowed = [name for name in fact_tables()["teilnahme"].attributes if not _is_declaration(name)]
    fields = {field.name: field for field in contract().table("teilnahme").fields}
    if correction.name in PARTNER_ONLY:
        title = fields[correction.name].title if correction.name in fields else "Altersgruppe beim Eintritt"
        return Planned(identity, correction.entry, correction.name, title, None, overlaid=False)
    if correction.name in fields and _is_declaration(correction.name):
        raise CorrectionError(
            f"{where}: eine Erklärung wird nicht berichtigt, sondern neu abgegeben oder widerrufen; der Partner "
            "liefert sie mit der nächsten Lieferung."
        )
    if correction.name not in allowed:
        raise CorrectionError(
            f"{where}: dieses Feld gibt es nicht. Berichtigt werden können: {', '.join(allowed)}; über den Partner: "
            f"{', '.join(PARTNER_ONLY)}."
        )
    field = fields[correction.name]
    lists = code_lists(site, identity.vorhaben_id)
    value = None if correction.value is None else _canonical(field, correction.value, lists, where)
    if correction.value is None and field.required:
        raise CorrectionError(f"{where}: {field.name} darf nicht leer sein.")
    if field.name == "austritt_datum" and value is not None and value < correction.entry.isoformat():
        raise CorrectionError(f"{where}: austritt_datum liegt vor dem Eintritt.")
    return Planned(identity, correction.entry, field.name, field.title, value, overlaid=True)


def _is_declaration(name: str) -> bool:
    return name.startswith(_DECLARATIONS)


def _identity(connection: Connection, found: Found, correction: Correction, where: str) -> FoundIdentity:
    """Return the identity whose participation is meant."""
    with_entry = set(
        connection.execute(
            text("""
                select identitaet_id from kern.teilnahme
                where bekannt_bis is null and eintritt_datum = :entry and identitaet_id = any(:ids)
                """),
            {"entry": correction.entry, "ids": found.ids},
        ).scalars()
    )
    partner = (correction.vorhaben_id, correction.tvp_id)
    matching = [
        one
        for one in found.identities
        if one.identitaet_id in with_entry
        and all(wish in (None, is_) for wish, is_ in zip(partner, (one.vorhaben_id, one.tvp_id), strict=True))
    ]
    if len(matching) == 1:
        return matching[0]
    if matching:
        partners = ", ".join(sorted({f"{one.vorhaben_id}/{one.tvp_id}" for one in matching}))
        raise CorrectionError(
            f"{where}: mehrere Teilnahmen beginnen an diesem Tag ({partners}). Bitte vorhaben_id und tvp_id angeben."
        )
    raise CorrectionError(f"{where}: eine Teilnahme mit diesem eintritt_datum ist nicht gespeichert.")


def _canonical(field: Field, value: str, lists: dict[str, dict[str, str]], where: str) -> str:
    """Return the value as the warehouse holds it. CorrectionError when the contract does not allow it."""
    codes = dict(field.codes)
    if field.zaehlbar.codes_from is not None:
        codes |= lists[field.zaehlbar.codes_from]
    if codes:
        if value not in codes:
            raise CorrectionError(
                f"{where}: {field.name} kennt diesen Code nicht. Erlaubt: {', '.join(sorted(codes))}."
            )
        return value
    made = {"integer": _integer, "boolean": _boolean, "date": _day}.get(field.type, _string)(field, value)
    if made is None:
        raise CorrectionError(f"{where}: {field.name} erwartet {_EXPECTED.get(field.type, 'Text')}.")
    return made


_EXPECTED = {
    "integer": "eine ganze Zahl im erlaubten Bereich",
    "boolean": "ja oder nein",
    "date": "ein Datum JJJJ-MM-TT",
    "string": "Text in der Form, die der Datenvertrag verlangt",
}


def _integer(field: Field, value: str) -> str | None:
    if not re.fullmatch(r"-?\d{1,9}", value, re.ASCII):
        return None
    low, high = field.constraints.minimum, field.constraints.maximum
    number = int(value)
    inside = (low is None or number >= int(low)) and (high is None or number <= int(high))
    return str(number) if inside else None


def _boolean(_field: Field, value: str) -> str | None:
    return _BOOLEANS.get(value.lower())


def _day(_field: Field, value: str) -> str | None:
    try:
        return as_text(date.fromisoformat(value))
    except ValueError:
        return None


def _string(field: Field, value: str) -> str | None:
    limits = field.constraints
    if limits.max_length is not None and len(value) > limits.max_length:
        return None
    return value if limits.pattern is None or re.fullmatch(limits.pattern, value) else None


_RECORD = """
    insert into kern.berichtigung (
        identitaet_id, eintritt_datum, feld, wert, nach_zeitraum_bis, nach_version, nach_lieferung_id
    )
    select :identitaet_id, :eintritt_datum, :feld, :wert, l.zeitraum_bis, l.version, l.lieferung_id
    from betrieb.lieferung as l
    where l.vorhaben_id = :vorhaben_id and l.tvp_id = :tvp_id and l.geladen_lauf is not null
    order by l.zeitraum_bis desc, l.version desc, l.lieferung_id desc
    limit 1
"""
