"""What reports show beyond monthly figures: twelve months, Angaben, events and steps, written directly with SQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, text
from tests.support import figures

from zaehlbar.count.period import month_end, months_before

NR = "99901"
ANSWERS: Mapping[str, Mapping[str, int]] = {
    "altersgruppe_eintritt": {"18-24": 31, "30-54": 60, "55+": 24, "ohne Angabe": 7},
    "geschlecht": {"w": 70, "m": 52},
    "langzeitarbeitslos": {"j": 66, "n": 50, "ohne Angabe": 6},
    "zugangsweg": {"JC_EMPF": 40, "EIG": 50, "MUND": 32},
    "vorher": {"OHNE": 80, "ARBEIT": 42},
    "anschluss": {"SVB": 3, "BERATUNG_JC": 2, "ohne Angabe": 4},
    "austritt_grund": {"JCM_KURZFRISTIG": 2, "ARBEIT": 5, "EIGEN": 1},
    "erg_arbeit": {"j": 3, "n": 4, "km": 1, "ohne Angabe": 2},
    "erg_6m_arbeit": {"j": 5, "n": 6, "km": 2, "ohne Angabe": 11},
    "erg_6m_verbessert": {"j": 7, "n": 4, "ohne Angabe": 13},
}
_AFTER = ("anschluss", "austritt_grund", "erg_arbeit", "erg_6m_arbeit", "erg_6m_verbessert")


def fill(connection: Connection, lauf_id: int, month: date = figures.LAST_MONTH) -> None:
    """Add twelve months, Angaben (doubled in the twelve months), an event, a referral and a step of Jobcenter 99901.

    One partner (T01) has Angaben and events of its own, which no report of a Jobcenter may show.
    """
    figures.add_cell(
        connection, lauf_id, month, (NR, "*", "*", "*"), zeitraum="zwoelf_monate",
        teilnahmen=311, personen=307, eintritte=118, austritte=63, bestand=116, dauer_min=60 * 4321,
    )  # fmt: skip
    figures.add_cell(
        connection, lauf_id, month, (NR, "*", "*", "K-TEIL"), zeitraum="zwoelf_monate", personen=29, teilnahmen=33
    )
    spans = {"monat": (month, 1), "zwoelf_monate": (months_before(month, 11), 2)}
    for zeitraum, (first, times) in spans.items():
        base = {"zeitraum": zeitraum, "beginn": first, "ende": month_end(month), "jobcenter_nr": NR, "l": lauf_id}
        for angabe, answers in ANSWERS.items():
            for answer, number in answers.items():
                row = base | {"a": angabe, "x": answer, "n": number * times, "vh": "*", "tvp": "*"}
                _answer(connection, row)
        _answer(connection, base | {"a": "geschlecht", "x": "w", "n": 987654, "vh": "V9001", "tvp": "T01"})
        for art, code, way, number in (
            ("besuch", "A03", "geschaetzt", 45 * times), ("verweis", "SCHULDNER", "gezaehlt", 8 * times),
            ("kategorie", "K-OFFEN", "geschaetzt", 45 * times), ("zwischenschritt", "ZERTIFIKAT", "", 6 * times),
        ):  # fmt: skip
            steps = 5 * times if art == "zwischenschritt" else None
            row = base | {"art": art, "code": code, "way": way, "n": number, "p": steps}
            connection.execute(
                text("""
                    insert into zahl.ereigniszahl (zeitraum, beginn, ende, jobcenter_nr, vorhaben_id, quartier_id,
                        tvp_id, art, code, zaehlweise, ereignisse, ereignisse_ohne_anzahl, anzahl, personen,
                        bekannt_von)
                    values (:zeitraum, :beginn, :ende, :jobcenter_nr, '*', '*', '*', :art, :code, :way, :n, 0, :n, :p,
                        :l)
                    """),
                row,
            )


def _answer(connection: Connection, row: dict[str, Any]) -> None:
    """`n` is the number of persons; where it may not be crossed, the measures stay empty as the table demands."""
    after, access = row["a"] in _AFTER, row["a"] == "zugangsweg"
    running = None if after else row["n"]
    left = None if access else row["n"] if after else 1
    values = row | {"tn": running, "ein": running, "aus": left, "best": None if after or access else row["n"]}
    connection.execute(
        text("""
            insert into zahl.angabenzahl (zeitraum, beginn, ende, jobcenter_nr, vorhaben_id, quartier_id, tvp_id,
                angabe, auspraegung, teilnahmen, personen, eintritte, austritte, bestand, bekannt_von)
            values (:zeitraum, :beginn, :ende, :jobcenter_nr, :vh, '*', :tvp, :a, :x, :tn, :n, :ein, :aus, :best, :l)
            """),
        values,
    )
