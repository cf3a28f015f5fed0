"""`mapping coverage` counts the codes of the facts that figures count, each unit once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, text
from tests.conftest import Warehouse
from tests.support.facts import RULES, Participation, Sent, Unit, mark_loaded, new_delivery, new_run, pseudonymized

from zaehlbar import resources
from zaehlbar.categorize import register_site
from zaehlbar.count.coverage import Coverage, UsedCode, coverage
from zaehlbar.identify import identify
from zaehlbar.load import load_delivery
from zaehlbar.site import Site, load_site

START, END = date(2026, 1, 1), date(2026, 3, 31)


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(resources.folder("site"))


def fill(connection: Connection, site: Site, *deliveries: Sent) -> Coverage:
    lauf_id = new_run(connection)
    register_site(connection, site)
    for sent in deliveries:
        nr = new_delivery(connection, sent, lauf_id)
        load_delivery(connection, pseudonymized(sent), lieferung_nr=nr, lauf_id=lauf_id)
        mark_loaded(connection, nr, lauf_id, ["teilnahme", "aktivitaet"])
        connection.execute(text("discard temp"))
    identify(connection, lauf_id, RULES)
    for code, day, number in (("A03", 10, 30), ("A03", 12, None), ("Z50", 12, 4)):
        connection.execute(
            text("""
                insert into kern.angebot (
                    vorhaben_id, tvp_id, datum, angebot_code, quartier_id, nr, anzahl_gesamt, lieferung_nr, bekannt_von
                ) values ('V9001', 'T01', :day, :code, 'Q11', 0, :number, 1, :lauf)
                """),
            {"day": date(2026, 2, day), "code": code, "number": number, "lauf": lauf_id},
        )
    return coverage(connection, site)


@pytest.fixture
def used(warehouse: Warehouse, site: Site) -> Coverage:
    """One person with both partners of a Vorhaben, one with a re-entry below the threshold, one cancelled."""
    ours = Sent(
        START,
        END,
        1,
        (
            Participation("a", date(2026, 1, 5), person="p"),
            Participation("b", date(2026, 1, 5), date(2026, 2, 1)),
            Participation("b", date(2026, 2, 2)),
            Participation("c", date(2026, 1, 5), status="STORNO"),
        ),
        (
            Unit("a", date(2026, 1, 7), "C01", 480),
            Unit("a", date(2026, 1, 8), "Z98", 60),
            Unit("b", date(2026, 1, 9), "C01", 480),
            Unit("b", date(2026, 2, 9), "C01", 30),
            Unit("b", date(2026, 2, 10), "X99", 30),
            Unit("c", date(2026, 1, 9), "C02", 600),
        ),
        "voll",
        "V9001",
        "T01",
    )
    theirs = Sent(
        START,
        END,
        1,
        (Participation("x", date(2026, 1, 5), person="p"),),
        (Unit("x", date(2026, 1, 9), "C01", 600), Unit("x", date(2026, 3, 1), "A03", 60)),
        "voll",
        "V9001",
        "T02",
    )
    with warehouse.engine.connect() as connection:
        found = fill(connection, site, ours, theirs)
        connection.rollback()
    return found


def row(used: Coverage, code: str, vorhaben: str = "*", tvp: str = "*") -> UsedCode:
    (found,) = [item for item in used.codes if (item.code, item.vorhaben_id, item.tvp_id) == (code, vorhaben, tvp)]
    return found


def test_a_code_of_all_partners(used: Coverage) -> None:
    assert row(used, "C01") == UsedCode(
        vorhaben_id="*",
        tvp_id="*",
        code="C01",
        kategorie="K-HEMM",
        einheiten=4,
        dauer_min=1590,
        teilnahmen=4,
        personen=2,
        einheiten_bagatelle=1,
        dauer_min_bagatelle=30,
        erste=date(2026, 1, 7),
        letzte=date(2026, 2, 9),
    )
    assert [item.code for item in used.total()] == ["A03", "C01", "X99", "Z98"], (
        "the cancelled one's C02 counts nowhere"
    )


def test_one_person_with_two_partners_is_one_in_the_vorhaben(used: Coverage) -> None:
    persons = [row(used, "C01", "V9001", tvp).personen for tvp in ("T01", "T02", "*")]
    assert persons == [2, 1, 2]


def test_unmapped_codes_of_persons_and_events_are_told(used: Coverage) -> None:
    assert used.unmapped() == ["Z50", "Z98"]
    assert (row(used, "Z98").kategorie, row(used, "Z98", "V9001", "T01").personen) == ("K-0-NZ", 1)
    events: dict[Any, Any] = {
        (e.code, e.tvp_id): (e.kategorie, e.ereignisse, e.anzahl) for e in used.events if e.vorhaben_id != "*"
    }
    assert events[("A03", "T01")] == ("K-OFFEN", 2, 30)
    assert events[("Z50", "T01")] == ("K-0-NZ", 1, 4)


def test_every_unit_is_in_one_share(used: Coverage, site: Site) -> None:
    assert used.shares(site) == {
        "gezaehlt": (4, 1620),
        "bagatelle": (1, 30),
        "organisatorisch": (1, 30),
        "nicht_zugeordnet": (1, 60),
    }
    whole = [(item.einheiten, item.dauer_min) for item in used.total()]
    assert tuple(map(sum, zip(*whole, strict=True))) == (7, 1740)


def test_without_a_threshold_nothing_is_bagatelle(warehouse: Warehouse, site: Site) -> None:
    rules = site.zaehlregeln.model_copy(update={"schwelle_stunden": None})
    sent = Sent(START, END, 1, (Participation("a", START),), (Unit("a", START, "C01", 1),), "voll", "V9001", "T01")
    with warehouse.engine.connect() as connection:
        found = fill(connection, site.model_copy(update={"zaehlregeln": rules}), sent)
        connection.rollback()
    assert found.shares(site)["bagatelle"] == (0, 0)
    assert found.shares(site)["gezaehlt"] == (1, 1)
