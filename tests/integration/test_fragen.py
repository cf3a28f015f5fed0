"""Every question of `sql/fragen/` has its answer for the example inbox, and the answer is right.

Expected values are derived apart from the query: from examples/erwartet.yaml (how the deliveries were made), from the
delivered files, from the site, or counted once more in plain Python over the facts (tests/support/reference.py). What
no independent source says (which rules strike most often) is checked by what must hold of it, and says so.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Connection, text
from tests.integration.conftest import EXAMPLES, ExampleNight
from tests.support.reference import Attended, Course, count
from tools.data_catalogue.questions import Question, read_questions, render

from zaehlbar.count.figures import DISTINCTION, NOTE
from zaehlbar.count.period import Calendar, Period
from zaehlbar.site import load_site

Rows = list[dict[str, Any]]
QUESTIONS = read_questions()
DOCS = Path(__file__).parents[2] / "docs"
ANSWERS: dict[str, Any] = yaml.safe_load((EXAMPLES / "erwartet.yaml").read_text(encoding="utf-8"))
SITE = load_site(EXAMPLES / "site")
ALL = ("*", "*", "*", "*", "*")
"""Land, Jobcenter, Vorhaben, Quartier, TVP."""
YEAR = (date(2025, 7, 1), date(2026, 6, 30))


def delivered(pattern: str) -> list[dict[str, str]]:
    """Rows of the files in the canonical form, of each month the highest version."""
    newest = {path.name.rpartition("_v")[0]: path for path in sorted((EXAMPLES / "inbox").glob(pattern))}
    found = []
    for path in newest.values():
        with path.open(encoding="utf-8-sig", newline="") as file:
            found += list(csv.DictReader(file, delimiter=";"))
    return found


def deliveries(**wanted: Any) -> list[dict[str, Any]]:
    return [
        one for one in ANSWERS["lieferungen"]
        if not one.get("wiederholt") and all(one.get(key) == value for key, value in wanted.items())
    ]  # fmt: skip


@dataclass(frozen=True)
class World:
    """The facts of the example as plain rows, and figures counted from them without SQL."""

    connection: Connection

    def rows(self, query: str) -> Rows:
        return [dict(row) for row in self.connection.execute(text(query)).mappings()]

    @cached_property
    def participations(self) -> Rows:
        return self.rows("""
            select t.*, i.vorhaben_id, i.tvp_id, p.person_id
            from kern.teilnahme as t
            inner join kern.identitaet as i on t.identitaet_id = i.identitaet_id
            inner join kern.person_zuordnung as p on t.identitaet_id = p.identitaet_id and p.bekannt_bis is null
            where t.bekannt_bis is null order by t.identitaet_id, t.eintritt_datum
        """)

    @cached_property
    def units(self) -> Rows:
        return self.rows("select * from kern.aktivitaet where bekannt_bis is null")

    def category(self, code: str, day: date) -> str:
        for entry in SITE.kategorien.zuordnung:
            if entry.code == code and entry.gueltig_ab <= day <= (entry.gueltig_bis or date.max):
                return entry.kategorie
        return "K-0-NZ"

    @cached_property
    def courses(self) -> list[Course]:
        lands = {one.vorhaben_id: one.land for one in SITE.vorhaben}
        made = []
        for identity in sorted({row["identitaet_id"] for row in self.participations}):
            own = [
                Course(
                    str(row["person_id"]), row["jobcenter_nr"] or "OHNE", row["vorhaben_id"], row["tvp_id"],
                    row["eintritt_datum"], row["austritt_datum"], [], lands[row["vorhaben_id"]],
                    row["quartier_id"] or "OHNE", row["jc_massnahme_parallel"] == "j",
                )
                for row in self.participations if row["identitaet_id"] == identity and row["status"] != "STORNO"
            ]  # fmt: skip
            for unit in self.units:
                if unit["identitaet_id"] == identity and own:
                    begun = [course for course in own if course.ein <= unit["datum"]]
                    kind = self.category(unit["aktivitaet_code"], unit["datum"])
                    (begun[-1] if begun else own[0]).units.append(Attended(unit["datum"], kind, unit["dauer_min"] or 0))
            made += own
        return made

    def cells(self, kind: Any, last_month: date, *sets: str) -> dict[tuple[str, ...], dict[str, int | None]]:
        """Figures by (Land, Jobcenter, Vorhaben, Quartier, TVP, category); `sets`: dimensions, blank between."""
        rules = SITE.zaehlregeln
        return count(
            self.courses, self.period(kind, last_month), threshold=rules.schwelle_stunden * 60,
            active_days=rules.aktiv_tage, sets=[one.split() for one in sets],
        )  # fmt: skip

    def period(self, kind: Any, last_month: date) -> Period:
        days = {row["monat"]: row["stichtag"] for row in self.rows("select monat, stichtag from katalog.stichtag")}
        return Calendar(days, SITE.kalender.ersatzregel).period(0, kind, last_month)

    def one(self, kind: Any, last_month: date, place: tuple[str, ...] = ALL, kat: str = "*") -> dict[str, Any]:
        names = ("land", "jc", "vh", "quartier", "tvp")
        asked = " ".join(name for name, value in zip(names, place, strict=True) if value != "*")
        return self.cells(kind, last_month, asked)[(*place, kat)]

    def jobcenter(self, kind: Any, last_month: date, nr: str = "99901", kat: str = "*") -> dict[str, Any]:
        return self.one(kind, last_month, ("*", nr, "*", "*", "*"), kat)


@pytest.fixture(scope="module")
def world(example_night: ExampleNight) -> Iterator[World]:
    with example_night.engine.connect() as connection:
        yield World(connection)


JUNE = date(2026, 6, 1)
MONTHS = [date(2025 + (6 + n) // 12, (6 + n) % 12 + 1, 1) for n in range(12)]


def check_01(rows: Rows, world: World) -> None:
    (row,), cell = rows, world.jobcenter("monat", JUNE)
    assert (row["personen"], row["teilnahmen"]) == (cell["personen"], cell["teilnahmen"])
    assert row["erreicht_unter_schwelle"] == cell["personen_unter_schwelle"]
    assert row["davon_zaehlbar"] == cell["personen"] - cell["personen_unter_schwelle"]
    assert row["lieferungen"] == "7 von 8" and row["stand"] == "endgültig"


def check_02(rows: Rows, world: World) -> None:
    assert [row["jobcenter_nr"] for row in rows] == ["99901", "99902"]
    for row, nr in zip(rows, ("99901", "99902"), strict=True):
        cell = world.jobcenter("monat", JUNE, nr)
        assert [row[name] for name in ("bestand", "bestand_zaehlbar", "bestand_aktiv")] == [
            cell[name] for name in ("bestand", "bestand_zaehlbar", "bestand_aktiv")
        ]


def check_03(rows: Rows, world: World) -> None:
    assert [row["monat"] for row in rows] == MONTHS
    for row in rows:
        cell = world.jobcenter("monat", row["monat"])
        assert all(row[name] == cell[name] for name in ("eintritte", "austritte", "bestand"))
    for before, after in pairwise(rows):
        assert after["bestand"] == before["bestand"] + after["eintritte"] - after["austritte"]


def check_05(rows: Rows, world: World) -> None:
    cells = world.cells("quartal", JUNE, "jc")
    own = {key[5]: cell for key, cell in cells.items() if key[1] == "99901" and (cell["personen"] or cell["dauer_min"])}
    assert {row["kategorie"]: row["personen"] for row in rows} == {kat: cell["personen"] for kat, cell in own.items()}
    assert all(row["stunden"] == round(Decimal(own[row["kategorie"]]["dauer_min"]) / 60, 2) for row in rows)
    assert rows[0]["personen"] < sum(row["personen"] for row in rows[1:])


def check_06(rows: Rows, world: World) -> None:
    cells = world.cells("zwoelf_monate", JUNE, "")
    own = {key[5]: cell["personen"] for key, cell in cells.items() if key[5] != "*" and cell["personen"]}
    assert {row["kategorie"]: row["personen"] for row in rows if row["personen"]} == own
    assert all(row["teilnahmen"] == cells[(*ALL, row["kategorie"])]["teilnahmen"] for row in rows if row["personen"])
    analog = {one.kategorie: one.analog for one in SITE.kategorien.kategorien}
    assert all(row["analog"] == analog[row["kategorie"]] for row in rows)


def check_07(rows: Rows, world: World) -> None:
    (row,) = rows
    quarter = world.jobcenter("quartal", JUNE)
    months = [world.jobcenter("monat", date(2026, month, 1)) for month in (4, 5, 6)]
    assert row["personen_quartal"] == quarter["personen"]
    assert row["personen_summe_der_monate"] == sum(one["personen"] for one in months) > quarter["personen"]
    assert row["eintritte_quartal"] == row["eintritte_summe_der_monate"] == quarter["eintritte"]


def check_08(rows: Rows, world: World) -> None:
    cells = world.cells("zwoelf_monate", JUNE, "jc vh quartier")
    own = {
        (key[2], key[3]): (cell["teilnahmen"], cell["personen"])
        for key, cell in cells.items() if key[1] == "99901" and key[5] == "*" and cell["teilnahmen"]
    }  # fmt: skip
    assert {(r["vorhaben_id"], r["quartier_id"]): (r["teilnahmen"], r["personen"]) for r in rows} == own
    names = {quartier.quartier_id: quarter for one in SITE.vorhaben for quartier in one.quartiere
             for quarter in [quartier.name]}  # fmt: skip
    assert all(row["quartier"] == names.get(row["quartier_id"]) for row in rows)


def check_09(rows: Rows, world: World) -> None:
    person = {row["identitaet_id"]: row["person_id"] for row in world.participations}
    steps = [
        row for row in world.rows("select * from kern.zwischenschritt where bekannt_bis is null")
        if YEAR[0] <= row["datum"] <= YEAR[1]
    ]  # fmt: skip
    single = [row for row in rows if row["schritt"] != "*"]
    assert {row["schritt"]: row["schritte"] for row in single} == Counter(step["code"] for step in steps)
    for row in single:
        assert row["personen"] == len({person[one["identitaet_id"]] for one in steps if one["code"] == row["schritt"]})
    assert [row["schritte"] for row in rows if row["schritt"] == "*"] in ([], [len(steps)])


def check_10(rows: Rows, world: World) -> None:
    """From the delivered files: the Quartiere of Jobcenter 99901, codes that the site maps to K-OFFEN."""
    own = {
        (one.vorhaben_id, q.quartier_id) for one in SITE.vorhaben for q in one.quartiere if q.jobcenter_nr == "99901"
    }
    visits = [
        row for row in delivered("*/*_angebot_v*.csv")
        if (row["vorhaben_id"], row["quartier_id"]) in own
        and YEAR[0] <= date.fromisoformat(row["datum"]) <= YEAR[1]
        and world.category(row["angebot_code"], date.fromisoformat(row["datum"])) == "K-OFFEN"
    ]  # fmt: skip
    for kind, name in (("gezaehlt", "GEZAEHLT"), ("geschaetzt", "GESCHAETZT")):
        (row,) = (one for one in rows if one["zaehlweise"] == kind)
        chosen = [one for one in visits if one["anzahl_art"] == name]
        assert row["termine"] == len(chosen)
        assert row["besuche"] == sum(int(one["anzahl_gesamt"] or 0) for one in chosen)
        assert row["davon_ohne_anzahl"] == sum(not one["anzahl_gesamt"] for one in chosen)


def check_11(rows: Rows, world: World) -> None:
    assert [row["monat"] for row in rows] == [date(2026, month, 1) for month in (4, 5, 6)]
    for row in rows:
        assert row["kennzahl"] == "K3E2" and row["abgrenzung"] == DISTINCTION
        assert row["ergaenzend_personen"] == world.jobcenter("monat", row["monat"])["personen"]


def check_12(rows: Rows, world: World) -> None:
    """Expected: the partners that the site expects; arrived: all but the held delivery of T06 (first half of 2026)."""
    partners = [one for vorhaben in SITE.vorhaben for one in vorhaben.partner]
    assert deliveries(urteil="angehalten")[0]["tvp_id"] == "T06"
    for row, month in zip(rows, MONTHS, strict=True):
        expected = sum(one.von <= month <= one.bis for one in partners if one.von and one.bis)
        assert row["lieferungen_erwartet"] == expected
        assert row["lieferungen_eingegangen"] == expected - (month.year == 2026)


def check_13(rows: Rows, world: World) -> None:
    (row,) = rows
    assert row["betriebsmodell"] == SITE.head.betriebsmodell
    assert row["kategorien_version"] == SITE.kategorien.version
    assert row["zaehlregeln_version"] == SITE.zaehlregeln.version
    assert row["kalender_version"] == SITE.kalender.version
    assert row["abgleich_version"] == SITE.abgleich.version
    assert "nicht abgestimmt" in row["zuordnung_stand"] and row["hinweis"] == NOTE


def check_14(rows: Rows, world: World) -> None:
    """From the delivered files of June: the offers of T01 and those of T07 in Q32."""
    words = {"8": "ja", "2": "wenige", "0": "nein"}
    own = [
        (row["titel"], words[row["plaetze_frei"]], row["zeiten"])
        for row in delivered("*/*2026-06_verzeichnis_v*.csv") if row["quartier_id"] in ("Q11", "Q12", "Q32")
    ]  # fmt: skip
    assert sorted((row["titel"], row["freie_plaetze"], row["zeiten"]) for row in rows) == sorted(own)


def check_15(rows: Rows, world: World) -> None:
    named = {row["posten_name"]: row["anzahl"] for row in rows}
    told = sum(int(row["dates_teilnahmen"] or 0) for row in delivered("*/*2025-12_lieferung_v*.csv"))
    assert named["Teilnahmen laut DATES III"] == told
    assert sum(row["anzahl"] for row in rows[:-1]) == rows[-1]["anzahl"]
    withheld = sum(
        one["tabellen"]["teilnahme"]["zurueckgehalten"]
        for one in deliveries(zeitraum_bis=date(2025, 12, 31)) if one["tvp_id"] in ("T01", "T07") and one["version"] > 0
        and not (one["tvp_id"] == "T01" and one["version"] == 1)
    )  # fmt: skip
    assert named["ohne Einwilligung, oder Aufbewahrung abgelaufen"] == -withheld


def check_16(rows: Rows, world: World) -> None:
    for row in rows:
        cell = world.one("zwoelf_monate", JUNE, ("*", "*", row["vorhaben_id"], "*", "*"))
        assert (row["personen"], row["davon_unter_schwelle"]) == (cell["personen"], cell["personen_unter_schwelle"])
    assert [row["akronym"] for row in rows] == [one.akronym for one in SITE.vorhaben]


def check_17(rows: Rows, world: World) -> None:
    """No person has a row, so nothing can be counted again: the total is that of its parts, and nobody is in both."""
    total, *parts = rows
    assert total["jobcenter_nr"] == "*" and {row["jobcenter_nr"] for row in parts} <= {"99901", "99902", "OHNE"}
    assert all(total[name] == sum(row[name] for row in parts) for name in ("teilnahmen", "bestand"))
    assert {row["bezeichnung"] for row in rows} == {"ohne Einwilligung, nicht entdoppelt"}
    assert 0 < total["teilnahmen"] <= ANSWERS["gesamt"]["ohne_einwilligung"]


def check_18(rows: Rows, world: World) -> None:
    period = world.period("zwoelf_monate", JUNE)
    assert [row["vorhaben_id"] for row in rows] == [one.vorhaben_id for one in SITE.vorhaben]
    for row in rows:
        cell = world.one("zwoelf_monate", JUNE, ("*", "*", row["vorhaben_id"], "*", "*"))
        assert all(row[name] == cell[name] for name in ("teilnahmen", "teilnahmen_parallel", "austritte"))
        reasons = Counter(
            one["austritt_grund"] for one in world.participations
            if one["vorhaben_id"] == row["vorhaben_id"] and one["austritt_datum"] and one["status"] != "STORNO"
            and period.fluss_von < max(one["austritt_datum"], one["eintritt_datum"]) <= period.fluss_bis
        )  # fmt: skip
        assert row["wechsel_geplant"] == reasons["JCM_GEPLANT"]
        assert row["wechsel_kurzfristig"] == reasons["JCM_KURZFRISTIG"]


def check_19(rows: Rows, world: World) -> None:
    offers = delivered("*/*2026-06_verzeichnis_v*.csv")
    assert [row["vorhaben_id"] for row in rows] == sorted({one["vorhaben_id"] for one in offers})
    for row in rows:
        own = [one for one in offers if one["vorhaben_id"] == row["vorhaben_id"]]
        places, free = (sum(int(one[name]) for one in own) for name in ("plaetze", "plaetze_frei"))
        assert (row["angebote"], row["plaetze"], row["frei"], row["besetzt"]) == (len(own), places, free, places - free)
        assert row["besetzung"] == round(Decimal(places - free) / places, 4)


def check_20(rows: Rows, world: World) -> None:
    period = world.period("zwoelf_monate", JUNE)
    came = Counter(
        one["zugangsweg"] or "ohne Angabe" for one in world.participations
        if period.fluss_von < one["eintritt_datum"] <= period.fluss_bis and one["status"] != "STORNO"
    )  # fmt: skip
    assert {row["zugangsweg"]: row["eintritte"] for row in rows if row["eintritte"]} == came
    assert {row["eintritte_gesamt"] for row in rows} == {came.total()}
    assert not {"austritte", "stunden", "anschluss"} & set(rows[0])


def check_21(rows: Rows, world: World) -> None:
    twice = sum(case.get("eine_person", False) for case in ANSWERS["personen"])
    total = ANSWERS["gesamt"]
    assert sum(row["personen"] for row in rows) == total["personen"]
    assert sum(row["identitaeten"] * row["personen"] for row in rows) == total["identitaeten"]
    assert {row["identitaeten"]: row["personen"] for row in rows}[2] == twice


def check_22(rows: Rows, world: World) -> None:
    told = delivered("*/*2026-06_vereinbarung_v*.csv")
    names = (
        "vorstellungen_vereinbart",
        "vorstellungen_stattgefunden",
        "austausch_vereinbart",
        "austausch_stattgefunden",
    )
    assert [(row["vorhaben_id"], row["jobcenter_nr"], *(str(row[name]) for name in names)) for row in rows] == sorted(
        (one["vorhaben_id"], one["jobcenter_nr"], *(one[name] for name in names)) for one in told
    )


def check_23(rows: Rows, world: World) -> None:
    """One night has run: every figure has one version, known since that run."""
    (run,) = world.rows("select max(lauf_id) as nr from zahl.zaehlung")
    assert [(row["monat"].month, row["fassungen"]) for row in rows] == [(4, 1), (5, 1), (6, 1)]
    assert {(row["erster_lauf"], row["letzter_lauf"]) for row in rows} == {(run["nr"], run["nr"])}


def check_24(rows: Rows, world: World) -> None:
    period = world.period("zwoelf_monate", JUNE)
    entered = [
        one for one in world.participations
        if period.fluss_von < one["eintritt_datum"] <= period.fluss_bis and one["status"] != "STORNO"
    ]  # fmt: skip
    long_term = [one for one in entered if one["erwerbsstatus_eintritt"] == "ALO" and one["alo_dauer"] == "AB12"]
    named = {row["auspraegung"]: row["eintritte"] for row in rows}
    assert named["j"] == len(long_term) and sum(named.values()) == len(entered)


def check_25(rows: Rows, world: World) -> None:
    (row,), (held,) = rows, deliveries(urteil="angehalten")
    assert (row["vorhaben_id"], row["tvp_id"], row["zeitraum_bis"]) == (
        held["vorhaben_id"], held["tvp_id"], held["zeitraum_bis"],
    )  # fmt: skip
    assert row["wartende_zeilen"] == sum(table["wartend"] for table in held["tabellen"].values())
    assert row["gruende"] == ["ZB-Z-001"]


def check_26(rows: Rows, world: World) -> None:
    """Which rules strike is decided by the rules: added up again here; known by construction is the held delivery's."""
    lines: Counter[tuple[str, ...]] = Counter()
    seen: dict[tuple[str, ...], set[int]] = {}
    for one in world.rows("select * from betrieb.befund"):
        key = (one["regel"], one["schwere"], one["tabelle"], one["feld"])
        lines[key] += one["anzahl"]
        seen.setdefault(key, set()).add(one["lieferung_nr"])
    most = sorted(lines, key=lambda key: (-lines[key], key[0], key[2], key[3]))[:10]
    assert [tuple(row.values()) for row in rows] == [(*key, len(seen[key]), lines[key]) for key in most]
    (swapped,) = (row for row in rows if row["regel"] == "ZB-Z-001")
    assert swapped["zeilen"] == deliveries(urteil="angehalten")[0]["tabellen"]["teilnahme"]["zurueckgewiesen"]


