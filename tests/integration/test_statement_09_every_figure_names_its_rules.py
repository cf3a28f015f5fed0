"""Every figure names its rules: mapping, counting rules, calendar, operating model, vorläufig or endgültig.

Internal views and workbooks; `zaehlbar figures` and Veröffentlichungen have tests of their own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook
from sqlalchemy import text
from tests.support import figures

from zaehlbar import resources
from zaehlbar.categorize import RulesChanged, register_site
from zaehlbar.count.engine import MEASURES
from zaehlbar.publish.workbook import write_workbook
from zaehlbar.site import load_site

if TYPE_CHECKING:
    from tests.conftest import Warehouse

RULES = {"kategorien_version", "zuordnung_stand", "zaehlregeln_version", "kalender_version", "betriebsmodell", "stand"}
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
            assert total > 0
            assert unnamed == 0


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
        write_workbook(connection, jobcenter_nr="99901", month=figures.LAST_MONTH, path=path)
    book = load_workbook(path)
    sheet = book["Definitionen"]
    said = {str(row[0].value): str(row[1].value) for row in sheet.iter_rows() if row[1].value is not None}
    expected = {
        "Site": "S-77",
        "Betriebsmodell": "M2",
        "Aktivitätenkatalog": "A-11",
        "Zuordnung zu Kategorien": f"Version {mapping} (Vorschlag, nicht abgestimmt)",
        "Zählregeln": "Z-22",
        "Kalender der Stichtage": "C-33",
        "Abgleichregeln": "M-55",
        "Prüfregeln": "P-44",
        "Stand der Zahlen": "vorläufig",
        "Lauf": f"Nr. {run}",
        "Gezählt am": "02.07.2026 02:10",
    }
    for name, value in expected.items():
        assert value in said.get(name, ""), name
    for other in book.worksheets:
        assert "vorläufig" in str(other["A2"].value), f"{other.title}: vorläufig or endgültig"


def test_every_measure_is_defined(warehouse: Warehouse, tmp_path: Path) -> None:
    with warehouse.engine.begin() as connection:
        figures.fill(connection)
    with warehouse.engine.connect() as connection:
        write_workbook(connection, jobcenter_nr="99901", month=figures.LAST_MONTH, path=tmp_path / "a.xlsx")
    book = load_workbook(tmp_path / "a.xlsx")
    defined = {str(row[0].value) for row in book["Definitionen"].iter_rows() if row[1].value}
    shown = {str(cell.value).replace("\n", " ") for row in book["Verlauf"]["A6:L6"] for cell in row} - {
        "Monat",
        "Stand",
    }
    assert {name if name != "Lieferungen" else "Lieferungen x von y" for name in shown} <= defined


@pytest.mark.parametrize("part", ["abgleich.yaml", "kategorien.yaml", "zaehlregeln.yaml"])
def test_changed_rules_under_an_old_version_are_refused(warehouse: Warehouse, part: str) -> None:
    site = load_site(resources.folder("site"))
    changed = site.model_copy(update={"hashes": site.hashes | {part: "0" * 64}})
    with warehouse.engine.connect() as connection:
        first = register_site(connection, site)
        assert register_site(connection, site) == first
        with pytest.raises(RulesChanged, match=part):
            register_site(connection, changed)
        connection.rollback()
