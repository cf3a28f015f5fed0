"""Where a delivery lies between tasks (staging) and until its correction window ends (archive), by URL.

Belongs here: files of the trusted zone, how they are named, protected and turned back into values. Does not belong
here: when something is staged, kept or deleted (nightly), the warehouse.
"""

from zaehlbar.store.archive import Archive
from zaehlbar.store.place import StoreError
from zaehlbar.store.staging import Staging

__all__ = ["Archive", "Staging", "StoreError"]
