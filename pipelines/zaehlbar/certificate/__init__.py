"""Teilnahmebescheinigungen: one PDF per person, who alone decides whom to show it (domain.md (d) 19).

Belongs here: which rows stand, what a certificate says, how it is set and written. Works without warehouse, key and
network: a provider makes them with `zaehlbar check --bescheinigung`. Does not belong here: lists for a Jobcenter
(transmission), finding a person in the archive (the commands).
"""

from zaehlbar.certificate.content import Certificate, Extent, Left, certificates
from zaehlbar.certificate.standing import CANCELLED, standing_rows

__all__ = [
    "CANCELLED",
    "Certificate",
    "Extent",
    "Left",
    "certificates",
    "standing_rows",
]
