"""`mapping diff` predicts exactly the figures that appear after the change is released.

Generated histories are counted under a site, a generated change is foretold, released and counted as the night does it;
then every stored figure is compared with the one foretold. Foretelling leaves the database as it was, to the byte.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from sqlalchemy import Connection, text
from tests.conftest import Warehouse
from tests.support.facts import RULES, Participation, Sent, Unit, mark_loaded, new_delivery, new_run, pseudonymized

from zaehlbar import resources
from zaehlbar.categorize import register_site
from zaehlbar.count import count_months
from zaehlbar.count.preview import Preview, preview
from zaehlbar.count.tables import TABLES, CountedTable
from zaehlbar.identify import identify
from zaehlbar.load import load_delivery
from zaehlbar.site import Site, load_site

START, END = date(2024, 1, 1), date(2024, 4, 30)
DAYS = st.dates(date(2024, 1, 5), date(2024, 4, 20))
CODES = ("A02", "C01", "C02", "D01", "X99")
CATEGORIES = ("K-ZUG", "K-HEMM", "K-GRUND", "K-TEIL", "K-0-ORG")
COLUMNS = {table.name: table.schema.names for table in TABLES}
Stored = dict[str, set[tuple[Any, ...]]]
BASE = load_site(resources.folder("site"))


@st.composite
def histories(draw: st.DrawFn) -> list[Sent]:
    result = []
    for vorhaben, tvp in (("V9001", "T01"), ("V9001", "T02"), ("V9002", "T04")):
        participations, units = [], []
        for number in range(draw(st.integers(1, 3))):
            person = draw(st.sampled_from([None, "p1", "p2"]))
            for ein in sorted(draw(st.sets(DAYS, min_size=1, max_size=2))):
                stay = draw(st.none() | st.integers(0, 60))
                aus = None if stay is None else ein + timedelta(days=stay)
                jobcenter = draw(st.sampled_from([None, "99901", "99902"]))
                participations.append(Participation(f"n{number}", ein, aus, person, jobcenter=jobcenter))
            drawn = draw(st.lists(st.tuples(DAYS, st.sampled_from([*CODES, "Z98"])), max_size=4, unique=True))
            units += [Unit(f"n{number}", day, code, draw(st.sampled_from([30, 240, 480]))) for day, code in drawn]
        result.append(Sent(START, END, 1, tuple(participations), tuple(units), "voll", vorhaben, tvp))
    return result


@st.composite
def mappings(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Codes moved, split in the middle of a month, or left without a line; any number of categories goes unused."""
    lines: list[dict[str, Any]] = []
    for code in CODES:
        days = sorted(draw(st.sets(DAYS, max_size=2)))
        if draw(st.integers(0, 5)) == 0:
            continue
        starts = [date(2023, 1, 1), *days]
        ends = [day - timedelta(days=1) for day in days] + [None]
        for start, end in zip(starts, ends, strict=True):
            kategorie = draw(st.sampled_from(CATEGORIES))
            lines.append({"code": code, "kategorie": kategorie, "gueltig_ab": start, "gueltig_bis": end})
    return lines


def site_of(
    number: int, mapping: Sequence[dict[str, Any]], hours: float | None, active: int | None, days: dict[str, date]
) -> Site:
    """Return the example site with these decisions, as version `number`."""
    version = str(number)
    used = {line["kategorie"] for line in mapping}
    kept = [item for item in BASE.kategorien.kategorien if item.kategorie in used or item.kategorie == "K-0-NZ"]
    kinds = type(BASE.kategorien), type(BASE.zaehlregeln), type(BASE.kalender)
    return BASE.model_copy(
        update={
            "kategorien": kinds[0].model_validate({"version": version, "kategorien": kept, "zuordnung": mapping}),
            "zaehlregeln": kinds[1].model_validate(
                {"version": version, "schwelle_stunden": hours, "aktiv_tage": active}
            ),
            "kalender": kinds[2].model_validate(
                {
                    "version": version,
                    "ersatzregel": "monatsmitte",
                    "stichtage": [{"monat": month, "stichtag": day, "quelle": ""} for month, day in days.items()],
                }
            ),
            "hashes": {
                **BASE.hashes,
                "kalender.yaml": version,
                "kategorien.yaml": version,
                "zaehlregeln.yaml": version,
            },
        }
    )


HOURS = st.sampled_from([None, 0.5, 4.0, 8.0])
ACTIVE = st.sampled_from([None, 10, 60])
CALENDARS = st.fixed_dictionaries(
    {}, optional={"2024-02": st.dates(date(2024, 2, 1), date(2024, 2, 29)), "2024-03": st.just(date(2024, 3, 31))}
)
EVENTS = st.lists(
    st.tuples(DAYS, st.sampled_from(["A03", "C06", "X01", "Z97"]), st.sampled_from(["Q11", "Q12", "AUSSERHALB"])),
    max_size=4,
)
DECISIONS = st.tuples(mappings(), HOURS, ACTIVE, CALENDARS)


