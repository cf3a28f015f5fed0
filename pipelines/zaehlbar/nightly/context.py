"""What every part of the night needs: settings, site, warehouse, key ring, archive and staging."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import text

from zaehlbar.hardening import protect_process
from zaehlbar.load import keyring
from zaehlbar.load.identity import versions_in_use
from zaehlbar.pseudonymize.keys import KeyRing
from zaehlbar.pseudonymize.keysource import key_source
from zaehlbar.settings import Settings
from zaehlbar.site import Site, SiteError, load_site
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
        return Archive(self.settings.archive_url, self.keys)

    @cached_property
    def staging(self) -> Staging:
        return Staging(self.settings.staging_url, self.keys)

    @cached_property
    def keys(self) -> KeyRing:
        """The key ring this warehouse was filled with; KeyRingError when it is missing or another one."""
        return ensure_keys(self.engine, self.settings)

    @cached_property
    def versions(self) -> tuple[int, ...]:
        """The normaliser versions under which this warehouse's tokens are made."""
        with self.engine.connect() as connection:
            return versions_in_use(connection)

    def sweep(self) -> None:
        """Leave nothing with clear names behind: staging and working copies of a run that died are deleted.

        Deliveries archived by a version that did not encrypt are encrypted. The caller knows that no other run is under
        way.
        """
        self.archive.seal_plain()
        for delivery_id in self.staging.delivery_ids():
            self.staging.drop(delivery_id)
        if self.settings.work.is_dir():
            for left in self.settings.work.iterdir():
                shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()


def open_night(settings: Settings, site_folder: Path, application_name: str) -> Night:
    """Read the site, connect, bring the schema up to date. From here on this process leaves no core dump."""
    protect_process()
    site = load_site(site_folder)
    warehouse = engine(settings, application_name=application_name)
    migrate.upgrade(warehouse)
    return Night(settings, site, warehouse)


def refuse_other_site(connection: sa.Connection, site: Site) -> None:
    """Raise SiteError when this warehouse was last filled under a site of another name.

    For what deletes or answers by the site's periods and legal bases: a forgotten `--site` must not decide there.
    """
    query = text("""
        select r.site from betrieb.lauf as l inner join betrieb.regelwerk as r on l.regelwerk_nr = r.regelwerk_nr
        order by l.lauf_id desc limit 1
        """)
    known = connection.execute(query).scalar_one_or_none()
    if known is not None and known != site.head.site:
        raise SiteError(
            f"Dieses Warehouse wurde zuletzt unter der Site „{known}“ gefüllt, angegeben ist „{site.head.site}“. "
            "Nennen Sie die richtige mit --site oder ZAEHLBAR_SITE; nichts ist geändert."
        )


def ensure_keys(warehouse: sa.Engine, settings: Settings) -> KeyRing:
    """Return the key ring with the warehouse's key active, created only while the warehouse knows no key.

    KeyRingError when it is missing or another one: fails closed (statement 5). Tokens fit as long as nobody rotates:
    hold the load lock while working with them.
    """
    with warehouse.begin() as connection:
        return keyring.ensure(connection, key_source(settings.key_source, settings.key_file))
