"""Rows whose time is over (domain.md (d) 20): a participation's end plus the site's months lies before a given day.

Belongs here: which participations and identities those are, and what goes with them; at the door of the warehouse
(`split`) and within it (`remove_expired`). Does not belong here: deleting (forget), raw files and when (retention).

The end of a participation is its Austritt (a corrected one first); of a cancelled one its Eintritt; of one that no
delivery has any more, and that never had an Austritt, its last activity or step. A period of months ends on the last
day of a shorter month (§ 188 Abs. 3 BGB), as PostgreSQL adds months.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, text

from zaehlbar.contract import Scope
from zaehlbar.load.copy import copy_into
from zaehlbar.load.forget import forget, forget_participations
from zaehlbar.load.removed import note_months
from zaehlbar.load.spec import fact_tables

Mask = npt.NDArray[np.bool_]

_PARTICIPATION = "teilnahme"
_DAY = 1 << 32
"""Identity and day in one number: what is larger than any day since 1970."""

HELD = """(
    exists (
        select from betrieb.aufbewahrung_sperre as s
        where s.aufgehoben_am is null and (s.gueltig_bis is null or s.gueltig_bis >= current_date)
            and (s.vorhaben_id is null or s.vorhaben_id = i.vorhaben_id)
            and (s.tvp_id is null or s.tvp_id = i.tvp_id)
    )
    or exists (
        select from kern.einschraenkung as e where e.identitaet_id = i.identitaet_id and e.bekannt_bis is null
    )
)"""
"""Condition on `kern.identitaet as i`: a hold for audits, or a restriction (Art. 18), keeps what has expired."""

_UNIT_TABLES = tuple(fact for fact in fact_tables().values() if fact.persons and fact.name != _PARTICIPATION)

_NEXT = """(
    select min(n.eintritt_datum) from kern.teilnahme as n
    where n.identitaet_id = {p}.identitaet_id and n.eintritt_datum > {p}.eintritt_datum
)"""

_LAST_UNIT = (
    "greatest({p}.eintritt_datum, "
    + ", ".join(
        f"(select max(f.{fact.position}) from {fact.sql_name} as f where f.identitaet_id = {{p}}.identitaet_id"
        f" and f.{fact.position} >= {{p}}.eintritt_datum and f.{fact.position} < coalesce({_NEXT}, 'infinity'))"
        for fact in _UNIT_TABLES
    )
    + ")"
)
"""The last day known of the participation `{p}`."""

ENDS = (
    """
    select
        t.identitaet_id,
        t.eintritt_datum,
        i.vorhaben_id,
        i.tvp_id,
        t.bekannt_bis is null as gilt,
        case
            when t.status = 'STORNO' then t.eintritt_datum
            when b.identitaet_id is not null then b.austritt_datum
            when t.bekannt_bis is not null then coalesce(t.austritt_datum, {last_unit})
            else t.austritt_datum
        end as ende
    from (
        select distinct on (t.identitaet_id, t.eintritt_datum)
            t.identitaet_id, t.eintritt_datum, t.austritt_datum, t.status, t.bekannt_bis
        from kern.teilnahme as t
        where {{chosen}}
        order by t.identitaet_id desc, t.eintritt_datum desc, t.bekannt_von desc
    ) as t
    inner join kern.identitaet as i on t.identitaet_id = i.identitaet_id
    left join (
        select distinct on (identitaet_id, eintritt_datum)
            identitaet_id, eintritt_datum, wert::date as austritt_datum
        from kern.berichtigung
        where feld = 'austritt_datum' and bekannt_bis is null
        order by identitaet_id, eintritt_datum, berichtigung_nr desc
    ) as b on t.identitaet_id = b.identitaet_id and t.eintritt_datum = b.eintritt_datum
    """
).format(last_unit=_LAST_UNIT.format(p="t"))
"""Every participation with its end (null: it runs); `{chosen}` is a condition on `kern.teilnahme as t`."""

ORPHANS = """
    select i.identitaet_id, i.vorhaben_id, i.tvp_id, greatest(
        (select max(s.zeitraum_bis) from abgleich.identitaet_token as s where s.identitaet_id = i.identitaet_id),
        {latest}
    ) as ende
    from (
        select i.* from kern.identitaet as i
        where not exists (select from kern.teilnahme as t where t.identitaet_id = i.identitaet_id)
        offset 0
    ) as i
    where {chosen}
