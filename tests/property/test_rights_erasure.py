"""Art. 17 as a law: erasing a person equals never having had them, and a restriction is undone without a trace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, cast

import pyarrow as pa
from hypothesis import HealthCheck, given, settings, strategies as st
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
from tests.support.snapshot import snapshot

from zaehlbar.count.engine import count_cells
from zaehlbar.count.period import Period, Rules
from zaehlbar.identify import identify
from zaehlbar.load import correction, load_delivery, restriction
from zaehlbar.pseudonymize import NORMALIZER_VERSION
from zaehlbar.rights import restrict
from zaehlbar.rights.case import Case
from zaehlbar.rights.erase import Extent, erase_rows
from zaehlbar.rights.find import PersonTokens, find
from zaehlbar.rights.personfile import PersonFile
from zaehlbar.rights.raw import Searched

PARTNERS = (("V1", "T1"), ("V1", "T2"), ("V2", "T1"))
MONTHS = ((date(2026, 1, 1), date(2026, 1, 31)), (date(2026, 1, 1), date(2026, 2, 28)))
DAYS = [date(2026, month, day) for month in (1, 2) for day in (5, 20)]
PERIODS = [
    Period(number, start, end, start - timedelta(days=16), day, day)
    for number, (start, end, day) in enumerate(
        [
            (date(2026, 1, 1), date(2026, 1, 31), date(2026, 1, 15)),
            (date(2026, 2, 1), date(2026, 2, 28), date(2026, 2, 14)),
        ]
    )
]
COUNTING = Rules(1, "-", "-", 60, 60, "monatsende")


@dataclass(frozen=True)
class Named(Sent):
    """A delivery with an id of its own: it stays the same delivery when a person is taken out of it."""

    name: str = ""

    @property
    def delivery_id(self) -> str:
        return self.name


@st.composite
def _history(draw: st.DrawFn) -> list[Named]:
    """Deliveries of three partners over two months: corrections of names, re-entries, exits, withdrawals."""
    result = []
    for vorhaben, tvp in PARTNERS:
        for number, (start, end) in enumerate(MONTHS):
            participations, units, withdrawn = [], [], []
            for tn in draw(st.sets(st.sampled_from(["n1", "n2"]))):
                person = draw(st.sampled_from(["p1", "p1", "p2", None]))
                sound = draw(st.sampled_from([(), (("phonetisch", "s1"),)])) if person else ()
                for ein in sorted(draw(st.sets(st.sampled_from([day for day in DAYS if day <= end]), min_size=1))):
                    stay = draw(st.sampled_from([None, 5, 40]))
                    aus = None if stay is None else ein + timedelta(days=stay)
                    participations.append(Participation(tn, ein, aus, person, traits=sound))
                inside = [day for day in DAYS if day <= end]
                units += [Unit(tn, day) for day in draw(st.sets(st.sampled_from(inside), max_size=2))]
                if draw(st.integers(0, 7)) == 0:
                    withdrawn.append((tn, draw(st.sampled_from(DAYS))))
            result.append(
                Named(
                    start, end, 1, tuple(participations), tuple(units), "voll", vorhaben, tvp, tuple(withdrawn),
                    name=f"{vorhaben}{tvp}{number}",
                )
            )  # fmt: skip
    return draw(st.permutations(result))


@contextmanager
def _world(warehouse: Warehouse) -> Iterator[Connection]:
    """An empty warehouse in a transaction that leaves nothing; numbers begin at 1 in every one."""
    with warehouse.engine.connect() as connection:
        connection.execute(
            text("""
                select setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) from pg_sequences
                where schemaname in ('betrieb', 'abgleich', 'kern')
                """)
        )
        yield connection
        connection.rollback()


def _nights(connection: Connection, sent: Sequence[Sent]) -> None:
    """Load three deliveries a night."""
    for at in range(0, len(sent), 3):
        lauf_id = new_run(connection)
        for one in sent[at : at + 3]:
            nr = new_delivery(connection, one, lauf_id)
            data = pseudonymized(one)
            load_delivery(connection, data, lieferung_nr=nr, lauf_id=lauf_id)
            mark_loaded(connection, nr, lauf_id, list(data.tables))
            for table in (
                connection.execute(text("select relname from pg_class where relpersistence = 't' and relkind = 'r'"))
                .scalars()
                .all()
            ):
                connection.execute(text(f"drop table if exists pg_temp.{table}"))
        _settle(connection, lauf_id)


def _settle(connection: Connection, lauf_id: int) -> None:
    identify(connection, lauf_id, RULES)
    restriction.apply(connection, lauf_id)
    correction.apply(connection, lauf_id)


def _figures(connection: Connection) -> set[tuple[object, ...]]:
    last = connection.execute(text("select max(lauf_id) from betrieb.lauf")).scalar_one()
    return _cells(count_cells(connection, PERIODS, COUNTING, last))


def _cells(counted: pa.Table) -> set[tuple[object, ...]]:
    """Cells that are not empty: a partner without anybody has none."""
    names = [name for name in counted.column_names if name not in ("periode", "jc", "vh", "tvp", "kat")]
    return {tuple(row.values()) for row in counted.to_pylist() if any(row[name] for name in names)}


def _persons(connection: Connection) -> dict[str, Any]:
    """All person-level tables with their history, ids replaced by what they stand for."""
    found = {
        name: rows
        for name, rows in snapshot(connection).items()
        if name.split(".")[0] in ("kern", "abgleich") and name != "abgleich.widerruf"
    }
    known = connection.execute(
        text("""
            select encode(k.tn_token, 'hex'), p.grund, p.bekannt_von, p.bekannt_bis, (
                select array_agg(encode(o.tn_token, 'hex') order by o.tn_token)
                from kern.person_zuordnung as q
                inner join abgleich.identitaet_token as o on q.identitaet_id = o.identitaet_id
                where q.person_id = p.person_id and q.bekannt_von <= p.bekannt_von
                    and (q.bekannt_bis is null or q.bekannt_bis > p.bekannt_von)
            )
            from kern.person_zuordnung as p
            inner join abgleich.identitaet_token as k on p.identitaet_id = k.identitaet_id
            order by 1, 3
            """)
    ).all()
    return {**found, "kern.person_zuordnung": [tuple(row) for row in known]}


def _tokens(person: str, number: str | None = None) -> PersonTokens:
    exact = {NORMALIZER_VERSION: {"exakt": token("exakt", person)}}
    return PersonTokens(token("V1", "T1", number) if number else None, exact)


def _erase(connection: Connection, tokens: PersonTokens) -> set[bytes]:
    found = find(connection, tokens)
    case = Case(cast(Any, None), PersonFile(), tokens, found)
    erase_rows(connection, case, Extent(Searched(), Searched(), (), (), None))
    connection.execute(text("drop table r_person"))
    return {one.tn_token for one in found.identities}


def _stripped(sent: Sequence[Named], gone: set[bytes]) -> list[Named]:
    def stays(one: Named, tn: str) -> bool:
        return token(one.vorhaben_id, one.tvp_id, tn) not in gone

    return [
        replace(
            one,
            participations=tuple(row for row in one.participations if stays(one, row.tn)),
            units=tuple(row for row in one.units or () if stays(one, row.tn)),
        )
        for one in sent
    ]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=_history())
def test_erasing_a_person_equals_never_having_had_them(warehouse: Warehouse, sent: list[Named]) -> None:
    with _world(warehouse) as connection:
        _nights(connection, sent)
        gone = _erase(connection, _tokens("p1"))
        _settle(connection, new_run(connection))
        found = _persons(connection), _figures(connection), snapshot(connection)["abgleich.widerruf"]
    with _world(warehouse) as connection:
        _nights(connection, _stripped(sent, gone))
        _settle(connection, new_run(connection))
        assert found[0] == _persons(connection)
        assert found[1] == _figures(connection)
        # A remembered withdrawal survives: it is in the deliveries of both worlds.
        assert found[2] == snapshot(connection)["abgleich.widerruf"]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=_history())
def test_a_restriction_counts_like_an_erasure_and_lifting_it_undoes_it(warehouse: Warehouse, sent: list[Named]) -> None:
    keys = cast(Any, type("Keys", (), {"key_id": "k1"}))
    tokens = _tokens("p1")
    half = len(sent) // 2
    with _world(warehouse) as connection:
        _nights(connection, sent[:half])
        restrict.restrict(connection, keys, tokens, find(connection, tokens))
        _settle(connection, new_run(connection))
        _nights(connection, sent[half:])
        restricted, found = _figures(connection), find(connection, tokens)
        hidden = set(connection.execute(text(_RESTRICTED)).scalars())
        restrict.lift(connection, restrict.restrictions_of(connection, tokens, found))
        _settle(connection, new_run(connection))
        lifted = _figures(connection)
        assert connection.execute(text("select count(*) from abgleich.einschraenkung_token")).scalar_one() == 0
    with _world(warehouse) as connection:
        _nights(connection, [*sent[:half]])
        _settle(connection, new_run(connection))
        _nights(connection, [*sent[half:]])
        assert lifted == _figures(connection)
        # Whoever was one person with them when it was declared stays restricted by number.
        assert set(find(connection, tokens).ids) <= hidden
        if set(find(connection, tokens).ids) == hidden:
            _erase(connection, tokens)
            _settle(connection, new_run(connection))
            assert restricted == _figures(connection)


_RESTRICTED = "select identitaet_id from kern.einschraenkung where bekannt_bis is null"
