"""DESIGN.md, statement 7: one person counts once per cell, whoever delivered them; categories overlap; without a full
birth date two partners' identities are never merged by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.conftest import Warehouse
from tests.support.leak.inbox import Writer, activity, participation, write_site
from tests.support.leak.people import Person, people
from tests.support.night import instance

from zaehlbar.nightly import run_night

SPELT = {
    "T01": ("Müller-Lüdenscheidt", "Jörg"),
    "T04": ("MUELLER LUEDENSCHEIDT", "Joerg"),
    "T07": ("Mueller-Lüdenscheidt", "JÖRG"),
}
"""One person as three partners write them."""
MARCH = {"eintritt_datum": "2026-01-05", "einwilligung_am": "2026-01-05"}


def _someone(number: int, name: tuple[str, str], born: date) -> Person:
    return replace(people(number + 1)[number], nachname=name[0], vorname=name[1], geburtsdatum=born, plz="00831")


@pytest.fixture
def counted(warehouse: Warehouse, tmp_path: Path) -> Warehouse:
    """Three partners: one person with all three, one without a full birth date with two, one with the first only."""
    site, inbox = tmp_path / "site", tmp_path / "inbox"
    write_site(site)
    for number, (partner, name) in enumerate(SPELT.items()):
        folk = [_someone(number, name, date(1971, 11, 30))]
        if partner != "T07":
            folk.append(_someone(10 + number, ("Öztürk", "Ayşe"), date(1980, 1, 1)))
        if partner == "T01":
            folk.append(_someone(20, ("Beispiel", "Renée"), date(1985, 5, 23)))
        rows = [participation(partner, person, **MARCH) for person in folk]
        hours = [
            activity(partner, person, datum="2026-03-10", aktivitaet_code=code)
            for person in folk
            for code in ("C01", "D01")
        ]
        Writer(inbox, (), ()).canonical(partner, rows, hours)
    run_night(instance(tmp_path / "home", warehouse.url), inbox, site)
    return warehouse


def test_statement_07_one_person_counts_once(counted: Warehouse) -> None:
    with counted.engine.connect() as connection:
        rows = connection.execute(
            text("""
                select tvp_id, kategorie, teilnahmen, personen, bestand_personen from zahl.figur
                where zeitraum = 'monat' and beginn = '2026-03-01' and bekannt_bis is null
                    and (land, jobcenter_nr, quartier_id) = ('*', '*', '*') and (vorhaben_id = '*' or tvp_id <> '*')
                """)
        ).all()
    cells = {(row.tvp_id, row.kategorie): row for row in rows}
    total = cells["*", "*"]
    # Six participations; Jörg is one person with three partners, Ayşe two (nobody knows), Renée one.
    assert (total.teilnahmen, total.personen, total.bestand_personen) == (6, 4, 4)
    partners = {tvp: row.personen for (tvp, category), row in cells.items() if category == "*" and tvp != "*"}
    assert partners == {"T01": 3, "T04": 2, "T07": 1}, (
        "each partner counts its own; that adds up to more than the total"
    )
    categories = {category: row.personen for (tvp, category), row in cells.items() if tvp == "*" and category != "*"}
    assert set(categories.values()) == {4} and len(categories) == 2, "each counts in both categories, and once in each"


def test_statement_07_without_a_full_birth_date_nobody_is_merged(counted: Warehouse) -> None:
    with counted.engine.connect() as connection:
        merged = connection.execute(
            text("""
                select p.person_id, count(*) as identitaeten, bool_and(t.geburtsdatum_voll) as voll
                from kern.person_zuordnung as p inner join abgleich.identitaet_token as t using (identitaet_id)
                where p.bekannt_bis is null group by p.person_id having count(*) > 1
                """)
        ).all()
        waiting = connection.execute(text("select count(*) from abgleich.paar where wirkung = 'pruefen'")).scalar_one()
    assert [(row.identitaeten, row.voll) for row in merged] == [(3, True)]
    assert waiting == 1, "the two of one name wait for a person's decision"
