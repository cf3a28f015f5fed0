"""What a municipality decides: one folder of YAML files, read by typed models that forbid unknown keys.

Belongs here: the models, reading them with file and line in every error, and versions by content hash.
Does not belong here: secrets (never in a site), anything that touches deliveries or the warehouse.
"""

from zaehlbar.site.lists import code_lists
from zaehlbar.site.loader import SiteError, load_site
from zaehlbar.site.model import (
    Calendar,
    CatalogueEntry,
    Category,
    CategoryMapping,
    CountingRules,
    Foerderrunde,
    Jobcenter,
    Partner,
    Quartier,
    Site,
    Thresholds,
    Vorhaben,
)
from zaehlbar.site.profile import CsvFormat, FilePart, PeriodSource, Profile, XlsxFormat

__all__ = [
    "Calendar",
    "CatalogueEntry",
    "Category",
    "CategoryMapping",
    "CountingRules",
    "CsvFormat",
    "FilePart",
    "Foerderrunde",
    "Jobcenter",
    "Partner",
    "PeriodSource",
    "Profile",
    "Quartier",
    "Site",
    "SiteError",
    "Thresholds",
    "Vorhaben",
    "XlsxFormat",
    "code_lists",
    "load_site",
]
