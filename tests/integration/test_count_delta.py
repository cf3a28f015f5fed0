"""When a night counts only what changed, and when it counts everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from sqlalchemy import Connection, text
from tests.conftest import Warehouse
from tests.support.facts import (
    RULES,
    Participation,
    Sent,
    Unit,
    mark_loaded,
    new_delivery,
    new_run,
    pseudonymized,
    token,
)

from zaehlbar import resources
from zaehlbar.categorize import register_site
from zaehlbar.count import count_months, delta, forget_standing
from zaehlbar.count.monthly import nightly_periods
from zaehlbar.count.period import load_calendar, load_rules
from zaehlbar.count.source import read_query
from zaehlbar.identify import identify
from zaehlbar.load import load_delivery
from zaehlbar.site import load_site

FIRST = Sent(
    date(2024, 1, 1),
    date(2024, 2, 29),
    participations=tuple(Participation(f"n{number}", date(2024, 1, 3 + number)) for number in range(9)),
    units=tuple(Unit(f"n{number}", date(2024, 2, 1), minuten=480) for number in range(9)),
)


class House:
    """A warehouse that was counted once, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.regelwerk_nr = register_site(connection, load_site(resources.folder("site")))
        self.sent = FIRST
        self.run = 0
        self.load(FIRST)
        self.count()

    def load(self, sent: Sent) -> None:
        """Load in a new run, and say who is one person."""
        self.run, self.sent = new_run(self.connection), sent
        nr = new_delivery(self.connection, sent, self.run)
        load_delivery(self.connection, pseudonymized(sent), lieferung_nr=nr, lauf_id=self.run)
        mark_loaded(self.connection, nr, self.run, ["teilnahme", "aktivitaet"])
        self.connection.execute(text("discard temp"))
        identify(self.connection, self.run, RULES)

    def change(self, number: int = 0, **values: Any) -> None:
        """Deliver everything again, with one participation changed."""
        rows = list(self.sent.participations)
        rows[number] = replace(rows[number], **(values or {"aus": date(2024, 2, 10 + self.sent.version)}))
        self.load(replace(self.sent, version=self.sent.version + 1, participations=tuple(rows)))

    def count(self, regelwerk_nr: int | None = None) -> str:
        """Count and return what was counted: alles or geaendertes."""
        count_months(self.connection, self.run, regelwerk_nr or self.regelwerk_nr)
        query = text("select umfang from zahl.zaehlung where lauf_id = :run")
        return str(self.connection.execute(query, {"run": self.run}).scalar_one())

    def total(self, measure: str, month: date = date(2024, 2, 1)) -> int:
        """Return a figure of a month for all together."""
        return int(
            self.connection.execute(
                text(f"""
                    select {measure} from zahl.figur
                    where bekannt_bis is null and zeitraum = 'monat' and beginn = :month
                        and (kategorie, land, jobcenter_nr, vorhaben_id, tvp_id, quartier_id)
                        = ('*', '*', '*', '*', '*', '*')
                    """),
                {"month": month},
            ).scalar_one()
        )

    def affected(self) -> set[str]:
        """Return the numbers whose rows the count of this run would read."""
        periods = nightly_periods(
            self.connection, load_calendar(self.connection, load_rules(self.connection, self.regelwerk_nr))
        )
        part = delta.affected(self.connection, self.run, self.regelwerk_nr, periods)
        assert part is not None
        rows = self.connection.execute(text("select tn_token, identitaet_id from abgleich.identitaet_token")).all()
        number = {row.identitaet_id: bytes(row.tn_token) for row in rows}
        names = {token("V1", "T1", f"n{index}"): f"n{index}" for index in range(12)}
        return {names[number[identity]] for identity in part.identities}


@pytest.fixture
def house(warehouse: Warehouse) -> Iterator[House]:
    with warehouse.engine.connect() as connection:
        yield House(connection)
        connection.rollback()


def test_a_night_counts_only_the_persons_that_changed(house: House) -> None:
    house.change(3)
    assert house.affected() == {"n3"}
    assert house.count() == "geaendertes"
    assert (house.total("austritte"), house.total("bestand")) == (1, 8)


