"""Every figure names its rules: mapping, counting rules, calendar, operating model, vorläufig or endgültig.

Internal views and workbooks; `zaehlbar figures` and Veröffentlichungen have tests of their own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook
from sqlalchemy import text
from tests.support import figures, reports

from zaehlbar import resources
from zaehlbar.categorize import RulesChanged, register_site
from zaehlbar.count.engine import MEASURES
from zaehlbar.dates import today
from zaehlbar.publish.files import write_report
from zaehlbar.site import Site, load_site

if TYPE_CHECKING:
    from tests.conftest import Warehouse
    from tests.integration.conftest import ExampleNight

RULES = reports.RULES
OF_PERSONS = "abgleich_version"


def test_every_view_with_figures_names_them_in_every_row(warehouse: Warehouse) -> None:
    with warehouse.engine.begin() as connection:
        figures.fill(connection)
    with warehouse.engine.connect() as connection:
        rows = connection.execute(
            text("select table_name, column_name from information_schema.columns where table_schema = 'bericht'")
        )
        views: dict[str, set[str]] = {}
        for view, column in rows:
            views.setdefault(view, set()).add(column)
        with_figures = [view for view, columns in views.items() if columns & {*MEASURES, "stunden"}]
        assert "monatszahlen" in with_figures
        for view in with_figures:
            # Persons without consent are counted per provider, by no merge rules.
            rules = RULES | ({OF_PERSONS} if "personen" in views[view] else set())
            assert views[view] >= rules, f"bericht.{view} lacks {rules - views[view]}"
            missing = " or ".join(f"{name} is null" for name in sorted(rules))
            query = text(f"select count(*), count(*) filter (where {missing}) from bericht.{view}")
            total, unnamed = connection.execute(query).one()
            assert total > 0 or view not in ("figuren", "monatszahlen")  # the others: on the example, below
            assert unnamed == 0


def test_statement_09_every_report_names_them_in_every_row(example_night: ExampleNight) -> None:
    with example_night.engine.connect() as connection:
        views = reports.columns_of_views(connection)
        assert reports.lacking(views, RULES) == {}
        for view, columns in views.items():
            rules = sorted((RULES | {OF_PERSONS}) & columns)
            if view == "ohne_einwilligung" or not rules:
                continue
            missing = " or ".join(f"{name} is null" for name in rules)
            query = text(f"select count(*), count(*) filter (where {missing}) from bericht.{view}")
            total, unnamed = connection.execute(query).one()
            assert (total > 0, unnamed) == (True, 0), view


@pytest.mark.parametrize("months, said", [(0, "endgültig"), (1, "vorläufig")])
def test_a_month_is_final_on_the_day_it_is_read(warehouse: Warehouse, months: int, said: str) -> None:
    """Not on that of the last count: nothing need change for a month to become final."""
    with warehouse.engine.begin() as connection:
        figures.fill(connection)
        day = today()
        passed = (day.year - 2026) * 12 + day.month - 7  # whole months since the end of June 2026
        connection.execute(text("update betrieb.regelwerk set vorlaeufig_monate = :n"), {"n": passed + months})
        query = text("select distinct stand from bericht.figuren where zeitraum = 'monat' and ende = '2026-06-30'")
        assert connection.execute(query).scalars().all() == [said]
        apart = text("select distinct stand from bericht.ohne_einwilligung where monat = '2026-06-01'")
        assert connection.execute(apart).scalars().all() == [said]
        frames = text("select stand from zahl.rahmen where ende = '2026-06-30'")
        assert set(connection.execute(frames).scalars()) == {said}


def test_the_workbook_names_them_and_the_count(warehouse: Warehouse, tmp_path: Path) -> None:
    with warehouse.engine.begin() as connection:
        run = figures.fill(connection)
        connection.execute(
            text("""
                update betrieb.regelwerk set site_version = 'S-77', katalog_version = 'A-11',
                    zaehlregeln_version = 'Z-22',
                    kalender_version = 'C-33', abgleich_version = 'M-55',
                    validierung_version = 'P-44', betriebsmodell = 'M2'
                """)
        )
    path = tmp_path / "a.xlsx"
    with warehouse.engine.connect() as connection:
        mapping = connection.execute(text("select kategorien_version from betrieb.regelwerk")).scalar_one()
        write_report(connection, jobcenter_nr="99901", month=figures.LAST_MONTH, targets={"xlsx": path})
    book = load_workbook(path)
    sheet = book["Grundlage"]
    said = {str(row[0].value): str(row[1].value) for row in sheet.iter_rows() if row[1].value is not None}
    expected = {
        "Site": "S-77",
        "Betriebsmodell": "M2",
        "Aktivitätenkatalog": "A-11",
        "Zuordnung zu Kategorien": f"Version {mapping}",
        "Abstimmung": "Vorschlag, nicht abgestimmt",
        "Zählregeln": "Z-22",
        "Kalender der Stichtage": "C-33",
        "Abgleichregeln": "M-55",
        "Prüfregeln": "P-44",
        "Stand der Zahlen": "endgültig",
        "Lauf": f"Nr. {run}, gezählt am 02.07.2026 02:10",
    }
    for name, value in expected.items():
        assert value in said.get(name, ""), name
    for other in book.worksheets:
        assert "endgültig" in str(other["A2"].value), f"{other.title}: vorläufig or endgültig"


def test_every_measure_is_defined(warehouse: Warehouse, tmp_path: Path) -> None:
    with warehouse.engine.begin() as connection:
        figures.fill(connection)
    with warehouse.engine.connect() as connection:
        write_report(connection, jobcenter_nr="99901", month=figures.LAST_MONTH, targets={"xlsx": tmp_path / "a.xlsx"})
    book = load_workbook(tmp_path / "a.xlsx")
    defined = {str(row[0].value) for row in book["Definitionen"].iter_rows() if row[1].value}
    shown = {str(cell.value).replace("\n", " ") for row in book["Verlauf 12 Monate"]["A6:N6"] for cell in row} - {
        "Monat",
        "Stand",
    }
    assert {name if name != "Lieferungen" else "Lieferungen x von y" for name in shown} <= defined


def _changed(site: Site, part: str) -> Site:
    if part == "kategorien.yaml":
        first, *others = site.kategorien.zuordnung
        moved = first.model_copy(update={"kategorie": "K-TEIL"})
        return site.model_copy(
            update={"kategorien": site.kategorien.model_copy(update={"zuordnung": (moved, *others)})}
        )
    if part == "zaehlregeln.yaml":
        return site.model_copy(update={"zaehlregeln": site.zaehlregeln.model_copy(update={"aktiv_tage": 61})})
    return site.model_copy(update={"hashes": site.hashes | {part: "0" * 64}})


@pytest.mark.parametrize("part", ["abgleich.yaml", "bezeichnungen.yaml", "kategorien.yaml", "zaehlregeln.yaml"])
def test_changed_rules_under_an_old_version_are_refused(warehouse: Warehouse, part: str) -> None:
    site = load_site(resources.folder("site"))
    with warehouse.engine.connect() as connection:
        first = register_site(connection, site)
        assert register_site(connection, site) == first
        with pytest.raises(RulesChanged, match=part):
            register_site(connection, _changed(site, part))
        connection.rollback()
