"""A search that finds nothing proves nothing by itself: here every way of writing a value is found, in every place."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import io
import json
import logging
import os
import quopri
import sqlite3
import subprocess
import sys
import unicodedata
import urllib.parse
import uuid
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from tests.conftest import Warehouse
from tests.support.leak import sinks
from tests.support.leak.needles import ALGORITHMS, EPOCH, needles
from tests.support.leak.people import Person
from tests.support.leak.search import Search, unpacked

from zaehlbar.settings import load_settings

WHO = Person(
    nachname="Güllēż-Ďuraßmann",
    vorname="Øyvîndræd Ķonstançe",
    geburtsdatum=date(1937, 3, 14),
    plz="98317",
    strasse="Ĉirkaŭgasse 17",
    telefon="07615550172",
    mail="quellwolke@leckprobe.invalid",
    kundennummer="731Z480217",
    bg_nummer="90417//0083621",
    tn_nr="Qx-7731-WZ",
)
NAME = WHO.nachname
NOISE = b"2026-11-22 19:15:22.318831 [info] 4711 rows, sha256=" + hashlib.sha256(b"nobody").hexdigest().encode() + b"\n"


@pytest.fixture(scope="module")
def search() -> Search:
    return Search(needles([WHO], ["Büchermännchenliste"]))


def _plain(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))


SPELLINGS: dict[str, str] = {
    "as it is": NAME,
    "upper case": NAME.upper(),
    "lower case": NAME.lower(),
    "decomposed": unicodedata.normalize("NFD", NAME),
    "without marks": _plain(NAME),
    "search form": "GUELLEZDURASSMANN",
    "transliterated": "guellez-durassmann",
    "one part of it": "Ďuraßmann",
    "without hyphen": NAME.replace("-", " "),
    "in SQL": "O''" + NAME,
    "of a file": "Liste_Büchermännchenliste_v2.csv",
}

WRITTEN: dict[str, Callable[[str], bytes]] = {
    "UTF-8": lambda text: text.encode(),
    "UTF-16 little endian": lambda text: text.encode("utf-16-le"),
    "UTF-16 big endian": lambda text: text.encode("utf-16-be"),
    "UTF-32": lambda text: text.encode("utf-32-le"),
    "Windows-1252, marks lost": lambda text: text.encode("cp1252", "replace"),
    "ISO 8859-2, marks lost": lambda text: text.encode("iso8859-2", "replace"),
    "UTF-8 read as Windows-1252": lambda text: text.encode().decode("cp1252", "replace").encode(),
    "JSON": lambda text: json.dumps({"name": text}).encode(),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)).encode(),
    "Python": lambda text: ascii(text).encode(),
    "bytes of Python": lambda text: repr(text.encode()).encode(),
    "octal": lambda text: "".join(f"\\{byte:03o}" if byte > 127 else chr(byte) for byte in text.encode()).encode(),
    "address": lambda text: urllib.parse.quote(text).encode(),
    "address, all of it": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()).encode(),
    "JavaScript": lambda text: "".join(f"%u{ord(sign):04x}" for sign in text).encode(),
    "HTML": lambda text: html.escape(text).encode("ascii", "xmlcharrefreplace"),
    "HTML, hexadecimal": lambda text: "".join(f"&#x{ord(sign):x};" for sign in text).encode(),
    "HTML, by name": lambda text: text.replace("ü", "&uuml;").replace("ß", "&szlig;").encode(),
    "quoted-printable": lambda text: quopri.encodestring(b"x" * 70 + text.encode()),
    "hexadecimal": lambda text: text.encode().hex().encode(),
    "hexadecimal, upper case": lambda text: text.encode().hex().upper().encode(),
    "hexadecimal of UTF-16": lambda text: text.encode("utf-16-le").hex().encode(),
    "hexadecimal in the middle": lambda text: b"0f1" + text.encode().hex().encode() + b"77",
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16-le")),
    "base64, one byte before": lambda text: base64.b64encode(b"x" + text.encode()),
    "base64, two bytes before": lambda text: base64.urlsafe_b64encode(b"xy" + text.encode() + b"?>?>"),
    "base64 without end": lambda text: base64.b64encode(text.encode()).rstrip(b"="),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("writing", WRITTEN)
def test_a_name_is_found(search: Search, spelling: str, writing: str) -> None:
    assert search("x", NOISE + WRITTEN[writing](SPELLINGS[spelling]) + NOISE), (spelling, writing)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(
    "of",
    [
        NAME,
        NAME.lower(),
        NAME.upper(),
        "GUELLEZDURASSMANN",
        WHO.vorname,
        "1937-03-14",
        "14.03.1937",
        WHO.plz,
        WHO.tn_nr,
        WHO.kundennummer,
        f"{NAME}|{WHO.vorname}|1937-03-14",
        f"{NAME};{WHO.vorname};14.03.1937".lower(),
        f"{WHO.vorname} {NAME}",
        "GUELLEZDURASSMANN\x1fOEYVINDRAEDKONSTANCE\x1f1937-03-14",
        f"V9001|T01|{WHO.tn_nr}",
        f"{NAME}|{WHO.vorname}|1937-03-14|{WHO.plz}",
    ],
)
def test_a_hash_without_key_is_found(search: Search, algorithm: str, of: str) -> None:
    digest = hashlib.new(algorithm, of.encode()).digest()
    token = str(uuid.UUID(bytes=digest[:16])).encode()
    for written in (digest, digest.hex().encode(), base64.b64encode(digest), digest.hex()[:16].upper().encode(), token):
        assert search("x", NOISE + written + NOISE), written


@pytest.mark.parametrize(
    "text",
    ["1937-03-14", "14.03.1937", "14.3.1937", "19370314", "14031937", "03/14/1937", "14. März 1937", "14.03.37",
     "datetime.date(1937, 3, 14)", "1937-03-14T00:00:00", str((date(1937, 3, 14) - EPOCH).days * 86_400)],
)  # fmt: skip
def test_a_birth_date_is_found(search: Search, text: str) -> None:
    assert search("x", NOISE + text.encode() + b"\n" + NOISE)


def test_a_date_is_found_as_a_number_in_tables_only(search: Search) -> None:
    days, serial = (date(1937, 3, 14) - EPOCH).days, (date(1937, 3, 14) - date(1899, 12, 30)).days
    for number in (days, serial):
        assert search("x", f"a\t{number}\tb".encode(), table=True)
        assert not search("x", f"a\t{number}\tb".encode())
    binary = (datetime(1937, 3, 14) - datetime(1970, 1, 1)).days * 86_400_000_000  # noqa: DTZ001
    assert search("x", b"PAR1" + binary.to_bytes(8, "little", signed=True))


@pytest.mark.parametrize("field", ["plz", "strasse", "telefon", "mail", "kundennummer", "bg_nummer", "tn_nr"])
def test_addresses_and_numbers_are_found(search: Search, field: str) -> None:
    value = getattr(WHO, field)
    for text in (value, value.upper(), json.dumps(value)):
        assert search("x", NOISE + text.encode() + b"\n")
    assert search("x", value.encode("utf-16-le"))


def test_a_number_is_no_part_of_another(search: Search) -> None:
    for text in ("0.98317", "983171", "ab98317", "198317", "3,98317"):
        assert not search("x", text.encode()), text
    assert not search("x", NOISE * 1000 + os.urandom(300_000) + os.urandom(100_000).hex().encode())


def test_it_is_found_in_packed_files(search: Search) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", f"<t>{NAME}</t>")
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mappe.xlsx", inner.getvalue())
        archive.writestr(f"{WHO.vorname}.txt", "")
    for content in (outer.getvalue(), gzip.compress(outer.getvalue())):
        labels = {hit.label for part, inside in unpacked("x", content) for hit in search(part, inside)}
        assert {"nachname 0", "vorname 0"} <= labels


# --- places ----------------------------------------------------------------------------------------------------


def test_it_is_found_in_every_place(
    search: Search, warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One leak of each kind, made on purpose; each of them is seen."""
    home = tmp_path / "home"
    (home / "logs").mkdir(parents=True)
    settings = load_settings({"ZAEHLBAR_HOME": str(home), "ZAEHLBAR_WAREHOUSE_URL": warehouse.url}, tmp_path)
    with sinks.listening() as log, sinks.Watch(warehouse.url, (home,)) as watch:
        with warehouse.engine.begin() as connection:
            connection.exec_driver_sql("create table public.leck (a text, b bytea)")
            connection.exec_driver_sql(f"comment on table public.leck is '{WHO.mail}'")
            written = (WHO.vorname, NAME.encode("utf-16-le"))
            connection.exec_driver_sql("insert into public.leck values (%s, %s)", written)
            connection.exec_driver_sql(f"select pg_sleep(0.3) /* {WHO.telefon} */")
        with sqlite3.connect(home / "airflow.db") as database:
            database.execute("create table xcom (value text)")
            database.execute("insert into xcom values (?)", (WHO.tn_nr,))
        database.close()
        (home / "logs" / f"{WHO.kundennummer}.log").write_text(WHO.plz, encoding="utf-8")
        environment = os.environ | {"LECK": WHO.bg_nummer}
        subprocess.run([sys.executable, "-c", "import time; time.sleep(0.5)", NAME], env=environment, check=True)
        try:
            raise ValueError(WHO.strasse)
        except ValueError:
            logging.getLogger("leck").debug("failed", exc_info=True, extra={"who": f"{WHO.geburtsdatum:%d.%m.%Y}"})
    where = {
        "warehouse": ({"vorname 0", "nachname 0", "mail 0"}, sinks.warehouse_dump(settings)),
        "files": ({"tn_nr 0", "kundennummer 0", "plz 0"}, sinks.files(home)),
        "seen": ({"nachname 0", "bg_nummer 0", "telefon 0", "plz 0"}, watch.sinks()),
        "log": ({"strasse 0", "geburtsdatum 0"}, [log.sink()]),
    }
    for place, (expected, contents) in where.items():
        found = {hit.label for name, content, table in contents for hit in search(name, content, table=table)}
        assert expected <= found, place
