"""FEBRL persons through Zählbar's own doors: pseudonymize, load, identify, under the site's merge rules.

Belongs here: reading the data, the truth, what the warehouse says afterwards, scores. Does not belong here: other
programs (matching). FEBRL (BSD) is Australian and not part of the repository: surname, given name, birth date and
postcode stand for Nachname, Vorname, Geburtsdatum and PLZ; its other columns are in no provider's export.
"""

from __future__ import annotations

import csv
import itertools
import re
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from sqlalchemy import text
from tests.support.facts import Sent, new_delivery, new_run
from tests.support.pseudonymize import KEYS, SCOPE, canonical_table, site, validated

from zaehlbar.identify import identify, questions
from zaehlbar.load import load_delivery
from zaehlbar.pseudonymize import Pseudonymized, pseudonymize
from zaehlbar.pseudonymize.tokens import tn_tokens

Pairs = set[tuple[int, int]]

SETS = {"FEBRL 1": ("dataset1.csv",), "FEBRL 4": ("dataset4a.csv", "dataset4b.csv")}
"""Name → files: one that holds persons twice, two that hold the same persons."""

_TWO = 2


@dataclass(frozen=True, slots=True)
class Record:
    """One row: `person` is the publisher's truth, `source` the file it is from."""

    person: str
    source: int
    nachname: str | None
    vorname: str | None
    geburtsdatum: date | None
    plz: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Pairs of record numbers: merged without a person, left to a person; and how long it took."""

    merged: Pairs
    asked: Pairs
    seconds: float


@dataclass(frozen=True, slots=True)
class Score:
    precision: float
    recall: float
    false: int

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def read(folder: Path, name: str) -> list[Record]:
    """Return the records of one of SETS."""
    return [record for source, file in enumerate(SETS[name]) for record in _read(folder / file, source)]


def _read(path: Path, source: int) -> list[Record]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [{key.strip(): value.strip() for key, value in row.items()} for row in csv.DictReader(lines)]
    return [
        Record(
            row["rec_id"].split("-")[1],
            source,
            row["surname"] or None,
            row["given_name"] or None,
            _day(row["date_of_birth"]),
            row["postcode"] or None,
        )
        for row in rows
    ]


def _day(written: str) -> date | None:
    found = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", written)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:  # the publisher's errors make days that do not exist
        return None


def true_pairs(records: list[Record]) -> Pairs:
    """Return all pairs of records of one person."""
    return pairs_within([record.person for record in records])


def pairs_within(labels: list[str]) -> Pairs:
    """Return the pairs of places with the same label."""
    places = defaultdict(list)
    for at, label in enumerate(labels):
        places[label].append(at)
    return {pair for group in places.values() for pair in itertools.combinations(group, 2)}


def score(found: Pairs, truth: Pairs) -> Score:
    """Return precision and recall of `found`."""
    right = len(found & truth)
    return Score(right / len(found) if found else 1.0, right / len(truth), len(found) - right)


def match(engine: sa.Engine, records: list[Record]) -> Outcome:
    """Match the records in a migrated, empty warehouse; each file is one provider's delivery."""
    tables = [_table(records, source) for source in range(_TWO)]
    began = time.perf_counter()
    with engine.begin() as connection:
        lauf_id = new_run(connection)
    for source, (numbers, rows) in enumerate(tables):
        if not numbers:
            continue
        sent = Sent(SCOPE.start, SCOPE.end, vorhaben_id=SCOPE.vorhaben_id, tvp_id=f"T{source}")
        data = _pseudonymized(rows, sent)
        with engine.begin() as connection:
            number = new_delivery(connection, sent, lauf_id)
            load_delivery(connection, data, lieferung_nr=number, lauf_id=lauf_id)
    with engine.begin() as connection:
        identify(connection, lauf_id, site().abgleich)
    seconds = time.perf_counter() - began
    with engine.connect() as connection:
        return _outcome(connection, [numbers for numbers, _ in tables], seconds)


def _table(records: list[Record], source: int) -> tuple[list[int], list[dict[str, object]]]:
    numbers = [at for at, record in enumerate(records) if record.source == source]
    fields = ("nachname", "vorname", "geburtsdatum", "plz")
    rows = [
        {"tn_nr": str(at), "tvp_id": f"T{source}", **{field: getattr(records[at], field) for field in fields}}
        for at in numbers
    ]
    return numbers, rows


def _pseudonymized(rows: list[dict[str, object]], sent: Sent) -> Pseudonymized:
    scope = replace(SCOPE, tvp_id=sent.tvp_id)
    judged = validated({"teilnahme": canonical_table("teilnahme", rows)}, scope=scope)
    data = pseudonymize(judged, site(), KEYS, today=scope.end)
    return replace(data, delivery=replace(data.delivery, delivery_id=sent.delivery_id))


def _outcome(connection: sa.Connection, numbers: list[list[int]], seconds: float) -> Outcome:
    record_of: dict[int, int] = {}
    statement = text("select tn_token, identitaet_id from abgleich.identitaet_token")
    identity_of = {bytes(token): identity for token, identity in connection.execute(statement)}
    for source, places in enumerate(numbers):
        tokens = tn_tokens(KEYS, SCOPE.vorhaben_id, f"T{source}", [str(at) for at in places])
        record_of |= {identity_of[np.asarray(token).tobytes()]: at for token, at in zip(tokens, places, strict=True)}
    persons = connection.execute(
        text("select identitaet_id, person_id from kern.person_zuordnung where bekannt_bis is null")
    )
    labels = {record_of[identity]: str(person) for identity, person in persons}
    merged = pairs_within([labels[at] for at in range(len(labels))])
    waiting = [(record_of[one.identitaet_a], record_of[one.identitaet_b]) for one in questions(connection)]
    return Outcome(merged, {(min(pair), max(pair)) for pair in waiting}, seconds)