"""
"""Identities without any participation (a late delivery brought what a later one no longer has), with their end: the
last day of their facts, or the end of the period they were delivered for. They are few: `offset 0` keeps the planner
from asking everybody what is asked of them."""


@dataclass(frozen=True, slots=True)
class Expired:
    """How many participations, activities and steps, and whole identities were removed."""

    participations: int = 0
    units: int = 0
    identities: int = 0

    def __bool__(self) -> bool:
        return bool(self.participations or self.identities)


@dataclass(slots=True)
class Split:
    """A delivery's tables without expired rows, and those rows (columns `ix` and the key of their table)."""

    tables: dict[str, pa.Table]
    withheld: dict[str, pa.Table] = field(default_factory=dict)

    def months(self) -> set[date]:
        """Return the months that the withheld participations touch."""
        rows = self.withheld.get(_PARTICIPATION)
        if rows is None:
            return set()
        spans = zip(rows["eintritt_datum"].to_pylist(), rows["ende"].to_pylist(), strict=True)
        return {month for start, end in set(spans) for month in _months(start, end)}


def add_months(day: date, months: int) -> date:
    """Return the day so many months later, the last of the month where that has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def as_of(connection: Connection, scope: Scope) -> date:
    """Return the day by which a delivery's rows are judged: the latest period end known of its partner, at most today.

    So the facts are the same whatever the order of the deliveries: an older one that arrives late brings nothing back.
    """
    day: date = connection.execute(
        text("""
            select least(current_date, greatest(cast(:end as date), max(zeitraum_bis))) from betrieb.lieferung
            where status = 'geladen' and vorhaben_id = :vorhaben_id and tvp_id = :tvp_id
            """),
        {"end": scope.end, "vorhaben_id": scope.vorhaben_id, "tvp_id": scope.tvp_id},
    ).scalar_one()
    return day


def split(tables: dict[str, pa.Table], months: int | None, day: date) -> Split:
    """Part the rows that have expired at `day` from those that may be loaded (`months` None: nothing expires).

    Expired are participations whose end plus `months` lies before `day`, and the activities and steps that belong to
    them: to the latest participation begun by then (else the first), unless another that stays encloses them.
    """
    rows = tables.get(_PARTICIPATION)
    if months is None or rows is None or not rows.num_rows:
        return Split(tables)
    cancelled = pc.equal(rows["status"], "STORNO").fill_null(False)
    ends = pc.if_else(cancelled, rows["eintritt_datum"], rows["austritt_datum"])
    expired = _before(ends, months, day)
    if not expired.any():
        return Split(tables)
    kept = dict(tables)
    withheld = {}
    keys = ("ix", "eintritt_datum")
    withheld[_PARTICIPATION] = rows.select(keys).append_column("ende", ends).filter(pa.array(expired))
    kept[_PARTICIPATION] = rows.filter(pa.array(~expired))
    courses = _Courses(rows, ends, expired)
    for name, table in fact_tables().items():
        if not table.persons or name == _PARTICIPATION or name not in tables:
            continue
        assert table.position is not None
        gone = courses.gone(tables[name]["ix"], tables[name][table.position])
        columns = ["ix" if column == "identitaet_id" else column for column in table.key]
        withheld[name] = tables[name].select(columns).filter(pa.array(gone))
        kept[name] = tables[name].filter(pa.array(~gone))
    return Split(kept, withheld)


class _Courses:
    """The participations of a delivery by person and Eintritt, to find those that days belong to."""

    def __init__(self, rows: pa.Table, ends: pa.ChunkedArray, expired: Mask) -> None:
        person = rows["ix"].to_numpy().astype(np.int64) * _DAY
        begin = person + _days(rows["eintritt_datum"])
        order = np.argsort(begin, kind="stable")
        self._begin, self._expired = begin[order], expired[order]
        last = np.where(np.asarray(pc.is_null(ends)), _DAY - 1, _days(ends))
        # The latest end among the staying participations begun so far; numbers of later persons are always larger.
        staying = np.where(expired, 0, person + last)[order]
        self._staying = np.maximum.accumulate(staying) if len(staying) else staying

    def gone(self, ix: pa.ChunkedArray, days: pa.ChunkedArray) -> Mask:
        """Return which days of which persons belong to an expired participation and to none that stays."""
        person = ix.to_numpy().astype(np.int64) * _DAY
        day = person + _days(days)
        at = np.searchsorted(self._begin, day, side="right") - 1
        begun = (at >= 0) & (self._begin[np.maximum(at, 0)] >= person)
        first = np.searchsorted(self._begin, person, side="left")
        at = np.where(begun, at, np.minimum(first, len(self._begin) - 1))
        known = self._begin[at] // _DAY == person // _DAY
        enclosed = begun & (self._staying[at] >= day)
        result: Mask = known & self._expired[at] & ~enclosed
        return result


def _days(values: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    return np.asarray(values.cast(pa.int32()).fill_null(0)).astype(np.int64)


def _before(ends: pa.ChunkedArray, months: int, day: date) -> Mask:
    """Return which ends plus `months` lie before `day`; every distinct end is looked at once."""
    distinct = pc.unique(ends).to_pylist()
    over = pa.array([end for end in distinct if end is not None and add_months(end, months) < day], pa.date32())
    return np.asarray(pc.is_in(ends, value_set=over))


def _months(start: date, end: date) -> list[date]:
    months = [start.replace(day=1)]
    last = add_months(max(start, end).replace(day=1), 1)
    while months[-1] < last:
        months.append(add_months(months[-1], 1))
    return months


class Withheld:
    """The rows of a delivery that have expired, once the identities of their persons are known."""

    def __init__(self, connection: Connection, fresh: Split, ids: npt.NDArray[np.int64]) -> None:
        """`ids`: identity per `ix`, 0 where the warehouse knows none."""
        self._fresh = fresh
        self._rows: dict[str, pa.Table] = {}
        for name, rows in fresh.withheld.items():
            identities = pa.array(ids[rows["ix"].to_numpy()])
            known = rows.drop_columns(["ix"]).add_column(0, "identitaet_id", identities)
            self._rows[name] = known.filter(pc.not_equal(identities, 0))
        participations = self._rows.get(_PARTICIPATION)
        self._held = _held(connection, participations["identitaet_id"]) if participations is not None else ()
        self._stated = [] if participations is None else [participations]

    def count(self, table: str) -> int:
        """Return how many rows of the table are withheld."""
        return self._fresh.withheld[table].num_rows if table in self._fresh.withheld else 0

    def spared(self, table: str) -> pa.Table | None:
        """Return the keys of withheld rows that a hold or a restriction keeps in the warehouse, as they stand there."""
        rows = self._rows.get(table)
        if rows is None or not self._held:
            return None
        kept = rows.filter(pc.is_in(rows["identitaet_id"], value_set=pa.array(self._held, pa.int64())))
        return kept.select(list(fact_tables()[table].key))

    def remember(self, rows: pa.Table) -> None:
        """Take note of the delivered participations (with `identitaet_id`): those that are superseded end, too."""
        ends = rows["austritt_datum"]
        self._stated.append(rows.select(["identitaet_id", "eintritt_datum"]).append_column("ende", ends))

    def remove(self, connection: Connection, months: int, day: date, scope: Scope) -> None:
        """Delete what the warehouse has of the partner's expired participations, and note the months of those here."""
        note_months(connection, self._fresh.months(), "aufbewahrung")
        stated = pa.concat_tables(self._stated) if self._stated else None
        if stated is not None:  # what began within the months cannot have expired
            stated = stated.filter(pa.array(_before(stated["eintritt_datum"], months, day)))
        remove_expired(connection, months, day, scope=scope, stated=stated)


