"""Decisions about pairs: recorded, refused where they make no sense, taken back; several versions side by side."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date

import pyarrow as pa
import pytest
from sqlalchemy import Connection, text
from tests.conftest import Warehouse
from tests.support.facts import (
    RULES,
    Participation,
    Sent,
    mark_loaded,
    new_delivery,
    new_run,
    pseudonymized,
)
from tests.support.reference_persons import current_traits, persons

from zaehlbar.identify import CannotDecide, decide, explain_pair, explain_person, identify, questions, summary
from zaehlbar.load import load_delivery
from zaehlbar.load.identity import versions_in_use
from zaehlbar.pseudonymize import NORMALIZER_VERSION

MONTH = (date(2026, 1, 1), date(2026, 1, 31))
FULL = ("exakt", "x")


def _sent(tvp: str, *traits: dict[str, str], **more: object) -> Sent:
    rows = (Participation(f"n{at}", MONTH[0], traits=tuple(own.items())) for at, own in enumerate(traits))
    return Sent(*MONTH, participations=tuple(rows), tvp_id=tvp, **more)  # type: ignore[arg-type]


def _night(connection: Connection, *sent: Sent) -> int:
    lauf_id = new_run(connection)
    for item in sent:
        nr = new_delivery(connection, item, lauf_id)
        load_delivery(connection, pseudonymized(item), lieferung_nr=nr, lauf_id=lauf_id)
        mark_loaded(connection, nr, lauf_id, ["teilnahme"])
        connection.execute(text("discard temp"))
    identify(connection, lauf_id, RULES)
    return lauf_id


def _persons(connection: Connection) -> list[int]:
    """Person by identity, in the order of identities."""
    query = "select person_id from kern.person_zuordnung where bekannt_bis is null order by identitaet_id"
    return list(connection.execute(text(query)).scalars())


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.engine.connect() as found:
        yield found
        found.rollback()


def _say(connection: Connection, a: int, b: int, verdict: str) -> tuple[str, ...]:
    hints = decide(connection, a, b, verdict, "Qualität", "Akte", RULES).hinweise  # type: ignore[arg-type]
    identify(connection, new_run(connection), RULES)
    return hints


def test_a_decision_holds_until_it_is_taken_back(connection: Connection) -> None:
    _night(connection, _sent("T1", {"name": "n"}), _sent("T2", {"name": "n"}))
    assert _persons(connection) == [1, 2]
    assert [(item.identitaet_a, item.identitaet_b) for item in questions(connection)] == [(1, 2)]
    _say(connection, 2, 1, "gleich")
    assert _persons(connection) == [1, 1]
    assert questions(connection) == []
    assert {member.grund for member in explain_person(connection, 2, RULES).identitaeten} == {"entscheidung"}
    _say(connection, 1, 2, "zurueckgenommen")
    assert _persons(connection) == [1, 2]
    assert len(questions(connection)) == 1
    told = [(told.entscheidung, told.von) for told in explain_pair(connection, 1, 2, RULES).entscheidungen]
    assert told == [("zurueckgenommen", "Qualität"), ("gleich", "Qualität")]
    numbers = summary(connection)
    assert numbers.identitaeten == numbers.personen + numbers.automatisch + numbers.entschieden
    assert not numbers.aktuell  # decided, and no run has counted since


@pytest.mark.parametrize(
    "a,b,verdict,message",
    [
        (1, 1, "gleich", "steht zweimal da"),
        (1, 99, "gleich", "Eine Identität 99 gibt es nicht"),
        (1, 2, "gleich", "sind schon eine Person"),
        (3, 4, "verschieden", "sind schon zwei Personen"),
        (1, 2, "zurueckgenommen", "gilt keine Entscheidung"),
        (1, 3, "gleich", "solange andere Paare derselben Gruppe getrennt sind: 2–3"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(
    connection: Connection, a: int, b: int, verdict: str, message: str
) -> None:
    twin = {"exakt": "z", "nachname_plz": "z"}
    same = {"exakt": "x", "nachname_plz": "z"}
    _night(connection, _sent("T1", {"exakt": "x"}), _sent("T2", same, twin), _sent("T3", {"exakt": "q"}))
    assert _persons(connection) == [1, 1, 3, 4]
    with pytest.raises(CannotDecide, match=message):
        decide(connection, a, b, verdict, "x", "x", RULES)  # type: ignore[arg-type]
    assert connection.execute(text("select count(*) from abgleich.paar_entscheidung")).scalar_one() == 0
    assert connection.execute(text("select count(*) from betrieb.anlass")).scalar_one() == 0


def test_a_decision_needs_a_reason(connection: Connection) -> None:
    _night(connection, _sent("T1", {"name": "n"}), _sent("T2", {"name": "n"}))
    with pytest.raises(CannotDecide, match="Begründung"):
        decide(connection, 1, 2, "gleich", "x", "  ", RULES)


def test_a_never_is_overruled_for_the_very_pair_only(connection: Connection) -> None:
    twin = {"nachname_plz": "z"}
    _night(connection, _sent("T1", twin | {"exakt": "a"}), _sent("T2", twin | {"exakt": "b"}))
    assert _persons(connection) == [1, 2]
    assert explain_pair(connection, 1, 2, RULES).wirkung == "nie"
    (hint,) = _say(connection, 1, 2, "gleich")
    assert hint == "Die Regel zwillinge sagt für dieses Paar „nie“; Ihre Entscheidung geht vor."
    assert _persons(connection) == [1, 1]


def test_a_split_pair_inside_a_group_leaves_the_rest_to_people(connection: Connection) -> None:
    _night(connection, _sent("T1", dict([FULL])), _sent("T2", dict([FULL])), _sent("T3", dict([FULL])))
    assert _persons(connection) == [1, 1, 1]
    (hint,) = _say(connection, 1, 2, "verschieden")
    assert "verbindet keine Regel mehr von selbst" in hint
    assert _persons(connection) == [1, 2, 3]
    waiting = [(item.identitaet_a, item.identitaet_b, item.art) for item in questions(connection)]
    assert waiting == [(1, 3, "widerspruch"), (2, 3, "widerspruch")]
    _say(connection, 1, 3, "gleich")
    assert _persons(connection) == [1, 2, 1]
    assert questions(connection) == []  # 2 and 3 cannot be one any more
    with pytest.raises(CannotDecide, match="getrennt sind: 1–2"):
        decide(connection, 2, 3, "gleich", "x", "x", RULES)
    _say(connection, 1, 3, "zurueckgenommen")
    _say(connection, 1, 2, "zurueckgenommen")
    assert _persons(connection) == [1, 1, 1]


def test_a_split_against_other_decisions_asks_to_take_one_back(connection: Connection) -> None:
    _night(connection, *(_sent(tvp, {"name": "n"}) for tvp in ("T1", "T2", "T3")))
    _say(connection, 1, 2, "gleich")
    _say(connection, 2, 3, "gleich")
    assert _persons(connection) == [1, 1, 1]
    with pytest.raises(CannotDecide, match="durch Entscheidungen über andere Paare verbunden"):
        decide(connection, 1, 3, "verschieden", "x", "x", RULES)


def test_one_question_per_pair_of_persons(connection: Connection) -> None:
    one = {"exakt": "a", "anfang": "q"}
    _night(connection, _sent("T1", one), _sent("T2", one), _sent("T3", {"exakt": "b", "anfang": "q"}))
    assert _persons(connection) == [1, 1, 3]
    assert connection.execute(text("select count(*) from abgleich.paar where wirkung = 'pruefen'")).scalar_one() == 2
    assert [(item.identitaet_a, item.identitaet_b) for item in questions(connection)] == [(1, 3)]
    _say(connection, 1, 3, "verschieden")
    assert questions(connection) == []


def test_a_new_normaliser_version_lives_beside_the_old_until_all_were_delivered_again(connection: Connection) -> None:
    old, new = NORMALIZER_VERSION - 1, NORMALIZER_VERSION
    first = [_sent(tvp, dict([FULL]), versions=(old,)) for tvp in ("T1", "T2")]
    _night(connection, *first)
    assert _persons(connection) == [1, 1]
    assert versions_in_use(connection) == (old, new)
    again = _sent("T1", dict([FULL]), versions=(old, new), version=2)
    _night(connection, again)
    assert _persons(connection) == [1, 1]  # they meet in the old spelling
    assert versions_in_use(connection) == (old, new)
    _night(connection, _sent("T2", dict([FULL]), versions=(old, new), version=2))
    assert _persons(connection) == [1, 1]
    assert versions_in_use(connection) == (new,)
    stored = connection.execute(text("select distinct normalisierer_version from abgleich.merkmal")).scalars().all()
    assert stored == [new]


def test_the_newest_common_spelling_decides(connection: Connection) -> None:
    """What was equal in the old spelling only is no pair once both have the new one, and the other way round."""
    old, new = NORMALIZER_VERSION - 1, NORMALIZER_VERSION
    _night(connection, _sent("T0", {"exakt": "q"}, versions=(old,)))  # keeps the old version in use
    lauf_id = new_run(connection)
    for tvp, older, newer in (("T1", "x", "1"), ("T2", "x", "2"), ("T3", "y", "2")):
        sent = _sent(tvp, {"exakt": newer}, versions=(new,))
        data = pseudonymized(sent)
        before = pseudonymized(_sent(tvp, {"exakt": older}, versions=(old,))).merkmale
        data.merkmale = pa.concat_tables([before, data.merkmale])
        nr = new_delivery(connection, sent, lauf_id)
        load_delivery(connection, data, lieferung_nr=nr, lauf_id=lauf_id)
        connection.execute(text("discard temp"))
    identify(connection, lauf_id, RULES)
    assert _persons(connection) == [1, 2, 3, 3]
    assert versions_in_use(connection) == (old, new)


def test_loading_the_same_delivery_again_brings_the_new_version(connection: Connection) -> None:
    old, new = NORMALIZER_VERSION - 1, NORMALIZER_VERSION
    sent = _sent("T1", dict([FULL]), versions=(old,))
    lauf_id = _night(connection, sent)
    again = _sent("T1", dict([FULL]), versions=(old, new))
    data = pseudonymized(again)
    data.delivery = pseudonymized(sent).delivery
    nr = new_delivery(connection, sent, lauf_id)
    load_delivery(connection, data, lieferung_nr=nr, lauf_id=new_run(connection))
    stored = connection.execute(text("select normalisierer_version from abgleich.merkmal order by 1")).scalars().all()
    assert stored == [old, new]


def test_loading_what_is_known_touches_no_merkmal(connection: Connection) -> None:
    sent = _sent("T1", dict([FULL]), {"name": "n"})
    _night(connection, sent)
    before = connection.execute(text("select t.*, t.xmin::text, t.ctid::text from abgleich.merkmal as t")).all()
    _night(connection, _sent("T1", dict([FULL]), {"name": "n"}, version=2))
    assert connection.execute(text("select t.*, t.xmin::text, t.ctid::text from abgleich.merkmal as t")).all() == before
    assert connection.execute(text("select count(*) from abgleich.ausstehend")).scalar_one() == 0


def test_a_person_delivered_without_a_name_any_more_is_matched_no_more(connection: Connection) -> None:
    _night(connection, _sent("T1", dict([FULL])), _sent("T2", dict([FULL])))
    assert _persons(connection) == [1, 1]
    _night(connection, _sent("T2", {}, version=2))
    assert _persons(connection) == [1, 2]


def test_statement_04_loading_side_by_side_gives_the_same_persons(warehouse: Warehouse) -> None:
    shared = [{"exakt": str(number), "anfang": "q"} for number in range(20)]
    sent = [_sent(f"T{tvp}", *shared[tvp:], {"name": "n"}) for tvp in range(6)]
    with warehouse.engine.begin() as connection:
        lauf_id = new_run(connection)
        numbers = [new_delivery(connection, item, lauf_id) for item in sent]
    failed: list[BaseException] = []

    def load(item: Sent, nr: int) -> None:
        try:
            with warehouse.engine.begin() as connection:
                load_delivery(connection, pseudonymized(item), lieferung_nr=nr, lauf_id=lauf_id)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=load, args=pair) for pair in zip(sent, numbers, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    with warehouse.engine.begin() as connection:
        identify(connection, lauf_id, RULES)
        sizes = connection.execute(
            text("select count(*) from kern.person_zuordnung where bekannt_bis is null group by person_id")
        ).scalars()
        expected = persons(current_traits(sent), RULES, [])
        assert sorted(sizes) == sorted(map(len, expected))


def test_the_tables_have_a_column_per_kind(warehouse: Warehouse) -> None:
    from zaehlbar.pseudonymize import KINDS

    query = text("""
        select attname, format_type(atttypid, -1) from pg_attribute
        where attrelid = cast(:t as regclass) and attnum > 0
        """)
    with warehouse.engine.connect() as connection:
        columns = {
            table: set(map(tuple, connection.execute(query, {"t": f"abgleich.{table}"})))
            for table in ("merkmal", "paar")
        }
    types = {16: "uuid"}
    assert {(f"{kind}_token", types.get(size, "bytea")) for kind, size in KINDS.items()} <= columns["merkmal"]
    assert {(f"{kind}_gleich", "boolean") for kind in KINDS} <= columns["paar"]
