"""What was published stays, as far as internal figures can hold it: no count changes in silence.

Months whose persons went by retention keep their figures; months of withdrawn and erased persons are counted without
them; a recount, also one as of a past day, differs by nothing but removed persons, and says so.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Connection, text
from tests.conftest import Warehouse
from tests.support import figures as support
from tests.support.facts import RULES, Participation, Sent, Unit, mark_loaded, new_delivery, pseudonymized, token
from tests.support.figures import new_run
from typer.testing import CliRunner

from zaehlbar.count import count_months, figures
from zaehlbar.count.figures import Request
from zaehlbar.count.standing import FROZEN, RECOUNTED
from zaehlbar.identify import identify
from zaehlbar.load import load_delivery
from zaehlbar.load.expiry import remove_expired
from zaehlbar.load.forget import forget
from zaehlbar.publish.files import write_report
from zaehlbar.status_cli import app as status

MONTHS = 18
TODAY = date(2026, 11, 22)
OLD = Participation("alt", date(2024, 1, 10), date(2024, 4, 20), person="alt")
OTHER = Participation("w", date(2024, 2, 1), date(2026, 9, 30), person="w")
STAYS = Participation("neu", date(2024, 3, 1), person="neu")
UNITS = tuple(
    Unit(tn, day, minuten=300)
    for tn, days in {
        "alt": (date(2024, 1, 15), date(2024, 3, 15), date(2024, 4, 10)),
        "w": (date(2024, 2, 10), date(2024, 6, 3)),
        "neu": (date(2024, 3, 10), date(2024, 4, 11), date(2024, 6, 4)),
    }.items()
    for day in days
)
FIRST = Sent(date(2024, 1, 1), date(2024, 6, 30), participations=(OLD, OTHER, STAYS), units=UNITS)
ALL_MONTHS = [date(2024, month, 1) for month in range(1, 7)]
TOUCHED = ALL_MONTHS[:5]
"""January to the month after the Austritt: flows run from Stichtag to Stichtag."""


def night(connection: Connection, *sent: Sent, months: int | None = None, day: int = 2) -> int:
    """Load, identify and count in a run of its own, so many days after the removals of the test, which happen now."""
    lauf_id = new_run(connection, counted=False)
    for item in sent:
        nr = new_delivery(connection, item, lauf_id)
        data = pseudonymized(item)
        load_delivery(connection, data, lieferung_nr=nr, lauf_id=lauf_id, person_months=months)
        mark_loaded(connection, nr, lauf_id, list(data.tables))
        connection.execute(text("discard temp"))
    identify(connection, lauf_id, RULES)
    count_months(connection, lauf_id, regelwerk(connection, lauf_id))
    connection.execute(
        text("update zahl.zaehlung set gezaehlt_am = now() + make_interval(days => :d) where lauf_id = :l"),
        {"d": day, "l": lauf_id},
    )
    return lauf_id


def regelwerk(connection: Connection, lauf_id: int) -> int:
    query = text("select regelwerk_nr from betrieb.lauf where lauf_id = :l")
    return int(connection.execute(query, {"l": lauf_id}).scalar_one())


def stored(connection: Connection, months: list[date]) -> dict[Any, Any]:
    rows = connection.execute(
        text("select * from zahl.figur where bekannt_bis is null and zeitraum = 'monat' and beginn = any(:m)"),
        {"m": months},
    )
    return {tuple(row)[1:10]: tuple(row)[10:-2] for row in rows}


def said(connection: Connection) -> dict[date, str | None]:
    """Return what the view says of each month's total."""
    rows = connection.execute(
        text("""
            select monat, stand_hinweis from bericht.monatszahlen
            where jobcenter_nr = '*' and vorhaben_id = '*' and tvp_id = '*' and kategorie = '*'
            """)
    )
    return {row.monat: row.stand_hinweis for row in rows}


def select_person(connection: Connection, tn: str) -> str:
    connection.execute(
        text("create temporary table x on commit drop as select identitaet_id from abgleich.identitaet_token where"
             " tn_token = :token"),
        {"token": token("V1", "T1", tn)},
    )  # fmt: skip
    return "x"


