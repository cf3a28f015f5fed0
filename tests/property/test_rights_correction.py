"""Art. 16: what a correction says holds whatever the order in which later deliveries arrive."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest
from sqlalchemy import Connection, text
from tests.conftest import Warehouse
from tests.support.facts import Participation, Sent, mark_loaded, new_delivery, new_run, pseudonymized

from zaehlbar.load import correction, load_delivery
from zaehlbar.rights.correct import Planned, correct
from zaehlbar.rights.find import FoundIdentity

ENTRY = date(2026, 1, 5)
WRONG, RIGHT, LATER = "10001", "10002", "10003"


def _sent(month: int, jobcenter: str, version: int = 1) -> Sent:
    ends = {12: date(2025, 12, 31), 1: date(2026, 1, 31), 2: date(2026, 2, 28), 3: date(2026, 3, 31)}
    return Sent(date(2025, 1, 1), ends[month], version, (Participation("a", ENTRY, jobcenter=jobcenter),), ())


def _load(connection: Connection, sent: Sent) -> None:
    for table in connection.execute(text(_TEMPORARY)).scalars().all():
        connection.execute(text(f"drop table pg_temp.{table}"))  # of the load before, in the same transaction
    lauf_id = new_run(connection)
    nr = new_delivery(connection, sent, lauf_id)
    data = pseudonymized(sent)
    load_delivery(connection, data, lieferung_nr=nr, lauf_id=lauf_id)
    mark_loaded(connection, nr, lauf_id, list(data.tables))
    correction.apply(connection, lauf_id)


_TEMPORARY = "select relname from pg_class where relpersistence = 't' and relkind = 'r'"


def _jobcenter(connection: Connection, run: int) -> object:
    query = text("select jobcenter_nr from kern.teilnahme_nach(:run)")
    return connection.execute(query, {"run": run}).scalar_one()


def _last_run(connection: Connection) -> int:
    return int(connection.execute(text("select max(lauf_id) from betrieb.lauf")).scalar_one())


def _correct(connection: Connection, value: str | None = RIGHT) -> None:
    identity = connection.execute(text("select identitaet_id from kern.identitaet")).scalar_one()
    person = FoundIdentity(identity, "V1", "T1", "nummer", b"")
    assert correct(connection, [Planned(person, ENTRY, "jobcenter_nr", "Jobcenter", value, overlaid=True)]) == 1
    correction.apply(connection, new_run(connection))


@pytest.mark.parametrize(
    "later,expected",
    [
        ([_sent(2, WRONG)], RIGHT),
        ([_sent(12, RIGHT), _sent(2, WRONG)], RIGHT),  # an older delivery had it right: that says nothing
        ([_sent(2, RIGHT), _sent(3, WRONG)], WRONG),  # delivered once, the partner's word counts again
        ([_sent(1, WRONG, 2), _sent(2, RIGHT), _sent(3, LATER)], LATER),
        ([_sent(2, LATER), _sent(3, WRONG)], RIGHT),
    ],
)
def test_a_correction_holds_until_delivered_whatever_the_order(
    warehouse: Warehouse, later: list[Sent], expected: str
) -> None:
    with warehouse.engine.connect() as connection:
        for order in permutations(later):
            _load(connection, _sent(1, WRONG))
            _correct(connection)
            for one in order:
                _load(connection, one)
            found = _jobcenter(connection, _last_run(connection))
            connection.rollback()
            assert found == expected, order


def test_a_count_as_of_an_earlier_run_knows_no_later_correction(warehouse: Warehouse) -> None:
    with warehouse.engine.begin() as connection:
        _load(connection, _sent(1, WRONG))
        before = _last_run(connection)
        _correct(connection)
        assert [_jobcenter(connection, run) for run in (before, before + 1)] == [WRONG, RIGHT]
        _correct(connection, None)  # a later correction of the same field replaces it: no value at all
        assert [_jobcenter(connection, before + at) for at in range(3)] == [WRONG, RIGHT, None]
