"""A night that counts only the changed persons leaves the same Angaben, steps and events as one that counts all."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, text
from tests.conftest import Warehouse
from tests.support.facts import RULES, Participation, Sent, mark_loaded, new_delivery, new_run, pseudonymized

from zaehlbar import resources
from zaehlbar.categorize import register_site
from zaehlbar.count import beside, count_months
from zaehlbar.count.delta import forget_standing
from zaehlbar.identify import identify
from zaehlbar.load import load_delivery
from zaehlbar.site import load_site

SITE = load_site(resources.folder("site"))
START, END = date(2024, 1, 1), date(2024, 6, 30)
TABLES = ("zahl.angabenzahl", "zahl.ereigniszahl")


def _course(number: int, aus: date | None = None, **angaben: object) -> Participation:
    fields = {"geschlecht": "w", "zugangsweg": "JC_EMPF", "erwerbsstatus_eintritt": "ALO", "alo_dauer": "AB12"}
    return Participation(
        f"n{number}", date(2024, 1, 8), aus, f"p{number % 9}", angaben=tuple((fields | angaben).items())
    )


def _night(connection: Connection, version: int, *courses: Participation) -> int:
    sent = Sent(START, END, version, courses)
    lauf_id = new_run(connection)
    nr = new_delivery(connection, sent, lauf_id)
    load_delivery(connection, pseudonymized(sent), lieferung_nr=nr, lauf_id=lauf_id)
    mark_loaded(connection, nr, lauf_id, ["teilnahme"])
    connection.execute(text("discard temp"))
    identify(connection, lauf_id, RULES)
    return lauf_id


def _step(connection: Connection, lauf_id: int, day: date, place: int) -> None:
    connection.execute(
        text("""
            insert into kern.zwischenschritt (identitaet_id, datum, code, lieferung_nr, bekannt_von)
            select identitaet_id, :day, 'SPRACHE', 1, :l from kern.identitaet order by 1 offset :place limit 1
            """),
        {"l": lauf_id, "day": day, "place": place},
    )


def _event(connection: Connection, lauf_id: int, code: str, number: int | None) -> None:
    connection.execute(
        text("""
            insert into kern.angebot
                (vorhaben_id, tvp_id, datum, angebot_code, quartier_id, anzahl_gesamt, nr, lieferung_nr, bekannt_von)
            values ('V1', 'T1', '2024-02-10', :code, 'AUSSERHALB', :number, 0, 1, :l)
            """),
        {"l": lauf_id, "code": code, "number": number},
    )


def _count(connection: Connection, lauf_id: int) -> str:
    count_months(connection, lauf_id, register_site(connection, SITE))
    found: str = connection.execute(
        text("select umfang from zahl.zaehlung where lauf_id = :l"), {"l": lauf_id}
    ).scalar_one()
    return found


def _stored(connection: Connection, stand: int) -> dict[str, set[Any]]:
    """The rows as known after a run, without when they were written."""
    known = "bekannt_von <= :stand and (bekannt_bis is null or bekannt_bis > :stand)"
    query = "select to_jsonb(z) - 'bekannt_von' - 'bekannt_bis' from {table} as z where " + known
    return {
        table: {
            tuple(sorted(row.items()))
            for row in connection.execute(text(query.format(table=table)), {"stand": stand}).scalars()
        }
        for table in TABLES
    }


def _values(connection: Connection, stand: int, angabe: str) -> dict[str, tuple[int, int]]:
    rows = [dict(row) for row in _stored(connection, stand)["zahl.angabenzahl"]]
    return {
        row["auspraegung"]: (row["teilnahmen"], row["personen"])
        for row in rows
        if (row["zeitraum"], row["beginn"], row["angabe"]) == ("quartal", "2024-04-01", angabe)
        and (row["jobcenter_nr"], row["vorhaben_id"]) == ("*", "*")
    }


@pytest.fixture
def nights(warehouse: Warehouse) -> Any:
    with warehouse.engine.connect() as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize("many", [0, 20_000], ids=["compared as columns", "compared in the warehouse"])
def test_a_changed_angabe_is_a_correction_and_counts_as_if_counted_anew(
    nights: Connection, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "_MANY", many)
    cancelled = Participation("n12", date(2024, 1, 8), None, "p3", status="STORNO")
    first = _night(nights, 1, *(_course(number) for number in range(12)), cancelled)
    _step(nights, first, date(2024, 2, 1), 0)
    _event(nights, first, "A03", 7)
    assert _count(nights, first) == "alles"
    then = _stored(nights, first)
    # n0 and n9 are one person, so are n1 and n10, n2 and n11; n12 was none.
    assert _values(nights, first, "geschlecht") == {"w": (12, 9)}

    changed = [_course(0, geschlecht="m"), _course(1, aus=date(2024, 5, 31), austritt_grund="JCM_KURZFRISTIG")]
    second = _night(nights, 2, *changed, *(_course(number) for number in range(2, 12)), cancelled)
    _step(nights, second, date(2024, 2, 2), 0)
    _event(nights, second, "Z98", None)
    assert _count(nights, second) == "geaendertes"
    counted = _stored(nights, second)
    assert _values(nights, second, "geschlecht") == {"w": (11, 9), "übrige": (1, 1)}
    assert _values(nights, second, "austritt_grund") == {"JCM_KURZFRISTIG": (None, 1)}
    events = {
        (row["art"], row["code"]): (row["ereignisse"], row["ereignisse_ohne_anzahl"], row["anzahl"], row["personen"])
        for row in map(dict, counted["zahl.ereigniszahl"])
        if (row["zeitraum"], row["beginn"], row["tvp_id"], row["vorhaben_id"]) == ("monat", "2024-02-01", "*", "*")
        and row["jobcenter_nr"] == "*"
    }
    assert events == {
        ("besuch", "A03"): (1, 0, 7, None),
        ("nicht_zugeordnet", "Z98"): (1, 1, None, None),
        ("kategorie", "K-OFFEN"): (1, 0, 7, None),
        ("kategorie", "K-0-NZ"): (1, 1, None, None),
        ("zwischenschritt", "SPRACHE"): (2, 0, 2, 1),
    }

    # What was known then stays, and everything counted anew is the same: nothing is written.
    assert _stored(nights, first) == then
    forget_standing(nights)
    third = new_run(nights)
    assert _count(nights, third) == "alles"
    assert _stored(nights, third) == counted
    written = [
        nights.execute(text(f"select count(*) from {table} where bekannt_von = :l"), {"l": third}).scalar_one()
        for table in TABLES
    ]
    assert written == [0, 0]


@pytest.mark.parametrize("many", [0, 20_000], ids=["compared as columns", "compared in the warehouse"])
def test_periods_with_a_frozen_month_keep_what_they_have(
    nights: Connection, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "_MANY", many)
    first = _night(nights, 1, *(_course(number) for number in range(9)))
    _event(nights, first, "A03", 7)
    _count(nights, first)
    nights.execute(
        text("insert into zahl.eingefroren select '2024-02-01', now(), regelwerk_nr, now() from zahl.zaehlung limit 1")
    )
    second = _night(nights, 2, *(_course(number, geschlecht="m") for number in range(9)))
    nights.execute(text("update kern.angebot set anzahl_gesamt = 9"))
    assert _count(nights, second) == "alles"
    before, after = _stored(nights, first), _stored(nights, second)
    for table in TABLES:
        frozen = [
            {row for row in known[table] if dict(row)["beginn"] <= "2024-02-01" <= dict(row)["ende"]}
            for known in (before, after)
        ]
        assert frozen[0] == frozen[1] != set()
    assert _values(nights, second, "geschlecht") == {"übrige": (9, 9)}