def load(connection: Connection, history: list[Sent], events: Sequence[tuple[date, str, str]] = ()) -> None:
    """Load deliveries, and events (day, code, Quartier); every identity gets a step on its way."""
    lauf_id = new_run(connection)
    for sent in history:
        nr = new_delivery(connection, sent, lauf_id)
        load_delivery(connection, pseudonymized(sent), lieferung_nr=nr, lauf_id=lauf_id)
        mark_loaded(connection, nr, lauf_id, ["teilnahme", "aktivitaet"])
        connection.execute(text("discard temp"))
    for number, (day, code, quartier) in enumerate(events):
        connection.execute(
            text("""
                insert into kern.angebot (
                    vorhaben_id, tvp_id, datum, angebot_code, quartier_id, nr, anzahl_gesamt, lieferung_nr, bekannt_von
                ) values ('V9001', 'T01', :day, :code, :quartier, :nr, :anzahl, 1, :lauf)
                """),
            {"day": day, "code": code, "quartier": quartier, "nr": number, "anzahl": number or None, "lauf": lauf_id},
        )
    connection.execute(
        text("""
            insert into kern.zwischenschritt (identitaet_id, datum, code, lieferung_nr, bekannt_von)
            select identitaet_id, '2024-02-20', 'ZERTIFIKAT', 1, :lauf from kern.identitaet
            where identitaet_id not in (select identitaet_id from kern.zwischenschritt)
            """),
        {"lauf": lauf_id},
    )
    identify(connection, lauf_id, RULES)


def release(connection: Connection, site: Site) -> None:
    """Count under a site as the night does."""
    count_months(connection, new_run(connection), register_site(connection, site))


def numbers(connection: Connection) -> Stored:
    """Return counted table → its current rows."""
    query = "select {} from {} where bekannt_bis is null"
    return {
        name: set(map(tuple, connection.execute(text(query.format(", ".join(columns), name)))))
        for name, columns in COLUMNS.items()
    }


def foretold(told: Preview) -> Stored:
    return {
        name: {tuple(row[column] for column in COLUMNS[name]) for row in table.to_pylist()}
        for name, table in told.predicted.items()
    }


def content(connection: Connection) -> dict[str, str]:
    """Return table → all of its rows with their physical places: changed by anything that writes."""
    tables = connection.execute(
        text("""
            select quote_ident(schemaname) || '.' || quote_ident(tablename) from pg_tables
            where schemaname in ('betrieb', 'abgleich', 'kern', 'katalog', 'zahl')
            """)
    ).scalars()
    query = "select string_agg(t.ctid::text || t.xmin::text || t::text, chr(10) order by t.ctid) from {} as t"
    return {name: connection.execute(text(query.format(name))).scalar_one() or "" for name in tables}


def effects_add_up(told: Preview) -> None:
    for table in told.changes.values():
        for row in table.to_pylist():
            assert sum(row[part] for part in told.parts) == (row["danach"] or 0) - (row["jetzt"] or 0) != 0


@settings(
    max_examples=6, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    history=histories(),
    events=EVENTS,
    before=DECISIONS,
    after=DECISIONS,
    frozen=st.sampled_from([None, date(2024, 2, 1)]),
)
def test_what_is_foretold_is_what_comes(
    warehouse: Warehouse, history: list[Sent], events: Any, before: Any, after: Any, frozen: date | None
) -> None:
    with warehouse.engine.connect() as connection:
        load(connection, history, events)
        release(connection, site_of(1, *before))
        if frozen is not None:
            connection.execute(
                text("""
                    insert into zahl.eingefroren (monat, regelwerk_nr, gezaehlt_am)
                    select :month, regelwerk_nr, now() from zahl.zaehlung order by lauf_id desc limit 1
                    """),
                {"month": frozen},
            )
        stored, was = numbers(connection), content(connection)
        told = preview(connection, site_of(2, *after))
        assert content(connection) == was
        release(connection, site_of(2, *after))
        now = numbers(connection)
        connection.rollback()
    assert foretold(told) == now
    for table in TABLES:
        said = _cells(told, table, "jetzt", "danach")
        assert said == _differences(table, stored[table.name], now[table.name]), table.name
    effects_add_up(told)
    assert "seit_zaehlung" not in told.parts


def _cells(told: Preview, table: CountedTable, *columns: str) -> dict[Any, Any]:
    rows = told.changes[table.name].to_pylist()
    return {(*(row[name] for name in table.keys), row["groesse"]): tuple(row[name] for name in columns) for row in rows}


def _differences(table: CountedTable, before: set[tuple[Any, ...]], after: set[tuple[Any, ...]]) -> dict[Any, Any]:
    """Say in plain words what differs: number → value before and after; a cell that is not stored has 0."""
    found: dict[Any, list[int | None]] = defaultdict(lambda: [0, 0])
    for number, rows in enumerate((before, after)):
        for row in rows:
            values = dict(zip(table.schema.names, row, strict=True))
            for name in table.values:
                found[(*(values[key] for key in table.keys), name)][number] = values[name]
    return {key: (old, new) for key, (old, new) in found.items() if (old or 0) != (new or 0)}


