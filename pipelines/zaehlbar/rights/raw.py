"""Searching raw deliveries for a person, in the trusted zone: read as the night reads them, compared by tokens.

Belongs here: which deliveries of archive and inbox contain the person, and the person's rows as delivered. Does not
belong here: what becomes of them (erase, disclose).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from zaehlbar.contract import Delivery, contract
from zaehlbar.contract.model import FILE, ROW
from zaehlbar.ingest import Ingested, discover, ingest
from zaehlbar.nightly.context import Night
from zaehlbar.pseudonymize.merkmale import exact_column
from zaehlbar.pseudonymize.parts import parts_of
from zaehlbar.pseudonymize.tokens import canonical, tn_tokens
from zaehlbar.retention.raw import inboxes
from zaehlbar.rights.find import Found, PersonTokens
from zaehlbar.store import StoreError

PARTICIPATION = "teilnahme"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a row must have to be the person's: the token of its number, or an exact token."""

    numbers: frozenset[bytes] = field(repr=False)
    exact: dict[int, frozenset[bytes]] = field(repr=False)

    @classmethod
    def of(cls, tokens: PersonTokens, found: Found, stored: Iterable[tuple[int, bytes]]) -> Wanted:
        """`stored`: the exact tokens of the found identities, with their normaliser versions."""
        numbers = {one.tn_token for one in found.identities}
        if tokens.number is not None:
            numbers.add(tokens.number)
        exact: dict[int, set[bytes]] = {version: {token} for version, token in tokens.exact.items()}
        for version, token in stored:
            exact.setdefault(version, set()).add(token)
        return cls(frozenset(numbers), {version: frozenset(values) for version, values in exact.items()})


@dataclass(frozen=True, slots=True)
class RawHit:
    """A raw delivery that contains the person: the rows by table as canonical values, the numbers it gives them."""

    delivery_id: str
    vorhaben_id: str | None
    tvp_id: str | None
    rows: dict[str, list[dict[str, object]]] = field(repr=False)
    tn_nrs: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found, and the ids of other deliveries with files or lines that nobody could read."""

    hits: tuple[RawHit, ...] = ()
    unreadable: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(hit.delivery_id for hit in self.hits)


def search_archive(night: Night, wanted: Wanted) -> Searched:
    """Search every raw delivery that the archive still holds, whatever became of it."""

    def deliveries() -> Iterator[tuple[str, Ingested | None]]:
        for delivery_id in night.archive.delivery_ids():
            try:
                with night.archive.open(delivery_id, work=night.settings.work) as delivery:
                    yield delivery_id, ingest(delivery, night.site)
            except StoreError:
                yield delivery_id, None

    return _search(night, wanted, deliveries())


def search_inbox(night: Night, wanted: Wanted) -> Searched:
    """Search what lies in any inbox now, also what was never loaded."""
    whole: dict[str, Delivery] = {}
    for inbox in inboxes(night):
        found = discover(inbox, night.site)
        whole |= {one.delivery_id: one for one in (*found.unfinished, *found.deliveries)}
    return _search(night, wanted, ((key, ingest(one, night.site)) for key, one in whole.items()))


def _search(night: Night, wanted: Wanted, deliveries: Iterable[tuple[str, Ingested | None]]) -> Searched:
    hits, unreadable = [], []
    for delivery_id, ingested in deliveries:
        if ingested is None or ingested.fatal or any(count.rejected for count in ingested.counts.values()):
            unreadable.append(delivery_id)
        if ingested is None:
            continue
        hit = _hit(night, wanted, delivery_id, ingested)
        if hit is not None:
            hits.append(hit)
    only_unreadable = set(unreadable) - {hit.delivery_id for hit in hits}
    return Searched(tuple(hits), tuple(one for one in unreadable if one in only_unreadable))


def _hit(night: Night, wanted: Wanted, delivery_id: str, ingested: Ingested) -> RawHit | None:
    numbers: set[tuple[str, str, str]] = set()
    masks: dict[str, np.ndarray] = {}
    participations = ingested.tables.get(PARTICIPATION)
    if participations is not None and participations.num_rows:
        masks[PARTICIPATION] = _by_names(night, wanted, participations)
        named = _triples(participations.filter(pa.array(masks[PARTICIPATION])))
        numbers |= {triple for triple in named if triple[2]}
    persons = [table.name for table in contract().tables if table.zaehlbar.persons and table.name in ingested.tables]
    for name in persons:
        numbers |= _by_number(night, wanted, set(_triples(ingested.tables[name])))
    rows: dict[str, list[dict[str, object]]] = {}
    for name in persons:
        table = ingested.tables[name]
        same = np.array([triple in numbers for triple in _triples(table)], dtype=bool)
        chosen = table.filter(pa.array(same | masks.get(name, False)))
        if chosen.num_rows:
            rows[name] = [_row(row) for row in chosen.drop_columns([FILE]).to_pylist()]
    if not rows:
        return None
    scope = ingested.delivery.scope
    return RawHit(
        delivery_id,
        scope.vorhaben_id if scope else None,
        scope.tvp_id if scope else None,
        rows,
        tuple(sorted({number for _, _, number in numbers})),
    )


def _by_names(night: Night, wanted: Wanted, participations: pa.Table) -> np.ndarray:
    everyone = np.arange(participations.num_rows)
    found = np.zeros(participations.num_rows, dtype=bool)
    for version, tokens in wanted.exact.items():
        column = exact_column(night.keys, version, parts_of(participations, version), everyone)
        found |= np.array([token in tokens for token in column.to_pylist()], dtype=bool)
    return found


def _by_number(night: Night, wanted: Wanted, triples: set[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    """Return those of the (Vorhaben, TVP, number) whose token is wanted."""
    by_partner: dict[tuple[str, str], list[str]] = {}
    for vorhaben_id, tvp_id, number in triples:
        if number:
            by_partner.setdefault((vorhaben_id, tvp_id), []).append(number)
    found = set()
    for (vorhaben_id, tvp_id), numbers in by_partner.items():
        digests = tn_tokens(night.keys, vorhaben_id, tvp_id, [canonical(one) for one in numbers])
        hits = (one for one, digest in zip(numbers, digests, strict=True) if digest.tobytes() in wanted.numbers)
        found |= {(vorhaben_id, tvp_id, one) for one in hits}
    return found


def _triples(table: pa.Table) -> list[tuple[str, str, str]]:
    """Return (Vorhaben, TVP, number) per row, "" where one is missing."""
    columns = [[value or "" for value in table.column(name).to_pylist()] for name in ("vorhaben_id", "tvp_id", "tn_nr")]
    return list(zip(*columns, strict=True))


def _row(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if value is not None and name != ROW} | {"zeile": row[ROW]}
