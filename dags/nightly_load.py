"""`nightly_load`: what lies in the inbox becomes figures, every night at 02:00 Europe/Berlin.

Belongs here: schedule, order of the stages, retries, what a failing stage means for the rest of the night.
Does not belong here: what a stage does (`zaehlbar.nightly`, the same doors `zaehlbar run` uses), and any import that
takes time: the dag-processor parses this file every few seconds.

Tasks hand over ids only (number of the run, numbers of batches): never a row, never a path, never a personal value.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, CronTriggerTimetable, Param, TriggerRule, dag, get_current_context, task, task_group

from zaehlbar import alarm

TIMEZONE = "Europe/Berlin"

FACTS = Asset(name="zaehlbar_fakten", uri="x-zaehlbar://warehouse/kern")
FIGURES = Asset(name="zaehlbar_figuren", uri="x-zaehlbar://warehouse/zahl")
REPORTS = Asset(name="zaehlbar_berichte", uri="x-zaehlbar://warehouse/bericht")


@task
def open_run() -> int:
    from zaehlbar import nightly
    from zaehlbar.settings import load_settings

    context, settings = get_current_context(), load_settings()
    return nightly.open_run(
        trigger="airflow",
        inbox=context["params"]["inbox"] or str(settings.inbox),
        site=context["params"]["site"] or str(settings.site_folder),
        external_id=context["run_id"],
    )


@task
def batches(lauf_id: int) -> list[int]:
    from zaehlbar import nightly

    # A night without deliveries runs one empty batch: skipped tasks would take the stages behind them along.
    return nightly.batches(lauf_id) or [0]


@task_group
def deliveries(lauf_id: int, batch: int) -> None:
    """One batch of deliveries. A delivery that fails is recorded; a batch that dies does not touch the others."""

    @task
    def ingest(lauf_id: int, batch: int) -> None:
        from zaehlbar import nightly

        nightly.ingest_batch(lauf_id, batch)

    @task
    def validate(lauf_id: int, batch: int) -> None:
        from zaehlbar import nightly

        nightly.validate_batch(lauf_id, batch)

    @task
    def pseudonymize(lauf_id: int, batch: int) -> None:
        from zaehlbar import nightly

        nightly.pseudonymize_batch(lauf_id, batch)

    @task
    def load(lauf_id: int, batch: int) -> None:
        from zaehlbar import nightly

        nightly.load_batch(lauf_id, batch)

    ingest(lauf_id, batch) >> validate(lauf_id, batch) >> pseudonymize(lauf_id, batch) >> load(lauf_id, batch)


# Runs when every batch has ended, well or badly, but only in a run that was opened (that is the one success).
@task(trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
def identify(lauf_id: int) -> None:
    from zaehlbar import nightly

    nightly.identify(lauf_id)


@task(outlets=[FACTS])
def categorize(lauf_id: int) -> None:
    from zaehlbar import nightly

    nightly.categorize(lauf_id)


@task(outlets=[FIGURES])
def count(lauf_id: int) -> None:
    from zaehlbar import nightly

    nightly.count(lauf_id)


@task(outlets=[REPORTS])
def publish(lauf_id: int) -> None:
    from zaehlbar import nightly

    nightly.publish(lauf_id)


@task(trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
def close_run(lauf_id: int) -> dict[str, int]:
    """Release the lock and give the night its end state: it succeeded only when no task and no delivery failed."""
    from airflow.sdk.exceptions import AirflowFailException

    from zaehlbar import nightly

    try:
        verdicts = nightly.close_run(lauf_id)
    except nightly.NightFailed as failure:
        # Trying again would not make it better: what failed is recorded, and the next night takes it up.
        raise AirflowFailException(str(failure)) from None
    failed = alarm.failed_tasks(get_current_context())
    if failed:
        raise AirflowFailException(f"run {lauf_id}: failed tasks: {', '.join(failed)}; see their logs")
    return verdicts


@dag(
    dag_id="nightly_load",
    dag_display_name="Zählbar: Nachtladung",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("0 2 * * *", timezone=TIMEZONE),
    start_date=pendulum.datetime(2026, 11, 1, tz=TIMEZONE),
    catchup=False,
    max_active_runs=1,
    max_active_tasks=8,
    # The lock of the warehouse keeps two loads apart; this ends a night that would run into the working day.
    dagrun_timeout=timedelta(hours=5),
    tags=["zaehlbar"],
    default_args={
        "owner": "zaehlbar",
        "retries": 2,
        "retry_delay": timedelta(seconds=20),
        "retry_exponential_backoff": 3.0,
        "max_retry_delay": timedelta(minutes=5),
        "execution_timeout": timedelta(hours=2),
    },
    params={
        "inbox": Param(
            None,
            type=["null", "string"],
            title="Eingang",
            description="Ordner mit den Lieferungen; leer: wie in ZAEHLBAR_INBOX eingestellt",
        ),
        "site": Param(
            None,
            type=["null", "string"],
            title="Standort-Ordner",
            description="Ordner mit den Festlegungen der Kommune; leer: wie in ZAEHLBAR_SITE eingestellt",
        ),
    },
    on_failure_callback=alarm.on_failure("Die Nachtladung ist fehlgeschlagen"),
    deadline=alarm.deadline("Die Nachtladung ist nach 4 Stunden nicht fertig", after=timedelta(hours=4)),
)
def nightly_load() -> None:
    """Deliveries in batches side by side, then each set-based stage once, whatever became of single deliveries."""
    opened: Any = open_run()  # the number of the run, once it runs
    loaded = deliveries.partial(lauf_id=opened).expand(batch=batches(opened))
    loaded >> identify(opened) >> categorize(opened) >> count(opened) >> publish(opened) >> close_run(opened)


nightly_load()
