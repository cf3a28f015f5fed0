"""What a workbook shows, from figures in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from zaehlbar.publish.blocks import written
from zaehlbar.publish.definitions import definitions
from zaehlbar.publish.details import Attribute, Details, Event
from zaehlbar.publish.report import Report, build
from zaehlbar.publish.sections import document, message
from zaehlbar.publish.source import Category, Cell, CellKey, Count, Coverage, Label, Rules, Source, Span
from zaehlbar.publish.words import label

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
NR = "99901"
PROPOSAL = "Vorschlag, nicht abgestimmt (Zuordnung)"
RULES = Rules("beispiel", "2026-1", "M1", "1", "1", PROPOSAL, "1", "1", "1", "ab" * 32, 480, 60, 3, "1")
TWELVE = Span("zwoelf_monate", date(2025, 7, 1), date(2026, 6, 30), date(2026, 6, 15))
COUNT = Count(7, datetime(2026, 7, 2, 2, 10, tzinfo=UTC), RULES)


def source(cells: dict[CellKey, Cell] | None = None, count: Count = COUNT, **changes: Any) -> Source:
    stichtage = {MAY: date(2026, 5, 15), JUNE: date(2026, 6, 15)}
    found = {
        (MAY, NR, "*", "*"): Cell(20, 19, 5, 4, 3, 18, 15, 2, 6000),
        (JUNE, NR, "*", "*"): Cell(21, 20, 4, 3, 2, 20, 16, 1, 6630),
    }
    base = Source(
        count=count,
        stichtage=stichtage,
        cells=found | (cells or {}),
        spans={(TWELVE, NR, "*"): Cell(60, 55, 30, 25, 20, 20, 16, 4, 66000)},
        jobcenters={NR: "Jobcenter Muster"},
        vorhaben={"V1": "MUT"},
        categories=[
            Category("K-ZUG", "Zugang", "Zugang und Feststellung", "PERS", "§ 14 SGB II", mapped=True),
            Category("K-OFFEN", "Offene Angebote", "Ereignisse", "EV", "keine", mapped=True),
        ],
        read_on=date(2026, 7, 2),
        coverage={(JUNE, "V1"): Coverage(6, 5), (JUNE, "V2"): Coverage(2, 2), (MAY, "V1"): Coverage(6, 6)},
    )
    return replace(base, **changes)


def june(**changes: Any) -> Report:
    return build(source(**changes), NR, JUNE)


def test_coverage_adds_up_over_all_vorhaben() -> None:
    report = june()
    assert report.current.coverage == Coverage(8, 7)
    assert report.previous is not None
    assert report.previous.coverage == Coverage(6, 6)


def test_a_month_that_was_never_counted_is_unknown_and_one_without_a_figure_is_zero() -> None:
    report = build(source(stichtage={MAY: date(2026, 5, 15), JUNE: date(2026, 6, 15)}), NR, MAY)
    assert report.previous is None
    assert report.year_ago is None
    bare = source()
    cells = {key: cell for key, cell in bare.cells.items() if key[0] != JUNE}
    zero = build(replace(bare, cells=cells), NR, JUNE).current.cell
    assert (zero.personen, zero.bestand_aktiv, zero.personen_unter_schwelle) == (0, 0, 0)


def test_a_sub_line_that_is_switched_off_is_unknown_not_zero() -> None:
    off = replace(COUNT, rules=replace(RULES, aktiv_tage=None, schwelle_minuten=None))
    bare = source(count=off)
    cells = {key: cell for key, cell in bare.cells.items() if key[0] != JUNE}
    cell = build(replace(bare, cells=cells), NR, JUNE).current.cell
    assert cell.bestand_aktiv is None
    assert cell.personen_unter_schwelle is None


@pytest.mark.parametrize(
    "read_on, state",
    [(date(2026, 9, 30), "vorläufig"), (date(2026, 10, 1), "endgültig")],
)
def test_a_month_becomes_final_when_whole_months_have_passed(read_on: date, state: str) -> None:
    assert june(read_on=read_on).current.state == state


def test_unmapped_is_visible_even_where_the_site_does_not_list_it() -> None:
    codes = [line.category.code for line in june().categories]
    assert codes == ["K-ZUG", "K-0-NZ"]


def test_the_message_says_how_many_and_warns_of_missing_deliveries() -> None:
    assert message(june()).splitlines() == [
        "Im Juni 2026 nahmen 20 Personen teil, mit zusammen 110 Stunden.",
        "Am Stichtag 15.06.2026 bestanden 20 Teilnahmen (Vormonat 18): seit dem Stichtag 15.05. 4 Eintritte und "
        "2 Austritte.",
        "Erst 7 von 8 Lieferungen sind da: Die Zahlen sind unvollständig.",
    ]


def test_the_message_speaks_of_one_person_in_the_singular() -> None:
    cells = {(JUNE, NR, "*", "*"): Cell(1, 1, 1, 0, 1, 1, 1, 1, 60)}
    assert "nahmen 1 Person teil, mit zusammen 1 Stunde" in message(june(cells=cells))


def test_the_fingerprint_sees_content_and_not_the_number_of_the_run() -> None:
    first = june().fingerprint()
    assert june(count=replace(COUNT, lauf_id=8, gezaehlt_am=datetime(2026, 7, 3, tzinfo=UTC))).fingerprint() == first
    assert june(count=replace(COUNT, rules=replace(RULES, kalender_version="2"))).fingerprint() != first
    assert june(coverage={}).fingerprint() != first
    assert june(cells={(MAY, NR, "*", "*"): Cell(bestand=1)}).fingerprint() != first
    assert june(spans={}).fingerprint() != first
    assert june(titles={"geschlecht": "Geschlecht"}).fingerprint() != first


def test_labels_name_the_thresholds_the_site_decided() -> None:
    assert label("personen_unter_schwelle", 450, None) == "Erreichte Personen unter 7,5 Stunden"
    assert label("bestand_aktiv", None, 60) == "davon aktiv (60 Tage)"
    texts = {name: meaning for name, meaning, _ in definitions(None, None)}
    assert "abgeschaltet" in texts["davon aktiv"]
    assert "abgeschaltet" in texts["Eintritte (zählbar)"]


def test_every_definition_names_the_source_of_its_rule() -> None:
    assert all(origin for _, _, origin in definitions(480, 60))


@pytest.mark.parametrize(
    "value, kind, expected",
    [
        (1234567, "number", "1.234.567"), (1234.56, "hours", "1.234,6"), (0, "number", "0"), (None, "number", "–"),
        (-3, "change", "–3"), (1200, "change", "+1.200"), (0, "change", "0"), (0.336, "share", "34 %"),
        (date(2026, 6, 5), "date", "05.06.2026"), ("=1+1", "text", "=1+1"),
    ],
)  # fmt: skip
def test_values_are_written_as_germans_read_them(value: Any, kind: Any, expected: str) -> None:
    assert written(value, kind) == expected


def test_a_report_shows_the_latest_twelve_months_that_are_over() -> None:
    later = replace(TWELVE, beginn=date(2025, 10, 1), ende=date(2026, 9, 30), stichtag=date(2026, 9, 15))
    report = june(spans={(span, NR, "*"): Cell(personen=5) for span in (TWELVE, later)})
    assert report.twelve is not None and report.twelve.span == TWELVE
    assert build(source(), NR, MAY).twelve is None


def test_an_answer_nobody_gave_in_the_month_is_zero_and_one_not_counted_is_unknown() -> None:
    year = (TWELVE.zeitraum, TWELVE.beginn)
    details = Details(
        {
            (("monat", JUNE), "zugangsweg"): (Attribute("MUND", 4, 4, 2, None, None),),
            (year, "zugangsweg"): (Attribute("MUND", 9, 9, 7, None, None), Attribute("JC_ZUW", 3, 2, 1, None, None)),
        },
        {year: (Event("zwischenschritt", "ZERTIFIKAT", "", 3, 0, 3, 2),)},
    )
    sections = {one.key: one for one in document(build(source(), NR, JUNE, details)).sections}
    rows = [row.values for row in sections["zugang"].tables[0].rows]
    assert rows == [("Mundpropaganda", 4, 4, 2, 9, 7), ("Zuweisung durch das Jobcenter", 0, 0, 0, 2, 1)]
    assert [row.values for row in sections["schritte"].tables[0].rows] == [("Zertifikat erworben", 0, 0, 3, 2)]
    without = {one.key: one for one in document(build(source(spans={}), NR, JUNE, details)).sections}
    assert [row.values[4:] for row in without["zugang"].tables[0].rows] == [(None, None)]


def test_codes_are_called_as_on_the_last_day_of_the_month() -> None:
    names = [
        Label("rechtskreis", "SGB2", "Bürgergeld", date(2023, 1, 1), date(2026, 6, 30)),
        Label("rechtskreis", "SGB2", "Grundsicherungsgeld", date(2026, 7, 1), None),
    ]
    assert june(labels=names).names.code("rechtskreis", "SGB2") == "Bürgergeld"
    gone = [replace(names[0], valid_to=date(2026, 6, 29))]
    for labels in (names[1:], gone):
        assert june(labels=labels).names.code("rechtskreis", "SGB2").startswith("Grundsicherung, Jobcenter")


def test_everything_bears_the_marks_until_both_sides_agreed() -> None:
    assert document(june()).marks == ("intern, nicht zur Weitergabe", PROPOSAL)
    agreed = replace(COUNT, rules=replace(RULES, abstimmung="abgestimmt"))
    assert document(june(count=agreed)).marks == ("intern, nicht zur Weitergabe",)
