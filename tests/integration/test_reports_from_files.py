"""The report views beside the example files: places, DATES III, events, who delivered how much, what the site adds."""

from __future__ import annotations

import csv
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

import yaml
from sqlalchemy import text
from tests.integration.conftest import EXAMPLES, ExampleNight
from tests.support.reports import rows

INBOX = EXAMPLES / "inbox"
CELL = ("zeitraum", "beginn", "jobcenter_nr", "vorhaben_id", "quartier_id")
WHOLE = "jobcenter_nr = '*' and vorhaben_id = '*'"


def files(pattern: str) -> Iterator[dict[str, str]]:
    for path in sorted(INBOX.glob(pattern)):
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file, delimiter=";")


def test_events_are_those_of_the_files(example_night: ExampleNight) -> None:
    """T01 sent its first half-year twice: the second version replaces the first."""
    sources = ("T01/*2025-12_angebot_v02*", "T01/*2026-06_angebot*", "T04/*_angebot_*", "T07/*_angebot_*")
    sent = [row for pattern in sources for row in files(pattern)]
    visits: Counter[tuple[str, str]] = Counter()
    referrals: Counter[str] = Counter()
    for row in sent:
        if "2025-07-01" <= row["datum"] <= "2026-06-30":
            if row["angebot_code"] == "A03":
                visits[row["angebot_code"], row["anzahl_art"].lower()] += int(row["anzahl_gesamt"])
            elif row["verweis_an"]:
                referrals[row["verweis_an"]] += int(row["anzahl_gesamt"])
    found = rows(
        example_night,
        "select * from bericht.ereignisse where zeitraum = 'zwoelf_monate' and ende = '2026-06-30'"
        f" and quartier_id = '*' and {WHOLE}",
    )
    assert (
        visits
        and {(row["code"], row["zaehlweise"]): row["anzahl"] for row in found if row["art"] == "besuch"} == visits
    )
    assert referrals and Counter({row["code"]: row["anzahl"] for row in found if row["art"] == "verweis"}) == referrals


def test_steps_are_summed_and_persons_are_not(example_night: ExampleNight) -> None:
    found = rows(example_night, "select * from bericht.zwischenschritte")
    sums: Counter[tuple[Any, ...]] = Counter()
    for row in found:
        if row["schritt"] != "*":
            sums[tuple(row[name] for name in CELL)] += row["schritte"]
            assert 0 < row["personen"] <= row["schritte"]
    totals = {tuple(row[name] for name in CELL): row["schritte"] for row in found if row["schritt"] == "*"}
    assert totals == dict(sums)
    assert all(row["personen"] is None for row in found if row["schritt"] == "*")


def test_places_are_those_of_the_delivery_that_covers_the_end_of_the_month(example_night: ExampleNight) -> None:
    told: dict[tuple[str, str, str], tuple[int, int]] = {}
    for pattern in (
        "T01/*2025-12_verzeichnis_v02*",
        "T01/*2026-06_verzeichnis*",
        "T04/*_verzeichnis_*",
        "T07/*_verzeichnis_*",
    ):
        for path in sorted(INBOX.glob(pattern)):
            month = path.name.split("_")[3]
            for row in files(f"{path.parent.name}/{path.name}"):
                told[month, row["tvp_id"], row["angebot_id"]] = int(row["plaetze"]), int(row["plaetze_frei"])
    found = rows(example_night, "select * from bericht.plaetze_intern where ebene = 'angebot'")
    assert len(found) > 60
    for row in found:
        month = f"{row['monat']:%Y-%m}"
        speaks = month if row["tvp_id"] == "T04" else "2025-12" if month <= "2025-12" else "2026-06"
        places, free = told[speaks, row["tvp_id"], row["angebot_id"]]
        assert (row["plaetze"], row["besetzt"], row["frei"]) == (places, places - free, free)
    for level, part in (("quartier", "quartier_id"), ("vorhaben", "vorhaben_id")):
        for row in rows(example_night, f"select * from bericht.plaetze_intern where ebene = '{level}'"):
            own = [item for item in found if (item["monat"], item["vorhaben_id"]) == (row["monat"], row["vorhaben_id"])
                   and item[part] == row[part]]  # fmt: skip
            assert (row["plaetze"], row["frei"]) == (
                sum(item["plaetze"] for item in own),
                sum(item["frei"] for item in own),
            )
    words = {row["freie_plaetze"] for row in rows(example_night, "select * from bericht.plaetze")}
    assert words <= {"ja", "wenige", "nein", "unbekannt"} and len(words) == 3
    told_to_jobcenters = rows(example_night, "select * from bericht.plaetze limit 1")[0]
    assert not {"plaetze", "plaetze_frei", "frei", "besetzt"} & told_to_jobcenters.keys()


