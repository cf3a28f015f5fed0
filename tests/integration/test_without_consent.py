"""Persons without consent stand on a line of their own, and nothing anywhere is a rate of consent ((d) 14 and 18)."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import text
from tests.conftest import TestServer, Warehouse, _database
from tests.support.canonical import deliver
from tests.support.night import SITE, instance

from zaehlbar.count.figures import Request, figures
from zaehlbar.figures_cli import _without_consent_lines
from zaehlbar.nightly import run_night
from zaehlbar.overview import figure_cells, figures_excerpt
from zaehlbar.publish.files import write_report
from zaehlbar.settings import Settings

FIRST = date(2026, 1, 1), date(2026, 3, 31)
SECOND = date(2026, 1, 1), date(2026, 6, 30)
ENTRY = {"eintritt_datum": date(2026, 2, 20)}
YES = {**ENTRY, "einwilligung_stufe": "1", "einwilligung_am": date(2026, 2, 20)}
NO = {**ENTRY, "einwilligung_stufe": "0", "einwilligung_am": date(2026, 2, 20)}
JUNE = Request(date(2026, 6, 1), date(2026, 6, 30), zeitraum="monat")
HERE = "99901"


@pytest.fixture(scope="module")
def night(
    test_server: TestServer, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Warehouse, Settings, Path, Path]]:
    """One night: two consent and three do not at one provider, one and one at another; warehouse, home, inbox, site."""
    folder = tmp_path_factory.mktemp("ohne")
    site = Path(shutil.copytree(SITE, folder / "site"))
    databases = _database(test_server, template_database)
    warehouse = next(databases)
    settings = instance(folder / "home", warehouse.url)
    deliver(folder / "inbox", "T01", *FIRST, rows(2, 5))  # superseded below, whichever is loaded first
    deliver(folder / "inbox", "T01", *SECOND, rows(2, 3))
    deliver(folder / "inbox", "T04", *SECOND, rows(1, 1))
    run_night(settings, folder / "inbox", site)
    yield warehouse, settings, folder / "inbox", site
    next(databases, None)


def rows(consenting: int, others: int) -> list[dict[str, Any]]:
    return [{"tn_nr": f"J-{at}", **YES} for at in range(consenting)] + [
        {"tn_nr": f"N-{at}", **NO} for at in range(others)
    ]


def line(warehouse: Warehouse, request: Request = JUNE) -> dict[str, Any] | None:
    with warehouse.engine.connect() as connection:
        found: dict[str, Any] | None = figures(connection, request)["ohne_einwilligung"]
        return found


def test_figures_name_them_on_a_line_of_its_own_with_its_legal_basis(night: Any) -> None:
    warehouse = night[0]
    found = line(warehouse)
    assert found is not None
    assert found["monate"] == [
        {"monat": "2026-06", "stichtag": "2026-06-15", "teilnahmen": 4, "eintritte": 0, "austritte": 0, "bestand": 4}
    ]
    assert found["bezeichnung"] == "ohne Einwilligung, nicht entdoppelt"
    assert "Art. 6 Abs. 1 Buchst. e" in found["rechtsgrundlage"]
    # The other figures know nothing of them.
    with warehouse.engine.connect() as connection:
        (row,) = figures(connection, JUNE)["zeilen"]
    assert (row["teilnahmen"], row["bestand"]) == (3, 3)
    # Over months: each month as such, also one before anybody came.
    span = line(warehouse, Request(date(2026, 1, 10), date(2026, 3, 31)))
    assert span is not None
    assert [entry["eintritte"] for entry in span["monate"]] == [0, 0, 4]
    assert [entry["teilnahmen"] for entry in span["monate"]] == [0, 4, 4]
    text_lines = _without_consent_lines(found)
    assert text_lines[0] == "Ohne Einwilligung, nicht entdoppelt (in keiner Zahl oben enthalten):"
    assert text_lines[1] == "2026-06: 4 Teiln., 0 Eintritte, 0 Austritte, Bestand 4"
    assert text_lines[2].startswith("Rechtsgrundlage: ")


def test_they_are_never_shown_per_partner(night: Any) -> None:
    """Beside the partner's own figures that would be its rate of consent."""
    warehouse = night[0]
    for by in (("tvp",), ("vorhaben",), ("category",), ("tvp", "jobcenter")):
        found = line(warehouse, Request(JUNE.von, JUNE.bis, by, zeitraum="monat"))
        assert found is not None
        assert [entry["teilnahmen"] for entry in found["monate"]] == [4]
        assert found["monate"][0].keys() - {"jobcenter"} == {
            *("monat", "stichtag", "teilnahmen", "eintritte", "austritte", "bestand")
        }
    with warehouse.engine.connect() as connection:
        columns = connection.execute(text("select * from bericht.ohne_einwilligung limit 0")).keys()
    assert not {"tvp_id", "vorhaben_id", "lieferung_nr"} & set(columns)


def test_the_workbook_has_the_line_apart_from_all_others(night: Any, tmp_path: Path) -> None:
    warehouse = night[0]
    with warehouse.engine.connect() as connection:
        write_report(connection, jobcenter_nr=HERE, month=date(2026, 6, 1), targets={"xlsx": tmp_path / "a.xlsx"})
    book = load_workbook(tmp_path / "a.xlsx")
    found = {str(row[0].value): [cell.value for cell in row] for row in book["Auf einen Blick"].iter_rows()}
    assert found["Bestand am Stichtag, ohne Einwilligung"][1:4] == [4, 4, 0]
    assert found["Bestand am Stichtag"][1] == 3
    assert any(name.startswith("Rechtsgrundlage: Zusammenfassen") for name in found)
    meanings = {str(row[0].value): str(row[1].value) for row in book["Definitionen"].iter_rows()}
    assert "zu keiner zu addieren" in meanings["Ohne Einwilligung, nicht entdoppelt"]


