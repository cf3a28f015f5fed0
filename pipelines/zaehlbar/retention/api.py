"""The doors: persons, raw files, counting again. Each takes the load lock alone and may be killed and called again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from zaehlbar.categorize import RulesChanged
from zaehlbar.hardening import clean_errors
from zaehlbar.load import consent_state, expiry, occasion
from zaehlbar.load.expiry import Expired
from zaehlbar.nightly import NightFailed, recount, undisturbed
from zaehlbar.pseudonymize.keys import KeyRingError
from zaehlbar.retention import raw
from zaehlbar.retention.raw import RawSummary
from zaehlbar.settings import Settings
from zaehlbar.site import SiteError
from zaehlbar.store import StoreError
from zaehlbar.warehouse.errors import WarehouseError

_NAME = "zaehlbar retention"
_door = clean_errors((NightFailed, SiteError, RulesChanged, KeyRingError, StoreError, WarehouseError))


@dataclass(frozen=True, slots=True)
class Persons:
    """What went of persons: whose consent had ended (identities), and what had reached its end."""

    consents: int = 0
    expired: Expired = field(default_factory=Expired)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run of retention did, as counts."""

    today: date
    persons: Persons
    raw: RawSummary
    lauf_id: int | None
    """The run that counted again; None when nothing had changed."""


@_door
def remove_persons(settings: Settings, site_folder: Path, today: date) -> Persons:
    """Delete the rows of persons whose consent or time is over at `today`, in one transaction; it notes the next count.

    A hold keeps what has reached its end, not what nobody consents to any more. Raises Busy while a load is under way.
    """
    with undisturbed(settings, site_folder, _NAME) as night, night.engine.begin() as connection:
        consents = consent_state.end_consents(connection, today, night.site.head.minimum_level)
        months = night.site.aufbewahrung.person_monate
        expired = Expired() if months is None else expiry.remove_expired(connection, months, today)
        if consents or expired:
            occasion.note(connection, "aufbewahrung")
        return Persons(consents, expired)


@_door
def remove_raw(settings: Settings, site_folder: Path, today: date) -> RawSummary:
    """Delete raw files whose correction window is over at `today`; Busy while a load is under way."""
    with undisturbed(settings, site_folder, _NAME) as night:
        return raw.remove(night, today)


@_door
def recount_if_due(settings: Settings, site_folder: Path) -> int | None:
    """Say who is one person and count again if something was removed; return the number of that run."""
    with undisturbed(settings, site_folder, _NAME) as night, night.engine.connect() as connection:
        pending = occasion.pending(connection)
    return recount(settings, site_folder).lauf_id if pending else None


@_door
def run(settings: Settings, site_folder: Path, today: date) -> Summary:
    """Do everything, as the DAG does it task by task."""
    persons = remove_persons(settings, site_folder, today)
    files = remove_raw(settings, site_folder, today)
    return Summary(today, persons, files, recount_if_due(settings, site_folder))
