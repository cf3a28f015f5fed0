"""What `zaehlbar check` does: read and judge files where they lie, offline, with the rules of the nightly load.

Belongs here: running ingest and validate, and saying where a finding is in the sender's own words
(file, sheet, row, column). Does not belong here: printing (check_view), options (cli).
Its results may be shown to the sender only: they carry names of files and columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zaehlbar.contract import Delivery, Finding, Severity, SourceFile, Verdict
from zaehlbar.ingest import delivery_from_files, file_name, ingest
from zaehlbar.ingest.files import part_of
from zaehlbar.site import FilePart, Site, XlsxFormat
from zaehlbar.validate.api import validate
from zaehlbar.validate.messages import Language
from zaehlbar.validate.report import as_dict
from zaehlbar.validate.result import Validated


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding is, as its sender sees it; None where it does not apply."""

    file: str | None
    sheet: str | None
    column: str | None
    rows: tuple[int, ...]


def check_files(files: Sequence[Path], site: Site, report: Callable[[str, Delivery], None]) -> Iterator[Validated]:
    """Judge the deliveries that `files` form, one after the other; `report` is told `lesen` and `pruefen` before each
    step. Rules that need earlier deliveries are listed in `Validated.not_checked`."""
    for delivery in delivery_from_files(list(files), site):
        report("lesen", delivery)
        ingested = ingest(delivery, site)
        report("pruefen", delivery)
        yield validate(ingested, site)


def places(finding: Finding, validated: Validated, site: Site) -> list[Place]:
    """Return where `finding` is, one place per file it has rows in; one place without rows for a finding without."""
    delivery = validated.ingested.delivery
    if finding.files is None or not len(finding.rows):
        named = finding.params.get("_datei")
        return [_place(finding, delivery, site, None, None if named is None else str(named), ())]
    result = []
    for index in sorted(set(finding.files.tolist())):
        rows = tuple(finding.rows[finding.files == index].tolist())
        result.append(_place(finding, delivery, site, index, file_name(delivery.files[index].url), rows))
    return result


def needs_person(results: Iterable[Validated]) -> bool:
    """Whether anything must be corrected or decided: an error, or a delivery that would not be accepted."""
    return any(
        result.verdict in (Verdict.HELD, Verdict.REFUSED)
        or any(finding.severity is Severity.ERROR for finding in result.findings)
        for result in results
    )


def as_json(results: Sequence[Validated], site: Site, lang: Language) -> dict[str, Any]:
    """Return all results as plain data: the report of each delivery (see report.py), with `dateien`, and for each
    finding `orte` (file, sheet, column and rows as the sender sees them)."""
    deliveries = []
    for result in results:
        data = as_dict(result, lang=lang)
        data["dateien"] = [file_name(file.url) for file in result.ingested.delivery.files]
        for entry, finding in zip(data["befunde"], result.findings, strict=True):
            entry["orte"] = [
                {"datei": place.file, "blatt": place.sheet, "spalte": place.column, "zeilen": list(place.rows)}
                for place in places(finding, result, site)
            ]
        deliveries.append(data)
    return {"version": 1, "lieferungen": deliveries}


def _place(
    finding: Finding, delivery: Delivery, site: Site, index: int | None, file: str | None, rows: tuple[int, ...]
) -> Place:
    source = delivery.files[index] if index is not None else _source(finding, delivery, site)
    part = None if source is None else _part(delivery, site, source)
    sheet = finding.params.get("_blatt")
    if sheet is None and part is not None and isinstance(part.format, XlsxFormat):
        sheet = part.format.blatt
    column = finding.params.get("_spalte")
    if column is None and finding.field is not None:
        mapped = {} if part is None or isinstance(part.spalten, str) else part.spalten
        column = mapped.get(finding.field, finding.field)
    named = file_name(source.url) if file is None and source is not None else file
    return Place(named, _text(sheet), _text(column), rows)


def _source(finding: Finding, delivery: Delivery, site: Site) -> SourceFile | None:
    """Return the file that the finding's table comes from; None for a finding about the delivery as a whole."""
    for source in delivery.files:
        part = _part(delivery, site, source)
        if part is not None and part.tabelle == finding.table:
            return source
    return None


def _part(delivery: Delivery, site: Site, source: SourceFile) -> FilePart | None:
    profile = site.profile.get(delivery.profile)
    return None if profile is None else part_of(profile, source.part)


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)