def test_deliveries_since_the_last_count_are_told_apart(warehouse: Warehouse) -> None:
    def sent(version: int, *people: str) -> Sent:
        rows = tuple(Participation(name, date(2024, 1, 10), jobcenter="99901") for name in people)
        units = tuple(Unit(name, date(2024, 1, 20), "C01", 600) for name in people)
        return Sent(START, END, version, rows, units, "voll", "V9001", "T01")

    line = {"code": "C01", "kategorie": "K-HEMM", "gueltig_ab": date(2023, 1, 1)}
    old, new = (site_of(1, [line], 8, 60, {}), site_of(2, [line | {"kategorie": "K-TEIL"}], 8, 60, {}))
    with warehouse.engine.connect() as connection:
        load(connection, [sent(1, "a", "b")])
        release(connection, old)
        load(connection, [sent(2, "a", "b", "c")])
        told = preview(connection, new, sets=((),), first=date(2024, 1, 1), last=date(2024, 1, 31))
        connection.rollback()
    assert told.parts == ("seit_zaehlung", "zuordnung")
    changes = told.changes["zahl.figur"].to_pylist()
    effects_add_up(told)
    one = {
        (row["kategorie"], row["groesse"]): (row["jetzt"], row["danach"], row["seit_zaehlung"], row["zuordnung"])
        for row in changes
        if row["zeitraum"] == "monat" and row["groesse"] == "personen"
    }
    assert one == {
        ("*", "personen"): (2, 3, 1, 0),
        ("K-HEMM", "personen"): (2, 0, 1, -3),
        ("K-TEIL", "personen"): (0, 3, 0, 3),
    }


def test_nothing_changes_under_the_same_decisions(warehouse: Warehouse) -> None:
    line = {"code": "C01", "kategorie": "K-HEMM", "gueltig_ab": date(2023, 1, 1)}
    row = Participation("a", date(2024, 1, 10))
    with warehouse.engine.connect() as connection:
        load(connection, [Sent(START, END, 1, (row,), (Unit("a", date(2024, 1, 20)),), "voll", "V9001", "T01")])
        release(connection, site_of(1, [line], 8, 60, {}))
        told = preview(connection, site_of(1, [line], 8, 60, {}))
        connection.rollback()
    assert told.parts == ()
    assert [table.num_rows for table in told.changes.values()] == [0, 0, 0]
    assert min(table.num_rows for table in told.predicted.values()) > 0


def test_a_moved_stichtag_and_other_places_are_told(warehouse: Warehouse) -> None:
    """Land of a Vorhaben, Jobcenter of a Quartier and a Stichtag change three tables, each as foretold."""
    line = {"code": "C01", "kategorie": "K-HEMM", "gueltig_ab": date(2023, 1, 1)}
    row = Participation("a", date(2024, 2, 16))
    new = site_of(2, [line], 8, 60, {"2024-02": date(2024, 2, 20)})
    other = {"99901": "99902", "99902": "99901"}
    moved = tuple(
        item.model_copy(
            update={
                "land": "16",
                "quartiere": tuple(
                    one.model_copy(update={"jobcenter_nr": other[one.jobcenter_nr]}) for one in item.quartiere
                ),
            }
        )
        for item in new.vorhaben
    )
    new = new.model_copy(update={"vorhaben": moved})
    with warehouse.engine.connect() as connection:
        load(
            connection,
            [Sent(START, END, 1, (row,), (), "voll", "V9001", "T01")],
            [(date(2024, 2, 5), "A03", "Q11")],
        )
        release(connection, site_of(1, [line], 8, 60, {}))
        told = preview(connection, new)
        release(connection, new)
        now = numbers(connection)
        connection.rollback()
    assert told.parts == ("gebiete", "kalender")
    assert told.stichtage == ((date(2024, 2, 1), date(2024, 2, 15), date(2024, 2, 20)),)
    assert foretold(told) == now
    assert min(table.num_rows for table in told.changes.values()) > 0
    effects_add_up(told)


@pytest.mark.parametrize("first,last", [(date(2024, 2, 1), None), (None, date(2024, 3, 31))])
def test_only_periods_that_were_asked_for(warehouse: Warehouse, first: date | None, last: date | None) -> None:
    line = {"code": "C01", "kategorie": "K-HEMM", "gueltig_ab": date(2023, 1, 1)}
    units = tuple(Unit("a", date(2024, month, 5)) for month in (1, 2, 3, 4))
    row = Participation("a", date(2024, 1, 2))
    new = site_of(2, [line | {"kategorie": "K-TEIL"}], 8, 60, {})
    with warehouse.engine.connect() as connection:
        load(connection, [Sent(START, END, 1, (row,), units, "voll", "V9001", "T01")])
        release(connection, site_of(1, [line], 8, 60, {}))
        everything = preview(connection, new, sets=((), ("jc",))).changes["zahl.figur"].to_pylist()
        some = preview(connection, new, sets=((),), first=first, last=last).changes["zahl.figur"].to_pylist()
        connection.rollback()
    expected = [
        item
        for item in everything
        if item["jobcenter_nr"] == "*" and (first or START) <= item["ende"] <= (last or date.max)
    ]
    assert some == expected != everything
