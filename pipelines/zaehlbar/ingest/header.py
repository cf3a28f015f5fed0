"""Column names: comparing them as people do, and finding the profile's columns among those of a file.

Belongs here: names. Does not belong here: how a header is read from a file.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from zaehlbar.contract import Severity, Table
from zaehlbar.ingest.rules import Issue, Rule
from zaehlbar.site import FilePart

_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad"))
_FROM_SCOPE = ("vorhaben_id", "tvp_id")


def normalize(name: str) -> str:
    """Return the form in which column and sheet names are compared: NFC, case folded, blanks collapsed, no quotes."""
    text = unicodedata.normalize("NFC", name.translate(_INVISIBLE)).casefold()
    return " ".join(text.strip("\"' \t\r\n\u00a0").split())


@dataclass(frozen=True, slots=True)
class Expected:
    """What the profile expects of one part: canonical field → provider's name, and which of them must be there."""

    names: Mapping[str, str]
    required: tuple[str, ...]
    """Fields that must have a column: required by the contract, no constant, not known from the scope."""
    keys: tuple[str, ...]
    """Those of `required` without which nothing can be loaded."""
    unmapped: tuple[str, ...]
    """Required fields for which the profile names neither column nor constant."""
    declared: bool
    """The profile lists the columns itself, so that every listed one is expected."""
    ignored: tuple[str, ...]
    totals: str | None
    known: Mapping[str, str] = field(default_factory=dict)
    """Normalised provider's name → provider's name, of all expected columns."""


def expected(part: FilePart, table: Table, given: Sequence[str] = ()) -> Expected:
    """Return what `part` expects; `given` are fields whose value the file name or the profile supplies."""
    supplied = {*part.konstanten, *given, *_FROM_SCOPE}
    declared = part.spalten != "kanonisch"
    names = dict(part.spalten) if isinstance(part.spalten, dict) else {name: name for name in table.field_names}
    must = tuple(f.name for f in table.fields if f.required and f.name not in supplied)
    required = tuple(name for name in must if name in names)
    return Expected(
        names=names,
        required=required,
        keys=tuple(name for name in required if name in table.primary_key),
        unmapped=tuple(name for name in must if name not in names),
        declared=declared,
        ignored=tuple(normalize(name) for name in part.ignorieren),
        totals=part.summenzeile.spalte if part.summenzeile else None,
        known={normalize(name): name for name in names.values()},
    )


@dataclass(slots=True)
class Match:
    """Where the expected columns stand in a header."""

    positions: dict[str, int] = field(default_factory=dict)
    """Canonical field → index of its column."""
    totals: int | None = None
    unnamed: list[int] = field(default_factory=list)
    duplicates: list[tuple[int, int]] = field(default_factory=list)
    """Pairs (first, again) of columns with the same, expected name."""
    issues: list[Issue] = field(default_factory=list)
    fatal: bool = False


def hits(names: Sequence[str], wanted: Expected) -> int:
    """Return how many expected columns a row of names contains; used to find the header."""
    return len({normalize(name) for name in names} & wanted.known.keys())


def match(names: Sequence[str], wanted: Expected) -> Match:
    """Find the expected columns in the header `names` (as delivered)."""
    result = Match()
    index: dict[str, int] = {}
    ignore_all = "*" in wanted.ignored
    for position, name in enumerate(names):
        key = normalize(name)
        if not key:
            result.unnamed.append(position)
        elif key in index:
            _duplicate(result, index[key], position, name, mapped=key in wanted.known)
        else:
            index[key] = position
            known = key in wanted.known or key in wanted.ignored or ignore_all
            if not known and key != normalize(wanted.totals or ""):
                params: dict[str, str | int] = {"_spalte": name.strip(), "spalte_nr": position + 1}
                result.issues.append(Issue(Rule.UNKNOWN_COLUMN, Severity.WARNING, count=1, params=params))
    result.positions = {f: index[key] for f, name in wanted.names.items() if (key := normalize(name)) in index}
    result.totals = index.get(normalize(wanted.totals)) if wanted.totals else None
    _missing(result, wanted)
    return result


def _duplicate(result: Match, first: int, again: int, name: str, *, mapped: bool) -> None:
    if mapped:
        result.duplicates.append((first, again))  # severity depends on whether the values differ: judged by the reader
    else:
        params: dict[str, str | int] = {"_spalte": name.strip(), "spalte_nr": again + 1}
        result.issues.append(Issue(Rule.DUPLICATE_COLUMN, Severity.WARNING, count=1, params=params))


def duplicate_issue(name: str, position: int, *, differs: bool) -> Issue:
    """Return the finding for an expected column that is there twice; an error when the two say different things."""
    severity = Severity.ERROR if differs else Severity.WARNING
    params: dict[str, str | int] = {"_spalte": name.strip(), "spalte_nr": position + 1}
    return Issue(Rule.DUPLICATE_COLUMN, severity, count=1, params=params)


def _missing(result: Match, wanted: Expected) -> None:
    found = result.positions
    if not found:
        result.fatal = True
        result.issues = [Issue(Rule.HEADER, Severity.ERROR, count=1, params={"grund": "keine_kopfzeile"})]
        return
    absent = [name for name in wanted.required if name not in found] + list(wanted.unmapped)
    if wanted.declared:
        absent += [name for name in wanted.names if name not in found and name not in absent]
    for name in absent:
        hard = name in wanted.required or name in wanted.unmapped
        params = {"feld": name, "_spalte": wanted.names.get(name, name), "grund": "spalte_fehlt"}
        severity = Severity.ERROR if hard else Severity.WARNING
        result.issues.append(Issue(Rule.HEADER, severity, count=1, params=params))
        result.fatal = result.fatal or name in wanted.keys
