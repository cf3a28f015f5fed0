"""Who is told when a night fails: Airflow's own notifiers, configured by the environment.

Belongs here: which notifier runs, what its message says. Messages name the run and what to do next; never a delivery, a
file or a value. Does not belong here: deciding that something failed (dags/, `zaehlbar.nightly`).

`ZAEHLBAR_NOTIFY_EMAIL` (addresses separated by commas) switches mail on; server and sender come from Airflow's SMTP
connection `smtp_default`. Without it a failed night stands in Airflow's interface and in the log only.
"""

from __future__ import annotations

import logging
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from airflow.sdk.definitions.deadline import DeadlineAlert

_LOG = logging.getLogger(__name__)
_FAILED = ("failed", "upstream_failed")
_TEXT = "{{ subject }}.<br>Lauf: {{ run_id }}.<br>{{ advice }}"
_ADVICE = (
    "Was geschehen ist: <code>zaehlbar status</code>. Noch einmal laden: <code>zaehlbar run</code>.<br>"
    "Was nicht geladen wurde, wird in der nächsten Nacht wieder versucht."
)
RETENTION_ADVICE = (
    "Was ansteht: <code>zaehlbar retention list</code>. Noch einmal löschen: <code>zaehlbar retention run</code>.<br>"
    "Was nicht gelöscht wurde, wird am nächsten Tag wieder versucht."
)


def recipients() -> list[str]:
    """Return the mail addresses to tell; empty when mail is not configured."""
    return [address.strip() for address in os.environ.get("ZAEHLBAR_NOTIFY_EMAIL", "").split(",") if address.strip()]


def on_failure(subject: str, advice: str = _ADVICE) -> Callable[[Mapping[str, Any]], None]:
    """Return what a DAG does when its run failed: a line in the log, and mail where it is configured."""

    def tell(context: Mapping[str, Any]) -> None:
        run_id = context["run_id"]
        _LOG.error("Zählbar: %s (run %s)", subject, run_id)
        if recipients():
            from airflow.providers.smtp.notifications.smtp import SmtpNotifier

            notifier = SmtpNotifier(to=recipients(), subject=f"Zählbar: {subject}", html_content=_TEXT)
            # Only what the text needs: with the whole context a notifier wants to render through the DAG object, which
            # `airflow dags test` hands over in a form that cannot (Airflow 3.3.2); nothing else can travel either.
            notifier({"run_id": run_id, "subject": subject, "advice": advice})

    return tell


def deadline(subject: str, *, after: timedelta) -> DeadlineAlert | None:
    """Return an alert for a run that is not finished `after` it was queued; None without mail.

    Airflow calls its deadline alerts experimental, so they are an addition: `nightly_watch` notices the same night.
    """
    if not recipients():
        return None
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier
    from airflow.sdk.definitions.callback import AsyncCallback
    from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

    text = f"{subject}. Was läuft: <code>zaehlbar status</code>."
    arguments = {"to": recipients(), "subject": f"Zählbar: {subject}", "html_content": text}
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=after,
        callback=AsyncCallback(SmtpNotifier, kwargs=arguments),
    )


def failed_tasks(context: Mapping[str, Any]) -> list[str]:
    """Return the names of the tasks of the present run that failed, one per batch, sorted."""
    task_instance, run_id = context["ti"], context["run_id"]
    states = task_instance.get_task_states(dag_id=task_instance.dag_id, run_ids=[run_id]).get(run_id, {})
    return sorted(name for name, state in states.items() if state in _FAILED)
