"""Which partner is told about a correction, and with which number.

Belongs here: putting notes of a Berichtigung together. Does not belong here: their words and place (outbox).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection

from zaehlbar.rights import outbox
from zaehlbar.rights.case import Case
from zaehlbar.rights.correct import Planned
from zaehlbar.rights.raw import Searched


def known_numbers(case: Case, *searched: Searched) -> dict[outbox.Partner, list[str]]:
    """Return the person's numbers by partner, as far as person file and raw deliveries tell them."""
    known = [
        ((hit.vorhaben_id, hit.tvp_id), one)
        for search in searched
        for hit in search.hits
        if hit.vorhaben_id is not None and hit.tvp_id is not None
        for one in hit.tn_nrs
    ]
    person = case.person
    if person.tn_nr is not None and person.vorhaben_id is not None and person.tvp_id is not None:
        known.append(((person.vorhaben_id, person.tvp_id), person.tn_nr))
    return outbox.numbers_by_partner(known)


def ask_for_correction(connection: Connection, case: Case, planned: Sequence[Planned]) -> list[Path]:
    """Ask the partners to deliver corrected data; return the notes."""
    numbers = known_numbers(case, *case.search(connection))
    written = []
    for partner in sorted({(one.identity.vorhaben_id, one.identity.tvp_id) for one in planned}):
        own = [one for one in planned if (one.identity.vorhaben_id, one.identity.tvp_id) == partner]
        identities = "-".join(str(one) for one in sorted({one.identity.identitaet_id for one in own}))
        path = outbox.note_path(case.night.settings, case.night.site, partner, f"berichtigung-{identities}")
        written.append(outbox.write_note(path, outbox.correction_note(partner, numbers.get(partner, []), own)))
    return written
