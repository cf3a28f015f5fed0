"""docker-compose.yml without Docker: valid, closed to the outside, and its services' own commands work."""

import base64
import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$\{(\w+)(?:(:-|:\?)([^}]*))?\}")


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))


def interpolate(value: str, given: dict[str, str]) -> str:
    """Replace ${NAME}, ${NAME:-default} and ${NAME:?message} as the Compose specification says, and $$ by $."""

    def replace(match: re.Match[str]) -> str:
        name, kind, word = match.groups()
        if given.get(name):
            return given[name]
        assert kind == ":-", f"{name} is required and missing"
        return word

    return VARIABLE.sub(replace, value).replace("$$", "$")


def test_it_follows_the_compose_specification():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_every_secret_is_required_and_has_no_default():
    text = COMPOSE.read_text(encoding="utf-8")
    used = {name: kind for name, kind, _ in VARIABLE.findall(text)}
    secret = {name for name in used if re.search("PASSWORD|SECRET|KEY|FOLDER", name)}
    secret.remove("ZAEHLBAR_KEYS")  # says where the key ring lies, never what is in it; empty: in ZAEHLBAR_HOME
    assert secret == {name for name, kind in used.items() if kind == ":?"}
    example = dict(line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if "=" in line[:40])
    required = {name for name, kind in used.items() if kind == ":?"}
    assert {name for name, value in example.items() if not name.startswith("#") and not value} == required


def test_no_password_stands_in_the_file(compose):
    for name, service in compose["services"].items():
        for variable, value in service["environment"].items():
            secret = re.search("PASSWORD$|SECRET|KEY$", variable) or re.search("://.*@", str(value))
            assert not secret or "${" in value, (name, variable)


def test_nothing_is_published_beyond_this_machine(compose):
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert list(published) == ["api-server"]
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    assert all("network_mode" not in service for service in compose["services"].values())


def test_services_run_without_rights_they_do_not_need(compose):
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "privileged" not in service, name
        assert "no-new-privileges:true" in service["security_opt"], name
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^USER (\S+)", dockerfile, re.MULTILINE) == ["zaehlbar"]


def test_every_lasting_service_has_a_health_check(compose):
    lasting = {name for name, service in compose["services"].items() if service["restart"] != "no"}
    assert {name for name, service in compose["services"].items() if "healthcheck" in service} == lasting


def free_ports(count: int) -> list[str]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [str(each.getsockname()[1]) for each in sockets]


