"""Warum hat sich die Zahl geändert? One story, its numbers worked out by hand, as the Vorhabenträger reads it.

The story of January 2026, one thing a night. Everybody's Jobcenter is 10001; the threshold is 8 hours, the Stichtag the
last day of the month.

    1  V1 × T1 delivers a: since 5 January, 8 hours on the 6th.
    2  V1 × T2 delivers late: x, who is the same person as a, since the 9th; y since the 10th, 2 hours.
    3  V2 × T1 was held and is released: z since the 20th, 1 hour of an activity that no category has.
    4  V1 × T1 corrects: a left on the 20th, and had been there 9 hours.
    5  y takes the consent back.
    6  Somebody decides that z and a are one person.
    7  Another mapping gives z's activity a category, the threshold becomes 1 hour, the Stichtag the 15th.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import text
from tests.conftest import TestServer, Warehouse
from tests.support.changing import House, Rulebook
from tests.support.facts import Participation, Sent, Unit
from typer.testing import CliRunner

from zaehlbar.changes import CannotExplain, Explanation, Request, explain
from zaehlbar.changes.states import Span
from zaehlbar.changes_cli import app
from zaehlbar.warehouse.connect import engine_for

JANUARY = (date(2026, 1, 1), date(2026, 1, 31))
A = Participation("a", date(2026, 1, 5), person="a")
A_LEFT = Participation("a", date(2026, 1, 5), date(2026, 1, 20), person="a")
X = Participation("x", date(2026, 1, 9), person="a")
Y = Participation("y", date(2026, 1, 10), person="y")
Z = Participation("z", date(2026, 1, 20), person="z")
FIRST = Sent(*JANUARY, participations=(A,), units=(Unit("a", date(2026, 1, 6), "C01", 480),))
LATE = Sent(*JANUARY, participations=(X, Y), units=(Unit("y", date(2026, 1, 12), "C01", 120),), tvp_id="T2")
HELD = Sent(*JANUARY, participations=(Z,), units=(Unit("z", date(2026, 1, 21), "C02", 60),), vorhaben_id="V2")
CORRECTED = Sent(*JANUARY, 2, participations=(A_LEFT,), units=(Unit("a", date(2026, 1, 6), "C01", 540),))
WITHDRAWN = Sent(*JANUARY, 2, participations=(X,), units=(), tvp_id="T2", withdrawals=(("y", date(2026, 2, 1)),))
SPAN = Span("monat", date(2026, 1, 1))
SHOWN = ("personen", "teilnahmen", "eintritte", "eintritte_zaehlbar", "austritte", "bestand", "dauer_min")


@dataclass(frozen=True)
class Story:
    """The story was lived through once; `asked_next_morning`: what was read after each night, when nothing else had
    happened yet; `runs`: the runs of the nights, the first at 0."""

    url: str
    engine: sa.Engine
    asked_next_morning: list[Explanation]

    @property
    def runs(self) -> list[int]:
        with self.engine.connect() as connection:
            return list(connection.execute(text("select lauf_id from zahl.zaehlung order by 1")).scalars())


@pytest.fixture(scope="module")
def story(test_server: TestServer, template_database: str) -> Iterator[Story]:
    """Read only."""
    name = test_server.create("aenderung", template_database)
    engine = engine_for(test_server.url(name))
    mornings = []
    with engine.begin() as connection:
        house = House(connection)
        for sent, released, book in (
            ((FIRST,), (), None),
            ((LATE,), (), None),
            ((), (HELD,), None),
            ((CORRECTED,), (), None),
            ((WITHDRAWN,), (), None),
            ((), (), None),
            ((), (), Rulebook("m2", "k2", 60)),
        ):
            if len(mornings) == 5:
                house.decide(("V2", "T1", "z"), ("V1", "T1", "a"), "gleich")
            house.night(*sent, released=released, rulebook=book)
            mornings.append(explain(connection, Request(SPAN)))
    yield Story(test_server.url(name), engine, mornings)
    engine.dispose()
    test_server.drop(name)


def asked(story: Story, **request: Any) -> Explanation:
    with story.engine.connect() as connection:
        return checked(explain(connection, Request(SPAN, **request)))


def checked(found: Explanation) -> Explanation:
    for name, after in found.after.items():
        before = found.before[name]
        assert before is not None and after is not None
        assert before + sum(part.figures[name] for part in found.parts) == after, name
    assert found.explained
    return found


def read(found: Explanation) -> dict[str, tuple[int | None, ...]]:
    """What stands in the table: causes without any part left out."""
    parts = {part.cause.value: part.figures for part in found.parts if any(part.figures[name] for name in SHOWN)}
    rows = {"vorher": found.before, **parts, "nachher": found.after}
    return {label: tuple(figures[name] for name in SHOWN) for label, figures in rows.items()}


def test_the_whole_story(story: Story) -> None:
    found = asked(story, from_run=story.runs[0])
    assert read(found) == {
        #                    Pers. Teiln. Eintr. zählb. Austr. Best. Minuten
        "vorher": (1, 1, 1, 1, 0, 1, 480),
        "nachlieferung": (0, 1, 1, 0, 0, 1, 0),  # x; of y, who is gone, nobody can say anything any more
        "freigabe": (1, 1, 1, 0, 0, 1, 60),
        "korrektur": (0, 0, 0, 0, 1, -1, 60),
        "zusammenfuehrung": (-1, 0, 0, 0, 0, 0, 0),
        "zaehlregeln": (0, 0, 0, 1, 0, 0, 0),
        "kalender": (0, 0, -1, -1, -1, 0, 0),  # on the 15th a is still there and z not yet
        "nachher": (1, 3, 2, 1, 0, 2, 600),
    }
    details = {part.cause.value: part.detail for part in found.parts if part.detail}
    assert details == {
        "zuordnung": "Zuordnung m1 → m2",
        "zaehlregeln": "Zählregeln 480/20 → 60/20",
        "kalender": "Kalender k1 → k2",
    }


NIGHTS = {
    1: {"nachlieferung": (1, 2, 2, 0, 0, 2, 120)},
    2: {"freigabe": (1, 1, 1, 0, 0, 1, 60)},
    3: {"korrektur": (0, 0, 0, 0, 1, -1, 60)},
    4: {"rechte": (-1, -1, -1, 0, 0, -1, -120)},
    5: {"zusammenfuehrung": (-1, 0, 0, 0, 0, 0, 0)},
    6: {"zaehlregeln": (0, 0, 0, 1, 0, 0, 0), "kalender": (0, 0, -1, -1, -1, 0, 0)},
}


@pytest.mark.parametrize("night", NIGHTS)
def test_a_night_of_one_cause_is_all_its_own(story: Story, night: int) -> None:
    rows = read(checked(story.asked_next_morning[night]))
    del rows["vorher"], rows["nachher"]
    assert rows == NIGHTS[night]


def test_the_mapping_shows_in_its_category(story: Story) -> None:
    rows = read(asked(story, category="K-QUAL", vorhaben="V2"))
    assert rows == {
        "vorher": (0, 0, 0, 0, 0, 0, 0),
        "zuordnung": (1, 1, 1, 0, 0, 1, 60),
        "zaehlregeln": (0, 0, 0, 1, 0, 0, 0),
        "kalender": (0, 0, -1, -1, 0, -1, 0),
        "nachher": (1, 1, 0, 0, 0, 0, 60),
    }


def test_what_persons_brought_who_are_gone_now_is_said_to_be_so(story: Story) -> None:
    found = asked(story, from_run=story.runs[0], to_run=story.runs[1])
    rows = read(found)
    assert rows["nachlieferung"] == (0, 1, 1, 0, 0, 1, 0)
    assert rows["rechte"] == (1, 1, 1, 0, 0, 1, 120)
    assert any("erst nach dem neueren Stand entfernt" in note for note in found.notes)
    assert not any("entfernt" in note for note in asked(story, from_run=story.runs[4]).notes)


def test_deliveries_stand_behind_their_part(story: Story) -> None:
    found = asked(story, from_run=story.runs[0])
    behind = {
        part.cause.value: [
            (one.lieferung_id, one.vorhaben_id, one.tvp_id, one.figures["teilnahmen"]) for one in part.deliveries
        ]
        for part in found.parts
        if part.deliveries
    }
    assert behind == {
        "nachlieferung": [(LATE.delivery_id, "V1", "T2", 1)],
        "freigabe": [(HELD.delivery_id, "V2", "T1", 1)],
        "korrektur": [(CORRECTED.delivery_id, "V1", "T1", 0)],
    }
    # y's hours were taken out by the withdrawal, not by the delivery that declared it
    assert asked(story, vorhaben="V1", tvp="T2", from_run=story.runs[0]).after["teilnahmen"] == 1


def test_a_partner_who_delivers_the_next_month_corrects_nothing(warehouse: Warehouse) -> None:
    """An Austritt after the day until which the partner had spoken is news; one before it is a correction."""
    with warehouse.engine.begin() as connection:
        house = House(connection)
        everybody = (A, Participation("b", date(2026, 1, 7)), Participation("c", date(2026, 1, 8)))
        house.night(Sent(*JANUARY, participations=everybody, units=()))
        other = Sent(date(2026, 2, 1), date(2026, 2, 28), participations=(Z,), units=(), vorhaben_id="V2")
        house.night(other)  # so that there is a February before V1 delivers it
        left = (
            A,
            Participation("b", date(2026, 1, 7), date(2026, 2, 10)),
            Participation("c", date(2026, 1, 8), date(2026, 1, 30)),
        )
        house.night(Sent(date(2026, 2, 1), date(2026, 2, 28), participations=left, units=()))
        found = explain(connection, Request(Span("monat", date(2026, 2, 1))))
    parts = {part.cause.value: part.figures["bestand"] for part in found.parts if part.figures["bestand"]}
    assert parts == {"nachlieferung": -1, "korrektur": -1}


def test_what_was_delivered_is_counted_by_the_rules_of_before(warehouse: Warehouse) -> None:
    """y was there 2 hours: too little by the old threshold, enough by the new one of the same night."""
    with warehouse.engine.begin() as connection:
        house = House(connection)
        house.night(FIRST)
        house.night(LATE, rulebook=Rulebook(threshold=60))
        found = checked(explain(connection, Request(SPAN)))
    parts = {part.cause.value: part.figures for part in found.parts if part.anything}
    assert {cause: figures["eintritte_zaehlbar"] for cause, figures in parts.items()} == {
        "nachlieferung": 0,
        "zaehlregeln": 1,
    }
    assert parts["nachlieferung"]["eintritte"] == 2


def test_restricted_corrected_and_first_counted(warehouse: Warehouse) -> None:
    with warehouse.engine.begin() as connection:
        house = House(connection)
        house.night(Sent(*JANUARY, participations=(A, Y), units=()))
        house.restrict(("V1", "T1", "y"))
        house.correct(("V1", "T1", "a"), A.ein, "jobcenter_nr", "10002")
        house.night()
        found = explain(connection, Request(SPAN, jobcenter="10001"))
        parts = {part.cause.value: part.figures["personen"] for part in found.parts if part.figures["personen"]}
        assert (found.before["personen"], parts, found.after["personen"]) == (2, {"korrektur": -1, "rechte": -1}, 0)
        house.night(Sent(date(2026, 2, 1), date(2026, 2, 28), participations=(X,), units=(), tvp_id="T2"))
        found = explain(connection, Request(Span("monat", date(2026, 2, 1))))
        parts = {part.cause.value: part.figures["teilnahmen"] for part in found.parts if part.anything}
        assert (found.before["teilnahmen"], parts) == (0, {"erstmals_gezaehlt": 1, "nachlieferung": 1})
        assert any("noch nicht gezählt" in note for note in found.notes)


def test_a_month_that_is_kept_does_not_change(warehouse: Warehouse) -> None:
    with warehouse.engine.begin() as connection:
        house = House(connection)
        first = house.night(Sent(*JANUARY, participations=(A, Y), units=()))
        house.remove(("V1", "T1", "y"), "aufbewahrung")
        house.night(LATE)
        assert first is not None
        found = explain(connection, Request(SPAN, from_run=first.lauf_id))
    assert found.before == found.after and not any(part.anything for part in found.parts) and found.explained
    assert any("Aufbewahrung" in note for note in found.notes)


def test_what_cannot_be_explained_is_said_loudly(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with warehouse.engine.begin() as connection:
        house = House(connection)
        house.night(FIRST)
        house.night(LATE)
        connection.execute(
            text("""
                update zahl.figur set personen = personen + 5
                where bekannt_bis is null and zeitraum = 'monat' and beginn = '2026-01-01' and vorhaben_id = '*'
                    and jobcenter_nr = '*' and land = '*' and kategorie = '*'
                """)
        )
    run = command(warehouse.url, tmp_path, monkeypatch)
    result = run("--month", "2026-01")
    assert result.exit_code == 1
    assert "NICHT ERKLÄRT" in result.output
    found = json.loads(run("--month", "2026-01", "--json").output)
    assert found["nicht_erklaert"]["personen"] == 5
    assert sum(part["anteil"]["personen"] for part in found["gruende"]) == 1  # y, who came late


def command(url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("ZAEHLBAR_WAREHOUSE_URL", url)
    monkeypatch.setenv("ZAEHLBAR_HOME", str(home))
    return lambda *arguments: CliRunner().invoke(app, arguments)


@pytest.fixture
def run(story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    return command(story.url, tmp_path, monkeypatch)


def test_the_command_shows_it(story: Story, run: Any) -> None:
    result = run("--month", "2026-01", "--from-run", str(story.runs[0]))
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0].startswith("INTERN, NICHT ZUR WEITERGABE · Warum hat sich die Zahl geändert? · 01.01.2026")
    assert all(len(line) <= 80 for line in lines)
    shown = {line[:27].strip(): line[27:].split() for line in lines if line[27:].strip(" ─")}
    assert shown["Lauf 1 (01.06.2026)"] == ["1", "1", "1", "1", "0", "1", "8,0"]
    assert shown["Freigegebene Lieferung"] == ["+1", "+1", "+1", "·", "·", "+1", "+1,0"]
    assert shown["Lieferung 4"] == ["·", "·", "·", "·", "+1", "-1", "+1,0"]
    assert shown["Lauf 7 (01.06.2026)"] == ["1", "3", "2", "1", "0", "2", "10,0"]
    assert f"Lieferung 3: {HELD.delivery_id}, V2 × T1, bis 31.01.2026, Version 1" in lines
    assert "nicht Teil von K3E2" in result.output
    assert "NICHT ERKLÄRT" not in result.output
    one = run("--month", "2026-01", "--measure", "austritte")
    assert "-1" in one.output and "Bestand" not in one.output
    found = json.loads(run("--month", "2026-01", "--json").output)
    assert found["hinweis"] == "intern, nicht zur Weitergabe"
    assert [found["von"]["lauf"], found["bis"]["lauf"]] == story.runs[-2:]
    assert found["nicht_erklaert"]["personen"] == 0


@pytest.mark.parametrize(
    "arguments, said",
    [
        ((), "Nennen Sie --month"),
        (("--month", "Mai"), "--month erwartet JJJJ-MM"),
        (("--month", "2026-01", "--year", "2026"), "Entweder"),
        (("--month", "2026-01", "--measure", "k3e2"), "--measure kennt"),
        (("--month", "2026-01", "--tvp", "T1"), "So gegliedert wird keine Figur gespeichert"),
        (("--month", "2026-01", "--since", "gestern"), "--since erwartet JJJJ-MM-TT"),
        (("--month", "2026-01", "--from-run", "5", "--since", "2026-01-01"), "Entweder --from-run oder --since"),
        (("--month", "2026-01", "--from-run", "6", "--to-run", "2"), "liegt nach dem neueren"),
        (("--month", "2026-01", "--until", "2020-01-01"), "Bis zum neueren Stand wurde noch nichts gezählt"),
    ],
)
def test_wrong_use_is_told(run: Any, arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.output


def test_before_the_first_count(warehouse: Warehouse) -> None:
    with warehouse.engine.connect() as connection, pytest.raises(CannotExplain, match="noch nichts gezählt"):
        explain(connection, Request(SPAN))
