"""What every part of the night needs: settings, site, warehouse, key ring, archive and staging."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import text

from zaehlbar.pseudonymize.keys import KeyRing, KeyRingError, create_key_ring, load_key_ring
from zaehlbar.settings import Settings
from zaehlbar.site import Site, load_site
from zaehlbar.store import Archive, Staging
from zaehlbar.warehouse import migrate
from zaehlbar.warehouse.connect import engine


class NightFailed(RuntimeError):
    """At least one delivery failed by a fault of the system; what failed is recorded and tried again next night."""


@dataclass
class Night:
    """One process's view of the night. `engine` and `site` are ready; the key ring is read when first needed."""

    settings: Settings
    site: Site
    engine: sa.Engine

    @cached_property
    def archive(self) -> Archive:
        return Archive(self.settings.archive_url)

    @cached_property
    def staging(self) -> Staging:
        return Staging(self.settings.staging_url)

    @cached_property
    def keys(self) -> KeyRing:
        """The key ring this warehouse was filled with; KeyRingError when it is missing or another one."""
        return ensure_keys(self.engine, self.settings.key_file)


def open_night(settings: Settings, site_folder: Path, application_name: str) -> Night:
    """Read the site, connect, bring the schema up to date."""
    site = load_site(site_folder)
    warehouse = engine(settings, application_name=application_name)
    migrate.upgrade(warehouse)
    return Night(settings, site, warehouse)


def ensure_keys(warehouse: sa.Engine, path: Path) -> KeyRing:
    """Return the key ring, created only while the warehouse knows no key; fail closed otherwise (statement 5)."""
    with warehouse.begin() as connection:
        connection.execute(text("lock table betrieb.schluessel in exclusive mode"))
        known = {
            row.schluessel_id: bytes(row.pruefwert)
            for row in connection.execute(text("select schluessel_id, pruefwert from betrieb.schluessel"))
        }
        ring = load_key_ring(path) if known or path.exists() else create_key_ring(path)
        for key_id, check in known.items():
            if key_id not in ring.key_ids or ring.check_value(key_id) != check:
                raise KeyRingError(
                    f"{path} is not the key ring this warehouse was filled with (key {key_id} is missing or "
                    "different): nothing is loaded. Restore the right file from your backup"
                )
        if ring.key_id not in known:
            if known:
                raise KeyRingError(
                    f"the active key {ring.key_id} of {path} is unknown to this warehouse: nothing is loaded"
                )
            connection.execute(
                text("insert into betrieb.schluessel (schluessel_id, pruefwert, aktiv) values (:id, :check, true)"),
                {"id": ring.key_id, "check": ring.check_value()},
            )
    return ring
