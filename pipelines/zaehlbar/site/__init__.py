"""What a municipality decides: one folder of YAML files, read by typed models that forbid unknown keys.

Belongs here: the models, reading them with file and line in every error, and versions by content hash.
Does not belong here: secrets (never in a site), anything that touches deliveries or the warehouse.
"""

from zaehlbar.site.labels import Label, all_labels, label
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
    LegalBases,
    LegalBasis,
    MatchFile,
    MatchRule,
    Partner,
    Quartier,
    Recipient,
    Site,
    SiteHead,
    Thresholds,
    Vorhaben,
)
from zaehlbar.site.profile import CsvFormat, FilePart, PeriodSource, Profile, XlsxFormat
from zaehlbar.site.transmission import CLOSED_LIST, ListRecipient, TransmissionFile

__all__ = [
    "CLOSED_LIST",
    "Calendar",
    "CatalogueEntry",
    "Category",
    "CategoryMapping",
    "CountingRules",
    "CsvFormat",
    "FilePart",
    "Foerderrunde",
    "Jobcenter",
    "Label",
    "LegalBases",
    "LegalBasis",
    "ListRecipient",
    "MatchFile",
    "MatchRule",
    "Partner",
    "PeriodSource",
    "Profile",
    "Quartier",
    "Recipient",
    "Site",
    "SiteError",
    "SiteHead",
    "Thresholds",
    "TransmissionFile",
    "Vorhaben",
    "XlsxFormat",
    "all_labels",
    "code_lists",
    "label",
    "load_site",
]