def check_27(rows: Rows, world: World) -> None:
    held = deliveries(urteil="angehalten")[0]
    assert [tuple(row.values()) for row in rows] == [
        (held["vorhaben_id"], held["zeitraum_von"], held["zeitraum_bis"].replace(day=1), 6, 1)
    ]


def check_28(rows: Rows, world: World) -> None:
    """A partner with an agreement has a term; all files arrived with the example night, long after."""
    with_term = {(row["vorhaben_id"], row["tvp_id"]) for row in delivered("*/*_vereinbarung_v*.csv")}
    assert {(row["vorhaben_id"], row["tvp_id"]) for row in rows if row["lieferung"] == "verspätet"} == with_term
    accepted = {
        (one["vorhaben_id"], one["tvp_id"], one["zeitraum_bis"])
        for one in deliveries() if one["urteil"] in ("angenommen", "angenommen_mit_befunden")
    }  # fmt: skip
    there = {
        (row["vorhaben_id"], row["tvp_id"]): row["lieferungen"] for row in rows if row["lieferung"] != "angehalten"
    }
    assert there == Counter(one[:2] for one in accepted)
    assert [row["tvp_id"] for row in rows if row["lieferung"] == "angehalten"] == ["T06"]


def check_29(rows: Rows, world: World) -> None:
    assert {row["vorhaben"] for row in rows} == {*(one.vorhaben_id for one in SITE.vorhaben), "unbekannt"}
    for row in rows:
        name, found, *fates = row.values()
        assert found == sum(fates)
        own = [one["tabellen"]["teilnahme"] for one in deliveries(vorhaben_id=name) if one["urteil"] != "abgelehnt"]
        assert found == sum(one["gefunden"] for one in own)
        assert row["wartend"] == sum(one.get("wartend", 0) for one in own)
        assert row["zurueckgewiesen"] == sum(one["zurueckgewiesen"] for one in own)


