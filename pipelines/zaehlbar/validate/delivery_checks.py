"""Rules about a delivery as a whole: manifest, scope, earlier deliveries. Rules of kind `lieferung` name them.

Belongs here: one small function per check, from counts and headings, never from a person's row.
Does not belong here: rules about rows (expectations), what a hit means for the delivery (verdict).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field as dataclass_field

from zaehlbar.contract import contract
from zaehlbar.contract.model import ORDER, VERSION
from zaehlbar.ingest import Ingested
from zaehlbar.site import Site
from zaehlbar.validate.result import Earlier, Mask

LEAK = re.compile(r"\b\d{3}\s?[A-Za-z]\s?\d{6}\b|\b\d{5}\s*(?://|BG)\s*\d{7}\b")
"""Looks like a Kundennummer or BG-Nummer (domain.md 4); the same pattern as ZB-F-007."""

_SHRUNK_BELOW = 0.8
_SHRUNK_ROWS = 5


@dataclass(frozen=True, slots=True)
class Facts:
    """What the checks may look at."""

    ingested: Ingested
    site: Site
    earlier: Earlier | None
    rejected: Mapping[str, Mask]
    duplicate: Mapping[str, Mask]


@dataclass(frozen=True, slots=True)
class Hit:
    """One hit; `count` is its size in rows where it has one."""

    table: str = "lieferung"
    field: str | None = None
    count: int = 1
    params: Mapping[str, str | int] = dataclass_field(default_factory=dict)


def manifest_counts(facts: Facts) -> Iterable[Hit]:
    """Rows per table as the manifest says them."""
    for name in ORDER[1:]:
        expected = facts.ingested.manifest.get(f"anzahl_{name}")
        count = facts.ingested.counts.get(name)
        found = count.found if count is not None else 0
        if isinstance(expected, int) and expected != found:
            yield Hit(name, None, abs(expected - found), {"erwartet": expected, "gefunden": found})


def manifest_hashes(facts: Facts) -> Iterable[Hit]:
    """A file of which only a half arrived has another checksum than its manifest says."""
    arrived = {file.sha256.lower() for file in facts.ingested.delivery.files}
    for name in ORDER[1:]:
        expected = facts.ingested.manifest.get(f"sha256_{name}")
        if isinstance(expected, str) and expected.strip().lower() not in arrived:
            yield Hit(name)


def same_scope(facts: Facts) -> Iterable[Hit]:
    """A second, different delivery for the same scope and version."""
    if facts.earlier is not None and facts.earlier.same_scope:
        yield Hit()


def known_sender(facts: Facts) -> Iterable[Hit]:
    """Vorhaben and TVP that the site knows, and that deliver by this profile."""
    scope = facts.ingested.delivery.scope
    if scope is None:
        return
    pair = facts.site.partner(scope.vorhaben_id, scope.tvp_id)
    if pair is None or pair[1].profil != facts.ingested.delivery.profile:
        yield Hit(field="tvp_id")


def contract_version(facts: Facts) -> Iterable[Hit]:
    """A major version of the contract that this installation reads."""
    version = facts.ingested.manifest.get("schema_version")
    if isinstance(version, str) and version.split(".")[0] != VERSION.split(".")[0]:
        yield Hit(field="schema_version", params={"erwartet": VERSION})


def shrunk(facts: Facts) -> Iterable[Hit]:
    """Far fewer rows than the previous delivery of the same Vorhaben × TVP had; not for an increment."""
    scope = facts.ingested.delivery.scope
    if facts.earlier is None or (scope is not None and scope.increment == "zuwachs"):
        return
    # Only what a delivery repeats in full each time can be expected not to shrink.
    for table in contract().tables:
        before = facts.earlier.counts.get(table.name, 0)
        count = facts.ingested.counts.get(table.name)
        now = count.found if count is not None else 0
        if table.zaehlbar.scope == "bis" and now < before * _SHRUNK_BELOW and before - now >= _SHRUNK_ROWS:
            yield Hit(table.name, None, before - now, {"vorher": before, "jetzt": now})


def leaking_headings(facts: Facts) -> Iterable[Hit]:
    """Column names that look like a Kundennummer or BG-Nummer (ingest names columns under keys that start with `_`)."""
    for finding in facts.ingested.findings:
        for name, value in finding.params.items():
            if name.startswith("_") and isinstance(value, str) and LEAK.search(value):
                yield Hit(finding.table)
                break


def nothing_usable(facts: Facts) -> Iterable[Hit]:
    """Participations were found, but none can be used."""
    table = facts.ingested.tables.get("teilnahme")
    count = facts.ingested.counts.get("teilnahme")
    found = count.found if count is not None else (table.num_rows if table is not None else 0)
    if not found or facts.ingested.fatal:
        return
    unusable = facts.rejected["teilnahme"] | facts.duplicate["teilnahme"] if table is not None else None
    if unusable is None or unusable.all():
        yield Hit("teilnahme", None, found)


CHECKS: Mapping[str, Callable[[Facts], Iterable[Hit]]] = {
    check.__name__: check
    for check in (
        manifest_counts,
        manifest_hashes,
        same_scope,
        known_sender,
        contract_version,
        shrunk,
        leaking_headings,
        nothing_usable,
    )
}
