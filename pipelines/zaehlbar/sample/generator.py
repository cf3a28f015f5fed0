"""The door of the room: fake deliveries of any size into a folder.

Belongs here: putting the parts together. Does not belong here: people, events, files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from zaehlbar.sample import canonical, mistakes, sites
from zaehlbar.sample.dice import Dice
from zaehlbar.sample.plan import Plan, Provider, Rhythm, add_months, month_end
from zaehlbar.sample.population import populate
from zaehlbar.sample.tables import Cutter
from zaehlbar.site import Site, load_site

ACTIVITIES_PER_PERSON = 10
LAST_MONTH = date(2026, 6, 1)
MONTHS = 40
"""So many months at most: the catalogue of the example site begins in 2023."""

Progress = Callable[[int, int], None]
"""Called with deliveries written and deliveries altogether."""


class SampleError(ValueError):
    """The sizes asked for are not possible; the message says which and what is."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What was written."""

    inbox: Path
    site: Path
    """The site to load it with: the given one, or one that was written."""
    deliveries: int
    rows: dict[str, int]
    """Rows per table, broken ones included."""


def generate(  # noqa: PLR0913 - the sizes are what it is about
    persons: int,
    months: int,
    providers: int,
    errors: float,
    seed: int,
    out: Path,
    site: Path,
    *,
    rhythm: Rhythm = "gesamt",
    activities: int | None = None,
    misspelt: float = 0.0,
    last_month: date = LAST_MONTH,
    site_out: Path | None = None,
    progress: Progress | None = None,
) -> Sample:
    """Write canonical deliveries of `persons` invented people into `out/inbox/<partner.eingang>/`.

    `months` reporting months up to `last_month`; `errors` is the share of rows (0 to 1) broken on purpose; `activities`
    altogether (default: ten per person); `misspelt` the share of persons (0 to 1) who are at two providers and whom the
    second one misspells. When the site in the folder `site` has fewer partners with profile
    `kanonisch`, or their Vorhaben do not cover the period, another site is written to `site_out` (default `out/site`).
    The same arguments give the same bytes.

    Raises SampleError when a size is not possible, FileExistsError when `out` already has an inbox.
    """
    _check(persons, months, providers, errors, misspelt)
    inbox = out / "inbox"
    if inbox.exists() and any(inbox.iterdir()):
        raise FileExistsError(f"{inbox} is not empty; choose another folder or remove it")
    start, end = add_months(last_month, 1 - months), month_end(last_month)
    partners, folder = _partners(providers, start, end, rhythm, site, site_out or out / "site")
    total = ACTIVITIES_PER_PERSON * persons if activities is None else activities
    cutter = Cutter(populate(Plan(partners, persons, total, seed, misspelt=misspelt)))
    dice, rows = Dice(seed), Counter[str]()
    planned = [(number, period) for number, item in enumerate(partners) for period in item.periods()]
    for done, (number, period) in enumerate(planned, start=1):
        provider = partners[number]
        tables = cutter.tables(number, period)
        bad = mistakes.broken(tables, errors, dice, f"{number} {period.end}") if errors else None
        canonical.write_delivery(inbox / provider.partner.eingang, provider, period, tables, broken=bad)
        rows.update({name: table.num_rows for name, table in tables.items()})
        if progress is not None:
            progress(done, len(planned))
    return Sample(inbox, folder, len(planned), dict(rows))


def _check(persons: int, months: int, providers: int, errors: float, misspelt: float) -> None:
    for name, value, low, high in (
        ("persons", persons, 1, 5_000_000),
        ("months", months, 1, MONTHS),
        ("providers", providers, 1, 900),
        ("errors", errors, 0.0, 1.0),
        ("misspelt", misspelt, 0.0, 0.9),
    ):
        if not low <= value <= high:
            raise SampleError(f"{name} must be between {low} and {high}")


def _partners(
    count: int, start: date, end: date, rhythm: Rhythm, base: Path, site_out: Path
) -> tuple[tuple[Provider, ...], Path]:
    """Return the providers and the folder of the site that knows them."""
    site = load_site(base)
    known = _known(site, start, end)
    if len(known) >= count:
        return tuple(replace(item, rhythm=rhythm) for item in known[:count]), base
    vorhaben, centres = sites.made_up(count, start, end, rhythm)
    sites.write_site(site_out, base, site, vorhaben, centres)
    providers = (Provider(item, partner, start, end, rhythm) for item in vorhaben for partner in item.partner)
    return tuple(providers), site_out


def _known(site: Site, start: date, end: date) -> list[Provider]:
    """Return the partners of the site whose profile is the canonical one and whose Vorhaben covers the period."""
    return [
        Provider(vorhaben, partner, start, end)
        for vorhaben in site.vorhaben
        if vorhaben.von <= start and end <= vorhaben.bis
        for partner in vorhaben.partner
        if partner.profil == sites.PROFILE and re.fullmatch(r"[A-Za-z0-9-]+", partner.tvp_id)
    ]