def check_30(rows: Rows, world: World) -> None:
    strange = [one for one in world.units if world.category(one["aktivitaet_code"], one["datum"]) == "K-0-NZ"]
    assert {row["aktivitaet_code"]: (row["einheiten"], row["minuten"]) for row in rows} == {
        code: (len(own), sum(one["dauer_min"] for one in own))
        for code in {one["aktivitaet_code"] for one in strange}
        for own in [[one for one in strange if one["aktivitaet_code"] == code]]
    }


def check_31(rows: Rows, world: World) -> None:
    """Counted again for one Angabe that is a field of its own: participations of the year without it."""
    assert len(rows) == 10
    chosen = [row for row in rows if row["angabe"] in ("drittstaat", "herkunft_ausl", "wohnungslos", "vorher")]
    assert chosen
    for row in chosen:
        own = [
            one for one in world.participations
            if (one["vorhaben_id"], one["tvp_id"]) == (row["vorhaben_id"], row["tvp_id"]) and one["status"] != "STORNO"
            and one["eintritt_datum"] <= YEAR[1] and (one["austritt_datum"] or date.max) >= YEAR[0]
        ]  # fmt: skip
        assert row["gesamt"] == len(own)
        assert row["ohne_angabe"] == sum(one[row["angabe"]] is None for one in own)


