"""DESIGN.md, statement 5: names, birth dates, PLZ and tn_nr appear in no table, log, XCom, report or result.

The example inbox runs through Airflow and through the command line; then everything they wrote is searched, except the
key ring and the archive of raw files, which are the trusted zone.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.conftest import Warehouse
from tests.support.night import EXAMPLES, SITE

from zaehlbar.airflow_home import migrate, run_dag
from zaehlbar.contract import contract
from zaehlbar.ingest import discover, ingest
from zaehlbar.settings import Settings, load_settings
from zaehlbar.site import load_site

TRUSTED = ("keys", "archive")
FIELDS = tuple(field.name for field in contract().table("teilnahme").fields if field.personal)


def _personal_values() -> set[str]:
    """Every name, birth date (as ISO and as TT.MM.JJJJ), PLZ and tn_nr that the example deliveries carry."""
    site = load_site(SITE)
    values: set[str] = set()
    for delivery in discover(EXAMPLES / "inbox", site).deliveries:
        for table in ingest(delivery, site).tables.values():
            for name in set(FIELDS) & set(table.column_names):
                for value in table.column(name).unique().to_pylist():
                    if isinstance(value, date):
                        values |= {value.isoformat(), f"{value:%d.%m.%Y}"}
                    elif value is not None:
                        values.add(value)
    return {value for value in values if len(value) > 3}


def _written(settings: Settings, engine: object) -> Iterator[tuple[str, bytes]]:
    """All that was written: tables of the warehouse, Airflow's database row by row, every file, workbooks unpacked."""
    import sqlalchemy as sa

    assert isinstance(engine, sa.Engine)
    with engine.connect() as connection:
        names = connection.execute(
            text("""
                select format('%I.%I', table_schema, table_name) from information_schema.tables
                where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
                """)
        ).scalars()
        for name in list(names):
            rows = connection.execute(text(f"select t::text from {name} as t")).scalars().all()
            yield name, "\n".join(rows).encode()
    for path in sorted(path for path in settings.home.rglob("*") if path.is_file()):
        relative = path.relative_to(settings.home)
        if relative.parts[0] in TRUSTED:
            continue
        if path.suffix == ".db":
            yield str(relative), "\n".join(sqlite3.connect(path).iterdump()).encode()
        yield f"name of {relative}", str(relative).encode()
        yield str(relative), path.read_bytes()
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as archive:
                for member in archive.namelist():
                    yield f"{relative}/{member}", archive.read(member)


def _forms(value: str) -> set[bytes]:
    """The value as it could have been written: encodings, lower case, unkeyed hashes of it."""
    plain = value.lower()
    forms = {plain.encode(), plain.encode("utf-16-le")}
    forms.add(plain.encode("cp1252", "ignore") if plain.encode("cp1252", "ignore") else plain.encode())
    for spelling in {value, plain, value.upper()}:
        forms |= {hashlib.new(kind, spelling.encode()).hexdigest().encode() for kind in ("md5", "sha1", "sha256")}
    return forms


def _command(settings: Settings, *arguments: str) -> bytes:
    """Run the command line as a person would, at debug level; return all it printed."""
    environment = os.environ | {
        "ZAEHLBAR_HOME": str(settings.home),
        "ZAEHLBAR_WAREHOUSE_URL": settings.warehouse_url or "",
        "PYTHONWARNINGS": "default",
    }
    code = "import logging, sys; logging.basicConfig(level=logging.DEBUG); from zaehlbar.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, check=False, timeout=240
    )
    return done.stdout + done.stderr


@pytest.mark.slow
def test_statement_05_no_name_leaves(warehouse: Warehouse, tmp_path: Path) -> None:
    values = _personal_values()
    assert len(values) > 300
    home = tmp_path / "home"
    settings = load_settings({"ZAEHLBAR_HOME": str(home), "ZAEHLBAR_WAREHOUSE_URL": warehouse.url}, tmp_path)
    migrate(settings)
    inbox, site = str(EXAMPLES / "inbox"), str(SITE)
    os.environ["ZAEHLBAR_WAREHOUSE_URL"] = warehouse.url
    try:
        succeeded, _ = run_dag(settings, "nightly_load", {"inbox": inbox, "site": site})
    finally:
        del os.environ["ZAEHLBAR_WAREHOUSE_URL"]
    assert succeeded
    printed = {
        "run --again": _command(settings, "run", "--again", "--inbox", inbox, "--site", site),
        "run --dry-run": _command(settings, "run", "--dry-run", "--inbox", inbox, "--site", site),
        "status": _command(settings, "status", "--json"),
        "review": _command(settings, "review", "approve", "19", "--grund", "Probe", "--von", "qualitaet"),
        "figures": _command(settings, "figures", "--month", "2026-06", "--by", "tvp", "--json"),
    }
    searched = [*_written(settings, warehouse.engine), *printed.items()]
    places = {name for name, _ in searched}
    assert {"kern.teilnahme", "betrieb.befund", "run --again"} <= places
    assert any(name.endswith("befunde.html") for name in places)
    assert any(name.startswith("airflow/") and name.endswith(".log") for name in places)
    # Five digits alone occur inside keyed tokens and clock times: a postcode must stand by itself.
    postcodes = {value for value in values if re.fullmatch(r"\d{5}", value)}
    needles = {form: value for value in values - postcodes for form in _forms(value)}
    found = set()
    for name, content in searched:
        lowered = content.lower()
        found |= {(name, needles[form]) for form in needles if form in lowered}
        found |= {(name, plz) for plz in postcodes if re.search(rf"(?<![0-9a-z]){plz}(?![0-9a-z])".encode(), lowered)}
    assert found == set()


def test_the_search_would_find_a_leak() -> None:
    """A search that finds nothing anywhere proves nothing."""
    value = "Müller-Testina"
    for written in (value, value.upper(), hashlib.sha256(value.encode()).hexdigest()):
        assert any(form in written.lower().encode() for form in _forms(value))
    assert any(form in value.lower().encode("utf-16-le") for form in _forms(value))
    assert not any(form in b"Mueller" for form in _forms(value))
