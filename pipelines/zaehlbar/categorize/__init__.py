"""What an activity counts as: the site's catalogue and categories in the warehouse, by version and validity.

Belongs here: writing a site's decisions into `katalog` and `betrieb.regelwerk`, finding codes without a category.
Does not belong here: facts (they keep the activity code; a new mapping needs no new delivery), counting.
"""

from zaehlbar.categorize.catalogue import RulesChanged, is_registered, register_site
from zaehlbar.categorize.unmapped import UNMAPPED_CATEGORY, find_unmapped

__all__ = ["UNMAPPED_CATEGORY", "RulesChanged", "find_unmapped", "is_registered", "register_site"]
