"""What must hold between catalogue and mapping: every code has exactly one meaning on every day of its validity.

Belongs here: gaps, overlaps, codes mapped twice or outside their validity, categories that do not fit the code.
Does not belong here: which codes the deliveries contain (categorize), the consents (agreement).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from zaehlbar.site.model import MappingEntry, Site

GIVEN_BY_COUNTING = frozenset({"K-0-BAGATELLE", "K-0-NZ"})
"""Categories that counting gives: no code is mapped to them."""
_DAY = timedelta(days=1)
_Found = tuple[str, tuple[str | int, ...], str]


class Span(Protocol):
    """Something that a code means from a day to a day."""

    @property
    def code(self) -> str: ...
    @property
    def gueltig_ab(self) -> date: ...
    @property
    def gueltig_bis(self) -> date | None: ...


def problems(site: Site) -> Iterator[_Found]:
    """Yield (file, place in it, what is wrong and what to do)."""
    yield from _spans("katalog.yaml", "codes", site.katalog.codes)
    yield from _spans("kategorien.yaml", "zuordnung", site.kategorien.zuordnung)
    yield from _references(site)
    yield from _validity(site)


def unmapped_codes(site: Site) -> list[str]:
    """Return the codes of the catalogue that no category takes, sorted."""
    mapped = {entry.code for entry in site.kategorien.zuordnung}
    return sorted({entry.code for entry in site.katalog.codes} - mapped)


def shown(start: date, end: date | None) -> str:
    """Return the days of a span as messages write them."""
    return f"{start} bis {end}" if end else f"ab {start}"


def _means(entry: Span) -> str:
    days = shown(entry.gueltig_ab, entry.gueltig_bis)
    category = getattr(entry, "kategorie", None)
    return f"{category} ({days})" if category else f"den Eintrag {days}"


def _by_code(entries: Sequence[Span]) -> dict[str, list[tuple[int, Span]]]:
    """Return code → (position, entry), by begin; entries that end before they begin are left out."""
    found: dict[str, list[tuple[int, Span]]] = {}
    for position, entry in enumerate(entries):
        if entry.gueltig_bis is None or entry.gueltig_bis >= entry.gueltig_ab:
            found.setdefault(entry.code, []).append((position, entry))
    for spans in found.values():
        spans.sort(key=lambda item: item[1].gueltig_ab)
    return found


def _spans(file: str, key: str, entries: Sequence[Span]) -> Iterator[_Found]:
    """Per code the spans must follow each other without overlap or gap."""
    for position, entry in enumerate(entries):
        if entry.gueltig_bis is not None and entry.gueltig_bis < entry.gueltig_ab:
            text = f"Code {entry.code}: gueltig_bis {entry.gueltig_bis} liegt vor gueltig_ab {entry.gueltig_ab}"
            yield file, (key, position, "gueltig_bis"), text
    for code, spans in _by_code(entries).items():
        for (_, earlier), (position, later) in pairwise(spans):
            start, end = later.gueltig_ab, earlier.gueltig_bis
            place = (key, position, "gueltig_ab")
            if end is None or end >= start:
                text = f"Code {code}: ab {start} doppelt belegt, auch durch {_means(earlier)}; " + _cure(earlier, later)
                yield file, place, text
            elif end + _DAY < start:
                text = (
                    f"Code {code}: Lücke zwischen {end} und {start}; gueltig_bis auf {start - _DAY} setzen, oder für "
                    "die Tage dazwischen eine Zeile ergänzen"
                )
                yield file, place, text


def _cure(earlier: Span, later: Span) -> str:
    if earlier.gueltig_ab == later.gueltig_ab:
        return "eine der beiden Zeilen streichen"
    return f"beim früheren Eintrag gueltig_bis auf {later.gueltig_ab - _DAY} setzen oder diese Zeile streichen"


def _references(site: Site) -> Iterator[_Found]:
    """Codes and categories must be there and fit each other."""
    units = {item.kategorie: item.zaehleinheit for item in site.kategorien.kategorien}
    tables = {item.code: item.tabelle for item in site.katalog.codes}
    for position, entry in enumerate(site.kategorien.zuordnung):
        place = ("zuordnung", position, "kategorie")
        if entry.code not in tables:
            text = f"der Code {entry.code} steht nicht in katalog.yaml; dort eintragen oder die Zeile streichen"
            yield "kategorien.yaml", ("zuordnung", position, "code"), text
        if entry.kategorie not in units:
            text = f"Code {entry.code}: die Kategorie {entry.kategorie} ist oben nicht eingetragen"
            yield "kategorien.yaml", place, text
        elif entry.kategorie in GIVEN_BY_COUNTING:
            text = f"Code {entry.code}: {entry.kategorie} wird beim Zählen vergeben; K-0-ORG oder keine Zeile"
            yield "kategorien.yaml", place, text
        elif entry.code in tables and (wrong := _misfit(entry, tables[entry.code], units[entry.kategorie])):
            yield "kategorien.yaml", place, wrong


def _misfit(entry: MappingEntry, table: str, unit: str) -> str | None:
    """An event without a person can only be counted as an event, and nothing else can be."""
    if table == "angebot" and unit not in ("EV", "keine"):
        return (
            f"Code {entry.code} ist ein Ereignis ohne Person (katalog.yaml: tabelle: angebot); {entry.kategorie} zählt "
            "Personen oder Teilnahmen. Eine Kategorie mit zaehleinheit EV wählen"
        )
    if table == "aktivitaet" and unit == "EV":
        return (
            f"Code {entry.code} ist eine Aktivität von Personen; {entry.kategorie} zählt Ereignisse ohne Person. "
            "Eine andere Kategorie wählen, oder in katalog.yaml tabelle: angebot setzen"
        )
    return None


def _validity(site: Site) -> Iterator[_Found]:
    """A mapped code is mapped on every day of its validity and on no other; one without any line is visible as such."""
    codes = _by_code(site.katalog.codes)
    for code, spans in _by_code(site.kategorien.zuordnung).items():
        if code not in codes:
            continue
        begin, last = codes[code][0][1].gueltig_ab, codes[code][-1][1].gueltig_bis
        (first_at, first), (last_at, final) = spans[0], spans[-1]
        where = f"Code {code} gilt in katalog.yaml {shown(begin, last)}"
        if first.gueltig_ab > begin:
            text = f"{where}, zugeordnet ist er erst ab {first.gueltig_ab}: Lücke; gueltig_ab auf {begin} setzen"
            yield "kategorien.yaml", ("zuordnung", first_at, "gueltig_ab"), text
        elif first.gueltig_ab < begin:
            text = f"{where}, zugeordnet ist er schon ab {first.gueltig_ab}; gueltig_ab auf {begin} setzen"
            yield "kategorien.yaml", ("zuordnung", first_at, "gueltig_ab"), text
        end = final.gueltig_bis
        if end is not None and (last is None or end < last):
            text = (
                f"{where}, zugeordnet ist er nur bis {end}: Lücke; ab {end + _DAY} eine Kategorie nennen (nicht "
                "gezählt: K-0-ORG) oder den Code in katalog.yaml beenden"
            )
            yield "kategorien.yaml", ("zuordnung", last_at, "gueltig_bis"), text
        elif last is not None and (end is None or end > last):
            text = f"{where}, zugeordnet ist er {'bis auf Weiteres' if end is None else f'bis {end}'}; gueltig_bis auf "
            yield "kategorien.yaml", ("zuordnung", last_at, "gueltig_bis"), f"{text}{last} setzen"
