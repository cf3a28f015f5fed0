"""What an activity counts as: the site's catalogue and categories in the warehouse, by version and validity.

Belongs here: writing a site's decisions into `katalog` and `betrieb.regelwerk`, finding codes without a category.
Does not belong here: facts (they keep the activity code; a new mapping needs no new delivery), counting.
"""

from zaehlbar.categorize.catalogue import RulesChanged, is_registered, register_site
from zaehlbar.categorize.difference import Difference, Moved, difference
from zaehlbar.categorize.suggest import Suggestion, labels_of, snippet, suggest
from zaehlbar.categorize.unmapped import UNMAPPED_CATEGORY, find_unmapped

__all__ = [
    "UNMAPPED_CATEGORY",
    "Difference",
    "Moved",
    "RulesChanged",
    "Suggestion",
    "difference",
    "find_unmapped",
    "is_registered",
    "labels_of",
    "register_site",
    "snippet",
    "suggest",
]
