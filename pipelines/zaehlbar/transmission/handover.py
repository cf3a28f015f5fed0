"""A Teilnahmebescheinigung in the trusted zone, for a person who asks for it, while their raw deliveries are there.

Belongs here: from a person file to the PDFs. Does not belong here: what they say (certificate), who may ask (the office
checks the identity, as for every right).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from zaehlbar.certificate import Extent
from zaehlbar.certificate.files import Written, write_certificates
from zaehlbar.nightly import undisturbed
from zaehlbar.rights.case import open_case
from zaehlbar.rights.personfile import PersonFile
from zaehlbar.settings import Settings
from zaehlbar.transmission.names import archived


def hand_over(settings: Settings, site_folder: Path, person: PersonFile, folder: Path, extent: Extent) -> Written:
    """Write one certificate per partner that delivered the person, from loaded deliveries still in the archive.

    No consent is needed: nobody but the person gets it. Holds the load lock. Raises what finding a person raises
    (PersonUnclearError), StoreError, KeyRingError, Busy, OSError and DocumentError.
    """
    with undisturbed(settings, site_folder, "zaehlbar bescheinigung") as night:
        with night.engine.connect() as connection:
            case = open_case(connection, night, person)
            in_archive, _ = case.search(connection)
        numbers: dict[tuple[str, str], set[str]] = {}
        for hit in in_archive.hits:
            if hit.vorhaben_id is not None and hit.tvp_id is not None:
                numbers.setdefault((hit.vorhaben_id, hit.tvp_id), set()).update(hit.tn_nrs)
        parts = [
            write_certificates(archived(night, *partner), night.site, folder, extent, sorted(own))
            for partner, own in sorted(numbers.items())
        ]
    total = Written((), 0, 0, 0, 0, ())
    for part in parts:
        total = replace(
            total,
            files=(*total.files, *part.files),
            ohne_name=total.ohne_name + part.ohne_name,
            nicht_druckbar=total.nicht_druckbar + part.nicht_druckbar,
            storniert=total.storniert + part.storniert,
            unlesbare_lieferungen=total.unlesbare_lieferungen + part.unlesbare_lieferungen,
        )
    return total
