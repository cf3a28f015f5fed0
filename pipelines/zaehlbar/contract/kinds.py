"""Names of the kinds of matching tokens (Merkmalsarten): what a site's merge rules may speak of.

Belongs here: the names, in the order of the columns. Does not belong here: what each is made of (pseudonymize, which a
provider's own computer does not have; a test compares both), what follows from agreement (the site's `abgleich.yaml`).
"""

from __future__ import annotations

MATCH_KINDS = (
    "exakt",
    "phonetisch",
    "nachname_phonetisch",
    "getauscht",
    "ohne_tag",
    "ohne_monat",
    "ohne_jahr",
    "tag_monat",
    "teilname",
    "endname",
    "anfang",
    "vorname_plz",
    "nachname_plz",
    "name_plz",
    "name",
)
