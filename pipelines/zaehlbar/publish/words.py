"""What the workbooks say: labels, definitions, notes. One place, so that one thing has one name on every sheet.

Words follow domain.md (d) 9–13. Our figures stand beside the official ones and never bear the name of one of them.
"""

from __future__ import annotations

from datetime import date

from zaehlbar.count.figures import DISTINCTION, NOTE
from zaehlbar.count.without_consent import APART, LABEL
from zaehlbar.dates import MONTHS

__all__ = ["DISTINCTION", "NOTE", "label", "month_name", "plural"]

AGREED = "abgestimmt"
NOT_ADDITIVE = (
    "Personen je Kategorie ergeben nicht die Summe: Wer in zwei Kategorien etwas tut, zählt in jeder, insgesamt einmal."
)
NOT_ADDITIVE_SHORT = "Personen; ergeben nicht die Summe"
NOT_ADDITIVE_VORHABEN = (
    "Personen je Vorhaben ergeben nicht die Summe: Wer an zwei Vorhaben teilnimmt, zählt in jedem, insgesamt einmal. "
    "Zahlen einzelner Teilvorhabenpartner stehen in keinem Bericht für ein Jobcenter."
)
COMPARISON_ONLY = (
    "„Nächstliegendes Instrument“ dient nur dem Vergleich: Die Teilnahmen sind keine Förderung nach diesen Normen."
)
EVENTS = (
    "Ereignisse haben keinen Personenbezug: Wer zweimal kommt, zählt zweimal. „geschätzt“ steht auch, wo nichts gesagt "
    "ist; ein Strich heißt, dass von keinem der Ereignisse die Anzahl bekannt ist."
)
STEPS = (
    "Wer einen Schritt zweimal erreicht, steht mit zwei Schritten und einer Person. Personen ergeben nicht die Summe."
)
PARTICIPATION_GROUP = "Teilhabe"
"""Group of the site's categories that are soziale Teilhabe (domain.md (d) 15)."""
PARTICIPATION = (
    "Soziale Teilhabe ist ein eigenes Ziel (§ 48b Abs. 3 SGB II), keine Vorstufe einer Vermittlung. Gezählt werden "
    "Personen mit besuchtem Termin; offene Angebote im Quartier stehen daneben, ohne Personenbezug."
)
ANSWERS = (
    "Wer zwei Teilnahmen mit verschiedenen Antworten hat, steht in beiden Zeilen. „ohne Angabe“: nicht geliefert; "
    "Anteile beziehen sich auf alle Personen."
)
ACCESS = (
    "Zugangswege werden nie mit Austritten, Stunden oder Ergebnissen verbunden und nie zu ihnen ins Verhältnis gesetzt."
)
OUTCOME = (
    "Nach eigener Angabe der Teilnehmenden, nicht vom Jobcenter bestätigt. Die Teilnahme ist freiwillig; kein "
    "Anschluss ist keine Aussage über eine Person."
)
FOLLOW_UP = "Angegebener Anschluss: was nach der Teilnahme folgt, nach eigener Angabe."
SIX_MONTHS = (
    "Gefragt wird etwa sechs Monate nach dem Austritt. gefragt: ja, nein oder keine Angabe möglich; geantwortet: ja "
    "oder nein. Wer nicht antwortet, ist nicht gezählt, weder als ja noch als nein."
)
OVERLAPS = (
    "Damit nichts doppelt gezählt wird: Teilnahmen neben einer Maßnahme des Jobcenters, und Wechsel in eine solche. "
    "Sie sind in den übrigen Zahlen enthalten."
)
NO_COOPERATION = "Eine geltende Vereinbarung mit diesem Jobcenter ist für den Monat nicht gemeldet."
FEEDBACK = (
    "Nur Summen. Stichtage und Kalendermonate weichen voneinander ab; eine Differenz ist kein Verlust und sagt nichts "
    "über einzelne Personen."
)
PLACES = (
    "ja: drei oder mehr; wenige: einer oder zwei. Welche Angebote es gibt und wen man anruft, steht im Angebotsblatt."
)
OFFICIAL = (
    "Amtliche Werte stehen neben den Teilnahmen an BIWAQ, nie in ihnen und nie addiert; BIWAQ ist keine Teilmenge. Ein "
    "Strich: die Site nennt keinen Wert."
)
ATTRIBUTE_MEANING = (
    "Angabe der Teilnehmenden bei Eintritt, je Person und Teilnahme die zuletzt gelieferte; immer nur eine Angabe auf "
    "einmal gezählt."
)
COVERAGE_TOTAL = "Lieferungen stehen nur als Summe aller Partner der Site hier, nie je Partner."
SPAN_KINDS = {
    "quartal": "Quartale",
    "zwoelf_monate": "Zwölf Monate bis zum Ende eines Quartals",
    "jahr": "Kalenderjahre",
}
SPAN_LABELS = {
    "personen": "Personen im Zeitraum",
    "teilnahmen": "Teilnahmen im Zeitraum",
    "eintritte": "Eintritte (formal)",
    "eintritte_zaehlbar": "Eintritte (zählbar)",
    "austritte": "Austritte",
    "bestand": "Bestand am Stichtag",
    "stunden": "Stunden im Zeitraum",
}
SPANS_APART = (
    "Jeder Zeitraum ist für sich gezählt, nie die Summe seiner Monate: Wer in mehreren Monaten teilnimmt, ist im "
    "Zeitraum eine Person. Der Bestand gilt am Stichtag des letzten Monats."
)
WITHOUT_CONSENT = f"{LABEL[0].upper()}{LABEL[1:]}"
WITHOUT_CONSENT_MEANING = (
    f"Teilnahmen von Personen, die nicht eingewilligt haben, gezählt bevor ihre Angaben gelöscht werden. {APART}"
)
PROVISIONAL = "vorläufig: Nachlieferungen und Korrekturen können die Zahlen noch ändern"

