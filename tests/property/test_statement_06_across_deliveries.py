"""Statement 6 over several deliveries of several providers, through the real rooms: consent decides, in any order.

The reference says who is in the warehouse as a pure function of the set of deliveries: slow, obvious, without history.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from sqlalchemy import text
from tests.conftest import Warehouse
from tests.support.facts import mark_loaded, new_run
from tests.support.pseudonymize import KEYS, site, validated

from zaehlbar.contract import Rank, Scope
from zaehlbar.load import load_delivery
from zaehlbar.load.consent_state import remove_refused
from zaehlbar.pseudonymize import Pseudonymized, pseudonymize
from zaehlbar.pseudonymize.tokens import tn_tokens

TODAY = date(2026, 12, 31)
ENTRY = date(2026, 1, 5)
PERIODS = [(date(2026, 1, 1), date(2026, 3, 31)), (date(2026, 4, 1), date(2026, 6, 30))]
DAYS = st.sampled_from([None, date(2026, 1, 10), date(2026, 2, 1), date(2026, 3, 1), date(2026, 5, 5)])
MIA = {"nachname": "Muster", "vorname": "Mia", "geburtsdatum": date(1990, 5, 5)}
# Provider → number → who it is. Mia is known to all three; one of her numbers has no full birth date.
NUMBERS: dict[str, dict[str, dict[str, Any]]] = {
    "T01": {"A1": MIA, "A2": {"nachname": "Probe", "vorname": "Ole", "geburtsdatum": date(1980, 2, 3)}},
    "T02": {"B1": MIA, "B2": {**MIA, "geburtsdatum": date(1990, 1, 1)}},
    "T03": {"C1": MIA, "C2": MIA},
}
DECLARATIONS = st.fixed_dictionaries(
    {
        "einwilligung_stufe": st.sampled_from(["0", "1", "1", "1", "2", None]),
        "einwilligung_am": DAYS,
        "widerruf_am": st.sampled_from([None, None, None, date(2026, 2, 1), date(2026, 4, 1)]),
    }
)


@dataclass(frozen=True)
class Sent:
    """A full delivery of one provider for one period: number → its declaration; everybody did one thing in it."""

    tvp_id: str
    period: int
    said: tuple[tuple[str, tuple[tuple[str, Any], ...]], ...]

    @property
    def scope(self) -> Scope:
        return Scope("V9001", self.tvp_id, *PERIODS[self.period])

    @property
    def delivery_id(self) -> str:
        return f"{self.tvp_id}{self.period}"

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        return {number: {**NUMBERS[self.tvp_id][number], **dict(said)} for number, said in self.said}

    def pseudonymized(self) -> Pseudonymized:
        own = {"vorhaben_id": "V9001", "tvp_id": self.tvp_id}
        judged = validated(
            {
                "teilnahme": [
                    {**own, "tn_nr": number, "eintritt_datum": ENTRY, **row} for number, row in self.rows.items()
                ],
                "aktivitaet": [{**own, "tn_nr": number, "datum": PERIODS[self.period][0]} for number in self.rows],
            },
            scope=self.scope,
        )
        judged.ingested.delivery = replace(judged.ingested.delivery, delivery_id=self.delivery_id)
        return pseudonymize(judged, site(), KEYS, today=TODAY)


@st.composite
def _all_sent(draw: st.DrawFn) -> list[Sent]:
    sent = []
    for tvp_id, numbers in NUMBERS.items():
        for period in range(2):
            said = draw(st.dictionaries(st.sampled_from(sorted(numbers)), DECLARATIONS, max_size=2))
            if said:
                frozen = tuple((number, tuple(row.items())) for number, row in sorted(said.items()))
                sent.append(Sent(tvp_id, period, frozen))
    return sent


def _person(row: dict[str, Any]) -> tuple[Any, ...] | None:
    birth = row["geburtsdatum"]
    return None if (birth.month, birth.day) == (1, 1) else (row["nachname"], row["vorname"], birth)


def _refuses(row: dict[str, Any]) -> bool:
    return row["widerruf_am"] is not None or row["einwilligung_stufe"] not in ("1", "2")


def _said_so(row: dict[str, Any]) -> bool:
    """A refusal that the person declared; a missing level is none."""
    return row["widerruf_am"] is not None or row["einwilligung_stufe"] == "0"


def _day(row: dict[str, Any]) -> date:
    return row["widerruf_am"] or row["einwilligung_am"] or date.min


def _is_one(tvp: str, number: str, row: dict[str, Any], other_tvp: str, other: str, other_row: dict[str, Any]) -> bool:
    return (tvp, number) == (other_tvp, other) or (_person(row) is not None and _person(row) == _person(other_row))


def _passes(sent: Sent, number: str) -> bool:
    """What the delivery alone says."""
    row = sent.rows[number]
    against = [
        _day(other)
        for name, other in sent.rows.items()
        if _refuses(other) and _is_one(sent.tvp_id, number, row, sent.tvp_id, name, other)
    ]
    return not _refuses(row) and (not against or _day(row) > max(against))


def _expected(deliveries: list[Sent]) -> tuple[set[Any], set[Any]]:
    """(provider, number) of current participations, and with the period of activities."""
    participations, activities = set(), set()
    for tvp, numbers in NUMBERS.items():
        own = sorted((one for one in deliveries if one.tvp_id == tvp), key=lambda one: one.period)
        for number, who in numbers.items():
            against = [
                _day(row)
                for one in deliveries
                for name, row in one.rows.items()
                if _said_so(row) and _is_one(tvp, number, who, one.tvp_id, name, row)
            ]
            heard = [one for one in own if number in one.rows and _passes(one, number)]
            current = own[-1] if own and own[-1] in heard else None
            newer = current is not None and (not against or _day(current.rows[number]) > max(against))
            if not heard or (against and not newer):
                continue
            if current is not None:
                participations.add((tvp, number))
            activities |= {(tvp, number, one.period) for one in heard}
    return participations, activities


def _load(connection: sa.Connection, sent: Sent, lauf_id: int) -> bool:
    """Load one delivery; return whether somebody was revived."""
    scope = sent.scope
    nr = connection.execute(
        text("""
            insert into betrieb.lieferung (
                lieferung_id, profil, vorhaben_id, tvp_id, zeitraum_von, zeitraum_bis, version, umfang, status,
                gefunden_lauf
            ) values (:id, 'test', :vh, :tvp, :von, :bis, 1, 'voll', 'gefunden', :lauf)
            on conflict (lieferung_id) do update set profil = excluded.profil returning lieferung_nr
            """),
        {
            "id": sent.delivery_id,
            "vh": scope.vorhaben_id,
            "tvp": scope.tvp_id,
            "von": scope.start,
            "bis": scope.end,
            "lauf": lauf_id,
        },
    ).scalar_one()
    data = sent.pseudonymized()
    assert data.delivery.rank == Rank(scope.end, 1, sent.delivery_id)
    loaded = load_delivery(connection, data, lieferung_nr=nr, lauf_id=lauf_id)
    mark_loaded(connection, nr, lauf_id, list(data.tables))
    return loaded.revived


def _night(warehouse: Warehouse, order: list[Sent], nights: list[bool]) -> None:
    lauf_id, done = 0, list[Sent]()
    for sent, new_night in zip(order, nights, strict=True):
        if new_night or not lauf_id:
            with warehouse.engine.begin() as connection:
                lauf_id = new_run(connection)
        with warehouse.engine.begin() as connection:
            revived = _load(connection, sent, lauf_id)
        for other in done:
            if revived and other.tvp_id == sent.tvp_id:
                with warehouse.engine.begin() as connection:
                    _load(connection, other, lauf_id)
        done.append(sent)
        if new_night:
            with warehouse.engine.begin() as connection:
                remove_refused(connection)
    with warehouse.engine.begin() as connection:
        remove_refused(connection)


def _clear(connection: sa.Connection) -> None:
    for table in (
        *("kern.teilnahme", "kern.aktivitaet", "kern.identitaet", "abgleich.identitaet_token", "abgleich.merkmal"),
        *("abgleich.widerruf", "zahl.ohne_einwilligung", "betrieb.bilanz", "betrieb.lieferung"),
    ):
        connection.execute(text(f"delete from {table}"))
    connection.execute(
        text(
            "insert into betrieb.schluessel (schluessel_id, pruefwert, aktiv, kette_nr)"
            " values ('k1', :check, true, 1) on conflict do nothing"
        ),
        {"check": bytes(16)},
    )


def _found(connection: sa.Connection) -> tuple[set[Any], set[Any], set[Any]]:
    names = {
        tn_tokens(KEYS, "V9001", tvp, [number])[0].tobytes(): (tvp, number)
        for tvp, numbers in NUMBERS.items()
        for number in numbers
    }
    rows = {
        table: connection.execute(
            text(f"""
                select s.tn_token, t.{day} from kern.{table} as t
                inner join abgleich.identitaet_token as s using (identitaet_id) where t.bekannt_bis is null
                """)
        ).all()
        for table, day in (("teilnahme", "eintritt_datum"), ("aktivitaet", "datum"))
    }
    identities = connection.execute(text("select tn_token from abgleich.identitaet_token")).scalars()
    start = {period[0]: number for number, period in enumerate(PERIODS)}
    return (
        {names[bytes(row[0])] for row in rows["teilnahme"]},
        {(*names[bytes(row[0])], start[row[1]]) for row in rows["aktivitaet"]},
        {names[bytes(token)] for token in identities},
    )


@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_statement_06_consent_decides_over_deliveries_of_all_providers(
    warehouse: Warehouse, data: st.DataObject
) -> None:
    deliveries = data.draw(_all_sent())
    order = data.draw(st.permutations(deliveries))
    nights = data.draw(st.lists(st.booleans(), min_size=len(order), max_size=len(order)))
    with warehouse.engine.begin() as connection:
        _clear(connection)
    _night(warehouse, list(order), nights)
    participations, activities = _expected(deliveries)
    with warehouse.engine.connect() as connection:
        found = _found(connection)
        counted = connection.execute(
            text("""
                select l.tvp_id, sum(z.eintritte) from zahl.ohne_einwilligung as z
                inner join betrieb.lieferung as l using (lieferung_nr) group by 1
                """)
        ).all()
        left = connection.execute(text("select count(*) from kern.teilnahme where widerruf_am is not null")).scalar()
    assert found[:2] == (participations, activities)
    # Nobody is left in any table without an own consent that stands.
    assert found[2] == participations | {(tvp, number) for tvp, number, _ in activities}
    assert left == 0
    # The highest-ranked delivery of each provider says how many have no consent, whatever came when.
    newest = {one.tvp_id: one for one in sorted(deliveries, key=lambda one: one.period)}
    expected = {tvp: _without_consent(one) for tvp, one in newest.items()}
    assert dict(map(tuple, counted)) == {tvp: number for tvp, number in expected.items() if number}


def _without_consent(sent: Sent) -> int:
    """Numbers that do not pass and whose person did not withdraw, as far as this delivery says."""
    return sum(
        not _passes(sent, number)
        and all(
            other["widerruf_am"] is None
            for name, other in sent.rows.items()
            if _is_one(sent.tvp_id, number, row, sent.tvp_id, name, other)
        )
        for number, row in sent.rows.items()
    )