def test_whole_persons_are_counted_as_they_were_and_as_they_are(house: House) -> None:
    house.change(0, person="p")
    house.change(1, person="p")
    house.count()
    house.change(2, person="p")
    assert house.affected() == {"n0", "n1", "n2"}, "n0 and n1 did not change, but are the same person now"
    assert house.count() == "geaendertes"
    assert house.total("personen") == 7
    house.change(2, person="q")
    assert house.affected() == {"n0", "n1", "n2"}, "n0 and n1 did not change, but were the same person then"
    assert house.count() == "geaendertes"
    assert house.total("personen") == 8


def test_a_row_of_a_run_that_was_not_counted_is_not_missed(house: House) -> None:
    house.change(3)
    house.change(4)
    assert house.affected() == {"n3", "n4"}
    assert house.count() == "geaendertes"
    assert house.total("bestand") == 7


def _grown(house: House) -> None:
    house.load(replace(house.sent, end=date(2024, 3, 31)))


def _earlier(house: House) -> None:
    house.change(0, ein=date(2023, 12, 20))


def _history_deleted(house: House) -> None:
    house.change(3)
    house.connection.execute(text("delete from kern.aktivitaet where ctid = (select min(ctid) from kern.aktivitaet)"))


def _told(house: House) -> None:
    house.change(3)
    forget_standing(house.connection)


def _counted_already(house: House) -> None:
    house.change(3)
    assert house.count() == "geaendertes"
    statement = "update kern.teilnahme set austritt_datum = '2024-02-20' where bekannt_von = :run"
    house.connection.execute(text(statement), {"run": house.run})


def _impossible(house: House) -> None:
    house.connection.execute(text("update zahl.figur set bestand = 0"))
    house.change(3)


def _many(house: House) -> None:
    for number in range(3):
        house.change(number)


_DOUBTFUL = [_grown, _earlier, _history_deleted, _told, _counted_already, _impossible, _many]


@pytest.mark.parametrize("happened", _DOUBTFUL, ids=lambda one: one.__name__)
def test_in_doubt_everything_is_counted(house: House, happened: Callable[[House], None]) -> None:
    happened(house)
    assert house.count() == "alles"
    house.change(5)
    assert house.count() == "geaendertes", "and from then on what changes"


def test_other_rules_and_another_program_count_everything(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    query = """
        select column_name from information_schema.columns
        where (table_schema, table_name, is_generated, is_identity) = ('betrieb', 'regelwerk', 'NEVER', 'NO')
    """
    values = list(house.connection.execute(text(query)).scalars())
    copied = ", ".join("'other'" if name == "sha256" else name for name in values)
    other = house.connection.execute(
        text(
            f"insert into betrieb.regelwerk ({', '.join(values)}) select {copied} from betrieb.regelwerk"
            f" where regelwerk_nr = :nr returning regelwerk_nr"
        ),
        {"nr": house.regelwerk_nr},
    ).scalar_one()
    house.change(3)
    assert house.count(other) == "alles"
    house.change(4)
    assert house.count(other) == "geaendertes"
    house.change(5)
    monkeypatch.setattr(delta, "method", lambda: "another version")
    assert house.count(other) == "alles"


def test_deleting_what_was_never_counted_costs_nothing(house: House) -> None:
    house.change(3)
    statement = "delete from kern.teilnahme where bekannt_von = :run"
    assert house.connection.execute(text(statement), {"run": house.run}).rowcount == 1
    assert house.count() == "geaendertes"
    assert house.total("bestand") == 8, "the older row had ended"


def test_an_error_while_reading_leaves_the_connection_usable(warehouse: Warehouse) -> None:
    schema = pa.schema([("n", pa.int32())])
    with warehouse.engine.connect() as connection:
        for query in ("select nothing", "select 1 / (5 - n) from generate_series(1, 9) as n"):
            with pytest.raises(psycopg.Error):
                read_query(connection, query, schema)
            connection.rollback()
        assert read_query(connection, "select 7", schema).to_pylist() == [{"n": 7}]
