"""CSV files as they come: dialects, line ends, encodings, headers, and rows that are out of order."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.ingest import read, rows, rules

from zaehlbar.contract import Severity
from zaehlbar.ingest import csv_reader
from zaehlbar.site import CsvFormat
from zaehlbar.site.profile import TotalsRow

ABC = ("a", "b", "c")


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("last", [True, False], ids=["ended", "open"])
def test_line_ends(end: bytes, last: bool) -> None:
    lines = [b"a;b;c", b"1;2;3", b"", b"4;5;6"]
    raw = read(end.join(lines) + (end if last else b""), ABC)
    assert rows(raw) == [("1", "2", "3"), ("4", "5", "6")]
    assert raw.lines.tolist() == [2, 4]
    assert (raw.count.found, raw.count.titles, raw.count.rejected) == (2, 2, 0)


def test_mixed_line_ends_count_every_line() -> None:
    raw = read(b"a;b;c\r\n1;2;3\r4;5;6\n7;8;9", ABC)
    assert raw.lines.tolist() == [2, 3, 4]


def test_blank_lines_and_empty_rows_are_no_records() -> None:
    raw = read(b'a;b;c\n\n1;2;3\n;;\n  \n"";;\n\n\n', ABC)
    assert (raw.count.found, raw.count.titles) == (1, 7)


@pytest.mark.parametrize(
    "options, text",
    [
        ({"trennzeichen": ","}, 'a,b,c\n1,"x,y",3\n'),
        ({"trennzeichen": "\t"}, 'a\tb\tc\n1\t"x,y"\t3\n'),
        ({"anfuehrung": "'"}, "a;b;c\n1;'x,y';3\n"),
        ({"anfuehrung": ""}, "a;b;c\n1;x,y;3\n"),
        ({"trennzeichen": "§"}, 'a§b§c\n1§"x,y"§3\n'),
        ({"trennzeichen": ",", "leerzeichen_nach_trennzeichen": True}, 'a, b, c\n1, "x,y", 3\n'),
        ({"zeichensatz": "utf-16-le"}, "a;b;c\n1;x,y;3\n"),
        ({"zeichensatz": "shift_jis"}, "a;b;c\n1;x,y;3\n"),
    ],
)
def test_declared_dialects(options: dict[str, Any], text: str) -> None:
    raw = read(text.encode(options.get("zeichensatz", "utf-8")), ABC, CsvFormat(**options))
    assert [tuple(value.strip() for value in row) for row in rows(raw)] == [("1", "x,y", "3")]
    assert not raw.issues


def test_escape_character() -> None:
    raw = read(b'a;b;c\n1;"24\\" x;\\\\";3\n2;C:\\new;"it\\\'s"\n', ABC, CsvFormat(fluchtzeichen="\\"))
    assert rows(raw) == [("1", '24" x;\\', "3"), ("2", "C:\\new", "it\\'s")]


def test_a_value_of_several_lines_is_one_record() -> None:
    raw = read(b'a;b;c\n1;"one\n\ntwo; ""x""";3\n4;5;6\n', ABC)
    assert rows(raw) == [("1", 'one\n\ntwo; "x"', "3"), ("4", "5", "6")]
    assert raw.lines.tolist() == [2, 5]
    assert (raw.count.found, raw.count.rejected, raw.count.titles) == (2, 0, 1)


def test_an_unclosed_quote_costs_its_own_line_only() -> None:
    raw = read(b'a;b;c\n1;2;3\n4;"5;6\n7;8;9\n10;11;12\n', ABC)
    assert [row[0] for row in rows(raw)] == ["1", "7", "10"]
    assert rules(raw) == {"ZB-D-005": [3]}
    assert (raw.count.found, raw.count.rejected) == (4, 1)


def test_two_unclosed_quotes_swallow_nothing_between_them() -> None:
    raw = read(b'a;b;c\n1;2;"3\n4;5;6\n7;8;9"\n10;11;12\n', ABC)
    assert [row[0] for row in rows(raw)] == ["4", "7", "10"]  # a quote inside a value is an ordinary character
    assert rules(raw) == {"ZB-D-005": [2]}


