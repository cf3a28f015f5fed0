"""Where the key ring of this instance lies: a file, an environment variable, or Airflow's secrets backend (and Vault).

`ZAEHLBAR_KEYS` says it: nothing (`ZAEHLBAR_HOME/keys/schluessel.json`), `file:/path`, `env:NAME`, `airflow:NAME`.
Belongs here: reading a ring from there, and writing it where that can be done. Does not belong here: what is in a ring
(keys), whether a warehouse fits it (load).
"""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from pathlib import Path

from zaehlbar.pseudonymize.keys import (
    KeyRing,
    KeyRingError,
    create_key_ring,
    load_key_ring,
    parse_key_ring,
    write_key_ring,
)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,199}")


class KeySource(ABC):
    """One place for a key ring; `where` names it in messages."""

    where: str

    @abstractmethod
    def exists(self) -> bool:
        """Return whether there is a ring, readable or not."""

    @abstractmethod
    def load(self) -> KeyRing:
        """Return the ring, its last key active. KeyRingError when there is none or it cannot be used."""

    def create(self) -> KeyRing:
        """Write and return a ring of one fresh key. KeyRingError when this source cannot be written to."""
        raise KeyRingError(
            f"{self.where}: Dort liegt kein Schlüsselbund, und dorthin lässt sich nicht schreiben. Mit "
            "`zaehlbar keys rotate --new-ring FILE` einen anlegen und den Inhalt der Datei dort ablegen."
        )

    def extend(self) -> KeyRing:
        """Add a fresh key to the ring that lies there and return it. KeyRingError when it cannot be written to."""
        raise KeyRingError(
            f"{self.where}: Dorthin lässt sich nicht schreiben. Mit `zaehlbar keys rotate --new-ring FILE` den "
            "längeren Bund schreiben, den Inhalt dort ablegen, die Datei löschen und "
            "`zaehlbar keys rotate` noch einmal rufen."
        )


class FileSource(KeySource):
    """A file of this machine, 0600 in a folder 0700."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.where = f"Schlüsseldatei {path}"

    def exists(self) -> bool:
        return self.path.exists()

    def load(self) -> KeyRing:
        return load_key_ring(self.path)

    def create(self) -> KeyRing:
        return create_key_ring(self.path)

    def extend(self) -> KeyRing:
        write_key_ring(self.load().extended(), self.path, replace=True)
        return self.load()


class EnvironmentSource(KeySource):
    """A variable of this process's environment that holds the ring as JSON."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.where = f"Umgebungsvariable {name}"

    def exists(self) -> bool:
        return bool(os.environ.get(self._name))

    def load(self) -> KeyRing:
        content = os.environ.get(self._name)
        if not content:
            raise KeyRingError(
                f"{self.where} (ZAEHLBAR_KEYS) ist leer; ohne den Schlüsselbund darin wird nichts geladen."
            )
        return parse_key_ring(content, self.where)


class AirflowSource(KeySource):
    """A Variable of Airflow: the secrets backend of its configuration (Vault and others), then `AIRFLOW_VAR_…`.

    Inside a task Airflow's own database is asked last; outside of one (`zaehlbar run`) it is not asked at all.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.where = f"Airflow-Variable {name}"

    def exists(self) -> bool:
        return self._content() is not None

    def load(self) -> KeyRing:
        content = self._content()
        if not content:
            raise KeyRingError(
                f"{self.where} ist nicht da; ohne den Schlüsselbund darin wird nichts geladen. Außerhalb einer Task "
                "fragt Airflow nur sein Secrets-Backend und AIRFLOW_VAR_…; ob ein Backend ausfiel, sagt sein Log."
            )
        return parse_key_ring(content, self.where)

    def _content(self) -> str | None:
        try:
            from airflow.sdk import Variable
        except ImportError:
            raise KeyRingError(f"{self.where} ist nicht lesbar: zaehlbar[airflow] installieren.") from None
        kind = None
        try:
            found = Variable.get(self._name, default=None)
        except Exception as error:  # its text could quote what was read
            kind = type(error).__name__
        if kind is not None:
            raise KeyRingError(
                f"{self.where} ist nicht lesbar: Das Secrets-Backend von Airflow ist ausgefallen ({kind})."
            )
        return None if found is None else str(found)


def key_source(named: str | None, default: Path) -> KeySource:
    """Return the source that `ZAEHLBAR_KEYS` names; `default` is the file when it names none.

    KeyRingError for a source of an unknown kind; it is not quoted, somebody may have put the ring itself there.
    """
    if not named:
        return FileSource(default)
    kind, _, rest = named.partition(":")
    if kind == "file" and Path(rest).is_absolute():
        return FileSource(Path(rest))
    if kind in ("env", "airflow") and _NAME.fullmatch(rest):
        return EnvironmentSource(rest) if kind == "env" else AirflowSource(rest)
    raise KeyRingError("ZAEHLBAR_KEYS ist nichts von file:/absoluter/pfad, env:NAME, airflow:NAME.")