def month(day: date, **more: Any) -> Request:
    last = (day + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return Request(day, last, zeitraum="monat", **more)


def span(first: date, last: date, **more: Any) -> Request:
    return Request(first, last, **more)


@pytest.fixture
def counted(warehouse: Warehouse) -> Connection:
    with warehouse.engine.connect() as connection:
        night(connection, FIRST, day=-2)
        yield connection
        connection.rollback()


def test_statement_08_what_was_published_stays(counted: Connection) -> None:
    before = stored(counted, ALL_MONTHS)
    shown = figures(counted, month(date(2024, 3, 1)))
    assert (shown["zeilen"][0]["personen"], shown["hinweise"]) == (3, [])

    assert remove_expired(counted, MONTHS, TODAY).participations == 1
    run = night(counted)

    assert stored(counted, ALL_MONTHS) == before
    assert said(counted) == {day: FROZEN if day in TOUCHED else None for day in ALL_MONTHS}
    again = figures(counted, month(date(2024, 3, 1)))
    assert again["zeilen"] == shown["zeilen"]
    assert again["hinweise"] == [FROZEN]
    assert again["lauf"] == shown["lauf"] < run
    assert figures(counted, month(date(2024, 6, 1)))["hinweise"] == []

    live = figures(counted, span(date(2024, 3, 1), date(2024, 3, 31)))
    assert (live["zeilen"][0]["personen"], live["hinweise"]) == (2, [RECOUNTED])
    assert figures(counted, span(date(2024, 6, 1), date(2024, 6, 30)))["hinweise"] == []


def test_a_month_that_stays_names_the_rules_it_was_counted_by(counted: Connection) -> None:
    remove_expired(counted, MONTHS, TODAY)
    counted.execute(
        text("""
            insert into betrieb.regelwerk (
                sha256, site, site_version, betriebsmodell, katalog_version, kategorien_version,
                kategorien_abgestimmt, zaehlregeln_version, kalender_version, validierung_version, regelpaket_version,
                vorlaeufig_monate, stichtag_ersatzregel
            )
            select
                'neu', site, 'S-99', betriebsmodell, katalog_version, kategorien_version, kategorien_abgestimmt,
                'Z-99', kalender_version, validierung_version, regelpaket_version, 3, stichtag_ersatzregel
            from betrieb.regelwerk
            """)
    )
    lauf_id = new_run(counted, counted=False)
    new = counted.execute(text("select max(regelwerk_nr) from betrieb.regelwerk")).scalar_one()
    count_months(counted, lauf_id, new)
    rows = counted.execute(text("select distinct monat, zaehlregeln_version from bericht.monatszahlen")).all()
    assert {row.monat for row in rows if row.zaehlregeln_version == "Z-99"} == set(ALL_MONTHS) - set(TOUCHED)
    assert len(rows) == len(ALL_MONTHS)
    assert figures(counted, month(date(2024, 3, 1)))["regeln"]["zaehlregeln"] != "Z-99"


def test_later_corrections_do_not_change_a_month_that_stays(counted: Connection) -> None:
    before = stored(counted, TOUCHED)
    remove_expired(counted, MONTHS, TODAY)
    changed = Participation("neu", date(2024, 3, 1), date(2024, 5, 2), person="neu")
    late = Participation("dazu", date(2024, 3, 5), jobcenter="10009")
    night(counted, Sent(date(2024, 1, 1), date(2024, 6, 30), 2, participations=(changed, OTHER, late), units=()))
    assert stored(counted, TOUCHED) == before
    assert figures(counted, month(date(2024, 6, 1)))["zeilen"][0]["personen"] == 2


@pytest.mark.parametrize("cause", ["widerruf", "loeschung", "einwilligung_abgelaufen"])
def test_withdrawn_and_erased_persons_are_counted_as_if_they_had_never_been(
    warehouse: Warehouse, counted: Connection, cause: Any
) -> None:
    forget(counted, select_person(counted, "w"), cause)
    night(counted)
    after = stored(counted, ALL_MONTHS)
    touched = ALL_MONTHS[1:]
    assert said(counted) == {day: RECOUNTED if day in touched else None for day in ALL_MONTHS}
    assert figures(counted, month(date(2024, 3, 1)))["hinweise"] == [RECOUNTED]
    assert counted.execute(text("select count(*) from zahl.eingefroren")).scalar_one() == 0
    counted.rollback()
    with warehouse.engine.connect() as connection:
        never = Sent(FIRST.start, FIRST.end, participations=(OLD, STAYS), units=tuple(u for u in UNITS if u.tn != "w"))
        night(connection, never)
        assert stored(connection, ALL_MONTHS) == after
        connection.rollback()


def test_a_recount_as_of_a_past_day_differs_only_by_removed_persons_and_says_so(counted: Connection) -> None:
    asked = span(date(2024, 1, 1), date(2024, 6, 30), by=("tvp",))
    first = figures(counted, asked)
    # A later night knows more; as of the day before, it is counted as it was known then.
    late = Participation("spaet", date(2024, 5, 1), person="spaet")
    night(
        counted, Sent(date(2024, 7, 1), date(2024, 7, 31), participations=(OLD, OTHER, STAYS, late), units=()), day=-1
    )
    past = counted.execute(text("select min(gezaehlt_am)::date from zahl.zaehlung")).scalar_one()
    assert figures(counted, asked)["zeilen"] != first["zeilen"]
    as_known = Request(asked.von, asked.bis, asked.by, as_of=past)
    assert figures(counted, as_known)["zeilen"] == first["zeilen"]
    assert figures(counted, as_known)["hinweise"] == []
    # A day can have several loads; every one of them can be asked for.
    runs = counted.execute(text("select lauf_id from zahl.zaehlung order by 1")).scalars().all()
    assert figures(counted, Request(asked.von, asked.bis, asked.by, as_of_run=runs[0]))["zeilen"] == first["zeilen"]
    latest = figures(counted, Request(asked.von, asked.bis, asked.by, as_of_run=runs[1]))
    assert latest["zeilen"] == figures(counted, asked)["zeilen"] != first["zeilen"]

    remove_expired(counted, MONTHS, TODAY)
    forget(counted, select_person(counted, "w"), "widerruf")
    night(counted)
    recount = figures(counted, as_known)
    assert recount["hinweise"] == [RECOUNTED]
    (row,), (before,) = recount["zeilen"], first["zeilen"]
    assert (row["personen"], row["teilnahmen"], row["stunden"]) == (1, 1, 15.0)
    assert (before["personen"], before["teilnahmen"], before["stunden"]) == (3, 3, 40.0)


def test_what_expires_while_loading_leaves_the_months_as_they_were(counted: Connection) -> None:
    """A full delivery of two years later still has the old participation: not loaded, and its months stay."""
    before = stored(counted, ALL_MONTHS)
    later = Sent(date(2026, 1, 1), date(2026, 6, 30), participations=(OLD, OTHER, STAYS), units=())
    night(counted, later, months=MONTHS)
    assert counted.execute(text("select count(*) from kern.identitaet")).scalar_one() == 2
    assert stored(counted, TOUCHED) == {key: value for key, value in before.items() if key[0] in TOUCHED}
    assert {day for day, note in said(counted).items() if note} == set(TOUCHED)


def test_workbook_and_status_say_it(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stays, recounted = support.months(2)
    with warehouse.engine.begin() as connection:
        support.fill(connection)
        connection.execute(
            text("""
                insert into zahl.eingefroren (monat, regelwerk_nr, gezaehlt_am)
                select :monat, regelwerk_nr, gezaehlt_am from zahl.zaehlung
                """),
            {"monat": stays},
        )
        connection.execute(
            text("insert into zahl.entfernt (monat, grund, entfernt_am) values (:monat, 'widerruf', '2026-07-01')"),
            {"monat": recounted},
        )
    with warehouse.engine.connect() as connection:
        for month_, note in ((stays, FROZEN), (recounted, RECOUNTED)):
            path = tmp_path / f"{month_}.xlsx"
            write_report(connection, jobcenter_nr="99901", month=month_, targets={"xlsx": path})
            book = load_workbook(path)
            for sheet in book.worksheets:
                assert note in str(sheet.oddFooter.center.text), sheet.title
        texts = {str(cell.value) for row in book["Verlauf 12 Monate"].iter_rows() for cell in row}
        assert {f"Mai 26: {FROZEN}.", f"Jun 26: {RECOUNTED}."} <= texts
        assert f"Mai 26: {FROZEN}." in {str(c.value) for row in book["Auf einen Blick"].iter_rows() for c in row}
    monkeypatch.setenv("ZAEHLBAR_WAREHOUSE_URL", warehouse.url)
    monkeypatch.setenv("ZAEHLBAR_HOME", str(tmp_path))
    output = CliRunner().invoke(status, []).output
    assert f"* 06/2026: {RECOUNTED}" in output
    assert f"* 05/2026: {FROZEN}" in output


def test_a_first_delivery_with_expired_rows_says_that_its_old_months_lack_them(warehouse: Warehouse) -> None:
    with warehouse.engine.connect() as connection:
        everything = Sent(date(2024, 1, 1), date(2026, 6, 30), participations=(OLD, OTHER, STAYS), units=UNITS)
        night(connection, everything, months=MONTHS)
        notes = said(connection)
        assert {day for day, note in notes.items() if note == RECOUNTED} == set(TOUCHED) & notes.keys()
        assert connection.execute(text("select count(*) from zahl.eingefroren")).scalar_one() == 0
        counts = connection.execute(text("select count(*) from kern.aktivitaet")).scalar_one()
        assert counts == len([unit for unit in UNITS if unit.tn != "alt"])
        connection.rollback()
