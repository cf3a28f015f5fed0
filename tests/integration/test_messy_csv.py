"""The 30 polluted files of the Pollock benchmark (HPI, MIT): each loads or yields findings, and no row is lost."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from tests.support.ingest import read, rows, rules
from tests.support.shared_data import shared_data

from zaehlbar.ingest.raw import RawTable
from zaehlbar.site import CsvFormat

NAMES = ("DATE", "TIME", "Qty", "PRODUCTID", "Price", "ProductType", "ProductDescription", "URL", "Comments")
RECORDS = {
    "file_multitable_less.csv": 165,
    "file_multitable_same.csv": 165,
    "file_no_payload.csv": 0,
    "file_one_data_row.csv": 1,
}
"""What a person counts; 83 in all other files. Two tables in one file: 83 + 82 rows, the second header is a title."""

EXTRA_QUOTE = {"file_quotation_char_0x27.csv": 33, "row_extra_quote0_col0.csv": 0}
"""How many rows a quote out of place costs: the apostrophes of 33 rows are quotes where the quote is an apostrophe."""

FILES = [
    "file_double_trailing_newline.csv", "file_escape_char_0x5C.csv", "file_field_delimiter_0x2C_0x20.csv",
    "file_field_delimiter_0x9.csv", "file_header_multirow_3.csv", "file_multitable_less.csv",
    "file_multitable_same.csv", "file_no_payload.csv", "file_one_data_row.csv", "file_quotation_char_0x27.csv",
    "file_record_delimiter_0xD.csv", "row_extra_quote0_col0.csv", "row_extra_quote22_col0.csv",
    "row_extra_quote35_col0.csv", "row_extra_quote48_col0.csv", "row_extra_quote60_col0.csv",
    "row_extra_quote73_col0.csv", "row_field_delimiter_0_0x20.csv", "row_less_sep_row13_col5.csv",
    "row_less_sep_row28_col3.csv", "row_less_sep_row42_col1.csv", "row_less_sep_row56_col7.csv",
    "row_less_sep_row70_col5.csv", "row_less_sep_row9_col3.csv", "row_more_sep_row20_col0.csv",
    "row_more_sep_row33_col0.csv", "row_more_sep_row46_col0.csv", "row_more_sep_row59_col0.csv",
    "row_more_sep_row71_col0.csv", "row_more_sep_row8_col0.csv",
]  # fmt: skip


def dialect(folder: Path, name: str) -> CsvFormat:
    """The dialect that the benchmark declares for a file."""
    declared = json.loads((folder / "parameters" / f"{name}_parameters.json").read_text(encoding="utf-8"))
    delimiter, quote = declared["delimiter"] or ";", declared["quotechar"]
    return CsvFormat(
        zeichensatz=declared["encoding"],
        trennzeichen=delimiter[0],
        leerzeichen_nach_trennzeichen=delimiter[1:] == " ",
        anfuehrung=quote,
        fluchtzeichen="" if declared["escapechar"] == quote else declared["escapechar"],
        kopfzeilen=max(declared["header_lines"], 1),
    )


def load(name: str) -> tuple[RawTable, list[tuple[str, ...]]]:
    """Read a file, and what it should parse to; without outer blanks, which casting removes."""
    folder = shared_data("messy_csv")
    raw = read((folder / "csv" / name).read_bytes(), NAMES, dialect(folder, name))
    with (folder / "clean" / name).open(encoding="utf-8", newline="") as stream:
        clean = [tuple(value.strip() for value in row) for row in csv.reader(stream)][1:]
    return raw, clean


@pytest.mark.parametrize("name", FILES)
def test_no_row_is_lost(name: str) -> None:
    raw, _ = load(name)
    assert raw.count.found == RECORDS.get(name, 83)
    assert raw.count.found == len(raw.lines) + raw.count.rejected


@pytest.mark.parametrize("name", FILES)
def test_it_loads_equal_or_yields_findings(name: str) -> None:
    raw, clean = load(name)
    got = [tuple(value.strip() for value in row) for row in rows(raw)]
    if got != clean:
        assert raw.issues
        assert raw.fatal or [row for row in got if row in clean]


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("row_") and "0_0x20" not in name])
def test_one_polluted_row_costs_that_row_only(name: str) -> None:
    raw, clean = load(name)
    number = int("".join(sign for sign in name.split("_")[2 if "extra" in name else 3] if sign.isdigit()))
    rejected = {} if number == 0 else {number + 1}
    assert {row for rows_ in rules(raw).values() for row in rows_} == ({1} if number == 0 else rejected)
    got = dict(zip(raw.lines.tolist(), rows(raw), strict=True))
    for line, row in enumerate(clean, start=2):
        assert line in rejected or got[line] == row


@pytest.mark.parametrize("name", [name for name in FILES if name in EXTRA_QUOTE])
def test_quotes_out_of_place_cost_their_rows(name: str) -> None:
    raw, clean = load(name)
    assert raw.count.rejected == EXTRA_QUOTE[name]
    assert "ZB-D-005" in rules(raw)
    assert all(row in clean for row in rows(raw))


def test_two_tables_in_one_file() -> None:
    same, less = load("file_multitable_same.csv")[0], load("file_multitable_less.csv")[0]
    assert rules(same)["ZB-D-012"] == rules(less)["ZB-D-012"] == [85]
    assert (len(same.lines), len(less.lines)) == (164, 83)  # one row of the second table has a quote out of place
    assert rules(less)["ZB-D-004"] == [line for line in range(86, 168) if line != 106]


def test_a_header_with_another_delimiter_is_fatal() -> None:
    raw, _ = load("row_field_delimiter_0_0x20.csv")
    assert raw.fatal
    assert list(rules(raw)) == ["ZB-D-002"]
