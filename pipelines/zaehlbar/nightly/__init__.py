"""The night: the doors of all rooms in their order, once, for the DAG, the command line and the tests.

Belongs here: which deliveries are due, what is recorded about them, the lock, what happens when one fails.
Does not belong here: what a stage does (its room), how it looks (the command line, the reports), Airflow (dags/).
"""

from zaehlbar.nightly.api import (
    batches,
    categorize,
    close_run,
    count,
    identify,
    ingest_batch,
    last_completed,
    load_batch,
    open_run,
    pseudonymize_batch,
    publish,
    validate_batch,
)
from zaehlbar.nightly.context import NightFailed, refuse_other_site
from zaehlbar.nightly.whole import Progress, Summary, recount, run_night, undisturbed

__all__ = [
    "NightFailed",
    "Progress",
    "Summary",
    "batches",
    "categorize",
    "close_run",
    "count",
    "identify",
    "ingest_batch",
    "last_completed",
    "load_batch",
    "open_run",
    "pseudonymize_batch",
    "publish",
    "recount",
    "refuse_other_site",
    "run_night",
    "undisturbed",
    "validate_batch",
]