def _held(connection: Connection, identities: pa.ChunkedArray) -> tuple[int, ...]:
    """Return which of the identities a hold or a restriction protects."""
    numbers = pc.unique(identities).to_pylist()
    if not numbers:
        return ()
    query = text(f"select i.identitaet_id from kern.identitaet as i where i.identitaet_id = any(:ids) and {HELD}")
    return tuple(connection.execute(query, {"ids": numbers}).scalars())


def remove_expired(
    connection: Connection, months: int, day: date, *, scope: Scope | None = None, stated: pa.Table | None = None
) -> Expired:
    """Delete what has expired at `day`, with all its history; `scope`: of this partner only. The caller commits.

    A participation goes with the activities and steps that belong to it; an identity without one goes wholly. `stated`
    (identitaet_id, eintritt_datum, ende): participations as a delivery gave them; those that the warehouse does not
    hold as current are judged by what is said there.
    """
    values = {"months": months, "day": day}
    partner = "true"
    if scope is not None:
        values |= {"vorhaben_id": scope.vorhaben_id, "tvp_id": scope.tvp_id}
        partner = "i.vorhaben_id = :vorhaben_id and i.tvp_id = :tvp_id"
    _state(connection, stated)
    # An Eintritt is never after the end: what began within the months cannot have expired.
    chosen = "t.eintritt_datum + make_interval(months => :months) < :day"
    if scope is not None:
        chosen += f" and t.identitaet_id in (select i.identitaet_id from kern.identitaet as i where {partner})"
    connection.execute(
        text(f"""
            create temporary table a_teilnahme on commit drop as
            with ende as (
                select e.identitaet_id, e.eintritt_datum, coalesce(a.ende, e.ende) as ende
                from ({ENDS.format(chosen=chosen)}) as e
                left join a_angabe as a
                    on not e.gilt and e.identitaet_id = a.identitaet_id and e.eintritt_datum = a.eintritt_datum
                union all
                select a.identitaet_id, a.eintritt_datum, coalesce(a.ende, {_LAST_UNIT.format(p="a")})
                from a_angabe as a
                where not exists (
                    select from kern.teilnahme as t
                    where t.identitaet_id = a.identitaet_id and t.eintritt_datum = a.eintritt_datum
                )
            )
            select e.identitaet_id, e.eintritt_datum, e.ende
            from ende as e inner join kern.identitaet as i on e.identitaet_id = i.identitaet_id
            where e.ende + make_interval(months => :months) < :day and not {HELD}
            """),
        values,
    )
    connection.execute(text("analyze a_teilnahme"))
    participations = connection.execute(text("select count(*) from a_teilnahme")).scalar_one()
    units = 0
    if participations:
        connection.execute(text(_UNITS))
        counts = forget_participations(connection, "a_teilnahme", "a_einheit", "aufbewahrung")
        units = sum(counts[fact.sql_name] for fact in _UNIT_TABLES)
        connection.execute(text("drop table a_einheit"))
    identities = _remove_identities(connection, values, "true" if scope is None else partner, loading=scope is not None)
    connection.execute(text("drop table a_teilnahme, a_angabe"))
    return Expired(participations, units, identities)


