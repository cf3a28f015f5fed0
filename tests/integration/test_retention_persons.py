"""Rows of persons go when their time is over: which ones, with what, what a hold keeps, and what the list promises."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, text
from tests.conftest import Warehouse
from tests.support import figures
from tests.support.facts import Participation, Sent, Unit, mark_loaded, new_delivery, new_run, pseudonymized, token

from zaehlbar import resources
from zaehlbar.load import load_delivery
from zaehlbar.load.expiry import add_months, remove_expired
from zaehlbar.load.forget import IDENTITY_TABLES
from zaehlbar.retention.ahead import ahead
from zaehlbar.retention.holds import hold
from zaehlbar.site import Site, load_site

MONTHS = 18
AUG = date(2024, 8, 31)
END = date(2025, 6, 30)


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.engine.connect() as connection:
        yield connection
        connection.rollback()


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(resources.folder("site"))


def load(connection: Connection, sent: Sent, months: int | None = None) -> dict[str, int]:
    """Load a delivery and return how many rows of each table are withheld."""
    lauf_id = new_run(connection)
    nr = new_delivery(connection, sent, lauf_id)
    data = pseudonymized(sent)
    loaded = load_delivery(connection, data, lieferung_nr=nr, lauf_id=lauf_id, person_months=months)
    mark_loaded(connection, nr, lauf_id, list(data.tables))
    connection.execute(text("discard temp"))
    return loaded.withheld


def sent(*rows: Participation, units: tuple[Unit, ...] = (), end: date = END, **more: str) -> Sent:
    return Sent(date(2022, 1, 1), end, participations=rows, units=units, **more)  # type: ignore[arg-type]


def left(connection: Connection) -> tuple[list[date], list[date]]:
    """Return the Eintritte and the days of activities that are left."""
    entries = connection.execute(text("select eintritt_datum from kern.teilnahme order by 1")).scalars().all()
    days = connection.execute(text("select datum from kern.aktivitaet order by 1")).scalars().all()
    return list(entries), list(days)


def test_the_last_day_of_the_month_decides_and_the_day_after_it_goes(connection: Connection) -> None:
    load(connection, sent(Participation("a", date(2024, 1, 1), AUG), Participation("b", date(2024, 1, 2), AUG)))
    assert not remove_expired(connection, MONTHS, date(2026, 2, 28))
    assert remove_expired(connection, MONTHS, date(2026, 3, 1)).identities == 2


def test_a_row_three_years_old_goes_with_everything_that_named_it(connection: Connection) -> None:
    old = Participation("alt", date(2022, 2, 1), date(2023, 3, 31), person="alt")
    load(connection, sent(old, Participation("neu", date(2025, 1, 1)), units=(Unit("alt", date(2022, 5, 5)),)))
    connection.execute(
        text("insert into kern.person_zuordnung select identitaet_id, identitaet_id, 'allein', 1 from kern.identitaet")
    )
    (gone,) = connection.execute(
        text("select identitaet_id from abgleich.identitaet_token where tn_token = :t"),
        {"t": token("V1", "T1", "alt")},
    ).one()
    done = remove_expired(connection, MONTHS, date(2026, 1, 1))
    assert (done.participations, done.units, done.identities) == (1, 1, 1)
    for table, columns in IDENTITY_TABLES:
        where = " or ".join(f"{column} = :id" for column in columns)
        query = text(f"select count(*) from {table} where {where}")
        assert connection.execute(query, {"id": gone}).scalar_one() == 0, table
    assert left(connection) == ([date(2025, 1, 1)], [])


def test_of_two_participations_only_the_old_one_goes_with_its_units(connection: Connection) -> None:
    first = Participation("a", date(2023, 1, 10), date(2023, 6, 30), person="a")
    second = Participation("a", date(2024, 10, 1), None, person="a")
    units = tuple(
        Unit("a", day)
        for day in (date(2023, 1, 5), date(2023, 2, 1), date(2023, 8, 1), date(2024, 9, 30), date(2024, 10, 2))
    )
    load(connection, sent(first, second, units=units))
    done = remove_expired(connection, MONTHS, date(2025, 1, 1))
    # What was attended before the second one began belongs to the first, as it is counted.
    assert (done.participations, done.units, done.identities) == (1, 4, 0)
    assert left(connection) == ([date(2024, 10, 1)], [date(2024, 10, 2)])


def test_a_unit_inside_a_participation_that_stays_stays(connection: Connection) -> None:
    long = Participation("a", date(2023, 1, 1), date(2025, 3, 31), person="a")
    inner = Participation("a", date(2023, 2, 1), date(2023, 3, 31), person="a")
    load(connection, sent(long, inner, units=(Unit("a", date(2023, 2, 10)),)))
    assert remove_expired(connection, MONTHS, date(2025, 1, 1)).participations == 1
    assert left(connection) == ([date(2023, 1, 1)], [date(2023, 2, 10)])


@pytest.mark.parametrize(
    "vorhaben_id,tvp_id,until,keeps",
    [
        (None, None, None, True),
        ("V9001", None, None, True),
        ("V9001", "T01", date(2999, 1, 1), True),
        ("V9001", "T02", None, False),
        ("V9002", None, None, False),
    ],
)
def test_a_hold_keeps_what_it_covers(
    connection: Connection, site: Site, vorhaben_id: str | None, tvp_id: str | None, until: date | None, keeps: bool
) -> None:
    old = Participation("alt", date(2023, 1, 1), date(2023, 6, 30))
    load(connection, sent(old, vorhaben_id="V9001", tvp_id="T01"))
    hold(
        connection, site, vorhaben_id=vorhaben_id, tvp_id=tvp_id, until=until, by="Revision", reason="Prüfung",
        today=date(2026, 1, 1),
    )  # fmt: skip
    assert bool(remove_expired(connection, MONTHS, date(2026, 1, 1))) is not keeps
    connection.execute(text("update betrieb.aufbewahrung_sperre set gueltig_bis = current_date - 1"))
    assert bool(remove_expired(connection, MONTHS, date(2026, 1, 1))) is keeps


def test_a_hold_keeps_it_while_loading_too_and_brings_nothing_back(connection: Connection, site: Site) -> None:
    old = Participation("alt", date(2023, 1, 1), date(2023, 6, 30))
    gone = Participation("weg", date(2022, 1, 1), date(2022, 6, 30))
    unit = Unit("alt", date(2023, 2, 1))
    load(connection, sent(old, units=(unit,), end=date(2024, 6, 30)))
    connection.execute(
        text("insert into betrieb.aufbewahrung_sperre (gesperrt_von, grund) values ('Revision', 'Prüfung')")
    )
    withheld = load(connection, sent(old, gone, units=(unit, Unit("weg", date(2022, 2, 1)))), MONTHS)
    assert withheld == {"teilnahme": 2, "aktivitaet": 2}
    current = text("select count(*) from kern.teilnahme where bekannt_bis is null")
    assert connection.execute(current).scalar_one() == 1
    assert left(connection) == ([date(2023, 1, 1)], [date(2023, 2, 1)])


def test_who_is_restricted_is_not_deleted(connection: Connection) -> None:
    load(connection, sent(Participation("alt", date(2023, 1, 1), date(2023, 6, 30))))
    connection.execute(text("insert into kern.einschraenkung select identitaet_id, 1 from kern.identitaet"))
    assert not remove_expired(connection, MONTHS, date(2026, 1, 1))


def test_a_corrected_austritt_counts(connection: Connection) -> None:
    load(connection, sent(Participation("a", date(2023, 1, 1), date(2023, 6, 30))))
    connection.execute(
        text("""
            insert into kern.berichtigung (
                identitaet_id, eintritt_datum, feld, wert, nach_zeitraum_bis, nach_version, nach_lieferung_id,
                bekannt_von
            )
            select identitaet_id, '2023-01-01', 'austritt_datum', '2024-12-31', '2025-06-30', 1, 'x', 1
            from kern.identitaet
            """)
    )
    assert not remove_expired(connection, MONTHS, date(2026, 6, 30))
    assert remove_expired(connection, MONTHS, date(2026, 7, 1)).identities == 1


def test_the_list_promises_what_happens_on_the_day(connection: Connection, site: Site) -> None:
    today = date(2026, 1, 1)
    figures.new_run(connection)
    ends = [date(2024, 6, 30), date(2024, 7, 10), date(2024, 7, 10), date(2024, 7, 20)]
    rows = [Participation(f"n{nr}", date(2023, 3, nr + 1), end) for nr, end in enumerate(ends)]
    again = Participation("n1", date(2025, 2, 1))
    endless = Participation("offen", date(2023, 5, 1))
    load(connection, sent(*rows, again, endless, vorhaben_id="V9001", tvp_id="T01"))
    found = ahead(connection, site, today, 20)
    said = {(item.tag, item.art): item.anzahl for item in found.loeschungen}
    assert said == {
        (today, "teilnahmen"): 1,
        (today, "identitaeten"): 1,
        (date(2026, 1, 11), "teilnahmen"): 2,
        (date(2026, 1, 11), "identitaeten"): 1,
        (date(2026, 1, 21), "teilnahmen"): 1,
        (date(2026, 1, 21), "identitaeten"): 1,
    }
    for day in sorted({day for day, _ in said}):
        done = remove_expired(connection, MONTHS, day)
        assert (done.participations, done.identities) == (said[day, "teilnahmen"], said[day, "identitaeten"])
    assert found.teilnahmen == ()
    ended = add_months(date(2026, 6, 30), MONTHS) + timedelta(days=1)
    (open_ones,) = ahead(connection, site, ended, 20).teilnahmen
    assert (open_ones.vorhaben_id, open_ones.tvp_id, open_ones.anzahl) == ("V9001", "T01", 2)


def test_every_table_that_names_an_identity_is_forgotten(connection: Connection) -> None:
    rows = connection.execute(
        text("""
            select
                table_schema || '.' || table_name as name,
                array_agg(column_name::text order by column_name) as columns
            from information_schema.columns inner join information_schema.tables using (table_schema, table_name)
            where table_type = 'BASE TABLE' and column_name like 'identitaet\\_%'
                and table_schema in ('betrieb', 'abgleich', 'kern', 'zahl')
            group by 1
            """)
    )
    assert {row.name: tuple(row.columns) for row in rows} == dict(IDENTITY_TABLES)