def check_32(rows: Rows, world: World) -> None:
    read = {row["bereich"]: (row["tabellen"], row["lader"], row["qualitaet"], row["controlling"]) for row in rows}
    assert set(read) == {"betrieb", "abgleich", "kern", "katalog", "zahl", "bericht"}
    for tables, loader, quality, controlling in read.values():
        assert controlling == 0 and loader == tables and quality <= tables
    assert [read[name][2] for name in ("abgleich", "kern", "zahl")] == [0, 0, 0]
    assert read["bericht"][2] == read["bericht"][0]


def check_33(rows: Rows, world: World) -> None:
    def quarter(day: date | None) -> str | None:
        if day is None:
            return None
        months = day.year * 12 + day.month - 1 + SITE.aufbewahrung.person_monate
        return f"{months // 12} Quartal {months % 12 // 3 + 1}"

    ends = Counter(quarter(one["austritt_datum"]) for one in world.participations)
    assert {row["loeschung"]: row["teilnahmen"] for row in rows} == ends


def check_34(rows: Rows, world: World) -> None:
    assert [(row["tabelle"], row["spalte"]) for row in rows] == [("abgleich.paar", "geburtsdatum")]
    values = world.rows("select distinct geburtsdatum as wert from abgleich.paar")
    assert {row["wert"] for row in values} <= {"beide_voll", "eines_fehlt", "beide_fehlen"}


