"""The door of the room: one validated delivery in, the same delivery without a name out.

Belongs here: the order of the steps and the shape of the result. Does not belong here: any of the rules themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zaehlbar import dates
from zaehlbar.contract import Scope, Table, contract
from zaehlbar.contract.model import FILE, ROW
from zaehlbar.pseudonymize import consent
from zaehlbar.pseudonymize.age import age_groups
from zaehlbar.pseudonymize.aggregate import without_consent
from zaehlbar.pseudonymize.columns import Mask, Numbers
from zaehlbar.pseudonymize.keys import KeyRing, KeyRingError
from zaehlbar.pseudonymize.merkmale import exact_column
from zaehlbar.pseudonymize.normalize import NORMALIZER_VERSION
from zaehlbar.pseudonymize.occurrence import occurrence_numbers
from zaehlbar.pseudonymize.parts import Parts, parts_of
from zaehlbar.pseudonymize.persons import (
    Persons,
    Speakers,
    TokenTables,
    full_birth_of_persons,
    number_persons,
    speaking_rows,
    token_tables,
)
from zaehlbar.pseudonymize.result import Pseudonymized
from zaehlbar.pseudonymize.tokens import digest_column, tn_tokens

if TYPE_CHECKING:
    from zaehlbar.site import Site
    from zaehlbar.validate import Validated

AGE_GROUP = "altersgruppe_eintritt"
OCCURRENCE = "nr"
INDEX = "ix"
_PARTICIPATION = "teilnahme"
_SCOPE_FIELDS = ("vorhaben_id", "tvp_id")


class PseudonymizeError(ValueError):
    """The delivery is not in the state that validation promises; names delivery and table, no value."""


def pseudonymize(
    validated: Validated,
    site: Site,
    keys: KeyRing,
    versions: tuple[int, ...] = (NORMALIZER_VERSION,),
    *,
    today: date | None = None,
    restricted: frozenset[bytes] = frozenset(),
) -> Pseudonymized:
    """Return the delivery with tokens in place of persons; see Pseudonymized for its shape.

    `versions`: the normaliser versions in use. A new one lives beside the old until every identity was delivered again,
    so matching tokens and withdrawals are made under each; who belongs together within the delivery says the newest.

    `today` (default: the day it is): a consent that ended before is none any more. The operating model of `site` says
    which level of consent a person row needs, its legal basis whether those without consent are counted; `restricted`
    are tokens (tn and exact) of persons whose data must not be processed: they are not counted either.

    Fails closed: KeyRingError without a key ring; PseudonymizeError for a delivery without scope, or with passing rows
    that lie outside the scope or name no tn_nr (validation rejects those). The verdict is not judged again here: a held
    delivery that a person approved comes through the same door.
    """
    if not isinstance(keys, KeyRing):
        raise KeyRingError("Ohne Schlüsselbund wird nichts pseudonymisiert.")
    scope = validated.ingested.delivery.scope
    if scope is None:
        raise PseudonymizeError(f"{_named(validated)}: its Vorhaben, TVP and period are not known")
    rows = _Rows.of(validated, scope)
    people = _People.of(validated, rows, scope, versions, today or dates.today(), site.head.minimum_level)
    passed = people.passed(rows)
    tokens = people.tokens(keys, scope, rows, passed)
    return Pseudonymized(
        delivery=validated.ingested.delivery,
        verdict=validated.verdict,
        identities=tokens.identities,
        merkmale=tokens.merkmale,
        tables={name: _outgoing(rows, name, passed[name], tokens.ix) for name in rows.tables},
        withheld={name: int(np.sum(rows.accepted[name] & ~passed[name])) for name in rows.persons.numbers},
        withdrawals=tokens.withdrawals,
        key_id=keys.key_id,
        normalizer_version=max(versions),
        without_consent=_counted_without_consent(people, rows, scope, keys, site, restricted),
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """The delivery's rows, all of them, and which of them validation accepted."""

    contract: dict[str, Table]
    tables: dict[str, pa.Table]
    accepted: dict[str, Mask]
    persons: Persons

    @classmethod
    def of(cls, validated: Validated, scope: Scope) -> _Rows:
        found = validated.ingested.tables
        known = {table.name: table for table in contract().tables if table.name in found}
        tables = {name: _with_nulled(found[name], validated.nulled.get(name, {})) for name in known}
        accepted = {name: ~(validated.rejected[name] | validated.duplicate[name]) for name in known}
        persons = number_persons({name: tables[name] for name, table in known.items() if table.zaehlbar.persons})
        for name, table in tables.items():
            if known[name].zaehlbar.scope == "lieferung":
                continue  # the manifest itself: no rule rejects its row
            outside = ~_in_scope(table, scope)
            if name in persons.numbers:
                outside |= persons.numbers[name] < 0
            if np.any(outside & accepted[name]):
                count = int(np.sum(outside & accepted[name]))
                raise PseudonymizeError(
                    f"{_named(validated)}, table {name}: {count} rows of another Vorhaben or TVP or without tn_nr were "
                    "not rejected by validation"
                )
        return cls(known, tables, accepted, persons)


