"""DESIGN.md, statement 6, in whole nights: without consent no row of a person in any table.

A withdrawal at any provider takes the person out everywhere, no older consent brings the rows back, a newer one does.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from tests.conftest import Warehouse
from tests.support.canonical import deliver
from tests.support.night import SITE, instance
from tests.support.pseudonymize import KEYS, SCOPE, validated

from zaehlbar.load import load_delivery
from zaehlbar.load.consent_state import remove_refused
from zaehlbar.nightly import run_night
from zaehlbar.pseudonymize import pseudonymize
from zaehlbar.settings import Settings
from zaehlbar.site import load_site

FIRST = date(2026, 1, 1), date(2026, 3, 31)
SECOND = date(2026, 4, 1), date(2026, 6, 30)
MIA = {"tn_nr": "A-1", "nachname": "Muster", "vorname": "Mia", "geburtsdatum": date(1990, 5, 5)}
OLE = {"tn_nr": "A-2", "nachname": "Probe", "vorname": "Ole", "geburtsdatum": date(1985, 7, 8)}


def said(level: str, day: date | None, **more: Any) -> dict[str, Any]:
    return {"einwilligung_stufe": level, "einwilligung_am": day, **more}


@pytest.fixture
def settings(warehouse: Warehouse, tmp_path: Path) -> Settings:
    return instance(tmp_path / "home", warehouse.url)


def rows_of_persons(connection: Connection) -> dict[str, int]:
    """Every table of `kern` and `abgleich` with a column that leads to a person → its rows."""
    tables = connection.execute(
        text("""
            select distinct table_schema || '.' || table_name
            from information_schema.columns inner join information_schema.tables using (table_schema, table_name)
            where table_schema in ('kern', 'abgleich', 'zahl') and table_type = 'BASE TABLE'
                and (column_name like 'identitaet%' or column_name like '%token' or column_name = 'person_id')
            """)
    ).scalars()
    counts = {name: connection.execute(text(f"select count(*) from {name}")).scalar_one() for name in tables}
    return {name: count for name, count in counts.items() if count}


def everything(connection: Connection, *schemas: str) -> str:
    """All rows of all tables as text."""
    tables = connection.execute(
        text("select schemaname || '.' || tablename from pg_tables where schemaname = any(:schemas)"),
        {"schemas": list(schemas)},
    ).scalars()
    return "\n".join(
        str(row[0]) for name in tables for row in connection.execute(text(f"select t::text from {name} as t"))
    )


def test_statement_06_without_consent_no_table_has_a_row_of_the_person(
    warehouse: Warehouse, settings: Settings, tmp_path: Path
) -> None:
    entry, unit = date(2026, 2, 17), date(2026, 3, 19)
    for name, refusal in {"no": said("0", None), "ended": said("1", date(2026, 1, 2), einwilligung_bis=unit)}.items():
        person = {**MIA, "tn_nr": name, "eintritt_datum": entry, **refusal}
        inbox = tmp_path / name
        deliver(inbox, "T01", *FIRST, [person], [{"tn_nr": name, "datum": unit, "dauer_min": 517}])
        run_night(settings, inbox, SITE)
        with warehouse.engine.connect() as connection:
            # What is remembered is a token and a day, and nothing else.
            assert rows_of_persons(connection).keys() <= {"abgleich.widerruf"}
            found = everything(connection, "kern", "abgleich", "zahl")
        for trace in (str(entry), str(unit)):
            assert trace not in found
        assert not re.search(r"[(,]517[,)]", found), "as a value of its own: a hash may have these digits"


def test_statement_06_a_withdrawal_anywhere_removes_and_only_a_newer_consent_revives(
    warehouse: Warehouse, settings: Settings, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    units = [{"tn_nr": "A-1", "datum": date(2026, 2, 3)}, {"tn_nr": "A-1", "datum": date(2026, 3, 3)}]
    entry = {"eintritt_datum": date(2026, 1, 12)}
    mia, ole = ({**one, **entry, **said("1", date(2026, 1, 12))} for one in (MIA, OLE))
    deliver(inbox, "T01", *FIRST, [mia, ole], [*units, {"tn_nr": "A-2", "datum": date(2026, 3, 4)}])
    run_night(settings, inbox, SITE)
    assert known(warehouse) == {"teilnahme": 2, "aktivitaet": 3, "identitaet": 2}

    # She withdraws at another provider of another Vorhaben, under another number, her name written otherwise.
    there = {**MIA, "tn_nr": "X-9", "nachname": "MUSTER", **entry, **said("1", date(2026, 1, 20))}
    deliver(inbox, "T04", *FIRST, [{**there, "widerruf_am": date(2026, 3, 20)}])
    run_night(settings, inbox, SITE)
    assert known(warehouse) == {"teilnahme": 1, "aktivitaet": 1, "identitaet": 1}

    # No older consent brings her back: not under another name, not the next delivery, not the same one again.
    deliver(inbox, "T01", *SECOND, [{**mia, "nachname": "Anders"}, ole])
    run_night(settings, inbox, SITE)
    assert known(warehouse) == {"teilnahme": 1, "aktivitaet": 1, "identitaet": 1}
    deliver(inbox, "T01", *SECOND, [mia, ole], version=2)
    run_night(settings, inbox, SITE, again=True)
    assert known(warehouse) == {"teilnahme": 1, "aktivitaet": 1, "identitaet": 1}
    # Nor does one of the same day.
    deliver(inbox, "T01", *SECOND, [{**mia, **said("1", date(2026, 3, 20))}, ole], version=3)
    run_night(settings, inbox, SITE)
    assert known(warehouse) == {"teilnahme": 1, "aktivitaet": 1, "identitaet": 1}

    # A newer one does, and brings back what earlier deliveries said, whose files are still there.
    deliver(inbox, "T01", *SECOND, [{**mia, **said("1", date(2026, 3, 21))}, ole], version=4)
    run_night(settings, inbox, SITE)
    assert known(warehouse) == {"teilnahme": 2, "aktivitaet": 3, "identitaet": 2}
    # At the other provider it stays a withdrawal: a consent opens the number under which it was given.
    with warehouse.engine.connect() as connection:
        assert connection.execute(text("select distinct tvp_id from kern.identitaet")).scalars().all() == ["T01"]


def known(warehouse: Warehouse) -> dict[str, int]:
    """Rows with all their history: nothing of a person who withdrew may be left, closed or not."""
    with warehouse.engine.connect() as connection:
        return {
            "teilnahme": connection.execute(
                text("select count(distinct (identitaet_id, eintritt_datum)) from kern.teilnahme")
            ).scalar_one(),
            "aktivitaet": connection.execute(
                text("select count(distinct (identitaet_id, datum)) from kern.aktivitaet")
            ).scalar_one(),
            "identitaet": connection.execute(text("select count(*) from kern.identitaet")).scalar_one(),
        }


def test_providers_that_load_side_by_side_miss_no_withdrawal(warehouse: Warehouse, settings: Settings) -> None:
    """Neither transaction sees the other; the set-based step of the same night removes what must not be there."""
    site = load_site(SITE)
    day = date(2026, 1, 12)
    sent = []
    for tvp, row in (("T01", said("1", day)), ("T02", said("1", day, widerruf_am=date(2026, 2, 2)))):
        judged = validated({"teilnahme": [{**MIA, "tvp_id": tvp, **row}]}, scope=replace(SCOPE, tvp_id=tvp))
        sent.append(pseudonymize(judged, site, KEYS, today=date(2026, 6, 30)))
    with warehouse.engine.begin() as connection:
        connection.execute(
            text(
                "insert into betrieb.schluessel (schluessel_id, pruefwert, aktiv, kette_nr) values ('k1', :c, true, 1)"
            ),
            {"c": bytes(16)},
        )
        connection.execute(text("insert into betrieb.lauf (ausloeser) values ('cli')"))
        connection.execute(
            text("""
                insert into betrieb.lieferung (lieferung_id, profil, status, gefunden_lauf)
                values ('a', 'p', 'gefunden', 1), ('b', 'p', 'gefunden', 1)
                """)
        )
    with warehouse.engine.connect() as one, warehouse.engine.connect() as other:
        other.execute(text("set lock_timeout = '5s'"))
        load_delivery(one, sent[0], lieferung_nr=1, lauf_id=1)
        load_delivery(other, sent[1], lieferung_nr=2, lauf_id=1)
        other.commit()
        one.commit()
    assert known(warehouse)["identitaet"] == 1
    with warehouse.engine.begin() as connection:
        assert remove_refused(connection) == 1
    assert known(warehouse) == {"teilnahme": 0, "aktivitaet": 0, "identitaet": 0}
