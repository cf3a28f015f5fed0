"""The report views on the example inbox: filled for twelve months, and what they say recomputed another way.

From the facts in plain Python where persons are counted, and by what must hold between numbers (parts and wholes); what
the example files say by themselves is in test_reports_from_files.py.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import date
from functools import cache
from typing import Any

import pytest
import yaml
from sqlalchemy import text
from tests.integration.conftest import EXAMPLES, ExampleNight
from tests.support import reports
from tests.support.reports import rows

MONTHS = [date(2025 + (6 + n) // 12, (6 + n) % 12 + 1, 1) for n in range(12)]
BY_PERIOD = (
    "zusammensetzung",
    "aktivitaeten",
    "zwischenschritte",
    "ereignisse",
    "zugangswege",
    "anschluss",
    "ueberschneidungen",
)
CELL = ("zeitraum", "beginn", "jobcenter_nr", "vorhaben_id", "quartier_id")
WHOLE = "jobcenter_nr = '*' and vorhaben_id = '*'"


# ---- filled


@pytest.mark.parametrize("view", BY_PERIOD)
def test_twelve_months_of_every_report(example_night: ExampleNight, view: str) -> None:
    found = rows(
        example_night, f"select distinct zeitraum, beginn, ende from bericht.{view} where ende <= '2026-06-30'"
    )
    months = {row["beginn"] for row in found if row["zeitraum"] == "monat"}
    expected = set(MONTHS)
    if view == "zwischenschritte":  # in one of the months nobody reached one
        reached = rows(example_night, "select distinct datum from kern.zwischenschritt where bekannt_bis is null")
        expected &= {row["datum"].replace(day=1) for row in reached}
        assert len(expected) == 11
    assert expected <= months
    assert {date(2025, 7, 1), date(2025, 10, 1), date(2026, 1, 1), date(2026, 4, 1)} <= {
        row["beginn"] for row in found if row["zeitraum"] == "quartal"
    }
    assert date(2026, 6, 30) in {row["ende"] for row in found if row["zeitraum"] == "zwoelf_monate"}
    assert {row["beginn"] for row in found if row["zeitraum"] == "jahr"} >= {date(2025, 1, 1)}


def test_no_report_is_empty(example_night: ExampleNight) -> None:
    with example_night.engine.connect() as connection:
        for view in reports.columns_of_views(connection):
            count = connection.execute(text(f"select count(*) from bericht.{view}")).scalar_one()
            assert count > 0, view


@pytest.mark.parametrize("view", ["monatszahlen", "plaetze", "plaetze_intern", "amtliche_kennzahlen"])
def test_twelve_months_of_reports_by_month(example_night: ExampleNight, view: str) -> None:
    assert set(MONTHS) <= {row["monat"] for row in rows(example_night, f"select distinct monat from bericht.{view}")}


def test_every_code_has_its_name(example_night: ExampleNight) -> None:
    """A code that stands for itself is an age group, a level, a number, or a code the catalogue does not know."""
    for view, code, name in (
        ("zusammensetzung", "auspraegung", "auspraegung_name"),
        ("zugangswege", "zugangsweg", "zugangsweg_name"),
        ("anschluss", "auspraegung", "auspraegung_name"),
        ("zwischenschritte", "schritt", "schritt_name"),
        ("ereignisse", "code", "code_name"),
    ):
        same = rows(example_night, f"select distinct {code} as code from bericht.{view} where {code} = {name}")
        itself = {"U18", "18-24", "25-29", "30-54", "55+", "ohne Angabe", "0", "1", "2", "3+", "übrige"}
        assert {row["code"] for row in same} <= itself | {"A1", "A2", "B1", "B2", "C1"}, view


# ---- parts and wholes


def figures_of(night: ExampleNight) -> dict[tuple[Any, ...], dict[str, Any]]:
    found = rows(
        night,
        "select * from bericht.figuren where land = '*' and tvp_id = '*' and kategorie = '*'",
    )
    return {tuple(row[name] for name in CELL): row for row in found}


def test_every_angabe_adds_up_to_the_figures(example_night: ExampleNight) -> None:
    wholes = figures_of(example_night)
    parts: defaultdict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for row in rows(example_night, "select * from bericht.zusammensetzung"):
        key = (row["angabe"], *(row[name] for name in CELL))
        parts[key].update({name: row[name] for name in ("teilnahmen", "eintritte", "bestand")})
    assert len(parts) > 2000
    for (angabe, *cell), sums in parts.items():
        whole = wholes[tuple(cell)]
        assert {name: whole[name] for name in ("teilnahmen", "eintritte", "bestand")} == {
            name: sums[name] for name in ("teilnahmen", "eintritte", "bestand")
        }, (angabe, cell)


def test_access_paths_add_up_to_the_eintritte_and_say_nothing_else(example_night: ExampleNight) -> None:
    wholes = figures_of(example_night)
    found = rows(example_night, "select * from bericht.zugangswege")
    sums: Counter[tuple[Any, ...]] = Counter()
    for row in found:
        sums[tuple(row[name] for name in CELL)] += row["eintritte"]
    for cell, number in sums.items():
        assert wholes[cell]["eintritte"] == number
    assert all(row["eintritte_gesamt"] == sums[tuple(row[name] for name in CELL)] for row in found)
    numbers = {
        name for name, value in found[0].items() if isinstance(value, int) and not name.startswith(("liefer", "teiln"))
    }
    assert numbers == {"eintritte", "eintritte_gesamt"}


def test_hours_of_categories_add_up_and_events_stand_apart(example_night: ExampleNight) -> None:
    wholes = figures_of(example_night)
    hours: Counter[tuple[Any, ...]] = Counter()
    for row in rows(example_night, "select * from bericht.aktivitaeten"):
        if row["zeile"] == "ereignis":
            assert (row["personen"], row["teilnahmen"], row["stunden"]) == (None, None, None)
            assert row["kategorie"] in {"K-OFFEN", "K-KOMM", "K-STRUK", "K-0-NZ"}
            assert row["reihenfolge"] > 300
        else:
            assert row["kategorie"] not in {"K-OFFEN", "K-KOMM", "K-STRUK"}
            hours[tuple(row[name] for name in CELL)] += row["stunden"]
            assert (row["analog"] is None) is (row["gruppe"] is None)
    for cell, number in hours.items():
        assert float(wholes[cell]["stunden"]) == pytest.approx(float(number), abs=0.1), cell


def test_what_followed_adds_up_to_eintritte_and_austritte(example_night: ExampleNight) -> None:
    wholes = figures_of(example_night)
    sums: defaultdict[tuple[Any, ...], int] = defaultdict(int)
    for row in rows(example_night, "select * from bericht.anschluss"):
        sums[(row["angabe"], *(row[name] for name in CELL))] += row["anzahl"]
        if row["gefragt"] is not None:
            assert row["gefragt"] >= (row["geantwortet"] or 0)
            assert row["auspraegung"] == "ohne Angabe" or row["anzahl"] <= row["gefragt"]
    for (angabe, *cell), number in sums.items():
        if angabe.startswith("erg_6m"):
            continue  # of another six months
        expected = wholes[tuple(cell)]["eintritte" if angabe == "vorher" else "austritte"]
        assert number == expected, (angabe, cell)


def test_work_comes_last(example_night: ExampleNight) -> None:
    found = rows(
        example_night,
        f"select * from bericht.anschluss where zeitraum = 'zwoelf_monate' and {WHOLE} order by reihenfolge",
    )
    assert found[0]["angabe"] == "vorher"
    assert found[-1]["angabe"] in {"erg_arbeit", "erg_6m_arbeit"}
    order = [row["auspraegung"] for row in found if row["angabe"] == "anschluss" and row["ende"] == date(2026, 6, 30)]
    assert set(order[order.index("ohne Angabe") - 3 : order.index("ohne Angabe")]) == {"SVB", "GERING", "SELBST"}


def test_overlaps_are_part_of_the_exits_and_no_other_reason_is_told(example_night: ExampleNight) -> None:
    found = rows(example_night, "select * from bericht.ueberschneidungen")
    assert sum(row["wechsel_kurzfristig"] for row in found) > 0
    for row in found:
        assert row["wechsel_geplant"] + row["wechsel_kurzfristig"] + row["austritte_ohne_angabe"] <= row["austritte"]
        assert (row["personen_parallel"] or 0) <= (row["teilnahmen_parallel"] or 0) <= row["teilnahmen"]


# ---- recomputed from the facts


@cache
def stichtage() -> dict[str, date]:
    content = yaml.safe_load((EXAMPLES / "site" / "kalender.yaml").read_text(encoding="utf-8"))
    return {entry["monat"]: entry["stichtag"] for entry in content["stichtage"]}


def test_eintritte_of_twelve_months_by_way_and_by_feature(example_night: ExampleNight) -> None:
    """From the facts, one by one: between the Stichtag before July 2025 and that of June 2026."""
    facts = rows(
        example_night,
        """
        select t.*, i.vorhaben_id from kern.teilnahme as t inner join kern.identitaet as i using (identitaet_id)
        where t.bekannt_bis is null and t.status is distinct from 'STORNO'
        """,
    )
    first, last = stichtage()["2025-06"], stichtage()["2026-06"]
    came = [row for row in facts if first < row["eintritt_datum"] <= last]
    assert len(came) > 80
    query = "select * from bericht.{} where zeitraum = 'zwoelf_monate' and ende = '2026-06-30' and quartier_id = '*'"
    for vorhaben in ("*", "V9001", "V9002", "V9003"):
        own = [row for row in came if vorhaben in ("*", row["vorhaben_id"])]
        where = f" and jobcenter_nr = '*' and vorhaben_id = '{vorhaben}'"
        ways = rows(example_night, query.format("zugangswege") + where)
        assert {row["zugangsweg"]: row["eintritte"] for row in ways} == Counter(
            row["zugangsweg"] or "ohne Angabe" for row in own
        )
        unemployed = rows(
            example_night,
            query.format("zusammensetzung") + where + " and angabe = 'langzeitarbeitslos' and auspraegung = 'j'",
        )
        expected = sum(row["erwerbsstatus_eintritt"] == "ALO" and row["alo_dauer"] == "AB12" for row in own)
        assert sum(row["eintritte"] for row in unemployed) == expected


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson's interval as the two roots of the equation (share - p) squared = z squared * p * (1 - p) / n."""
    z, share = 1.959964, hits / n
    a, b, c = 1 + z * z / n, -(2 * share + z * z / n), share * share
    root = math.sqrt(b * b - 4 * a * c)
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


