"""A delivery through the door: manifest, constants, scope, findings, and the balance."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.support.ingest import ingest_file, profile, site_with, steps

from zaehlbar.contract import Scope, Severity, contract
from zaehlbar.ingest import Ingested, delivery_from_files, ingest
from zaehlbar.site import CsvFormat, FilePart, PeriodSource

MANIFEST = FilePart(
    tabelle="lieferung", muster=r"(?P<tvp_id>T\d\d)_(?P<monat>\d{4}-\d\d)_lieferung_v(?P<version>\d+)\.csv"
)
SCHRITTE = FilePart(
    tabelle="zwischenschritt", muster=r"(?P<tvp_id>T\d\d)_(?P<monat>\d{4}-\d\d)_schritte_v(?P<version>\d+)\.csv"
)
STEP_ROWS = "tn_nr;datum;code\nA1;2026-01-05;SPRACHE\nA2;2026-02-06;ZERTIFIKAT\n"


def deliver(folder: Path, manifest: str, rows: str = STEP_ROWS) -> Ingested:
    """A manifest and a table of one delivery, period from the manifest."""
    site = site_with(profile(MANIFEST, SCHRITTE, period=PeriodSource(aus="manifest"), vorhaben_id=None, tvp_id=None))
    files = [folder / "T01_2026-03_lieferung_v02.csv", folder / "T01_2026-03_schritte_v02.csv"]
    for path, content in zip(files, (manifest, rows), strict=True):
        path.write_text(content, encoding="utf-8")
    (delivery,) = delivery_from_files(files, site)
    return ingest(delivery, site)


def test_the_manifest_says_scope_version_and_increment(tmp_path: Path) -> None:
    head = "vorhaben_id;tvp_id;zeitraum_von;zeitraum_bis;version;umfang;anzahl_zwischenschritt"
    result = deliver(tmp_path, f"{head}\nV9001;T01;01.01.2026;31.03.2026;3;zuwachs;2\n")
    assert result.delivery.scope == Scope("V9001", "T01", date(2026, 1, 1), date(2026, 3, 31), "zuwachs")
    assert result.delivery.version == 3
    assert (result.fatal, result.findings) == (False, [])
    assert (result.manifest["anzahl_zwischenschritt"], result.manifest["umfang"]) == (2, "zuwachs")
    assert set(result.manifest) == set(contract().table("lieferung").field_names)
    steps_table = result.tables["zwischenschritt"]
    assert steps_table.column("vorhaben_id").to_pylist() == ["V9001", "V9001"]


def test_the_period_of_the_file_name_does_not_complete_a_manifest_but_its_version_does(tmp_path: Path) -> None:
    result = deliver(tmp_path, "vorhaben_id;tvp_id;berichtsmonat\nV9001;T01;2026-02\n")
    assert result.delivery.scope == Scope("V9001", "T01", date(2026, 2, 1), date(2026, 2, 28))
    assert result.delivery.version == 2
    silent = deliver(tmp_path, "vorhaben_id;tvp_id;zeitraum_bis\nV9001;T01;2026-03-31\n")
    assert silent.fatal
    assert [(f.rule, f.params["grund"]) for f in silent.findings] == [("ZB-D-007", "von")]


@pytest.mark.parametrize(
    "manifest", ["vorhaben_id;tvp_id;zeitraum_von;zeitraum_bis\nV1;T1;2026-03-31;2026-01-01\n", "vorhaben_id;tvp_id\n"]
)
def test_a_manifest_without_a_possible_period_is_fatal(tmp_path: Path, manifest: str) -> None:
    result = deliver(tmp_path, manifest)
    assert result.fatal
    assert "ZB-D-007" in {f.rule for f in result.findings}


def test_two_rows_in_a_manifest_are_an_error(tmp_path: Path) -> None:
    row = "V9001;T01;2026-02\n"
    result = deliver(tmp_path, "vorhaben_id;tvp_id;berichtsmonat\n" + 2 * row)
    assert [(f.rule, f.severity) for f in result.findings] == [("ZB-D-007", Severity.ERROR)]


def test_tables_have_all_fields_of_the_contract_in_their_types(tmp_path: Path) -> None:
    result = deliver(tmp_path, "vorhaben_id;tvp_id;berichtsmonat\nV9001;T01;2026-02\n", "tn_nr;datum;code\n")
    assert result.tables["zwischenschritt"].schema == contract().table("zwischenschritt").arrow_schema
    assert result.counts["zwischenschritt"].found == result.tables["zwischenschritt"].num_rows == 0
    assert not result.fatal


def test_unreadable_values_reject_only_where_they_matter(tmp_path: Path) -> None:
    part = FilePart(tabelle="teilnahme", muster=r".*\.csv", konstanten={"einwilligung_stufe": "1"})
    content = (
        "tn_nr;eintritt_datum;austritt_datum;distanz_aktuell;nachname\n"
        "A1;2026-01-05;;2;Probe\n"
        "A2;31.02.2026;;2;Probe\n"
        "A3;2026-01-05;bald;2;Probe\n"
        "A4;2026-01-05;;viel;Probe\n"
        "\xff;2026-01-05;;2;Probe\n"
        "A6;2026-01-05;;2;\xff\n"
    ).encode("latin-1")
    result = ingest_file(tmp_path / "x.csv", content, part)
    found = {(f.rule, f.field, str(f.severity), tuple(f.rows.tolist())) for f in result.findings if f.field}
    assert found == {
        ("ZB-F-002", "eintritt_datum", "error", (3,)),
        ("ZB-F-002", "austritt_datum", "error", (4,)),
        ("ZB-F-002", "distanz_aktuell", "warning", (5,)),
        ("ZB-D-006", "tn_nr", "error", (6,)),
        ("ZB-D-006", "nachname", "warning", (7,)),
    }
    assert result.unreadable["teilnahme"].tolist() == [False, True, True, False, True, False]
    dates = next(f for f in result.findings if f.field == "eintritt_datum")
    assert dates.params["erwartet"] == "Datum JJJJ-MM-TT oder TT.MM.JJJJ"
    assert dates.files is not None and dates.files.tolist() == [0]


def test_constants_fill_what_is_not_delivered(tmp_path: Path) -> None:
    part = steps(spalten={"tn_nr": "tn_nr", "datum": "datum", "code": "code"}, konstanten={"code": "SPRACHE"})
    result = ingest_file(tmp_path / "x.csv", b"tn_nr;datum;code\nA1;2026-01-05;\nA2;2026-01-05;ZERTIFIKAT\n", part)
    assert result.tables["zwischenschritt"].column("code").to_pylist() == ["SPRACHE", "ZERTIFIKAT"]
    days = steps(konstanten={"datum": date(2026, 1, 31)}, spalten={"tn_nr": "tn_nr", "code": "code"}, ignorieren=("*",))
    result = ingest_file(tmp_path / "y.csv", b"tn_nr;datum;code\nA1;2026-01-05;SPRACHE\n", days)
    assert result.tables["zwischenschritt"].column("datum").to_pylist() == [date(2026, 1, 31)]
    assert not result.findings


def test_a_constant_that_does_not_fit_is_a_finding(tmp_path: Path) -> None:
    part = steps(konstanten={"datum": "bald"}, spalten={"tn_nr": "tn_nr", "code": "code"})
    result = ingest_file(tmp_path / "x.csv", b"tn_nr;code\nA1;SPRACHE\n", part)
    assert [(f.rule, f.params["grund"]) for f in result.findings] == [("ZB-F-002", "konstante")]


def test_a_profile_that_forgets_a_key_column_is_told(tmp_path: Path) -> None:
    result = ingest_file(
        tmp_path / "x.csv", b"tn_nr;code\nA1;SPRACHE\n", steps(spalten={"tn_nr": "tn_nr", "code": "code"})
    )
    assert [(f.rule, f.field, str(f.severity)) for f in result.findings] == [("ZB-D-002", "datum", "error")]


def test_several_files_of_one_table_are_put_together(tmp_path: Path) -> None:
    site = site_with(profile(steps()))
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path, name in zip(paths, ("A", "B"), strict=True):
        path.write_text(f"tn_nr;datum;code\n{name};2026-01-05;SPRACHE\n{name}\n", encoding="utf-8")
    (delivery,) = delivery_from_files(paths, site)
    result = ingest(delivery, site)
    assert result.tables["zwischenschritt"].select(["tn_nr", "_zeile", "_datei"]).to_pylist() == [
        {"tn_nr": "A", "_zeile": 2, "_datei": 0},
        {"tn_nr": "B", "_zeile": 2, "_datei": 1},
    ]
    assert (result.counts["zwischenschritt"].found, result.counts["zwischenschritt"].rejected) == (4, 2)
    assert [f.files.tolist() for f in result.findings if f.files is not None] == [[0], [1]]


def test_month_totals_in_hours(tmp_path: Path) -> None:
    part = FilePart(
        tabelle="aktivitaet",
        muster=r".*\.csv",
        spalten={"tn_nr": "Nr", "datum": "Monat", "aktivitaet_code": "Code", "dauer_min": "Stunden"},
        konstanten={"periode": "M"},
        datumsformate=("%m/%Y",),
        dauer_einheit="h",
    )
    result = ingest_file(
        tmp_path / "x.csv", b"Nr;Monat;Code;Stunden\nA1;02/2026;C01;2,5\nA1;03/2026;C01;90 min\n", part
    )
    table = result.tables["aktivitaet"]
    assert table.column("datum").to_pylist() == [date(2026, 2, 28), date(2026, 3, 31)]
    assert table.column("dauer_min").to_pylist() == [150, 90]
    assert table.column("periode").to_pylist() == ["M", "M"]


def test_the_content_may_come_from_elsewhere(tmp_path: Path) -> None:
    site = site_with(profile(steps()))
    path = tmp_path / "x.csv"
    path.write_bytes(b"tn_nr;datum;code\nA1;2026-01-05;SPRACHE\n")
    (delivery,) = delivery_from_files([path], site)
    content = path.read_bytes()
    path.unlink()
    assert ingest(delivery, site, fetch=lambda _: content).tables["zwischenschritt"].num_rows == 1
    assert ingest(delivery, site).fatal


def test_no_personal_value_is_in_a_finding(tmp_path: Path) -> None:
    content = b'tn_nr;datum;code\nGeheim;Geheim;"Geheim\nGeheim\nGeheim;Geheim;Geheim\n'
    result = ingest_file(tmp_path / "x.csv", content, steps(format=CsvFormat()))
    assert len(result.findings) == 3
    assert "Geheim" not in repr([(f.rule, f.field, dict(f.params)) for f in result.findings])
