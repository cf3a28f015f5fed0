"""`retention`: every day at 04:00 Europe/Berlin, after the night, what has reached the end of its time is deleted.

Belongs here: schedule, order, retries. Does not belong here: what has reached its end (`zaehlbar.retention`, the same
doors `zaehlbar retention run` uses), and any import that takes time.

Tasks hand over counts only. The day that counts is that of the run, not that of the attempt: a run that is made up for
later deletes what was due on its own day, and the next run the rest.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import CronTriggerTimetable, dag, get_current_context, task

from zaehlbar import alarm

TIMEZONE = "Europe/Berlin"


@task
def remove_persons() -> dict[str, int]:
    from zaehlbar import retention
    from zaehlbar.dates import today
    from zaehlbar.settings import load_settings

    settings = load_settings()
    day = today(get_current_context()["dag_run"].run_after)
    removed = retention.remove_persons(settings, settings.site_folder, day)
    return {
        "teilnahmen": removed.expired.participations,
        "identitaeten": removed.expired.identities,
        "ohne_einwilligung": removed.consents,
    }


@task
def remove_raw() -> dict[str, int]:
    from zaehlbar import retention
    from zaehlbar.dates import today
    from zaehlbar.settings import load_settings

    settings = load_settings()
    day = today(get_current_context()["dag_run"].run_after)
    removed = retention.remove_raw(settings, settings.site_folder, day)
    return {"lieferungen": removed.deliveries, "reste": removed.leftovers}


@task
def recount() -> int | None:
    from zaehlbar import retention
    from zaehlbar.settings import load_settings

    settings = load_settings()
    return retention.recount_if_due(settings, settings.site_folder)


@dag(
    dag_id="retention",
    dag_display_name="Zählbar: Aufbewahrung",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("0 4 * * *", timezone=TIMEZONE),
    start_date=pendulum.datetime(2026, 11, 1, tz=TIMEZONE),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=5),
    tags=["zaehlbar"],
    default_args={
        "owner": "zaehlbar",
        # A night that is still loading holds the lock: with growing pauses there is time for it to end.
        "retries": 6,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=45),
        "execution_timeout": timedelta(hours=1),
    },
    on_failure_callback=alarm.on_failure("Die Aufbewahrung ist fehlgeschlagen", alarm.RETENTION_ADVICE),
    deadline=alarm.deadline("Die Aufbewahrung ist nach 4 Stunden nicht fertig", after=timedelta(hours=4)),
)
def retention_dag() -> None:
    """Persons, then raw files, then the count: each may be tried again by itself."""
    remove_persons() >> remove_raw() >> recount()


retention_dag()
