"""What an explanation says in German: names, notes, messages, which versions changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from zaehlbar.changes.causes import Cause
from zaehlbar.dates import today

NEVER_COUNTED = "Dieser Zeitraum war an keinem der beiden Stände gezählt."
FIRST_COUNTED = (
    "Am früheren Stand war dieser Zeitraum noch nicht gezählt; verglichen wird mit dem Stand vor seiner ersten Zählung."
)
FROZEN = "Der Zeitraum hat einen Monat, dessen Figuren stehen blieben, wie vor Ablauf der Aufbewahrung gezählt."
REMOVED_LATER = (
    "Unter „Widerruf und Löschung“ steht auch, was Personen änderten, die erst nach dem neueren Stand "
    "entfernt wurden: ihr eigentlicher Grund ist mit ihnen gelöscht."
)
NOTHING_COUNTED = "Es wurde noch nichts gezählt. Laden Sie zuerst: zaehlbar run"
NOTHING_UNTIL_THEN = "Bis zum neueren Stand wurde noch nichts gezählt. Die Läufe zeigt: zaehlbar status"
WRONG_ORDER = "Der frühere Stand liegt nach dem neueren."

_MEASURES = {
    "teilnahmen": "Teilnahmen",
    "personen": "Personen",
    "eintritte": "Eintritte",
    "eintritte_zaehlbar": "zählbare Eintritte",
    "austritte": "Austritte",
    "austritte_zaehlbar": "zählbare Austritte",
    "bestand": "Bestand",
    "bestand_personen": "Bestand (Personen)",
    "bestand_zaehlbar": "Bestand, zählbar",
    "bestand_aktiv": "Bestand, davon aktiv",
    "personen_unter_schwelle": "Personen unter der Schwelle",
    "teilnahmen_parallel": "Teilnahmen mit Überschneidung",
    "personen_parallel": "Personen mit Überschneidung",
    "ausgetreten": "ausgetretene Personen",
    "geblieben": "gebliebene Personen",
    "dauer_min": "Stunden",
}
_VERSIONS = {
    Cause.MAPPING: ("kategorien_version", "Zuordnung"),
    Cause.RULES: ("zaehlregeln_version", "Zählregeln"),
    Cause.CALENDAR: ("kalender_version", "Kalender"),
}
_COLUMNS = {
    "land": "Land",
    "jobcenter_nr": "Jobcenter",
    "vorhaben_id": "Vorhaben",
    "quartier_id": "Quartier",
    "tvp_id": "TVP",
    "kategorie": "Kategorie",
}
_DIMENSIONS = {"land": "Land", "jc": "Jobcenter", "vh": "Vorhaben", "quartier": "Quartier", "tvp": "TVP"}


def measure_name(measure: str) -> str:
    """Return how a measure is called."""
    return _MEASURES.get(measure, measure)


def cell_names(cell: Mapping[str, str]) -> str:
    """Return which figure is meant, by the values of its dimensions (columns of `zahl.figur`)."""
    given = [f"{name} {cell[column]}" for column, name in _COLUMNS.items() if cell[column] != "*"]
    return ", ".join(given) or "alle Jobcenter und Vorhaben"


def day_of(moment: datetime) -> date:
    """Return the day of a count in Germany."""
    return today(moment)


def not_stored(sets: Iterable[Sequence[str]]) -> str:
    """Return the message that a figure by these dimensions is none that is stored every night."""
    known = "; ".join(" + ".join(_DIMENSIONS[name] for name in chosen) for chosen in sets if chosen)
    return f"So gegliedert wird keine Figur gespeichert. Möglich: {known}; oder keine Angabe; je auch mit Kategorie."


def not_counted_then(measures: Iterable[str]) -> str:
    """Return the note on measures that one of the states did not have yet."""
    names = ", ".join(sorted(measure_name(one) for one in measures))
    return f"An einem der Stände noch nicht gezählt und darum nicht erklärt: {names}."


def versions_changed(before: Mapping[str, str], after: Mapping[str, str]) -> dict[Cause, str]:
    """Return which versions of the rules differ between two states."""
    return {
        cause: f"{name} {before[column]} → {after[column]}"
        for cause, (column, name) in _VERSIONS.items()
        if column in before and column in after and before[column] != after[column]
    }
