"""What a night stores beside the figures: Angaben, Zwischenschritte and events, held against what providers sent."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from sqlalchemy import text
from tests.conftest import Warehouse
from tests.integration.conftest import EXAMPLES, ExampleNight

from zaehlbar.count.events import current_events
from zaehlbar.count.features import FEATURES, current_features
from zaehlbar.count.source import read_source

ONE_VALUE_EACH = [feature.name for feature in FEATURES if feature.base in ("teilnahme", "zugang")]
"""Every participation has exactly one value of each, so sums over values are what the figures say."""
_CELL = "jobcenter_nr, vorhaben_id, quartier_id, tvp_id"
_FIGURES = f"""
    select zeitraum, beginn, {_CELL}, teilnahmen, eintritte, austritte, bestand, personen from zahl.figur
    where bekannt_bis is null and kategorie = '*' and land = '*'
"""


def _rows(night: ExampleNight, query: str, **values: Any) -> list[Any]:
    with night.engine.connect() as connection:
        return list(connection.execute(text(query), values).all())


@pytest.mark.parametrize("angabe", ONE_VALUE_EACH)
def test_values_of_an_angabe_add_up_to_the_figures(example_night: ExampleNight, angabe: str) -> None:
    """In every period and cell; and distinct persons are at most the sum, at least the most frequent value."""
    (found,) = _rows(
        example_night,
        f"""
        with summen as (
            select zeitraum, beginn, {_CELL}, sum(teilnahmen) as teilnahmen, sum(eintritte) as eintritte,
                sum(austritte) as austritte, sum(bestand) as bestand, sum(personen) as viele, max(personen) as wenige
            from zahl.angabenzahl where bekannt_bis is null and angabe = :angabe
            group by zeitraum, beginn, {_CELL}
        )
        select
            count(*) as zellen,
            count(*) filter (
                where (s.teilnahmen, s.eintritte) is distinct from (f.teilnahmen::bigint, f.eintritte::bigint)
                or (:angabe <> 'zugangsweg'
                    and (s.austritte, s.bestand) is distinct from (f.austritte::bigint, f.bestand::bigint))
            ) as falsch,
            count(*) filter (where f.personen not between s.wenige and s.viele) as personen_falsch,
            count(distinct zeitraum) as zeitraeume,
            count(distinct ((jobcenter_nr = '*')::int, (vorhaben_id = '*')::int, (quartier_id = '*')::int,
                (tvp_id = '*')::int)) as saetze
        from summen as s full join ({_FIGURES}) as f using (zeitraum, beginn, {_CELL})
        where
            -- The figures are counted for further combinations of dimensions, which Angaben are not.
            (jobcenter_nr = '*' or (quartier_id = '*' and tvp_id = '*'))
            and (:angabe <> 'quartier' or vorhaben_id <> '*')
            and (coalesce(f.teilnahmen, 1) <> 0 or :angabe <> 'zugangsweg')
        """,
        angabe=angabe,
    )
    assert (found.falsch, found.personen_falsch) == (0, 0)
    assert (found.zeitraeume, found.saetze) == (4, 4 if angabe == "quartier" else 6)
    assert found.zellen > 200


def test_values_at_the_austritt_add_up_to_the_austritte(example_night: ExampleNight) -> None:
    wrong = _rows(
        example_night,
        f"""
        select a.angabe, a.zeitraum, a.beginn, {_CELL}
        from (
            select angabe, zeitraum, beginn, {_CELL}, sum(austritte) as austritte from zahl.angabenzahl
            where bekannt_bis is null and angabe in ('anschluss', 'erg_arbeit', 'austritt_grund')
            group by angabe, zeitraum, beginn, {_CELL}
        ) as a
        full join (select * from ({_FIGURES}) as f where f.austritte > 0) as f using (zeitraum, beginn, {_CELL})
        where a.austritte is distinct from f.austritte::bigint
            and (jobcenter_nr = '*' or (quartier_id, tvp_id) = ('*', '*'))
            and (a.angabe is not null or (quartier_id, tvp_id) = ('*', '*'))
        """,
    )
    assert wrong == []
    short_notice = _rows(
        example_night,
        "select sum(austritte) from zahl.angabenzahl where bekannt_bis is null and zeitraum = 'monat'"
        " and jobcenter_nr = '*' and vorhaben_id = '*' and auspraegung in ('JCM_GEPLANT', 'JCM_KURZFRISTIG')",
    )
    assert short_notice[0][0] > 0


def test_angaben_are_those_of_the_participations_that_figures_count(example_night: ExampleNight) -> None:
    """Without cancelled ones and restricted persons, with corrections, under the same persons and cells."""
    with example_night.engine.connect() as connection:
        stand = {"stand": connection.execute(text("select max(lauf_id) from betrieb.lauf")).scalar_one()}
        figures, angaben = (read_source(connection, name, stand) for name in ("teilnahme", "angabe"))
    names = ["identitaet_id", "eintritt_datum", "austritt_datum", "person_id"]
    names += ["jobcenter_nr", "vorhaben_id", "quartier_id", "tvp_id"]
    one, other = (
        Counter(map(tuple, map(dict.values, table.select(names).to_pylist()))) for table in (figures, angaben)
    )
    assert one == other and len(one) > 100


def _example_events() -> list[dict[str, str]]:
    """The rows of the highest version of every file of events in the example inbox, by its name."""
    newest: dict[tuple[str, str, str], tuple[int, Path]] = {}
    pattern = re.compile(r"BIWAQ_(V\d+)_(T\d+)_(\d{4}-\d{2})_angebot_v(\d+)\.csv")
    for path in (EXAMPLES / "inbox").rglob("*_angebot_v*.csv"):
        match = pattern.fullmatch(path.name)
        assert match is not None
        key, version = match.groups()[:3], int(match.group(4))
        newest[key] = max(newest.get(key, (0, path)), (version, path))  # type: ignore[index]
    rows = []
    for (vorhaben, tvp, _), (_, path) in newest.items():
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows += [row | {"vorhaben": vorhaben, "tvp": tvp} for row in csv.DictReader(file, delimiter=";")]
    return rows


def test_visits_and_referrals_are_those_of_the_files(example_night: ExampleNight) -> None:
    site = yaml.safe_load((EXAMPLES / "site" / "vorhaben.yaml").read_text(encoding="utf-8"))
    jobcenters = {
        (one["vorhaben_id"], quartier["quartier_id"]): quartier["jobcenter_nr"]
        for one in site["vorhaben"]
        for quartier in one["quartiere"]
    }
    names = {"A03": "besuch", "C06": "verweis", "C07": "verweis", "C08": "verweis", "X01": "kontakt"}
    expected: Counter[Any] = Counter()
    for row in _example_events():
        art = names.get(row["angebot_code"], "nicht_zugeordnet")
        code = (row["verweis_an"] or "ohne Angabe") if art == "verweis" else row["angebot_code"]
        how = "gezaehlt" if row["anzahl_art"] == "GEZAEHLT" else "geschaetzt"
        where = (row["vorhaben"], row["quartier_id"])
        key = (date.fromisoformat(row["datum"]).replace(day=1), art, code, how)
        for jobcenter, vorhaben, quartier, tvp in (
            ("*", "*", "*", "*"),
            (jobcenters.get(where, "OHNE"), "*", "*", "*"),
            ("*", *where, "*"),
            ("*", row["vorhaben"], "*", row["tvp"]),
        ):
            for name, number in (("ereignisse", 1), ("anzahl", int(row["anzahl_gesamt"]))):
                expected[*key, jobcenter, vorhaben, quartier, tvp, name] += number
    stored = _rows(
        example_night,
        f"""
        select beginn, art, code, zaehlweise, {_CELL}, ereignisse, anzahl from zahl.ereigniszahl
        where bekannt_bis is null and zeitraum = 'monat' and art not in ('kategorie', 'zwischenschritt')
            and (jobcenter_nr = '*' or vorhaben_id = '*')
            and (vorhaben_id = '*' or quartier_id <> '*' or tvp_id <> '*')
        """,
    )
    found: Counter[Any] = Counter()
    for row in stored:
        for name, number in (("ereignisse", row[8]), ("anzahl", row[9])):
            found[*tuple(row[:8]), name] += number
    assert {key[1] for key in found} >= {"besuch", "verweis", "kontakt"}
    assert found == expected


def test_the_doors_read_one_period_and_cell(example_night: ExampleNight) -> None:
    with example_night.engine.connect() as connection:
        rows = current_features(
            connection, "quartal", date(2026, 4, 1), ["geschlecht", "zugangsweg"], vorhaben_id="V9001"
        )
        assert {row["angabe"] for row in rows} == {"geschlecht", "zugangsweg"}
        assert {row["austritte"] for row in rows if row["angabe"] == "zugangsweg"} == {None}
        assert sum(row["teilnahmen"] for row in rows if row["angabe"] == "geschlecht") == sum(
            row["teilnahmen"] for row in rows if row["angabe"] == "zugangsweg"
        )
        steps = current_events(connection, "jahr", date(2025, 1, 1), ["zwischenschritt"])
        assert steps and all(0 < row["personen"] <= row["ereignisse"] == row["anzahl"] for row in steps)
        with pytest.raises(ValueError, match="land"):
            current_events(connection, "jahr", date(2025, 1, 1), land="05")


@pytest.mark.parametrize(
    "constraint, values",
    [
        ("angabenzahl_zugangsweg_ohne_austritt", "'*', '*', 'zugangsweg', 'JC_EMPF', 1, 1, 1, 1, null"),
        ("angabenzahl_zugangsweg_ohne_austritt", "'*', '*', 'zugangsweg', 'JC_EMPF', 1, 1, 1, null, 1"),
        ("angabenzahl_austritt_grund_nur_summe", "'*', 'T01', 'austritt_grund', 'EIGEN', null, 1, null, 1, null"),
        ("angabenzahl_bezug", "'*', '*', 'anschluss', 'SVB', 1, 1, null, 1, null"),
    ],
)
def test_the_table_refuses_what_must_not_be_crossed(warehouse: Warehouse, constraint: str, values: str) -> None:
    with psycopg.connect(warehouse.url.replace("+psycopg", "")) as connection:
        with pytest.raises(psycopg.errors.CheckViolation) as caught:
            connection.execute(
                "insert into zahl.angabenzahl values"
                f" ('monat', '2026-01-01', '2026-01-31', '*', '*', {values}, 1, null)"
            )
        assert caught.value.diag.constraint_name == constraint
