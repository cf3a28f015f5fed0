"""Where this instance lives: read from the environment, never from the site, never a secret in it.

All state lies under `ZAEHLBAR_HOME`, so that two instances never meet; `docs/betrieb.md` lists the variables.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zaehlbar import resources


@dataclass(frozen=True, slots=True)
class Settings:
    """Paths and addresses of one instance. `warehouse_url` is None when the embedded server is to be used."""

    home: Path
    inbox: Path
    site_folder: Path
    outbox: Path
    offers: Path
    """Angebotsblätter, one folder per Jobcenter: without persons, may be a share that the Jobcenters read."""
    staging_url: str
    archive_url: str
    pg_bin: Path | None = None
    pg_user: str | None = None  # the embedded server's account when root runs it
    # Says where the key ring lies, never what is in it; but somebody may have put the ring itself there.
    key_source: str | None = field(default=None, repr=False)
    # A URL carries a password: it must not appear in a repr, and so in no log or traceback.
    warehouse_url: str | None = field(default=None, repr=False)

    @property
    def key_file(self) -> Path:
        """Where the key ring lies unless `key_source` says otherwise."""
        return self.home / "keys" / "schluessel.json"

    @property
    def work(self) -> Path:
        """Working copies of raw files while they are read (clear names); empty between runs."""
        return self.home / "work"

    @property
    def reports(self) -> Path:
        """Validation reports, one folder per delivery."""
        return self.home / "reports"

    @property
    def workbooks(self) -> Path:
        """Internal monthly reports (workbook, page, PDF), one folder per month."""
        return self.home / "workbooks"

    @property
    def airflow_home(self) -> Path:
        return self.home / "airflow"


def load_settings(env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Settings:
    """Return the settings of the process; relative paths count from the working folder `cwd`."""
    values = os.environ if env is None else env
    base = Path.cwd() if cwd is None else cwd

    def path(name: str, default: Path) -> Path:
        return base / values[name] if values.get(name) else default

    home = path("ZAEHLBAR_HOME", base / ".zaehlbar").absolute()
    pg_bin = values.get("ZAEHLBAR_PG_BIN")
    return Settings(
        home=home,
        inbox=path("ZAEHLBAR_INBOX", base / "inbox").absolute(),
        site_folder=path("ZAEHLBAR_SITE", resources.folder("site")).absolute(),
        outbox=path("ZAEHLBAR_OUTBOX", home / "outbox").absolute(),
        offers=path("ZAEHLBAR_OFFERS", home / "angebote").absolute(),
        staging_url=values.get("ZAEHLBAR_STAGING_URL") or (home / "staging").as_uri(),
        archive_url=values.get("ZAEHLBAR_ARCHIVE_URL") or (home / "archive").as_uri(),
        pg_bin=Path(pg_bin).absolute() if pg_bin else None,
        pg_user=values.get("ZAEHLBAR_PG_USER") or None,
        key_source=values.get("ZAEHLBAR_KEYS") or None,
        warehouse_url=values.get("ZAEHLBAR_WAREHOUSE_URL") or None,
    )
