"""Clear identities become keyed tokens; rows without consent stop here. The last room that sees a name.

Belongs here: the key ring, normalising of names, tokens, the consent rule, dropping of direct identifiers.
Does not belong here: judging rows (validate), what becomes of tokens in the warehouse (load), who is one (identify).
"""

from zaehlbar.pseudonymize.api import PseudonymizeError, pseudonymize
from zaehlbar.pseudonymize.keys import KeyRing, KeyRingError, Purpose, create_key_ring, load_key_ring
from zaehlbar.pseudonymize.merkmale import KINDS, MERKMALE
from zaehlbar.pseudonymize.normalize import NORMALIZER_VERSION
from zaehlbar.pseudonymize.result import Pseudonymized

__all__ = [
    "KINDS",
    "MERKMALE",
    "NORMALIZER_VERSION",
    "KeyRing",
    "KeyRingError",
    "PseudonymizeError",
    "Pseudonymized",
    "Purpose",
    "create_key_ring",
    "load_key_ring",
    "pseudonymize",
]