def test_dates_totals_come_down_to_ours_item_by_item(example_night: ExampleNight) -> None:
    declared: Counter[tuple[date, str, str]] = Counter()
    for pattern in ("T01/*2025-12_lieferung_v02*", "T01/*2026-06_lieferung*", "T04/*_lieferung_*", "T07/*_lieferung_*"):
        for row in files(pattern):
            for vorhaben in (row["vorhaben_id"], "*"):
                for name in ("teilnahmen", "eintritte", "austritte"):
                    declared[date.fromisoformat(row["zeitraum_bis"]), vorhaben, name] += int(row[f"dates_{name}"])
    found = rows(example_night, "select * from bericht.abgleich_dates")
    items: defaultdict[tuple[date, str, str], dict[str, int]] = defaultdict(dict)
    for row in found:
        items[row["zeitraum_bis"], row["vorhaben_id"], row["groesse"]][row["posten"]] = row["anzahl"]
    assert {key: parts["dates"] for key, parts in items.items()} == dict(declared)
    for (_, _, measure), parts in items.items():
        assert sum(number for name, number in parts.items() if name != "hier") == parts["hier"], (measure, parts)
    whole = items[date(2026, 6, 30), "*", "teilnahmen"]
    assert whole["rest"] == 0 and whole["ohne_einwilligung"] < 0 and whole["bagatelle"] < 0 and whole["rechtskreis"] < 0
    alone = items[date(2026, 6, 30), "V9001", "teilnahmen"]
    assert "ohne_einwilligung" not in alone and alone["nicht_geladen"] == -1


def test_coverage_by_participants_is_that_of_the_files(example_night: ExampleNight) -> None:
    """Found and withheld as planted (examples/erwartet.yaml); who covers the month speaks for its partner."""
    answers = yaml.safe_load((EXAMPLES / "erwartet.yaml").read_text(encoding="utf-8"))["lieferungen"]
    month = date(2026, 6, 1)
    end = month.replace(day=monthrange(month.year, month.month)[1])
    speaks: dict[tuple[str, str], dict[str, Any]] = {}
    for answer in answers:
        if answer["urteil"] == "abgelehnt" or not answer["zeitraum_von"] <= end <= answer["zeitraum_bis"]:
            continue
        partner = answer["vorhaben_id"], answer["tvp_id"]
        rank = (answer["urteil"] != "angehalten", answer["zeitraum_bis"], answer["version"])
        best = speaks.get(partner)
        if best is None or rank > (best["urteil"] != "angehalten", best["zeitraum_bis"], best["version"]):
            speaks[partner] = answer
    known: Counter[str] = Counter()
    there: Counter[str] = Counter()
    for (vorhaben, _), answer in speaks.items():
        table = answer["tabellen"]["teilnahme"]
        known[vorhaben] += table["gefunden"]
        fates = ("zurueckgewiesen", "zurueckgehalten", "wartend")
        there[vorhaben] += table["gefunden"] - sum(table.get(name, 0) for name in fates)
    found = {
        row["vorhaben_id"]: row
        for row in rows(example_night, f"select * from bericht.abdeckung where monat = '{month}'")
    }
    assert {name: row["teilnahmen_bekannt"] for name, row in found.items()} == dict(known)
    # One more is known of than the files alone tell: somebody refused at another partner.
    assert all(0 <= there[name] - row["teilnahmen_geladen"] <= 1 for name, row in found.items())
    assert (found["V9002"]["erwartet"], found["V9002"]["eingegangen"]) == (3, 2)
    (whole,) = rows(
        example_night,
        f"select * from bericht.zeitraumzahlen where zeitraum = 'quartal' and beginn = '2026-04-01' and kategorie = '*'"
        f" and quartier_id = '*' and {WHOLE}",
    )
    assert (whole["lieferungen_erwartet"], whole["lieferungen_eingegangen"]) == (24, 21)
    assert whole["teilnahmen_bekannt"] == sum(known.values())


# ---- what the site adds


def test_published_months_show_what_does_not_close(example_night: ExampleNight) -> None:
    found = rows(example_night, "select * from bericht.amtlicher_bestand order by monat")
    assert [row["rest"] for row in found] == [None, 0, -3]