LABELS = {
    "teilnahmen": "Teilnahmen im Monat",
    "personen": "Personen im Monat",
    "eintritte": "Eintritte (formal)",
    "eintritte_zaehlbar": "Eintritte (zählbar)",
    "austritte": "Austritte",
    "bestand": "Bestand am Stichtag",
    "bestand_aktiv": "davon aktiv",
    "bestand_zaehlbar": "davon zählbar",
    "austritte_zaehlbar": "Austritte, davon zählbar",
    "personen_unter_schwelle": "Erreichte Personen unter der Stundenschwelle",
    "stunden": "Stunden im Monat",
}


def month_name(month: date) -> str:
    """Return e.g. "Juni 2026"."""
    return f"{MONTHS[month.month - 1]} {month.year}"


def short_month(month: date) -> str:
    """Return e.g. "Jun 26", for tables and charts."""
    return f"{MONTHS[month.month - 1][:3]} {month.year % 100:02d}"


def plural(number: int, one: str, many: str) -> str:
    """Return the number with its word."""
    return f"{thousands(number)} {one if number == 1 else many}"


def thousands(number: int) -> str:
    """Return the number as German readers expect it in a sentence."""
    return f"{number:,}".replace(",", ".")


def hours(minutes: int) -> str:
    """Return minutes as hours, e.g. "8" or "7,5"."""
    return f"{minutes / 60:g}".replace(".", ",")


def label(measure: str, threshold_min: int | None, active_days: int | None) -> str:
    """Return the measure's name in reports, with the threshold or span of days that the site decided."""
    if measure == "personen_unter_schwelle" and threshold_min is not None:
        return f"Erreichte Personen unter {hours(threshold_min)} Stunden"
    if measure == "bestand_aktiv" and active_days is not None:
        return f"davon aktiv ({active_days} Tage)"
    return LABELS[measure]
