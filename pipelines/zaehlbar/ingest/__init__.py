"""Files in, canonical tables out: discovery, reading as the provider's profile declares, casting column by column.

Belongs here: what a file contains and whether it can be read as declared (rules ZB-D-… and ZB-F-002).
Does not belong here: whether a readable value is right (validate), anything that needs the warehouse.
"""

from zaehlbar.ingest.api import ingest
from zaehlbar.ingest.files import delivery_from_files, discover, file_name
from zaehlbar.ingest.result import Discovery, Ingested, ReadCount

__all__ = ["Discovery", "Ingested", "ReadCount", "delivery_from_files", "discover", "file_name", "ingest"]
