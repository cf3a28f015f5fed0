"""An instance of one's own for tests that run whole nights: a home, a fresh warehouse, a small inbox."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from zaehlbar.nightly import Summary, run_night
from zaehlbar.pseudonymize.keys import create_key_ring
from zaehlbar.settings import Settings, load_settings
from zaehlbar.warehouse.lock import Busy

EXAMPLES = Path(__file__).parents[2] / "examples"
SITE = EXAMPLES / "site"


def instance(home: Path, url: str, key_file: Path | None = None) -> Settings:
    """Return the settings of a fresh instance; with `key_file` it shares its key ring, so tokens can be compared."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = load_settings({"ZAEHLBAR_HOME": str(home), "ZAEHLBAR_WAREHOUSE_URL": url}, home)
    if key_file is not None and not settings.key_file.exists():
        settings.key_file.parent.mkdir(mode=0o700)
        shutil.copy2(key_file, settings.key_file)
    return settings


def shared_key(folder: Path) -> Path:
    """Return the file of a new key ring."""
    path = folder / "keys" / "schluessel.json"
    create_key_ring(path)
    return path


def small_inbox(folder: Path, *patterns: str) -> Path:
    """Copy the files of the example inbox that match; return the new inbox."""
    inbox = folder / "inbox"
    for pattern in patterns:
        for source in sorted((EXAMPLES / "inbox").glob(pattern)):
            target = inbox / source.relative_to(EXAMPLES / "inbox")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    return inbox


def run_when_free(settings: Settings, inbox: Path, site: Path = SITE) -> Summary:
    """Run a night as soon as the server has noticed that a killed one is gone."""
    for _ in range(100):
        try:
            return run_night(settings, inbox, site)
        except Busy:
            time.sleep(0.1)
    raise TimeoutError("the lock of the killed night was never released")
