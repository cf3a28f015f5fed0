"""An instance with a few people that exercise their rights: files of two partners, one night, to be copied per test.

Ada is at both partners and at T04 under another number; her namesake was born on another day; Bo has no full birth
date; Cem withdrew. T06 sent a delivery with Ada that a person has to decide on.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa
from tests.conftest import TestServer
from tests.support.night import SITE

from zaehlbar.nightly import run_night
from zaehlbar.settings import Settings, load_settings
from zaehlbar.warehouse.connect import engine_for

HEAD = (
    "Nummer;Nachname;Vorname;Geburtsdatum;Geschlecht;Quartier;Eintritt;Austritt;Zugangsweg;Rechtskreis;Jobcenter;"
    "Erwerbsstatus;Arbeitslos;Einwilligung;Einwilligung am"
)


@dataclass(frozen=True)
class Row:
    """One participation of a delivery in the profile `basis`."""

    tn: str
    last: str
    first: str
    born: str
    entry: str = "10.01.2026"
    exit: str = ""
    jobcenter: str = "99902"
    consent: str = "1"
    consent_on: str = "10.01.2026"

    @property
    def line(self) -> str:
        return ";".join(
            (self.tn, self.last, self.first, self.born, "w", "Q21", self.entry, self.exit, "QM", "SGB2",
             self.jobcenter, "ALO", "AB12", self.consent, self.consent_on)
        )  # fmt: skip


ADA = Row("A-1", "Łuczak-Öztürk", "Ada", "03.05.1985")
ADA_ELSEWHERE = Row("B-7", "Luczak Oeztuerk", "Ada", "03.05.1985", entry="02.02.2026", exit="20.03.2026")
NAMESAKE = Row("A-2", "Łuczak-Öztürk", "Ada", "14.11.1991")
BO = Row("A-3", "Vogelsang", "Bo", "01.01.1970")
CEM = Row("A-4", "Ünlü", "Cem", "07.07.1979", exit="30.04.2026")
OTHERS = [Row(f"A-{number}", f"Andere{number}", "Eva", f"{number}.06.1990") for number in range(10, 16)]

T05 = [ADA, NAMESAKE, BO, CEM, *OTHERS]
T04 = [ADA_ELSEWHERE, *(replace(row, tn=f"B-{row.tn}", last=f"Fremd{row.tn[2:]}") for row in OTHERS)]


def deliver(inbox: Path, tvp: str, rows: list[Row], *, end: str = "2026-06-30", version: int = 1) -> None:
    """Write the two files of a delivery of V9002 for the first half of 2026 (or up to `end`)."""
    folder = inbox / tvp
    folder.mkdir(parents=True, exist_ok=True)
    base = f"Basis_V9002_{tvp}_2026-01-01_{end}"
    text = "\n".join([HEAD, *(row.line for row in rows)]) + "\n"
    (folder / f"{base}_Teilnahmen_v{version}.csv").write_text(text, encoding="utf-8")
    units = "\n".join(["Nummer;Monatsletzter;Aktivität;Stunden", *(f"{tn};28.02.2026;C01;9,5" for tn in _once(rows))])
    (folder / f"{base}_Monatswerte_v{version}.csv").write_text(units + "\n", encoding="utf-8")


def _once(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(row.tn for row in rows))


def make_site(folder: Path) -> Path:
    """The example site, with three partners of V9002 that deliver in the profile `basis`."""
    site = folder / "site"
    shutil.copytree(SITE, site)
    vorhaben = (site / "vorhaben.yaml").read_text(encoding="utf-8")
    before, rest = vorhaben.split("tvp_id: T04", 1)
    middle, after = rest.split("vorhaben_id: V9003", 1)
    middle = middle.replace("profil: kanonisch", "profil: basis").replace("profil: werkstatt", "profil: basis")
    (site / "vorhaben.yaml").write_text(f"{before}tvp_id: T04{middle}vorhaben_id: V9003{after}", encoding="utf-8")
    return site


def let_inbox_be_emptied(site: Path) -> None:
    """Change the site: its inboxes are emptied with the raw files."""
    path = site / "aufbewahrung.yaml"
    text = path.read_text(encoding="utf-8").replace("eingang_leeren: false", "eingang_leeren: true")
    path.write_text(text.replace('version: "1"', 'version: "2"'), encoding="utf-8")


@dataclass(frozen=True)
class Instance:
    """A home with its warehouse, site and inbox."""

    settings: Settings
    engine: sa.Engine
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            "ZAEHLBAR_HOME": str(self.folder / "home"),
            "ZAEHLBAR_WAREHOUSE_URL": self.settings.warehouse_url or "",
            "ZAEHLBAR_SITE": str(self.folder / "site"),
            "ZAEHLBAR_INBOX": str(self.folder / "inbox"),
        }

    def night(self) -> None:
        run_night(self.settings, self.settings.inbox, self.settings.site_folder)

    def scalar(self, query: str, **values: object) -> object:
        with self.engine.connect() as connection:
            return connection.execute(sa.text(query), values).scalar_one()

    def person_file(self, row: Row | None = None, more: str = "", **other: str) -> Path:
        """Write a person file with the names of `row` or other keys; 0600."""
        day, month, year = row.born.split(".") if row else ("", "", "")
        values = {"nachname": row.last, "vorname": row.first, "geburtsdatum": f"{year}-{month}-{day}"} if row else {}
        path = self.folder / "person.yaml"
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("".join(f'{key}: "{value}"\n' for key, value in {**values, **other}.items()) + more)
        return path


@contextmanager
def template(server: TestServer, database: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """Run the night once; yield the name of the database and the folder, both to be copied."""
    name = server.create("rechte", database)
    make_site(folder)
    deliver(folder / "inbox", "T05", T05)
    deliver(folder / "inbox", "T04", T04)
    # A third of its rows is unusable, so that a person has to decide on it.
    bad = replace(OTHERS[0], tn="C-2", entry="kein Tag")
    deliver(folder / "inbox", "T06", [replace(ADA, tn="C-1"), bad, replace(OTHERS[1], tn="C-3")])
    with _instance(server.url(name), folder) as first:
        first.night()
    yield name, folder
    server.drop(name)


@contextmanager
def copy(server: TestServer, made: tuple[str, Path], folder: Path) -> Iterator[Instance]:
    """Yield a copy of the template that a test may do with as it likes."""
    name = server.create("rechte", made[0])
    shutil.copytree(made[1], folder, dirs_exist_ok=True, copy_function=shutil.copy2)
    try:
        with _instance(server.url(name), folder) as instance:
            with instance.engine.begin() as connection:
                connection.execute(sa.text("update betrieb.lauf set eingang = :i"), {"i": str(folder / "inbox")})
            yield instance
    finally:
        server.drop(name)


@contextmanager
def _instance(url: str, folder: Path) -> Iterator[Instance]:
    environment = {
        "ZAEHLBAR_HOME": str(folder / "home"),
        "ZAEHLBAR_WAREHOUSE_URL": url,
        "ZAEHLBAR_SITE": str(folder / "site"),
        "ZAEHLBAR_INBOX": str(folder / "inbox"),
    }
    engine = engine_for(url)
    try:
        yield Instance(load_settings(environment, folder), engine, folder)
    finally:
        engine.dispose()
