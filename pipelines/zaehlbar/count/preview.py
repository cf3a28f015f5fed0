"""The figures that a changed site would give, beside those stored, before it is released (Vorschau).

Belongs here: counting today's facts under another site without writing anything, splitting the difference by what was
changed. Does not belong here: saying what was changed (categorize), layout.

The parts are applied one after the other, in the order of `PARTS`; each has the difference it makes on top of those
before it, so they add up exactly. Counting is that of the night (count/monthly): what is foretold is what comes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, text

from zaehlbar.count.engine import SETS
from zaehlbar.count.figures import NothingCounted
from zaehlbar.count.monthly import nightly_periods
from zaehlbar.count.period import Calendar, Period, Rules, load_calendar, load_rules
from zaehlbar.count.tables import TABLES, CountedTable, Inputs, read_inputs
from zaehlbar.site import Site

PARTS = {
    "seit_zaehlung": "Lieferungen und Entscheidungen seit der letzten Zählung",
    "gebiete": "Länder und Quartiere",
    "zuordnung": "Zuordnung",
    "zaehlregeln": "Zählregeln",
    "kalender": "Kalender",
}
"""What a difference can come from, in the order in which it is applied, and what it is called."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What would change."""

    regelwerk_nr: int
    """Rules of the stored figures."""
    parts: tuple[str, ...]
    """What was changed, in the order of `PARTS`; `seit_zaehlung` where today's facts are not those counted last."""
    frozen: tuple[Period, ...]
    """Periods that keep their figures: persons of theirs went by retention. They are not in `changes`."""
    changes: dict[str, pa.Table]
    """Per counted table (`zahl.figur` …) one row per number that changes: key columns, ende, groesse, jetzt, danach
    (null: switched off), and for each of `parts` the difference it makes; they add up to danach - jetzt (null as 0)."""
    predicted: dict[str, pa.Table]
    """Per counted table all rows as they will be, without bekannt_von and bekannt_bis."""
    stichtage: tuple[tuple[date, date, date], ...]
    """Months whose Stichtag moves: first day, old, new."""


@dataclass(frozen=True, slots=True)
class _Stage:
    """The rules after one more part has been applied."""

    part: str
    inputs: Inputs
    rules: Rules
    periods: Sequence[Period]


def preview(
    connection: Connection,
    site: Site,
    *,
    first: date | None = None,
    last: date | None = None,
    sets: Sequence[Sequence[str]] = SETS,
    kinds: Sequence[str] | None = None,
) -> Preview:
    """Return what the next count under `site` would make of the figures as they are stored; nothing is written.

    `first`, `last`: only periods that end on these days or between; `kinds`: only these kinds (monat …); `sets`: only
    these combinations of dimensions (of those that are stored). Raises NothingCounted before the first count. Persons,
    consents and deliveries are those of today: a site that also merges, holds or accepts differently changes more.
    """
    regelwerk_nr = _counted_under(connection)
    old = load_rules(connection, regelwerk_nr)
    stages = _stages(connection, site, old, lambda period: _within(period, first, last, kinds))
    frozen = _frozen(connection, stages[-1].periods)
    changes, predicted = {}, {}
    for table in TABLES:
        kept, moving = _apart(table.stored(connection, stages[0].periods, sets), frozen)
        states = [moving, *(_apart(state, frozen)[1] for state in _count(table, stages, sets))]
        changes[table.name] = _changes(table, states, [stage.part for stage in stages])
        predicted[table.name] = pa.concat_tables([kept, states[-1]])
    since = any(pc.any(pc.not_equal(found.column("seit_zaehlung"), 0)).as_py() for found in changes.values())
    if not since:
        changes = {name: found.drop_columns(["seit_zaehlung"]) for name, found in changes.items()}
    return Preview(
        regelwerk_nr=regelwerk_nr,
        parts=tuple(stage.part for stage in stages if since or stage.part != "seit_zaehlung"),
        frozen=tuple(frozen),
        changes=changes,
        predicted=predicted,
        stichtage=_moved(stages[0].periods, stages[-1].periods),
    )


