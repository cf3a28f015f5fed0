"""What a site decides differently from the rules that were counted last: in words a person can review.

Belongs here: comparing decisions. Does not belong here: what that does to figures (count/preview).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from zaehlbar.categorize.unmapped import UNMAPPED_CATEGORY
from zaehlbar.site import Site

_DAY = timedelta(days=1)
_NOT_COUNTED = {
    "abgleich_version": "Abgleichregeln (abgleich.yaml): wer eine Person ist",
    "validierung_version": "Prüfregeln (validierung.yaml): welche Lieferungen angenommen werden",
    "betriebsmodell": "Betriebsmodell (site.yaml): wessen Zeilen gezählt werden",
    "ohne_einwilligung": "Zählung ohne Einwilligung (site.yaml)",
}
"""Decisions that can change figures, too, but only with a night: what it does to facts is not known before."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A code that counts as something else from a day to a day (inclusive; None: open)."""

    code: str
    von: date | None
    bis: date | None
    vorher: str
    nachher: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What is decided differently."""

    versionen: dict[str, tuple[str | None, str | None]]
    """Part → version counted with, version of the site, where they differ."""
    verschoben: tuple[Moved, ...]
    kategorien_neu: tuple[str, ...]
    kategorien_weg: tuple[str, ...]
    regeln: dict[str, tuple[float | int | None, float | int | None]]
    """Counting rule → value before and after."""
    nicht_vorhergesagt: tuple[str, ...]
    """What differs, too, and whose effect no preview can know."""


def difference(connection: Connection, regelwerk_nr: int, site: Site) -> Difference:
    """Compare the rules stored as `regelwerk_nr` with `site`."""
    stored = (
        connection.execute(text("select * from betrieb.regelwerk where regelwerk_nr = :nr"), {"nr": regelwerk_nr})
        .mappings()
        .one()
    )
    version = {"v": stored["kategorien_version"]}
    spans = connection.execute(
        text("select code, kategorie, gueltig_ab, gueltig_bis from katalog.kategorie_zuordnung where version = :v"),
        version,
    ).all()
    categories = set(
        connection.execute(text("select kategorie from katalog.kategorie where version = :v"), version).scalars()
    )
    own = {item.kategorie for item in site.kategorien.kategorien}
    rules = site.zaehlregeln
    minutes = None if stored["schwelle_minuten"] is None else stored["schwelle_minuten"] / 60
    values = {
        "schwelle_stunden": (minutes, rules.schwelle_stunden),
        "aktiv_tage": (stored["aktiv_tage"], rules.aktiv_tage),
        "vorlaeufig_monate": (stored["vorlaeufig_monate"], rules.vorlaeufig_monate),
    }
    new = {
        "abgleich_version": site.abgleich.version,
        "validierung_version": site.validierung.version,
        "betriebsmodell": site.head.betriebsmodell,
        "ohne_einwilligung": site.head.basis.ohne_einwilligung,
    }
    return Difference(
        versionen=_versions(stored, site),
        verschoben=tuple(moved(map(tuple, spans), _spans_of(site))),
        kategorien_neu=tuple(sorted(own - categories)),
        kategorien_weg=tuple(sorted(categories - own)),
        regeln={name: pair for name, pair in values.items() if pair[0] != pair[1]},
        nicht_vorhergesagt=tuple(said for name, said in _NOT_COUNTED.items() if stored[name] != new[name]),
    )


Span = tuple[str, str, date, date | None]
"""Code, category, from, until."""


def moved(old: Iterable[Span | tuple[Any, ...]], new: Iterable[Span | tuple[Any, ...]]) -> list[Moved]:
    """Return, per code, the days on which two mappings differ; days without a line count as `K-0-NZ`."""
    before, after = _by_code(old), _by_code(new)
    found: list[Moved] = []
    for code in sorted(before.keys() | after.keys()):
        spans = [*before.get(code, ()), *after.get(code, ())]
        edges = sorted({start for _, start, _ in spans} | {end + _DAY for _, _, end in spans if end})
        borders: list[date | None] = [None, *edges]
        own: list[Moved] = []
        for start, following in zip(borders, [*edges, None], strict=True):
            day = start or (edges[0] - _DAY)
            pair = _on(before.get(code, ()), day), _on(after.get(code, ()), day)
            if pair[0] == pair[1]:
                continue
            end = following - _DAY if following else None
            last = own[-1] if own else None
            if last and last.bis and start == last.bis + _DAY and (last.vorher, last.nachher) == pair:
                own[-1] = Moved(code, last.von, end, *pair)
            else:
                own.append(Moved(code, start, end, *pair))
        found += own
    return found


def _by_code(spans: Iterable[Span | tuple[Any, ...]]) -> dict[str, list[tuple[str, date, date | None]]]:
    found: dict[str, list[tuple[str, date, date | None]]] = {}
    for code, category, start, end in spans:
        found.setdefault(code, []).append((category, start, end))
    return found


def _on(spans: Sequence[tuple[str, date, date | None]], day: date) -> str:
    return next(
        (category for category, start, end in spans if start <= day and (end is None or day <= end)), UNMAPPED_CATEGORY
    )


def _spans_of(site: Site) -> list[Span]:
    return [(item.code, item.kategorie, item.gueltig_ab, item.gueltig_bis) for item in site.kategorien.zuordnung]


def _versions(stored: RowMapping, site: Site) -> dict[str, tuple[str | None, str | None]]:
    versions = {
        "Katalog": (stored["katalog_version"], site.katalog.version),
        "Zuordnung": (stored["kategorien_version"], site.kategorien.version),
        "Zählregeln": (stored["zaehlregeln_version"], site.zaehlregeln.version),
        "Kalender": (stored["kalender_version"], site.kalender.version),
    }
    return {name: pair for name, pair in versions.items() if pair[0] != pair[1]}