@pytest.mark.parametrize("view", ["zielgruppenerreichung", "zielgruppenerreichung_tvp"])
def test_target_groups_from_thirty_on_with_an_interval(example_night: ExampleNight, view: str) -> None:
    found = rows(example_night, f"select * from bericht.{view}")
    small = [row for row in found if row["unter_30"]]
    large = [row for row in found if not row["unter_30"]]
    assert small and (large or view.endswith("tvp"))
    hidden = ("n", "eintritte", "ohne_angabe", "anteil", "intervall_von", "intervall_bis", "lage")
    assert all(row[name] is None for row in small for name in hidden)
    for row in large:
        low, high = wilson(row["eintritte"], row["n"])
        assert row["n"] >= 30
        assert float(row["intervall_von"]) == pytest.approx(low, abs=1e-4)
        assert float(row["intervall_bis"]) == pytest.approx(high, abs=1e-4)
        share = row["vergleichswert"]
        place = (
            None
            if share is None
            else "darüber"
            if share < low
            else "darunter"
            if share > high
            else "nicht unterscheidbar"
        )
        assert row["lage"] == place
        assert row["auspraegung"] not in {"ohne Angabe", "ka", "9"}
    groups: defaultdict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in large:
        groups[row["ende"], row["vorhaben_id"], row.get("tvp_id"), row["angabe"]].append(row)
    for members in groups.values():
        assert sum(row["eintritte"] for row in members) == members[0]["n"]
    assert {row["angabe"] for row in found}.isdisjoint({"hemmnisse", "sprache_stufe", "alleinerziehend", "zugangsweg"})


def test_the_benchmark_of_the_day_is_taken(example_night: ExampleNight) -> None:
    found = rows(
        example_night,
        "select ende, vergleichswert from bericht.zielgruppenerreichung"
        " where angabe = 'geschlecht' and auspraegung = 'w'",
    )
    taken = {row["ende"]: float(row["vergleichswert"]) for row in found}
    assert taken[date(2025, 12, 31)] == 0.45
    assert taken[date(2026, 6, 30)] == 0.47


@pytest.mark.parametrize("hits, n", [(0, 30), (30, 30), (1, 31), (17, 140)])
def test_wilson_at_its_ends(example_night: ExampleNight, hits: int, n: int) -> None:
    (row,) = rows(example_night, f"select zahl.wilson({hits}, {n}, -1) as von, zahl.wilson({hits}, {n}, 1) as bis")
    low, high = wilson(hits, n)
    assert (float(row["von"]), float(row["bis"])) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))
