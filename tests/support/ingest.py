"""Profiles and sites of a few lines, for the tests of ingest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from zaehlbar.ingest import Ingested, delivery_from_files, ingest
from zaehlbar.ingest.csv_reader import read_csv
from zaehlbar.ingest.header import Expected, normalize
from zaehlbar.ingest.raw import RawTable
from zaehlbar.ingest.totals import TotalsPattern
from zaehlbar.site import CsvFormat, FilePart, PeriodSource, Profile, Site, load_site
from zaehlbar.site.profile import TotalsRow

EXAMPLE_SITE = Path(__file__).parents[2] / "examples" / "site"
QUARTER = PeriodSource(aus="konstante", von=date(2026, 1, 1), bis=date(2026, 3, 31))


def site_with(*profiles: Profile, partners: Mapping[str, str] | None = None, quiet: int = 0) -> Site:
    """The example site with these profiles only; `partners`: folder below the inbox → profile (default: its name)."""
    site = load_site(EXAMPLE_SITE)
    template = site.vorhaben[0].partner[0]
    folders = partners if partners is not None else {profile.profil: profile.profil for profile in profiles}
    partner = tuple(
        template.model_copy(update={"tvp_id": f"T{number:02d}", "profil": profile, "eingang": folder})
        for number, (folder, profile) in enumerate(folders.items(), start=1)
    )
    return site.model_copy(
        update={
            "profile": {profile.profil: profile for profile in profiles},
            "vorhaben": (site.vorhaben[0].model_copy(update={"partner": partner}),),
            "validierung": site.validierung.model_copy(update={"ruhezeit_minuten": quiet}),
        }
    )


def profile(*parts: FilePart, name: str = "probe", period: PeriodSource = QUARTER, **options: Any) -> Profile:
    ids = {"vorhaben_id": "V9001", "tvp_id": "T01"} | options
    return Profile(profil=name, beschreibung="Probe", zeitraum=period, dateien=parts, **ids)


def steps(**options: Any) -> FilePart:
    """A part for the table with the fewest fields: tn_nr, datum, code."""
    return FilePart(tabelle="zwischenschritt", **{"muster": r".*\.csv"} | options)


def ingest_file(path: Path, content: bytes, part: FilePart, **options: Any) -> Ingested:
    """Write `content` to `path` and ingest it as the only file of a delivery."""
    path.write_bytes(content)
    site = site_with(profile(part, **options))
    (delivery,) = delivery_from_files([path], site)
    return ingest(delivery, site)


def wanted(names: Sequence[str], *, totals: str | None = None) -> Expected:
    """Expect these columns, all of them required."""
    known = {normalize(name): name for name in names}
    return Expected({name: name for name in names}, tuple(names), tuple(names[:1]), (), True, (), totals, known)


def read(
    data: bytes, names: Sequence[str], dialect: CsvFormat | None = None, *, totals: TotalsRow | None = None
) -> RawTable:
    pattern = TotalsPattern(totals) if totals else None
    return read_csv(data, dialect or CsvFormat(), wanted(names, totals=totals.spalte if totals else None), pattern)


def rows(raw: RawTable) -> list[tuple[str, ...]]:
    """The rows that were read, decoded, in the order of the expected columns."""
    columns = [[value.decode(raw.encoding) for value in column.to_pylist()] for column in raw.columns.values()]
    return list(zip(*columns, strict=True))


def rules(raw: RawTable) -> dict[str, list[int]]:
    """Rule → rows, of all issues."""
    found: dict[str, list[int]] = {}
    for issue in raw.issues:
        found.setdefault(issue.rule.value, []).extend(issue.rows.tolist())
    return found