def test_a_line_end_outside_quotes_ends_the_record() -> None:
    raw = read(b'a;b;c\n1;x"y\n2"z;5\n6;7;8\n', ABC)
    assert rows(raw) == [("6", "7", "8")]
    assert rules(raw) == {"ZB-D-004": [2, 3]}


def test_rows_that_get_lost_between_counter_and_parser_are_fatal(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = csv_reader._parse

    def forgetful(*args: Any) -> Any:
        parsed = honest(*args)
        parsed.index = parsed.index[1:]
        parsed.columns = {position: column.slice(1) for position, column in parsed.columns.items()}
        return parsed

    monkeypatch.setattr(csv_reader, "_parse", forgetful)
    raw = read(b"a;b;c\n1;2;3\n4;5;6\n", ABC)
    assert raw.fatal
    assert rules(raw) == {"ZB-D-008": []}
    assert (raw.count.found, raw.count.rejected, len(raw.lines)) == (2, 2, 0)


def test_a_quote_inside_a_value_is_an_ordinary_character() -> None:
    raw = read(b'a;b;c\n1;24" x;3\n2;5;6\n', ABC)
    assert rows(raw) == [("1", '24" x', "3"), ("2", "5", "6")]
    assert not raw.issues


def test_text_behind_a_closing_quote_is_not_guessed() -> None:
    raw = read(b'a;b;c\n1;"x"y;3\n2;5;6\n', ABC)
    assert [row[0] for row in rows(raw)] == ["2"]
    assert rules(raw) == {"ZB-D-005": [2]}


def test_rows_with_too_few_and_too_many_columns() -> None:
    raw = read(b"a;b;c\n1;2\n3;4;5;6\n7;8;9\n\xff;1\n", ABC)
    assert raw.lines.tolist() == [4]
    assert rules(raw) == {"ZB-D-004": [2, 3, 5], "ZB-D-006": []}
    assert (raw.count.found, raw.count.rejected) == (4, 3)


def test_a_delimiter_at_the_end_of_every_row_is_a_habit_in_one_row_it_is_an_error() -> None:
    assert rows(read(b"a;b;c\n1;2;3;\n4;5;6;\n", ABC)) == [("1", "2", "3"), ("4", "5", "6")]
    assert rows(read(b"a;b;c;\n1;2;3\n4;5;6\n", ABC)) == [("1", "2", "3"), ("4", "5", "6")]
    assert rules(read(b"a;b;c\n1;2;3\n;4;5;\n", ABC)) == {"ZB-D-004": [3]}


def test_very_long_lines() -> None:
    long = b"x" * (3 << 20)
    raw = read(b"a;b;c\n1;" + long + b";3\n4;5;6\n", ABC)
    assert [len(row[1]) for row in rows(raw)] == [3 << 20, 1]


def test_byte_order_mark() -> None:
    assert rows(read(b"\xef\xbb\xbfa;b;c\n1;2;3\n", ABC)) == [("1", "2", "3")]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_in_place_of_utf8_is_understood_and_said(codec: str) -> None:
    raw = read("a;b;c\n1;ä;3\n".encode(codec), ABC)
    assert rows(raw) == [("1", "ä", "3")]
    (issue,) = raw.issues
    assert (issue.rule, issue.severity, issue.params["vermutet"]) == ("ZB-D-006", Severity.WARNING, "utf-16")


def test_utf8_in_place_of_a_code_page_is_understood_and_said() -> None:
    raw = read("a;b;c\n1;ä;3\n".encode(), ABC, CsvFormat(zeichensatz="cp1252"))
    assert rows(raw) == [("1", "ä", "3")]
    assert raw.issues[0].params["vermutet"] == "utf-8"


def test_a_code_page_that_is_utf8_by_chance_stays_a_code_page() -> None:
    raw = read("a;b;c\n1;ß€;3\n".encode("cp1252"), ABC, CsvFormat(zeichensatz="cp1252"))
    assert (rows(raw), raw.issues) == ([("1", "ß€", "3")], [])


def test_a_code_page_in_place_of_utf8_is_said() -> None:
    raw = read("a;b;c\n1;ä;3\n".encode("cp1252"), ABC)
    assert raw.issues[0].params["vermutet"] == "cp1252"
    assert raw.count.found == len(raw.lines) == 1


@pytest.mark.parametrize(
    "data, reason",
    [
        (b"", "leer"),
        (b"\xef\xbb\xbf \r\n", "leer"),
        (b"PK\x03\x04rest", "falsches_format"),
        (b"\xd0\xcf\x11\xe0rest", "falsches_format"),
        (b"<html><table>", "falsches_format"),
    ],
)
def test_files_that_are_no_csv(data: bytes, reason: str) -> None:
    raw = read(data, ABC)
    assert raw.fatal
    assert (raw.issues[0].rule, raw.issues[0].params["grund"]) == ("ZB-D-001", reason)


def test_an_unknown_codec_is_said() -> None:
    assert read(b"a;b;c\n", ABC, CsvFormat(zeichensatz="klingon")).issues[0].params["grund"] == "zeichensatz"


def test_another_delimiter_is_named() -> None:
    raw = read(b"a,b,c\n1,2,3\n4,5,6\n", ABC)
    assert raw.fatal
    assert raw.issues[0].params["trennzeichen_vermutet"] == ","
    assert (raw.count.found, raw.count.rejected) == (2, 2)


def test_titles_before_the_header() -> None:
    raw = read(b"Ausfuhr;;\nStand;heute;\na;b;c\n1;2;3\n", ABC, CsvFormat(kopfzeile=3))
    assert rows(raw) == [("1", "2", "3")]
    assert (raw.count.found, raw.count.titles) == (1, 3)


def test_the_line_of_a_misplaced_header_is_named() -> None:
    raw = read(b"Ausfuhr;;\na;b;c\n1;2;3\n", ABC)
    assert raw.fatal
    assert raw.issues[0].params["zeile_vermutet"] == 2


def test_header_names_are_compared_as_people_do() -> None:
    raw = read('\u00a0A ;"B";Gro\u0308\u00dfe  in\u00a0cm\n1;2;3\n'.encode(), ("a", "b", "größe in CM"))
    assert rows(raw) == [("1", "2", "3")]


def test_a_header_name_over_two_lines() -> None:
    raw = read(b'"a";"b\nx";c\n1;2;3\n', ("a", "b x", "c"))
    assert rows(raw) == [("1", "2", "3")]
    assert raw.lines.tolist() == [3]


def test_unknown_double_and_missing_columns() -> None:
    raw = read(b"a;b;b;notiz;\n1;2;9;x;y\n", ABC)
    assert {(str(i.rule), str(i.severity)) for i in raw.issues} == {
        ("ZB-D-002", "error"),  # c
        ("ZB-D-003", "warning"),  # notiz, and the column without a name
        ("ZB-D-009", "error"),  # the two b differ
    }
    assert not raw.fatal  # c is no key
    assert [i.params["spalte_nr"] for i in raw.issues if i.rule == "ZB-D-003"] == [4, 5]
    assert read(b"b;c\n1;2\n", ABC).fatal  # a is the key


def test_totals_rows_are_counted_apart() -> None:
    declared = TotalsRow(spalte="a")
    raw = read(b"a;b;c\n1;2;3\nSumme;2;3\nGesamt: 2;;\nInsgesamt;1\nSummerer;1;2\n", ABC, totals=declared)
    assert [row[0] for row in rows(raw)] == ["1", "Summerer"]
    assert (raw.count.found, raw.count.totals, raw.count.rejected) == (2, 3, 0)


def test_a_repeated_header_is_a_title() -> None:
    raw = read(b'a;b;c\n1;2;3\na;"b";c\n4;5;6\na;b\n', ABC)
    assert (raw.count.found, raw.count.titles) == (2, 3)
    assert rules(raw) == {"ZB-D-012": [3, 5]}


def test_a_header_without_rows_is_no_error() -> None:
    raw = read(b"a;b;c\r\n", ABC)
    assert not raw.fatal
    assert (raw.count.found, len(raw.lines)) == (0, 0)