_RATE = re.compile(r"zur(ü|ue)ckgehalten|zurueckgewiesen|bilanz|quote|%|prozent|wartend", re.IGNORECASE)


def test_no_workbook_shows_balances_or_rates_of_consent(night: Any, tmp_path: Path) -> None:
    warehouse = night[0]
    with warehouse.engine.connect() as connection:
        write_report(connection, jobcenter_nr=HERE, month=date(2026, 6, 1), targets={"xlsx": tmp_path / "a.xlsx"})
    book = load_workbook(tmp_path / "a.xlsx")
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                # Shares of those who take part, one Angabe at a time, have nothing to do with consent.
                assert "%" not in cell.number_format or sheet.title == "Wer", (sheet.title, cell.coordinate)
                if isinstance(cell.value, str) and not re.match(r"K\d(E\d)?: ", cell.value):
                    assert not _RATE.search(cell.value), (sheet.title, cell.value)
                    if sheet.title not in ("Auf einen Blick", "Definitionen"):
                        assert "Einwilligung" not in cell.value, (sheet.title, cell.value)


def test_no_view_leads_to_balances_and_controlling_sees_nothing_of_them(night: Any) -> None:
    warehouse = night[0]
    with warehouse.engine.connect() as connection:
        columns = connection.execute(
            text("""
                select table_name || '.' || column_name from information_schema.columns
                where table_schema in ('bericht', 'veroeffentlichung')
                """)
        ).scalars()
        assert not [name for name in columns if _RATE.search(name) or "einwilligung_" in name.split(".")[1]]
        # Balances are read where the Vorhabenträger sees how many known participations are counted (statement 14), and
        # why its figures differ from DATES III; persons without consent on their one line only.
        read = connection.execute(
            text("""
                select distinct v.relname, n.nspname || '.' || t.relname
                from pg_depend as d
                inner join pg_rewrite as r on d.objid = r.oid and d.classid = 'pg_rewrite'::regclass
                inner join pg_class as v on r.ev_class = v.oid
                inner join pg_class as t on d.refobjid = t.oid and d.refclassid = 'pg_class'::regclass
                inner join pg_namespace as n on t.relnamespace = n.oid
                inner join pg_namespace as s on v.relnamespace = s.oid
                where s.nspname in ('bericht', 'veroeffentlichung')
                """)
        ).all()
        assert {view for view, table in read if table == "betrieb.bilanz"} == {"abdeckung", "abgleich_dates"}
        assert {view for view, table in read if table == "zahl.ohne_einwilligung"} == {"ohne_einwilligung"}
        granted = connection.execute(
            text("""
                select r.rolname, n.nspname || '.' || c.relname as relation
                from pg_class as c
                inner join pg_namespace as n on c.relnamespace = n.oid
                cross join pg_roles as r
                where r.rolname in ('zaehlbar_controlling', 'zaehlbar_qualitaet') and c.relkind in ('r', 'v', 'm')
                    and n.nspname in ('betrieb', 'abgleich', 'kern', 'katalog', 'zahl', 'bericht')
                    and has_schema_privilege(r.rolname, n.oid, 'usage')
                    and has_any_column_privilege(r.rolname, c.oid, 'select')
                """)
        ).all()
    controlling = {row.relation for row in granted if row.rolname == "zaehlbar_controlling"}
    quality = {row.relation for row in granted if row.rolname == "zaehlbar_qualitaet"}
    assert controlling == set()
    # The Vorhabenträger's role sees each delivery's balance, but no number of a partner without consent.
    assert "betrieb.bilanz" in quality and "bericht.ohne_einwilligung" in quality
    assert not {name for name in quality if name.startswith(("zahl.", "kern.", "abgleich."))}


def test_the_screens_show_no_line_for_them_and_no_rate(night: Any) -> None:
    warehouse = night[0]
    with warehouse.engine.connect() as connection:
        shown = [figure_cells(row) for row in figures_excerpt(connection)]
        counted = figures(connection, Request(JUNE.von, JUNE.bis, ("tvp",), zeitraum="monat"))
    assert shown
    assert not _RATE.search(json.dumps([shown, counted["zeilen"], counted["hinweise"]], default=str))


def test_a_basis_that_is_taken_back_takes_the_numbers_along(night: Any) -> None:
    """The last of the module: it changes the site."""
    warehouse, settings, inbox, site = night
    path = site / "site.yaml"
    content = path.read_text(encoding="utf-8")
    begin = content.index("    ohne_einwilligung:")
    end = content.index("    empfaenger:", begin)
    path.write_text(content[:begin] + content[end:], encoding="utf-8")
    run_night(settings, inbox, site)
    assert line(warehouse) is None
    with warehouse.engine.connect() as connection:
        assert connection.execute(text("select count(*) from zahl.ohne_einwilligung")).scalar_one() == 0
        write_report(connection, jobcenter_nr=HERE, month=date(2026, 6, 1), targets={"xlsx": settings.home / "b.xlsx"})
    values = {
        str(cell.value)
        for sheet in load_workbook(settings.home / "b.xlsx")
        for row in sheet.iter_rows()
        for cell in row
    }
    assert not [value for value in values if "ohne Einwilligung" in value]
