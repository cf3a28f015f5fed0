"""The warehouse as its readers find it: everything commented, audits silent, roles as narrow as meant."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from tests.conftest import Warehouse
from tests.integration.conftest import ExampleNight
from tests.support.facts import Participation, Sent, new_delivery, new_run, pseudonymized

from zaehlbar import resources
from zaehlbar.load import load_delivery
from zaehlbar.load.spec import fact_tables

SCHEMAS = "('betrieb', 'abgleich', 'kern', 'katalog', 'zahl', 'bericht', 'veroeffentlichung')"
AUDITS = sorted((resources.folder("sql") / "audits").glob("*.sql"))


def test_every_schema_table_and_column_is_commented(warehouse: Warehouse) -> None:
    with warehouse.engine.connect() as connection:
        missing = connection.execute(
            text(f"""
                select n.nspname || '.' || c.relname || coalesce('.' || a.attname, '')
                from pg_class as c
                inner join pg_namespace as n on c.relnamespace = n.oid
                inner join lateral (
                    select null as attname, 0 as attnum
                    union all
                    select attname, attnum from pg_attribute
                    where attrelid = c.oid and attnum > 0 and not attisdropped
                ) as a on true
                where n.nspname in {SCHEMAS} and c.relkind in ('r', 'v', 'm', 'p')
                    and col_description(c.oid, a.attnum) is null
                    and (a.attnum > 0 or obj_description(c.oid, 'pg_class') is null)
                union all
                select nspname from pg_namespace
                where nspname in {SCHEMAS} and obj_description(oid, 'pg_namespace') is null
                """)
        ).scalars()
        assert list(missing) == []


@pytest.mark.parametrize("name", fact_tables())
def test_fact_tables_have_the_columns_of_the_contract(warehouse: Warehouse, name: str) -> None:
    with warehouse.engine.connect() as connection:
        columns = set(
            connection.execute(
                text(
                    "select column_name from information_schema.columns where (table_schema, table_name) = ('kern', :n)"
                ),
                {"n": name},
            ).scalars()
        )
    assert columns == {*fact_tables()[name].columns, "lieferung_nr", "bekannt_von", "bekannt_bis"}


@pytest.mark.parametrize("path", AUDITS, ids=lambda path: path.stem)
def test_audits_find_nothing_in_the_example(example_night: ExampleNight, path: Path) -> None:
    with example_night.engine.connect() as connection:
        assert connection.execute(text(path.read_text(encoding="utf-8"))).all() == []


def test_audits_find_what_is_wrong(warehouse: Warehouse) -> None:
    """Break each rule once in a transaction that is rolled back; its audit, and that one, must select the row."""
    from datetime import date

    sent = Sent(date(2026, 1, 1), date(2026, 1, 31), participations=(Participation("a", date(2026, 1, 5), person="p"),))
    with warehouse.engine.begin() as connection:
        lauf_id = new_run(connection)
        load_delivery(
            connection, pseudonymized(sent), lieferung_nr=new_delivery(connection, sent, lauf_id), lauf_id=lauf_id
        )
        connection.execute(
            text("""
                insert into kern.person_zuordnung (identitaet_id, person_id, grund, bekannt_von)
                select identitaet_id, identitaet_id, 'allein', :l from kern.identitaet
                """),
            {"l": lauf_id},
        )
        connection.execute(text("delete from abgleich.ausstehend"))  # what the end of a run does
    damages = {
        "01_tatsachen_ohne_identitaet": "update kern.teilnahme set identitaet_id = identitaet_id + 1000",
        "02_identitaet_ohne_person": "delete from kern.person_zuordnung",
        "03_zwei_geltende_fassungen": """
            insert into kern.teilnahme
                (identitaet_id, eintritt_datum, einwilligung_stufe, einwilligung_am, lieferung_nr, bekannt_von)
            select identitaet_id, eintritt_datum, '1', einwilligung_am, lieferung_nr, bekannt_von + 1
            from kern.teilnahme
            """,
        "04_ohne_einwilligung": "update kern.teilnahme set einwilligung_stufe = '0'",
        "05_bestand_schliesst": """
            insert into zahl.figur
            select
                'monat', m, m + 27, m, '*', '*', '*', '*', '*', '*',
                1, 1, 0, 0, 0, 0, extract(month from m), 1, 0, 0, 0, 0, 0, 0, 1, 0, 1, null
            from unnest(array[date '2026-01-01', date '2026-02-01']) as m
            """,
        "06_person_luecken": """
            insert into kern.person_zuordnung
            select identitaet_id, identitaet_id, 'allein', bekannt_von + 2, null from kern.person_zuordnung;
            update kern.person_zuordnung set bekannt_bis = bekannt_von + 1
            where bekannt_von = (select min(bekannt_von) from kern.person_zuordnung)
            """,
        "07_abgleich_ohne_identitaet": "update abgleich.merkmal set identitaet_id = identitaet_id + 1000",
        "08_zusammen_ohne_geburtsdatum": """
            update kern.person_zuordnung set grund = 'regel';
            update abgleich.merkmal set exakt_token = null
            """,
    }
    assert sorted(damages) == [path.stem for path in AUDITS]
    for damaged, statement in damages.items():
        with warehouse.engine.connect() as connection:
            connection.execute(text(statement))
            found = {path.stem for path in AUDITS if connection.execute(text(path.read_text(encoding="utf-8"))).all()}
            connection.rollback()
        assert found == {damaged}


@pytest.mark.parametrize(
    "audit, row",
    [
        ("01", "kern.aktivitaet (identitaet_id, datum, aktivitaet_code, nr) values (99, '2026-01-09', 'C01', 0)"),
        ("01", "kern.zwischenschritt (identitaet_id, datum, code) values (99, '2026-01-09', 'ZERTIFIKAT')"),
        ("03", "kern.aktivitaet (identitaet_id, datum, aktivitaet_code, nr) values (99, '2026-01-09', 'C01', 0)"),
        ("03", "kern.zwischenschritt (identitaet_id, datum, code) values (99, '2026-01-09', 'ZERTIFIKAT')"),
        (
            "03",
            "kern.angebot (vorhaben_id, tvp_id, datum, angebot_code, quartier_id, nr, anzahl_gesamt)"
            " values ('V1', 'T1', '2026-01-09', 'A03', 'Q1', 0, 5)",
        ),
        ("03", "kern.verzeichnis (vorhaben_id, tvp_id, angebot_id, titel) values ('V1', 'T1', 'TREFF', 'Treff')"),
        ("03", "kern.vereinbarung (vorhaben_id, tvp_id, jobcenter_nr) values ('V1', 'T1', '10001')"),
    ],
)
def test_audits_look_at_every_table(warehouse: Warehouse, audit: str, row: str) -> None:
    (path,) = [path for path in AUDITS if path.stem.startswith(audit)]
    into, values = row.rstrip(")").replace(") values (", "|").split("|")
    with warehouse.engine.connect() as connection:
        for known in (1, 2):
            connection.execute(text(f"insert into {into}, lieferung_nr, bekannt_von) values ({values}, 1, {known})"))
        found = connection.execute(text(path.read_text(encoding="utf-8"))).all()
        connection.rollback()
    assert {item.tabelle for item in found} == {row.split(maxsplit=1)[0].removeprefix("kern.")}


@pytest.mark.parametrize(
    "role,readable",
    [
        ("zaehlbar_controlling", set()),
        ("zaehlbar_qualitaet", {"betrieb", "katalog", "bericht"}),
        ("zaehlbar_lader", {"betrieb", "abgleich", "kern", "katalog", "zahl", "bericht"}),
    ],
)
def test_roles_read_what_they_are_meant_to(example_night: ExampleNight, role: str, readable: set[str]) -> None:
    """The controller's role sees nothing but the (empty) schema of publications."""
    with example_night.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        tables = raw.execute(
            f"select table_schema, table_name from information_schema.tables where table_schema in {SCHEMAS}"
        ).fetchall()
        raw.execute(f"grant {role} to current_user with inherit false, set true")
        raw.execute(f"set local role {role}")
        seen = set()
        for schema, table in tables:
            try:
                with raw.transaction():
                    raw.execute(f'select count(*) from {schema}."{table}"')
                    seen.add(schema)
            except psycopg.errors.InsufficientPrivilege:
                continue
        connection.rollback()
    assert seen == readable