def test_feedback_stands_beside_what_arrived(example_night: ExampleNight) -> None:
    content = yaml.safe_load((EXAMPLES / "site" / "rueckmeldung.yaml").read_text(encoding="utf-8"))
    told = {
        (entry["monat"], entry["jobcenter_nr"], name): entry[field]
        for entry in content["jobcenter_rueckmeldung"]
        for name, field in (("empfehlungen", "empfehlungen"), ("massnahmestarts", "massnahmestarts_geplant"))
        if field in entry
    }
    found = rows(example_night, "select * from bericht.rueckmeldung")
    assert {
        (f"{row['monat']:%Y-%m}", row["jobcenter_nr"], row["groesse"]): row["jobcenter_anzahl"] for row in found
    } == told
    ways = rows(
        example_night,
        "select sum(eintritte) as n from bericht.zugangswege where zeitraum = 'monat' and beginn = '2026-06-01'"
        " and jobcenter_nr = '99901' and vorhaben_id = '*' and quartier_id = '*'"
        " and zugangsweg in ('JC_EMPF', 'JC_ZUW')",
    )
    (own,) = [row for row in found if f"{row['monat']:%Y-%m}" == "2026-06" and row["jobcenter_nr"] == "99901"]
    assert own["biwaq_anzahl"] == int(ways[0]["n"] or 0)


def test_cooperation_is_that_of_the_newest_agreements(example_night: ExampleNight) -> None:
    told = {(row["vorhaben_id"], row["jobcenter_nr"]): row
            for pattern in ("T01/*2026-06_vereinbarung*", "T04/*2026-06_vereinbarung*", "T07/*2026-06_vereinbarung*")
            for row in files(pattern)}  # fmt: skip
    found = rows(example_night, "select * from bericht.zusammenarbeit")
    assert {(row["vorhaben_id"], row["jobcenter_nr"]) for row in found} == told.keys()
    for row in found:
        one = told[row["vorhaben_id"], row["jobcenter_nr"]]
        for name in (
            "vorstellungen_vereinbart",
            "vorstellungen_stattgefunden",
            "austausch_vereinbart",
            "austausch_stattgefunden",
        ):
            assert row[name] == int(one[name])
        assert row["naechster_termin"] is None  # July 2026 has passed
        assert row["letzter_genannter_termin"] == date.fromisoformat(one["naechster_termin"])


def test_expected_deliveries_follow_the_rhythm(example_night: ExampleNight) -> None:
    found = rows(example_night, "select * from bericht.puenktlichkeit order by vorhaben_id, tvp_id, zeitraum_bis")
    ends: defaultdict[str, list[date]] = defaultdict(list)
    for row in found:
        ends[row["tvp_id"]].append(row["zeitraum_bis"])
    assert ends["T01"] == [date(2025, 12, 31), date(2026, 6, 30)]
    assert ends["T03"] == [date(2025, 9, 30), date(2025, 12, 31), date(2026, 3, 31), date(2026, 6, 30)]
    assert len(ends["T04"]) == 6 and ends["T04"][0] == date(2026, 1, 31)
    states = {(row["tvp_id"], row["zeitraum_bis"]): row["lieferung"] for row in found}
    assert states["T06", date(2026, 6, 30)] == "angehalten"
    assert states["T02", date(2025, 12, 31)] == "da, ohne Frist"
    assert states["T04", date(2026, 1, 31)] == "verspätet"
    frist = {row["frist"] for row in found if row["tvp_id"] == "T04"}
    assert date(2026, 2, 10) in frist


def test_a_reloaded_delivery_keeps_one_set_of_places(example_night: ExampleNight) -> None:
    (row,) = rows(
        example_night,
        """
        select count(*) as platz, count(distinct (p.lieferung_nr, angebot_id)) as verschieden,
            (select sum(b.neu + b.geaendert + b.unveraendert + b.ueberholt) from betrieb.bilanz as b
                inner join betrieb.lieferung as l using (lieferung_nr)
                where b.tabelle = 'verzeichnis' and l.status = 'geladen') as geliefert
        from kern.platz as p
        """,
    )
    assert row["platz"] == row["verschieden"] == row["geliefert"]


def test_who_may_read_them(example_night: ExampleNight) -> None:
    with example_night.engine.connect() as connection:
        granted = connection.execute(
            text("""
                select r.rolle, bool_and(has_table_privilege(r.rolle, c.oid, 'select')) as alle,
                    bool_or(has_table_privilege(r.rolle, c.oid, 'select')) as eine
                from pg_class as c
                cross join (values ('zaehlbar_controlling'), ('zaehlbar_qualitaet'), ('zaehlbar_lader')) as r (rolle)
                where c.relnamespace = 'bericht'::regnamespace and c.relkind = 'v'
                group by r.rolle
                """)
        ).all()
    assert {row.rolle: (row.alle, row.eine) for row in granted} == {
        "zaehlbar_controlling": (False, False),
        "zaehlbar_qualitaet": (True, True),
        "zaehlbar_lader": (True, True),
    }