def _named(validated: Validated) -> str:
    return f"delivery {validated.ingested.delivery.delivery_id}"


def _with_nulled(table: pa.Table, nulled: dict[str, Mask]) -> pa.Table:
    """Take away the values that validation found worthless while it kept their rows."""
    for name, mask in nulled.items():
        column = table[name]
        emptied = pc.if_else(pa.array(mask), pa.scalar(None, column.type), column)
        table = table.set_column(table.schema.get_field_index(name), table.schema.field(name), emptied)
    return table


def _in_scope(table: pa.Table, scope: Scope) -> Mask:
    inside = np.ones(table.num_rows, dtype=bool)
    for name in _SCOPE_FIELDS:
        inside &= np.asarray(pc.fill_null(pc.equal(table[name], getattr(scope, name)), False))
    return inside


@dataclass(frozen=True, slots=True)
class _People:
    """Who stands in the rows of `teilnahme`, and what was decided over them.

    `person`: number of each row's person (-1: none); `accepted`: rows that validation accepted; `parts`: per version.
    """

    participations: pa.Table
    person: Numbers
    accepted: Mask
    parts: dict[int, Parts]
    decision: consent.Decision

    @classmethod
    def of(
        cls,
        validated: Validated,
        rows: _Rows,
        scope: Scope,
        versions: tuple[int, ...],
        today: date,
        minimum_level: int,
    ) -> _People:
        participations = rows.tables.get(_PARTICIPATION, contract().table(_PARTICIPATION).arrow_schema.empty_table())
        person = rows.persons.numbers.get(_PARTICIPATION, np.empty(0, dtype=np.int64))
        accepted = rows.accepted.get(_PARTICIPATION, np.empty(0, dtype=bool))
        parts = {version: parts_of(participations, version) for version in versions}
        decision = consent.decide(
            participations,
            person,
            consent.groups_of(person, parts[max(versions)].identity, len(rows.persons)),
            period_end=scope.end,
            today=today,
            minimum_level=minimum_level,
            rejected=~accepted,
            unreadable=_unreadable_consent(validated, participations),
        )
        return cls(participations, person, accepted, parts, decision)

    def passed(self, rows: _Rows) -> dict[str, Mask]:
        """Return per table the accepted rows that consent does not hold back."""
        refused = self.decision.refused
        numbers = rows.persons.numbers
        return {
            name: accepted & ~refused[numbers[name]] if name in numbers else accepted
            for name, accepted in rows.accepted.items()
        }

    def tokens(self, keys: KeyRing, scope: Scope, rows: _Rows, passed: dict[str, Mask]) -> TokenTables:
        """Return the tokens of the persons that pass, and of those whose refusal is remembered."""
        count, withdrawn = len(rows.persons), self.decision.withdrawn
        present = np.zeros(count, dtype=bool)
        for name, numbers in rows.persons.numbers.items():
            present[numbers[passed[name]]] = True
        # What a refusal is remembered by may come from a rejected row; what a person is matched by may not.
        spoken = (self.person >= 0) & (self.accepted | self.rows_of(self.decision.refused))
        return token_tables(
            keys,
            scope,
            rows.persons,
            passed=present,
            withdrawn=withdrawn,
            full_birth=full_birth_of_persons(self.participations, self.person, self.accepted, count),
            speakers=[
                Speakers(version, one, speaking_rows(self.participations, self.person, one, spoken, count))
                for version, one in self.parts.items()
            ],
            known_by=np.where(self.rows_of(~np.isnat(withdrawn)), self.person, -1),
        )

    def rows_of(self, persons: Mask) -> Mask:
        """Return the rows of `teilnahme` whose person is one of `persons`."""
        chosen: Mask = np.append(persons, False)[self.person]  # -1, a row without a person, is the last
        return chosen


