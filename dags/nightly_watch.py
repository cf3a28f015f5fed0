"""`nightly_watch`: every morning at 06:00, notices the night that never was.

A night that fails tells by itself (`nightly_load`). A night that did not start (paused, switched off, schedule changed)
fails nothing; this run then fails in its place. When the scheduler itself is dead nothing in Airflow can tell:
`zaehlbar status` from outside can (docs/betrieb.md).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pendulum
from airflow.sdk import CronTriggerTimetable, dag, task

from zaehlbar import alarm

TIMEZONE = "Europe/Berlin"
LONGEST_GAP = timedelta(hours=26)


@dag(
    dag_id="nightly_watch",
    dag_display_name="Zählbar: fehlt eine Nacht?",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("0 6 * * *", timezone=TIMEZONE),
    start_date=pendulum.datetime(2026, 11, 1, tz=TIMEZONE),
    catchup=False,
    max_active_runs=1,
    tags=["zaehlbar"],
    default_args={
        "owner": "zaehlbar",
        "retries": 2,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": 2.0,
        "execution_timeout": timedelta(minutes=10),
    },
    on_failure_callback=alarm.on_failure("Die Nachtladung fehlt"),
)
def nightly_watch() -> None:
    """Fail when no load was completed within `LONGEST_GAP`."""

    @task
    def last_load() -> str:
        from zaehlbar import nightly

        last = nightly.last_completed()
        if last is None or datetime.now(UTC) - last > LONGEST_GAP:
            since = "was ever completed" if last is None else f"since {last.isoformat(timespec='minutes')}"
            # Tried again by Airflow: a night that is about to end, or the first one of all, may still make it.
            raise RuntimeError(f"no load {since}; is nightly_load paused? Try `zaehlbar run`")
        return last.isoformat(timespec="minutes")

    last_load()


nightly_watch()
