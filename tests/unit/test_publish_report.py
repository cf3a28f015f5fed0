"""What a workbook shows, from figures in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from zaehlbar.publish.report import Report, build
from zaehlbar.publish.sheets import message
from zaehlbar.publish.source import Category, Cell, CellKey, Count, Coverage, Rules, Source
from zaehlbar.publish.words import definitions, label

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
NR = "99901"
RULES = Rules("beispiel", "2026-1", "M1", "1", "1", False, "1", "1", "1", "ab" * 32, 480, 60, 3, "1")
COUNT = Count(7, datetime(2026, 7, 2, 2, 10, tzinfo=UTC), RULES)


def source(cells: dict[CellKey, Cell] | None = None, count: Count = COUNT, **changes: Any) -> Source:
    stichtage = {MAY: date(2026, 5, 15), JUNE: date(2026, 6, 15)}
    found = {
        (MAY, NR, "*", "*", "*"): Cell(20, 19, 5, 4, 3, 18, 15, 2, 6000),
        (JUNE, NR, "*", "*", "*"): Cell(21, 20, 4, 3, 2, 20, 16, 1, 6630),
    }
    base = Source(
        count=count,
        stichtage=stichtage,
        cells=found | (cells or {}),
        partners={},
        jobcenters={NR: "Jobcenter Muster"},
        vorhaben={"V1": "MUT"},
        tvp={("V1", "T1"): "Träger"},
        categories=[
            Category("K-ZUG", "Zugang", "Zugang und Feststellung", "PERS", "§ 14 SGB II", mapped=True),
            Category("K-OFFEN", "Offene Angebote", "Ereignisse", "EV", "keine", mapped=True),
        ],
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
    "counted, state",
    [(date(2026, 9, 30), "vorläufig"), (date(2026, 10, 1), "endgültig")],
)
def test_a_month_becomes_final_when_whole_months_have_passed(counted: date, state: str) -> None:
    at = datetime(counted.year, counted.month, counted.day, 2, tzinfo=UTC)
    assert june(count=replace(COUNT, gezaehlt_am=at)).current.state == state


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
    cells = {(JUNE, NR, "*", "*", "*"): Cell(1, 1, 1, 0, 1, 1, 1, 1, 60)}
    assert "nahmen 1 Person teil, mit zusammen 1 Stunde" in message(june(cells=cells))


def test_the_fingerprint_sees_content_and_not_the_number_of_the_run() -> None:
    first = june().fingerprint()
    assert june(count=replace(COUNT, lauf_id=8, gezaehlt_am=datetime(2026, 7, 3, tzinfo=UTC))).fingerprint() == first
    assert june(count=replace(COUNT, rules=replace(RULES, kalender_version="2"))).fingerprint() != first
    assert june(coverage={}).fingerprint() != first
    assert june(cells={(MAY, NR, "*", "*", "*"): Cell(bestand=1)}).fingerprint() != first


def test_labels_name_the_thresholds_the_site_decided() -> None:
    assert label("personen_unter_schwelle", 450, None) == "Erreichte Personen unter 7,5 Stunden"
    assert label("bestand_aktiv", None, 60) == "davon aktiv (60 Tage)"
    texts = dict(definitions(None, None))
    assert "abgeschaltet" in texts["davon aktiv"]
    assert "abgeschaltet" in texts["Eintritte (zählbar)"]
