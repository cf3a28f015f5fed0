"""The causes of a change, in the order in which the path from one state to the next takes them.

The order is part of what the figures mean: where two causes meet in one person, the earlier one takes what it can do
alone and the later one the rest. First what deliveries bring (new, released, corrected), then what the rights of
persons take away, then who is one person, at last how it is counted: mapping, rules, calendar. So the parts of
deliveries are those that the rules of the earlier state would have shown.
"""

from __future__ import annotations

from enum import StrEnum


class Cause(StrEnum):
    """Why a figure changed (Änderungsgrund); the members stand in the order of the path."""

    FIRST = "erstmals_gezaehlt"
    LATE = "nachlieferung"
    RELEASED = "freigabe"
    CORRECTED = "korrektur"
    RIGHTS = "rechte"
    PERSONS = "zusammenfuehrung"
    MAPPING = "zuordnung"
    RULES = "zaehlregeln"
    CALENDAR = "kalender"
    UNEXPLAINED = "nicht_erklaert"


NAMES = {
    Cause.FIRST: "Erstmals gezählt",
    Cause.LATE: "Nachlieferung",
    Cause.RELEASED: "Freigegebene Lieferung",
    Cause.CORRECTED: "Korrektur",
    Cause.RIGHTS: "Widerruf und Löschung",
    Cause.PERSONS: "Zusammenführung, Trennung",
    Cause.MAPPING: "Zuordnung",
    Cause.RULES: "Zählregeln",
    Cause.CALENDAR: "Kalender",
    Cause.UNEXPLAINED: "NICHT ERKLÄRT",
}

MEANINGS = {
    Cause.FIRST: "Der Zeitraum war am früheren Stand noch nicht gezählt; das war davon schon bekannt.",
    Cause.LATE: "Zeilen, die eine Lieferung neu brachte; auch Austritte nach dem bis dahin gelieferten Zeitraum.",
    Cause.RELEASED: "Alles, was eine angehaltene und von einem Menschen freigegebene Lieferung änderte.",
    Cause.CORRECTED: "Zeilen, die eine neuere Lieferung änderte oder nicht mehr hatte; Berichtigungen (Art. 16 DSGVO).",
    Cause.RIGHTS: (
        "Personen, die durch Widerruf, abgelaufene Einwilligung, Löschung, Aufbewahrung oder Einschränkung"
        " (Art. 18 DSGVO) nicht mehr zählen; auch: seither gelöschte Personen."
    ),
    Cause.PERSONS: "Wer eine Person ist, gilt jetzt anders (Abgleich, Entscheidungen).",
    Cause.MAPPING: "Eine andere Version der Zuordnung von Aktivitäten zu Kategorien.",
    Cause.RULES: "Andere Zählregeln (Stundenschwelle, davon aktiv).",
    Cause.CALENDAR: "Andere Stichtage.",
    Cause.UNEXPLAINED: (
        "Die Gründe ergeben die Änderung nicht: Eine neue Version von Zählbar zählt anders, ein Vorhaben steht jetzt in"
        " einem anderen Land, oder es liegt ein Fehler vor. Bitte melden."
    ),
}

STAGES = {1: Cause.LATE, 2: Cause.RELEASED, 3: Cause.CORRECTED, 4: Cause.RIGHTS, 5: Cause.PERSONS}
"""Numbers of the causes in `sql/changes/`."""
