"""Exports that nobody on this project wrote (US HUD reporting test kit in German wrapping), read by ingest."""

from __future__ import annotations

from datetime import date

import pytest
from tests.support.ingest import profile, site_with
from tests.support.shared_data import shared_data

from zaehlbar.ingest import Ingested, delivery_from_files, ingest
from zaehlbar.site import CsvFormat, FilePart, PeriodSource

PART = FilePart(
    tabelle="teilnahme",
    muster=r"traeger_\d+\.csv",
    format=CsvFormat(zeichensatz="cp1252"),
    spalten={
        "tn_nr": "Teilnahme-Nr",
        "nachname": "Nachname",
        "vorname": "Vorname",
        "geburtsdatum": "Geburtsdatum",
        "eintritt_datum": "Eintritt",
        "austritt_datum": "Austritt",
    },
    ignorieren=("Personen-Nr", "Haushalt", "Stellung", "Einzug"),
    konstanten={"einwilligung_stufe": "1"},
)
YEAR = PeriodSource(aus="konstante", von=date(2020, 10, 1), bis=date(2021, 9, 30))


def load(number: int, part: FilePart = PART) -> Ingested:
    site = site_with(profile(part, period=YEAR))
    (delivery,) = delivery_from_files([shared_data("exports") / f"traeger_{number}.csv"], site)
    return ingest(delivery, site)


@pytest.mark.parametrize("number, count, leavers", [(242, 37, 35), (808, 37, 35), (957, 6, None)])
def test_all_rows_are_read(number: int, count: int, leavers: int | None) -> None:
    result = load(number)
    table = result.tables["teilnahme"]
    assert not result.fatal
    assert result.findings == []
    assert (result.counts["teilnahme"].found, table.num_rows, result.counts["teilnahme"].titles) == (count, count, 1)
    assert table.column("_zeile").to_pylist() == list(range(2, count + 2))
    assert table.column("einwilligung_stufe").unique().to_pylist() == ["1"]
    assert table.column("vorhaben_id").unique().to_pylist() == ["V9001"]
    assert not table.column("eintritt_datum").null_count
    if leavers is not None:
        assert sum(day is not None and day <= YEAR.bis for day in table.column("austritt_datum").to_pylist()) == leavers


def test_umlauts_survive() -> None:
    assert "Schröter" in load(242).tables["teilnahme"].column("nachname").to_pylist()


def test_the_wrong_encoding_gives_findings_and_no_mojibake() -> None:
    result = load(242, PART.model_copy(update={"format": CsvFormat(zeichensatz="utf-8")}))
    (values, hint) = sorted(
        (f for f in result.findings if f.rule == "ZB-D-006"), key=lambda f: f.params["grund"], reverse=True
    )
    assert (values.field, hint.params["vermutet"]) == ("nachname", "cp1252")
    lost = [number - 2 for number in values.rows.tolist()]
    names = result.tables["teilnahme"].column("nachname").to_pylist()
    assert lost and all(names[at] is None for at in lost)
    assert all(name.isascii() for name in names if name)
    assert result.tables["teilnahme"].num_rows == 37


def test_columns_the_profile_does_not_know_are_named() -> None:
    result = load(242, PART.model_copy(update={"ignorieren": ("Haushalt",)}))
    unknown = [f.params["_spalte"] for f in result.findings if f.rule == "ZB-D-003"]
    assert unknown == ["Personen-Nr", "Stellung", "Einzug"]