def _count(table: CountedTable, stages: Sequence[_Stage], sets: Sequence[Sequence[str]]) -> list[pa.Table]:
    """Return the rows after each stage; what a table does not rest on need not be counted again."""
    states: list[pa.Table] = []
    for stage in stages:
        if states and stage.part not in table.rests_on:
            states.append(states[-1])
        else:
            states.append(table.count(stage.inputs, stage.periods, stage.rules, sets))
    return states


def _counted_under(connection: Connection) -> int:
    number: int | None = connection.execute(
        text("select regelwerk_nr from zahl.zaehlung order by lauf_id desc limit 1")
    ).scalar_one_or_none()
    if number is None:
        raise NothingCounted("Es wurde noch nichts gezählt. Laden Sie zuerst: zaehlbar run")
    return number


def _stages(connection: Connection, site: Site, old: Rules, wanted: Callable[[Period], bool]) -> list[_Stage]:
    """Return the stored rules on today's facts, then one stage per part that differs."""
    newest = connection.execute(text("select coalesce(max(lauf_id), 0) from betrieb.lauf")).scalar_one()
    calendar = load_calendar(connection, old)
    stage = _Stage(
        "seit_zaehlung",
        read_inputs(connection, newest, old.kategorien_version),
        old,
        [period for period in nightly_periods(connection, calendar) if wanted(period)],
    )
    stages = [stage]
    placed = _placed(stage.inputs, site)
    if placed is not stage.inputs:
        stage = replace(stage, part="gebiete", inputs=placed)
        stages.append(stage)
    mapping = mapping_table(site)
    if _spans(mapping) != _spans(stage.inputs.facts.kategorie_zuordnung):
        facts = replace(stage.inputs.facts, kategorie_zuordnung=mapping)
        stage = replace(stage, part="zuordnung", inputs=replace(stage.inputs, facts=facts))
        stages.append(stage)
    new = rules_of(site)
    if (new.schwelle_minuten, new.aktiv_tage) != (old.schwelle_minuten, old.aktiv_tage):
        stage = replace(stage, part="zaehlregeln", rules=new)
        stages.append(stage)
    periods = [period for period in nightly_periods(connection, calendar_of(site)) if wanted(period)]
    if periods != stage.periods:
        stages.append(replace(stage, part="kalender", periods=periods))
    return stages


def rules_of(site: Site) -> Rules:
    """Return the counting rules of a site that no count has used yet (number 0)."""
    hours = site.zaehlregeln.schwelle_stunden
    return Rules(
        regelwerk_nr=0,
        kategorien_version=site.kategorien.version,
        kalender_version=site.kalender.version,
        schwelle_minuten=None if hours is None else round(hours * 60),
        aktiv_tage=site.zaehlregeln.aktiv_tage,
        stichtag_ersatzregel=site.kalender.ersatzregel,
    )


def calendar_of(site: Site) -> Calendar:
    """Return the Stichtage of a site."""
    days = {date.fromisoformat(f"{entry.monat}-01"): entry.stichtag for entry in site.kalender.stichtage}
    return Calendar(days, site.kalender.ersatzregel)


def mapping_table(site: Site) -> pa.Table:
    """Return the mapping of a site as counting reads it (`sql/sources/kategorie_zuordnung.sql`)."""
    entries = site.kategorien.zuordnung
    return pa.table(
        {
            "code": pa.array([entry.code for entry in entries], pa.string()),
            "kategorie": pa.array([entry.kategorie for entry in entries], pa.string()),
            "gueltig_ab": pa.array([entry.gueltig_ab for entry in entries], pa.date32()),
            "gueltig_bis": pa.array([entry.gueltig_bis for entry in entries], pa.date32()),
        }
    )


def _spans(mapping: pa.Table) -> set[tuple[object, ...]]:
    return {
        tuple(row.values()) for row in mapping.select(["code", "kategorie", "gueltig_ab", "gueltig_bis"]).to_pylist()
    }


def _placed(inputs: Inputs, site: Site) -> Inputs:
    """Return the same with Länder of Vorhaben and Jobcenters of Quartiere as the site has them; itself if it is so."""
    lands: dict[tuple[str, ...], str] = {(item.vorhaben_id,): item.land for item in site.vorhaben}
    centres: dict[tuple[str, ...], str] = {
        (item.vorhaben_id, quartier.quartier_id): quartier.jobcenter_nr
        for item in site.vorhaben
        for quartier in item.quartiere
    }
    participations = _assigned(inputs.facts.teilnahme, ["vorhaben_id"], "land", lands)
    events = _assigned(inputs.angebot, ["vorhaben_id", "quartier_id"], "jobcenter_nr", centres)
    if participations is inputs.facts.teilnahme and events is inputs.angebot:
        return inputs
    return replace(inputs, facts=replace(inputs.facts, teilnahme=participations), angebot=events)