def nothing(rows: Rows, world: World) -> None:
    """The right answer is no row; test_an_empty_answer_would_show_a_row makes each find one."""
    assert rows == []


CHECKS: dict[int, Callable[[Rows, World], None]] = {
    int(name[6:]): check for name, check in dict(globals()).items() if name.startswith("check_")
} | {4: nothing, 35: nothing}


def test_there_are_at_least_25_questions_for_all_who_ask() -> None:
    assert len(QUESTIONS) >= 25
    assert sorted(CHECKS) == [one.number for one in QUESTIONS]
    assert min(Counter(one.header["Für"] for one in QUESTIONS).values()) >= 4


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: f"{one.number:02}_{one.slug}")
def test_the_answer_is_right(world: World, question: Question) -> None:
    world.connection.rollback()
    CHECKS[question.number](question.answer(world.connection).records, world)


@pytest.mark.parametrize(
    "number, damage",
    [
        (4, "update zahl.figur set bestand = bestand + 1 where zeitraum = 'monat' and beginn = '2026-05-01'"),
        (
            35,
            "insert into betrieb.uebermittlung (jobcenter_nr, art, erstellt_von, anzahl, datei_sha256)"
            " values ('99901', 'liste', 'Leitung', 1, repeat('0', 64))",
        ),
    ],
)
def test_an_empty_answer_would_show_a_row(world: World, number: int, damage: str) -> None:
    """What answers with no row finds one when there is one; the damage is rolled back."""
    world.connection.rollback()
    (question,) = (one for one in QUESTIONS if one.number == number)
    world.connection.execute(text(damage))
    assert world.connection.execute(text(question.query)).all()
    world.connection.rollback()


def test_the_committed_page_is_current(example_night: ExampleNight) -> None:
    with example_night.engine.connect() as connection:
        page = render(QUESTIONS, connection)
    assert (DOCS / "fragen.md").read_text(encoding="utf-8") == page, "docs/fragen.md is stale: make docs"
