"""A failed night reaches a person: mail through Airflow's own notifier, received by a real SMTP server."""

import email
import json
import socketserver
import threading
from collections.abc import Iterator
from email.message import Message
from email.policy import default
from pathlib import Path

import pytest

import zaehlbar

DAGS = Path(__file__).resolve().parents[2] / "dags"


class Mailbox(socketserver.ThreadingTCPServer):
    """Takes mail by the few words of SMTP that a client without TLS and login needs."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails: list[Message] = []


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 mailbox\r\n")
        for line in self.rfile:
            command = line.strip().upper()
            if command == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                content = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.mails.append(email.message_from_bytes(content, policy=default))
            if command == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            self.wfile.write(b"250 ok\r\n")


@pytest.fixture
def mailbox(monkeypatch) -> Iterator[Mailbox]:
    with Mailbox() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        extra = {"disable_ssl": True, "disable_tls": True, "from_email": "zaehlbar@kommune.example"}
        connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": server.server_address[1], "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(connection))
        monkeypatch.setenv("ZAEHLBAR_NOTIFY_EMAIL", "nacht@kommune.example, zweite@kommune.example")
        yield server
        server.shutdown()


class _Broken:
    """Doors behind which everything fails, with a text that must not travel."""

    class NightFailed(Exception):
        pass

    def open_run(self, **_: str) -> int:
        raise RuntimeError("Mustermann")

    def last_completed(self) -> None:
        return None

    def here(self, moment: object) -> None:
        raise RuntimeError("Mustermann")


@pytest.mark.parametrize(
    "dag_id, subject",
    [
        ("nightly_load", "Zählbar: Die Nachtladung ist fehlgeschlagen"),
        ("nightly_watch", "Zählbar: Die Nachtladung fehlt"),
        ("retention", "Zählbar: Die Aufbewahrung ist fehlgeschlagen"),
    ],
)
def test_a_failed_or_missing_night_sends_a_mail(airflow_home, mailbox, monkeypatch, dag_id, subject):
    from airflow.dag_processing.dagbag import DagBag

    for room in ("nightly", "retention"):
        monkeypatch.setattr(zaehlbar, room, _Broken(), raising=False)
    dag = DagBag(str(DAGS)).dags[dag_id]
    for task in dag.tasks:
        task.retries = 0
    run = dag.test()
    assert str(run.state) == "failed"
    (mail,) = mailbox.mails
    assert mail["Subject"] == subject
    assert mail["To"] == "nacht@kommune.example, zweite@kommune.example"
    text = mail.get_body(("html",)).get_content()
    assert run.run_id in text
    assert ("zaehlbar retention list" if dag_id == "retention" else "zaehlbar status") in text
    assert "Mustermann" not in mail.as_string()


def test_the_deadline_alert_survives_the_way_to_the_scheduler(airflow_home, mailbox):
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    dag = DagBag(str(DAGS)).dags["nightly_load"]
    assert dag.deadline
    (alert,) = DagSerialization.from_dict(DagSerialization.to_dict(dag)).deadline
    assert alert


def test_without_mail_the_log_is_told(parsed_dags, caplog):
    parsed_dags["nightly_load"].on_failure_callback({"run_id": "scheduled__2026-11-22"})
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert record.getMessage() == "Zählbar: Die Nachtladung ist fehlgeschlagen (run scheduled__2026-11-22)"
