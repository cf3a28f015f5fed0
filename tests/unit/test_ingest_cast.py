"""Columns: bytes in, the contract's types out, and which rows did not fit."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from zaehlbar.contract import Field, contract
from zaehlbar.ingest.cast import Cast, Source, cast_column
from zaehlbar.site import FilePart

TEILNAHME, AKTIVITAET = contract().table("teilnahme"), contract().table("aktivitaet")


def part(**options: Any) -> FilePart:
    return FilePart(tabelle="teilnahme", muster="x", **options)


def cast(field: Field, values: list[bytes | str], source: Source | None = None, **options: Any) -> Cast:
    column = pa.array([v.encode() if isinstance(v, str) else v for v in values], pa.binary())
    return cast_column(column, field, part(**options), source or Source())


def hits(mask: Any) -> list[int]:
    return [] if mask is None else [int(i) for i in mask.nonzero()[0]]


def test_strings_are_trimmed_and_composed() -> None:
    result = cast(
        TEILNAHME.field("nachname"), [" Müller\u00a0", "Mu\u0308ller", "\ufeffAnders", "", "-", "NULL", "null"]
    )
    assert result.values.to_pylist() == ["Müller", "Müller", "Anders", None, None, None, None]
    assert result.values.type == pa.string()


def test_one_bad_byte_costs_one_value() -> None:
    result = cast(TEILNAHME.field("nachname"), ["Möller", b"Schr\xf6ter", "Maier"])
    assert result.values.to_pylist() == ["Möller", None, "Maier"]
    assert hits(result.charset) == [1]


@pytest.mark.parametrize(
    "value",
    [b"Sch\x00r", b"Schr\xef\xbf\xbdter", "SchrÃ¶ter".encode(), b"Schr\xc2\x96ter"],
    ids=["nul", "lost", "twice", "c1"],
)
def test_text_that_was_broken_earlier_is_not_taken_for_text(value: bytes) -> None:
    result = cast(TEILNAHME.field("nachname"), [value, "Maier"])
    assert result.values.to_pylist() == [None, "Maier"]
    assert hits(result.charset) == [0]


def test_utf8_in_a_file_of_another_codec_is_no_mojibake() -> None:
    names: list[bytes | str] = ["Schröter".encode("cp1252"), "Schröter".encode(), "Şahin".encode(), "Иван".encode()]
    result = cast(TEILNAHME.field("nachname"), names, Source("cp1252"))
    assert result.values.to_pylist() == ["Schröter", None, None, None]
    assert hits(result.charset) == [1, 2, 3]


def test_two_letters_that_are_utf8_by_chance_stay_letters() -> None:
    assert cast(TEILNAHME.field("nachname"), ["Groß€".encode("cp1252")], Source("cp1252")).values.to_pylist() == [
        "Groß€"
    ]


def test_bytes_the_codec_does_not_have_are_refused() -> None:
    result = cast(TEILNAHME.field("nachname"), [b"M\x81ller", b"M\xfcller"], Source("cp1252"))
    assert result.values.to_pylist() == [None, "Müller"]


def test_codes_are_translated_and_unknown_ones_pass() -> None:
    table = {"geschlecht": {" Frau ": "w", "männlich": "m", "m": "m"}}
    result = cast(TEILNAHME.field("geschlecht"), ["FRAU", " frau", "Männlich", "NB", "w", "xx", ""], uebersetzung=table)
    assert result.values.to_pylist() == ["w", "w", "m", "nb", "w", "xx", None]
    assert result.unreadable is None


def test_a_translation_overrules_an_equal_canonical_code() -> None:
    result = cast(
        TEILNAHME.field("schulabschluss"), ["1", "2", "9"], uebersetzung={"schulabschluss": {"1": "2", "2": "1"}}
    )
    assert result.values.to_pylist() == ["2", "1", "9"]


def test_a_lost_leading_zero_comes_back() -> None:
    result = cast(TEILNAHME.field("plz"), ["1067", "01067", "20095", "106", "abc"])
    assert result.values.to_pylist() == ["01067", "01067", "20095", "106", "abc"]
    assert hits(result.corrected) == [0]


def test_errors_of_a_spreadsheet_are_no_values() -> None:
    result = cast(TEILNAHME.field("tn_nr"), ["#REF!", "#NV", "T1", "#12"])
    assert result.values.to_pylist() == [None, None, "T1", "#12"]
    assert hits(result.unreadable) == [0, 1]


def test_dates_that_do_not_fit_are_marked() -> None:
    result = cast(TEILNAHME.field("eintritt_datum"), ["01.05.2026", "31.02.2026", "", "1.5.26", "2026-05-01"])
    assert result.values.to_pylist() == [date(2026, 5, 1), None, None, None, date(2026, 5, 1)]
    assert hits(result.unreadable) == [1, 3]


def test_serial_dates_are_read_from_spreadsheets_only() -> None:
    field = TEILNAHME.field("eintritt_datum")
    result = cast(field, ["43952", "x", "2020-05-02"], Source(spreadsheet=True), datumsformate=("%d.%m.%Y",))
    assert result.values.to_pylist() == [date(2020, 5, 1), None, date(2020, 5, 2)]
    assert (hits(result.corrected), hits(result.unreadable)) == ([0], [1])
    assert hits(cast(field, ["43952"]).unreadable) == [0]


def test_truth_values_by_profile() -> None:
    result = cast(
        TEILNAHME.field("nerw_bildung"), ["Ja", "N", "TRUE", "x", "vielleicht", ""], wahr=("ja", "x"), falsch=("n",)
    )
    assert result.values.to_pylist() == [True, False, True, True, None, None]
    assert hits(result.unreadable) == [4]


def test_integers_in_and_out_of_range() -> None:
    result = cast(AKTIVITAET.field("aktivitaet_lfd"), ["7", "1.234", "", "2147483647", "2147483648", "4,5"])
    assert result.values.to_pylist() == [7, 1234, None, 2147483647, None, None]
    assert result.values.type == pa.int32()
    assert hits(result.unreadable) == [4, 5]


@pytest.mark.parametrize("spread", [1, 7919], ids=["few values", "many values"])
def test_long_columns_give_the_same_by_both_ways(spread: int) -> None:
    texts = [f"T{i * spread % 10007:05d} " for i in range(5000)]
    texts[4321] = "Mu\u0308ller"
    result = cast(TEILNAHME.field("tn_nr"), [*texts])
    assert result.values.to_pylist() == [text.strip() if i != 4321 else "Müller" for i, text in enumerate(texts)]