def _assigned(table: pa.Table, by: Sequence[str], column: str, known: Mapping[tuple[str, ...], str]) -> pa.Table:
    """Return the table with `column` as `known` assigns it ('OHNE': not known); itself if nothing changes."""
    own = pc.binary_join_element_wise(*(table.column(name).cast(pa.string()).fill_null("") for name in by), "\x1f")
    index = pc.index_in(own, pa.array(["\x1f".join(key) for key in known], pa.string()))
    found = pa.chunked_array([pa.array(list(known.values()), pa.string())]).take(index).fill_null("OHNE")
    if pc.all(pc.equal(found, table.column(column).cast(pa.string()))).as_py() is not False:
        return table
    return table.set_column(table.column_names.index(column), column, found.dictionary_encode())


def _within(period: Period, first: date | None, last: date | None, kinds: Sequence[str] | None) -> bool:
    inside = (first is None or period.bis >= first) and (last is None or period.bis <= last)
    return inside and (kinds is None or period.zeitraum in kinds)


def _moved(old: Sequence[Period], new: Sequence[Period]) -> tuple[tuple[date, date, date], ...]:
    before = {period.von: period.stichtag for period in old if period.zeitraum == "monat"}
    return tuple(
        (period.von, before[period.von], period.stichtag)
        for period in new
        if period.zeitraum == "monat" and before.get(period.von, period.stichtag) != period.stichtag
    )


def _frozen(connection: Connection, periods: Sequence[Period]) -> list[Period]:
    months = set(connection.execute(text("select monat from zahl.eingefroren")).scalars())
    return [period for period in periods if any(period.von <= month <= period.bis for month in months)]


def _apart(rows: pa.Table, frozen: Sequence[Period]) -> tuple[pa.Table, pa.Table]:
    """Return the rows of frozen periods, and all others."""
    keys = pa.array([f"{period.zeitraum} {period.von}" for period in frozen], pa.string())
    own = pc.binary_join_element_wise(rows.column("zeitraum"), rows.column("beginn").cast(pa.string()), " ")
    inside = pc.is_in(own, keys)
    return rows.filter(inside), rows.filter(pc.invert(inside))


def _changes(table: CountedTable, states: Sequence[pa.Table], parts: Sequence[str]) -> pa.Table:
    """Compare the first state with the last, number by number; `parts`: what leads from each state to the next."""
    keys = ", ".join((*table.keys, "ende"))
    last = len(parts)
    union = " union all ".join(
        f"select {number} as stufe, {keys}, groesse, wert"
        f" from z_{number} unpivot include nulls (wert for groesse in ({', '.join(table.values)}))"
        for number in range(last + 1)
    )
    values = ", ".join(f"max(wert) filter (where stufe = {number}) as w_{number}" for number in range(last + 1))
    effects = ", ".join(
        f"coalesce(w_{number}, 0) - coalesce(w_{number - 1}, 0) as {part}" for number, part in enumerate(parts, start=1)
    )
    # A cell that is not counted has 0; a measure that is switched off has nothing.
    query = f"""
        select {keys}, groesse, coalesce(w_0, case when not vorher then 0 end) as jetzt,
            coalesce(w_{last}, case when not nachher then 0 end) as danach, {effects}
        from (
            select {keys}, groesse, {values}, bool_or(stufe = 0) as vorher, bool_or(stufe = {last}) as nachher
            from ({union}) group by {keys}, groesse
        )
        where coalesce(w_0, 0) <> coalesce(w_{last}, 0)
        order by {keys}, groesse
        """
    engine = duckdb.connect(config={"autoinstall_known_extensions": False})
    try:
        for number, state in enumerate(states):
            engine.register(f"z_{number}", state.drop_columns([name for name in table.spans if name != "ende"]))
        return engine.sql(query).to_arrow_table()
    finally:
        engine.close()
