"""Figures of months, quarters and years: stored, asked for, no longer counted; the account of the stock."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import Connection, text
from tests.conftest import Warehouse
from tests.support.facts import RULES, Participation, Sent, Unit, mark_loaded, new_delivery, pseudonymized
from tests.support.figures import new_run

from zaehlbar.count import count_months, figures
from zaehlbar.count.engine import COLUMNS, MEASURES, SETS
from zaehlbar.count.figures import DIMENSIONS, NothingCounted, Request
from zaehlbar.count.monthly import DIMENSIONS as STORED, SPAN
from zaehlbar.count.period import Kind, month_end
from zaehlbar.count.store import store_history
from zaehlbar.identify import identify
from zaehlbar.load import load_delivery

EARLY = Participation("a", date(2026, 1, 10), date(2026, 3, 20), person="a", quartier="NORD", parallel="j")
AGAIN = Participation("a", date(2026, 5, 4), person="a", quartier="SUED")
OTHER = Participation("b", date(2026, 2, 2), person="b", jobcenter="10002")
LATE = Participation("c", date(2026, 2, 20), person="c")
UNITS = tuple(Unit(tn, day, minuten=500) for tn, day in (("a", date(2026, 1, 12)), ("b", date(2026, 3, 30))))
SPANS: dict[Kind, tuple[date, date]] = {
    "monat": (date(2026, 5, 1), date(2026, 5, 31)),
    "quartal": (date(2026, 1, 1), date(2026, 3, 31)),
    "zwoelf_monate": (date(2025, 7, 1), date(2026, 6, 30)),
    "jahr": (date(2025, 1, 1), date(2025, 12, 31)),
}


def night(connection: Connection, *sent: Sent) -> int:
    lauf_id = new_run(connection, counted=False)
    for item in sent:
        nr = new_delivery(connection, item, lauf_id)
        load_delivery(connection, pseudonymized(item), lieferung_nr=nr, lauf_id=lauf_id)
        mark_loaded(connection, nr, lauf_id, ["teilnahme", "aktivitaet"])
        connection.execute(text("discard temp"))
    identify(connection, lauf_id, RULES)
    query = text("select regelwerk_nr from betrieb.lauf where lauf_id = :l")
    count_months(connection, lauf_id, connection.execute(query, {"l": lauf_id}).scalar_one())
    return lauf_id


@pytest.fixture
def counted(warehouse: Warehouse) -> Any:
    with warehouse.engine.connect() as connection:
        rows = (EARLY, AGAIN, OTHER)
        night(connection, Sent(date(2026, 1, 1), date(2026, 6, 30), 1, rows, UNITS, vorhaben_id="V9001"))
        yield connection
        connection.rollback()


def ask(connection: Connection, kind: Kind, by: tuple[str, ...] = (), **more: Any) -> Any:
    return figures(connection, Request(*SPANS[kind], by, zeitraum=kind, **more))


def stored(connection: Connection, kind: Kind, places: tuple[str, ...]) -> list[dict[str, Any]]:
    """The figures of every category and of all, in these dimensions."""
    wanted = " and ".join(
        f"{column} {'<>' if name in places else '='} '*'" for name, column in COLUMNS.items() if name != "kat"
    )
    rows = connection.execute(
        text(f"select * from zahl.figur where zeitraum = :z and beginn = :b and bekannt_bis is null and {wanted}"),
        {"z": kind, "b": SPANS[kind][0]},
    )
    return [dict(row) for row in rows.mappings()]


def test_each_period_is_counted_as_itself(counted: Connection) -> None:
    """Two persons in the first quarter, one of them entering in January, one in February."""
    (quarter,) = ask(counted, "quartal")["zeilen"]
    months = [
        figures(counted, Request(first, month_end(first), zeitraum="monat"))["zeilen"][0]
        for first in (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))
    ]
    assert (quarter["personen"], sum(row["personen"] for row in months)) == (2, 5)
    assert (quarter["eintritte"], quarter["austritte"], quarter["bestand"]) == (2, 0, 2)
    (year,) = ask(counted, "zwoelf_monate")["zeilen"]
    assert (year["teilnahmen"], year["personen"], year["eintritte"], year["austritte"]) == (3, 2, 3, 1)
    assert (year["eintritte_zaehlbar"], year["austritte_zaehlbar"], year["bestand_zaehlbar"]) == (2, 1, 1)
    assert (year["teilnahmen_parallel"], year["personen_parallel"]) == (1, 1)
    (nothing,) = ask(counted, "jahr")["zeilen"]
    assert not any(value for name, value in nothing.items() if name != "bestand_stichtage")


def test_what_is_asked_for_is_what_is_stored(counted: Connection) -> None:
    names = {own: name for name, own in DIMENSIONS.items()}
    for places in SETS:
        by = (*(names[place] for place in places), "category")
        rows = ask(counted, "quartal", by)["zeilen"]
        asked = {tuple(row[name] for name in by): row["personen"] for row in rows}
        found = {
            tuple(row[COLUMNS[DIMENSIONS[name]]] for name in by): row["personen"]
            for row in stored(counted, "quartal", places)
            if row["kategorie"] != "*"
        }
        assert found and asked == found, places


def test_a_period_with_a_month_no_longer_counted_keeps_what_it_had(counted: Connection) -> None:
    before = {kind: ask(counted, kind, ("jobcenter",))["zeilen"] for kind in ("monat", "quartal", "zwoelf_monate")}
    counted.execute(text("update zahl.zaehlung set gezaehlt_am = now() - interval '3 days'"))
    counted.execute(
        text("""
            insert into zahl.eingefroren (monat, regelwerk_nr, gezaehlt_am)
            select date '2026-02-01', regelwerk_nr, gezaehlt_am from zahl.zaehlung
            """)
    )
    rows = (EARLY, AGAIN, OTHER, LATE)
    night(counted, Sent(date(2026, 1, 1), date(2026, 6, 30), 2, rows, UNITS, vorhaben_id="V9001"))
    for kind, kept in (("quartal", True), ("zwoelf_monate", True), ("monat", False)):
        found = ask(counted, kind, ("jobcenter",))  # type: ignore[arg-type]
        assert (found["zeilen"] == before[kind]) is kept, kind
        assert ("Stand vor Ablauf der Aufbewahrung" in found["hinweise"]) is kept
    with pytest.raises(NothingCounted, match=r"Nach tvp .* nicht gezählt"):
        ask(counted, "quartal", ("tvp",))
    with pytest.raises(NothingCounted, match=r"01\.03\.2025 bis 28\.02\.2026 wurde nicht gezählt"):
        figures(counted, Request(date(2025, 3, 1), date(2026, 2, 28), zeitraum="zwoelf_monate"))


def test_a_period_can_be_asked_for_as_it_was_known(counted: Connection) -> None:
    before = ask(counted, "quartal")["zeilen"]
    counted.execute(text("update zahl.zaehlung set gezaehlt_am = now() - interval '3 days'"))
    day = counted.execute(text("select max(gezaehlt_am)::date from zahl.zaehlung")).scalar_one()
    rows = (EARLY, AGAIN, OTHER, LATE)
    night(counted, Sent(date(2026, 1, 1), date(2026, 6, 30), 2, rows, UNITS, vorhaben_id="V9001"))
    assert ask(counted, "quartal")["zeilen"] != before
    assert ask(counted, "quartal", as_of=day)["zeilen"] == before


def test_the_account_says_what_was_told_and_what_was_corrected(warehouse: Warehouse) -> None:
    """Told for March: two. A participation of February arrives with April: a correction there, not a new Eintritt."""
    with warehouse.engine.connect() as connection:
        first = Sent(date(2026, 1, 1), date(2026, 3, 31), 1, (EARLY, OTHER), UNITS, vorhaben_id="V9001")
        night(connection, first)
        night(
            connection, Sent(date(2026, 1, 1), date(2026, 4, 30), 1, (EARLY, OTHER, LATE), UNITS, vorhaben_id="V9001")
        )
        rows = connection.execute(
            text("""
                select monat, bestand_vorher, eintritte, austritte, korrekturen, bestand, rest, bestand_heute
                from bericht.bestandsrechnung where jobcenter_nr = '*' and vorhaben_id = '*' order by monat
                """)
        ).all()
        assert [tuple(row) for row in rows] == [
            (date(2026, 1, 1), 0, 1, 0, 0, 1, 0, 1),
            (date(2026, 2, 1), 1, 1, 0, 0, 2, 0, 2),
            (date(2026, 3, 1), 2, 0, 0, 0, 2, 0, 3),
            (date(2026, 4, 1), 2, 0, 1, 1, 2, 0, 2),
        ]
        connection.rollback()


def test_only_what_differs_is_written(counted: Connection) -> None:
    names = [*STORED, *SPAN, *MEASURES]
    table = text(f"select {', '.join(names)} from zahl.figur where bekannt_bis is null order by {', '.join(STORED)}")
    rows = [dict(row) for row in counted.execute(table).mappings()]
    lauf_id = new_run(counted)

    def store(changed: list[dict[str, Any]], **more: Any) -> int:
        new = pa.Table.from_pylist(changed)
        return store_history(counted, "zahl.figur", STORED, (*SPAN, *MEASURES), new, lauf_id, **more)

    assert store(rows) == 0
    changed = {**rows[0], "personen": rows[0]["personen"] + 1}
    assert store([changed], complete=False) == 1
    assert [dict(row) for row in counted.execute(table).mappings()] == [changed, *rows[1:]]
    assert store([changed, *rows[2:]]) == 0
    ended = counted.execute(text("select count(*) from zahl.figur where bekannt_bis = :l"), {"l": lauf_id})
    assert ended.scalar_one() == 2