class Deployment:
    """Runs the services' commands on this machine.

    The environment is the file's own; only what names a container (addresses, mounted folders, ports that only a
    container has for itself) is replaced by its counterpart here.
    """

    def __init__(self, compose: dict, folder: Path, warehouse: str, airflow_db: str) -> None:
        api, *others = free_ports(4)
        self.password = secrets.token_hex(24)
        given = {
            "WAREHOUSE_PASSWORD": secrets.token_hex(24),
            "AIRFLOW_DB_PASSWORD": secrets.token_hex(24),
            "AIRFLOW_ADMIN_PASSWORD": self.password,
            "AIRFLOW_JWT_SECRET": secrets.token_hex(32),
            "AIRFLOW_SECRET_KEY": secrets.token_hex(32),
            "AIRFLOW_FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "INBOX_FOLDER": str(folder / "inbox"),
            "SITE_FOLDER": str(ROOT / "examples" / "site"),
            "AIRFLOW_PORT": api,
        }
        here = {
            "http://api-server:8080": f"http://127.0.0.1:{api}",
            "/var/lib/zaehlbar": str(folder / "state"),
            "/srv/inbox": given["INBOX_FOLDER"],
            "/srv/site": given["SITE_FOLDER"],
            "/opt/zaehlbar/dags": str(ROOT / "dags"),
        }
        replaced = {
            "ZAEHLBAR_WAREHOUSE_URL": warehouse,
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": airflow_db,
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": airflow_db,
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": api,
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": others[0],
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": others[1],
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": others[2],
        }
        (folder / "inbox" / "T03").mkdir(parents=True)
        shutil.copy2(
            ROOT / "examples" / "inbox" / "T03" / "BIWAQ-Liste_V9001_T03_2025-09.xlsx", folder / "inbox" / "T03"
        )
        self.services, self.given, self.here, self.replaced = compose["services"], given, here, replaced
        self.url, self.folder = f"http://127.0.0.1:{api}", folder
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def environment(self, service: str) -> dict[str, str]:
        values = {}
        for name, value in self.services[service]["environment"].items():
            values[name] = self.replaced.get(name) or self._here(interpolate(str(value), self.given))
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "ZAEHLBAR"))}
        # The image's PATH begins with the environment's programs; so does ours.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {**inherited, **values, "PATH": path, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}

    def _here(self, value: str) -> str:
        for there, here in self.here.items():
            value = value.replace(there, here)
        return value

    def run(self, service: str) -> None:
        command = self.services[service]["command"]
        result = subprocess.run(
            command, env=self.environment(service), cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-4000:]

    def start(self, service: str) -> None:
        with (self.folder / f"{service}.log").open("wb") as log:
            self.processes[service] = subprocess.Popen(
                self.services[service]["command"],
                env=self.environment(service),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def healthy(self, service: str) -> bool:
        kind, *command = self.services[service]["healthcheck"]["test"]
        assert kind == "CMD"
        return subprocess.run(command, env=self.environment(service), check=False).returncode == 0

    def wait_until_healthy(self, service: str, deadline: float) -> None:
        while not self.healthy(service):
            assert self.processes[service].poll() is None, self.log(service)
            assert time.monotonic() < deadline, self.log(service)
            time.sleep(0.5)

    def request(self, path: str, body: object = None, token: str = "") -> tuple[int, dict]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=10) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, {}

    def log(self, service: str) -> str:
        return (self.folder / f"{service}.log").read_text(errors="replace")[-4000:]

    def warehouse(self) -> psycopg.Connection:
        return psycopg.connect(self.replaced["ZAEHLBAR_WAREHOUSE_URL"].replace("+psycopg", ""))

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        deadline = time.monotonic() + 5
        for process in self.processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(0.0, deadline - time.monotonic()))
            # What a service started itself is of its session, and ends with it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def deployment(compose, tmp_path, test_server) -> Iterator[Deployment]:
    warehouse, airflow_db = test_server.create("compose"), test_server.create("airflow")
    deployment = Deployment(compose, tmp_path, test_server.url(warehouse), test_server.url(airflow_db))
    try:
        yield deployment
    finally:
        deployment.stop()
        test_server.drop(warehouse)
        test_server.drop(airflow_db)


@pytest.mark.slow
def test_the_services_commands_work_here(deployment):
    deployment.run("migrate")
    services = ["api-server", "scheduler", "dag-processor", "triggerer"]
    for service in services:
        deployment.start(service)
    deadline = time.monotonic() + 180
    for service in services:
        deployment.wait_until_healthy(service, deadline)

    assert deployment.request("/api/v2/dags")[0] == 401
    assert deployment.request("/auth/token", {"username": "admin", "password": "admin"})[0] == 401
    _, login = deployment.request("/auth/token", {"username": "admin", "password": deployment.password})
    token = login["access_token"]

    def runs() -> list[dict]:
        status, answer = deployment.request("/api/v2/dags/nightly_load/dagRuns", token=token)
        return answer["dag_runs"] if status == 200 else []

    # Nobody has to switch anything on: the night that was due last begins by itself.
    while not any(run["state"] in ("success", "failed") for run in runs()):
        assert time.monotonic() < deadline, (runs(), deployment.log("scheduler"))
        time.sleep(0.5)
    assert [(run["run_type"], run["state"]) for run in runs()] == [("scheduled", "success")]
    with deployment.warehouse() as connection:
        deliveries = connection.execute("select status, urteil from betrieb.lieferung").fetchall()
    assert deliveries == [("geladen", "angenommen")]