def _counted_without_consent(
    people: _People, rows: _Rows, scope: Scope, keys: KeyRing, site: Site, restricted: frozenset[bytes]
) -> pa.Table | None:
    """Return the counts of those without consent, None where they are not to be counted."""
    allowed = site.head.basis.ohne_einwilligung is not None
    if not allowed or scope.increment == "zuwachs" or _PARTICIPATION not in rows.tables:
        return None
    counted = people.accepted & people.rows_of(people.decision.countable)
    if restricted:
        at = np.flatnonzero(counted)
        numbers = [rows.persons.tn_nrs[one] for one in people.person[at].tolist()]
        tokens = [digest_column(tn_tokens(keys, scope.vorhaben_id, scope.tvp_id, numbers), np.arange(len(at)))]
        tokens += [exact_column(keys, version, parts, at) for version, parts in people.parts.items()]
        known = pa.array(sorted(restricted), pa.binary())
        hidden = np.logical_or.reduce([np.asarray(pc.is_in(one.cast(pa.binary()), value_set=known)) for one in tokens])
        # Whoever is restricted by one row is by all: the same number may stand in rows with another name.
        counted &= ~np.isin(people.person, people.person[at[hidden]])
    return without_consent(people.participations, counted, scope.end, site.kalender)


def _unreadable_consent(validated: Validated, participations: pa.Table) -> dict[str, Mask]:
    """Return per consent field the rows whose value was delivered and is lost: a lost withdrawal is no consent."""
    lost = {name: np.zeros(participations.num_rows, dtype=bool) for name in consent.FIELDS}
    unreadable = validated.ingested.unreadable.get(_PARTICIPATION)
    if unreadable is not None and np.any(unreadable):
        line, file = np.asarray(participations[ROW]), np.asarray(participations[FILE])
        for finding in validated.ingested.findings:
            if finding.table != _PARTICIPATION or finding.field not in lost or not len(finding.rows):
                continue
            files = finding.files if finding.files is not None else np.zeros(len(finding.rows), dtype=np.int16)
            hit = np.isin(_place(file, line), _place(files, finding.rows))
            lost[finding.field] |= hit & unreadable & np.asarray(pc.is_null(participations[finding.field]))
    for name, mask in validated.nulled.get(_PARTICIPATION, {}).items():
        if name in lost:
            lost[name] |= mask
    return lost


def _place(file: np.typing.NDArray[np.int16], line: np.typing.NDArray[np.int32]) -> Numbers:
    return file.astype(np.int64) << 32 | line.astype(np.int64)


def _outgoing(rows: _Rows, name: str, passed: Mask, ix_of: Numbers) -> pa.Table:
    """Return the rows that passed, with the columns that may leave the room, in the order Pseudonymized says."""
    table = rows.contract[name]
    whole = bool(np.all(passed))
    kept = rows.tables[name] if whole else rows.tables[name].filter(pa.array(passed))
    dropped = {field.name for field in table.fields if field.personal}
    columns: dict[str, pa.Array | pa.ChunkedArray] = {}
    if table.zaehlbar.persons:
        numbers = rows.persons.numbers[name]
        columns[INDEX] = pa.array(ix_of[numbers if whole else numbers[passed]].astype(np.int32))
        dropped |= {"tn_nr", *_SCOPE_FIELDS}
    columns |= {field: kept[field] for field in table.field_names if field not in dropped}
    if name == _PARTICIPATION:
        columns[AGE_GROUP] = age_groups(kept["geburtsdatum"], kept["eintritt_datum"])
    if table.zaehlbar.occurrence:
        key = [INDEX if field == "tn_nr" else field for field in table.primary_key]
        numbers_of = occurrence_numbers(pa.table(columns), tuple(field for field in key if field in columns))
        columns[OCCURRENCE] = pa.array(numbers_of)
    return pa.table(columns)
