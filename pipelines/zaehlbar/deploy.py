"""What the services of docker-compose.yml need beside Airflow's own commands: preparation once, and a health check.

    python -m zaehlbar.deploy prepare             # both databases to the newest schema, password of the interface
    python -m zaehlbar.deploy health scheduler    # exit code 0 when that part of Airflow is healthy

Belongs here: nothing that a Kommune with its own Airflow would miss.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

COMPONENTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")


def prepare() -> None:
    """Migrate Airflow's database and the warehouse, and write the password of Airflow's interface into its file."""
    from zaehlbar.settings import load_settings
    from zaehlbar.warehouse import connect, migrate

    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True)
    _write_password(
        Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]), os.environ["AIRFLOW_ADMIN_PASSWORD"]
    )
    engine = connect.engine(load_settings())
    try:
        migrate.upgrade(engine)
    finally:
        engine.dispose()


def _write_password(path: Path, password: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        json.dump({"admin": password}, file)


def health(component: str, url: str) -> bool:
    """Return whether Airflow's API server at `url` reports `component` healthy; False when it does not answer."""
    # Straight to the neighbour: a proxy of the municipality does not know the names inside the compose network.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as response:
            report = json.load(response)
    except (urllib.error.URLError, OSError, ValueError):
        return False
    return bool(report.get(component, {}).get("status") == "healthy")


def main(arguments: list[str]) -> int:
    """Return 0 when prepared or healthy, 1 when not healthy, 2 for wrong use."""
    match arguments:
        case ["prepare"]:
            prepare()
            return 0
        case ["health", component] if component in COMPONENTS:
            return 0 if health(component, os.environ["ZAEHLBAR_HEALTH_URL"]) else 1
    print(f"use: python -m zaehlbar.deploy prepare | health {{{','.join(COMPONENTS)}}}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
