"""Imported by the server that crash tests fork from: what a night imports and builds once, done once."""

from zaehlbar import resources
from zaehlbar.ingest import delivery_from_files, ingest
from zaehlbar.site import load_site
from zaehlbar.validate import validate

_SITE = load_site(resources.folder("site"))
_FILES = sorted((resources.folder("site").parent / "inbox" / "T01").glob("*2025-12*_v01.csv"))
for _delivery in delivery_from_files(_FILES, _SITE):
    validate(ingest(_delivery, _SITE), _SITE)
