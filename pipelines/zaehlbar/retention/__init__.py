"""Retention: what is deleted when its time is over, in which order, what is held back, and what comes next.

Belongs here: raw files and their reports, the doors of the DAG `retention` and of `zaehlbar retention`, holds for
audits, the list in advance. Does not belong here: which rows of persons have expired and deleting them (load), counting
again (nightly), erasing a person who asks for it (rights).
"""

from zaehlbar.retention.api import Persons, Summary, recount_if_due, remove_persons, remove_raw, run

__all__ = ["Persons", "Summary", "recount_if_due", "remove_persons", "remove_raw", "run"]