def _state(connection: Connection, stated: pa.Table | None) -> None:
    columns = "identitaet_id bigint, eintritt_datum date, ende date"
    connection.execute(text(f"create temporary table a_angabe ({columns}) on commit drop"))
    if stated is not None and stated.num_rows:
        copy_into(connection, "a_angabe", stated)


def _remove_identities(connection: Connection, values: dict[str, object], partner: str, *, loading: bool) -> int:
    """Delete identities that have just lost their last participation, and (not while loading) expired orphans."""
    connection.execute(
        text("""
            create temporary table a_identitaet on commit drop as
            select distinct a.identitaet_id from a_teilnahme as a
            where not exists (select from kern.teilnahme as t where t.identitaet_id = a.identitaet_id)
            """)
    )
    if not loading:
        connection.execute(
            text(f"""
                insert into a_identitaet
                select o.identitaet_id
                from ({orphans(f"{partner} and not {HELD}")}) as o
                where o.ende + make_interval(months => :months) < :day
                    and o.identitaet_id not in (select identitaet_id from a_identitaet)
                """),
            values,
        )
    count = int(connection.execute(text("select count(*) from a_identitaet")).scalar_one())
    if count:
        forget(connection, "a_identitaet", "aufbewahrung")
    connection.execute(text("drop table a_identitaet"))
    return count


def orphans(chosen: str) -> str:
    """Return ORPHANS with the condition `chosen` on `kern.identitaet as i`."""
    latest = ", ".join(
        f"(select max(f.{fact.position}) from {fact.sql_name} as f where f.identitaet_id = i.identitaet_id)"
        for fact in _UNIT_TABLES
    )
    return ORPHANS.format(latest=latest, chosen=chosen)


_ALL_UNITS = " union ".join(
    f"select f.identitaet_id, f.{fact.position} as datum from {fact.sql_name} as f"
    " where f.identitaet_id in (select identitaet_id from a_teilnahme)"
    for fact in _UNIT_TABLES
)

_UNITS = f"""
    create temporary table a_einheit on commit drop as
    with einheit as ({_ALL_UNITS}),
    bleibt as (
        select e.identitaet_id, e.eintritt_datum, e.ende
        from ({ENDS.format(chosen="t.identitaet_id in (select identitaet_id from a_teilnahme)")}) as e
        where not exists (
            select from a_teilnahme as a
            where a.identitaet_id = e.identitaet_id and a.eintritt_datum = e.eintritt_datum
        )
    ),
    alle as (
        select identitaet_id, eintritt_datum, true as geht from a_teilnahme
        union all
        select identitaet_id, eintritt_datum, false from bleibt
    )
    select u.identitaet_id, u.datum
    from (
        select distinct on (u.identitaet_id, u.datum) u.identitaet_id, u.datum, a.geht
        from einheit as u inner join alle as a on u.identitaet_id = a.identitaet_id
        order by
            u.identitaet_id,
            u.datum,
            a.eintritt_datum <= u.datum desc,
            case when a.eintritt_datum <= u.datum then a.eintritt_datum end desc,
            a.eintritt_datum
    ) as u
    where u.geht and not exists (
        select from bleibt as b
        where b.identitaet_id = u.identitaet_id and u.datum between b.eintritt_datum and coalesce(b.ende, 'infinity')
    )
"""
