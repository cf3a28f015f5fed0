"""What the warehouse knows of the review: who agreed to what, and what codes are called on a day."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Connection, text
from tests.conftest import Warehouse

from zaehlbar import resources
from zaehlbar.categorize import RulesChanged, register_site
from zaehlbar.site import Site, all_labels, label, load_site
from zaehlbar.site.agreement import PARTS, Consent, state

FIELDS = dict(zip(PARTS, ("katalog", "kategorien", "zaehlregeln"), strict=True))


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(resources.folder("site"))


def agreed(site: Site, *files: str) -> Site:
    """Return the site with both consents to these files, as if it had been written so (the hash changes)."""
    update: dict[str, object] = {}
    for file in files:
        part = getattr(site, FIELDS[file])
        first = Consent(funktion="Projektleitung BIWAQ", am=date(2026, 9, 1), version=part.version)
        second = Consent(funktion="Geschäftsführung Jobcenter", am=date(2026, 9, 15), version=part.version)
        update[FIELDS[file]] = part.model_copy(update={"freigegeben": first, "zugestimmt": second})
    hashes = site.hashes | {file: f"{number}" * 64 for number, file in enumerate(files)}
    return site.model_copy(update=update | {"hashes": hashes})


def stored_state(connection: Connection, number: int) -> str:
    query = text("select abstimmung from betrieb.regelwerk where regelwerk_nr = :nr")
    return str(connection.execute(query, {"nr": number}).scalar_one())


def test_consents_come_to_the_version_they_are_for_and_open_parts_are_named(warehouse: Warehouse, site: Site) -> None:
    parts = list(PARTS)
    chosen = [[parts[at] for at in range(3) if bits & 1 << at] for bits in range(8)]
    with warehouse.engine.begin() as connection:
        numbers = []
        for files in chosen:
            candidate = agreed(site, *files)
            number = register_site(connection, candidate)
            assert stored_state(connection, number) == state(candidate)
            numbers.append(number)
        assert len(set(numbers)) == 8
        rows = connection.execute(
            text("select teil, freigegeben_am, zugestimmt_funktion from katalog.abstimmung where regelwerk_nr = :nr"),
            {"nr": numbers[1]},
        ).all()
    assert {row.teil: row.freigegeben_am for row in rows} == {
        "katalog.yaml": date(2026, 9, 1),
        "kategorien.yaml": None,
        "zaehlregeln.yaml": None,
    }


def test_a_version_stored_by_its_whole_file_is_known_again(warehouse: Warehouse, site: Site) -> None:
    """Warehouses from before consents were apart from the content keep their versions, and take consents to them."""
    with warehouse.engine.begin() as connection:
        for file in PARTS:
            version = getattr(site, FIELDS[file]).version
            connection.execute(
                text("insert into betrieb.regelwerk_teil values (:teil, :version, :sha256)"),
                {"teil": file, "version": version, "sha256": site.hashes[file]},
            )
        register_site(connection, site)
        register_site(connection, agreed(site, *PARTS))
        other = site.zaehlregeln.model_copy(update={"schwelle_stunden": 9})
        with pytest.raises(RulesChanged, match=r"zaehlregeln\.yaml"):
            register_site(connection, site.model_copy(update={"zaehlregeln": other}))


def test_the_warehouse_calls_codes_on_a_day_as_the_site_does(warehouse: Warehouse, site: Site) -> None:
    days = [date(2004, 12, 31), date(2026, 6, 30), date(2026, 7, 1)]
    asked = [(item.art, item.code, day) for item in all_labels(site) for day in days]
    asked += [("aktivitaet_code", "Z98", days[0])]
    with warehouse.engine.begin() as connection:
        number = register_site(connection, site)
        rows = connection.execute(
            text("""
                select a.art, a.code, a.tag, katalog.bezeichnung_am(:nr, a.art, a.code, a.tag) as bezeichnung
                from unnest(cast(:arten as text[]), cast(:codes as text[]), cast(:tage as date[])) as a (art, code, tag)
                """),
            {"nr": number, "arten": [a for a, _, _ in asked], "codes": [c for _, c, _ in asked],
             "tage": [d for _, _, d in asked]},
        ).all()  # fmt: skip
    assert {(r.art, r.code, r.tag): r.bezeichnung for r in rows} == {key: label(site, *key) for key in asked}
