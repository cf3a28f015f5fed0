"""What the workbooks say: labels, definitions, notes. One place, so that one thing has one name on every sheet.

Words follow domain.md (d) 9–13. Our figures stand beside the official ones and never bear the name of one of them.
"""

from __future__ import annotations

from datetime import date

from zaehlbar.count.figures import DISTINCTION, NOTE
from zaehlbar.count.without_consent import APART, LABEL
from zaehlbar.dates import MONTHS

__all__ = ["DISTINCTION", "NOTE", "definitions", "label", "month_name", "plural"]

PROPOSAL = "Vorschlag, nicht abgestimmt"
NOT_ADDITIVE = (
    "Personen je Kategorie ergeben nicht die Summe: Wer in zwei Kategorien etwas tut, zählt in jeder, insgesamt einmal."
)
NOT_ADDITIVE_SHORT = "Personen; ergeben nicht die Summe"
NOT_ADDITIVE_PARTNERS = (
    "Personen je Vorhaben und Partner ergeben nicht die Summe: Wer bei zwei Partnern teilnimmt, zählt insgesamt einmal."
)
COMPARISON_ONLY = (
    "„Nächstliegendes Instrument“ dient nur dem Vergleich: Die Teilnahmen sind keine Förderung nach diesen Normen."
)
PARTNERS_INTERNAL = (
    "Zahlen einzelner Partner sind nur für den Partner selbst und den Vorhabenträger bestimmt, nie für ein Jobcenter."
)
EVENTS_APART = (
    "Offene Angebote, Verweise und Unternehmenskontakte sind Ereignisse ohne Personenbezug und stehen nicht in dieser "
    "Tabelle."
)
WITHOUT_CONSENT = f"{LABEL[0].upper()}{LABEL[1:]}"
WITHOUT_CONSENT_MEANING = (
    f"Teilnahmen von Personen, die nicht eingewilligt haben, gezählt bevor ihre Angaben gelöscht werden. {APART}"
)
PROVISIONAL = "vorläufig: Nachlieferungen und Korrekturen können die Zahlen noch ändern"

_LABELS = {
    "teilnahmen": "Teilnahmen im Monat",
    "personen": "Personen im Monat",
    "eintritte": "Eintritte (formal)",
    "eintritte_zaehlbar": "Eintritte (zählbar)",
    "austritte": "Austritte",
    "bestand": "Bestand am Stichtag",
    "bestand_aktiv": "davon aktiv",
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
    return _LABELS[measure]


def definitions(threshold_min: int | None, active_days: int | None) -> list[tuple[str, str]]:
    """Return (label, definition) of every measure; a rule that the site switched off says so."""
    if threshold_min is None:
        countable = "Die Stundenschwelle ist abgeschaltet: Jeder formale Eintritt ist zählbar."
        below = "Die Stundenschwelle ist abgeschaltet; die Größe entfällt."
    else:
        limit = hours(threshold_min)
        countable = (
            f"Teilnahmen, deren besuchte Zeit nach dem vorigen Stichtag bis zum Stichtag zusammen {limit} Stunden "
            "erreicht hat. Es zählt der Tag, an dem die Schwelle erreicht wird."
        )
        below = (
            f"Personen des Monats, die bis zum Monatsende in keiner Teilnahme {limit} Stunden erreicht haben. Sie "
            "stehen neben den Summen, damit auch die Arbeit mit ihnen sichtbar ist."
        )
    active = (
        "Die Zählregel ist abgeschaltet; die Größe entfällt."
        if active_days is None
        else f"Teilnahmen im Bestand mit mindestens einem besuchten Termin in den {active_days} Tagen bis zum Stichtag."
    )
    texts = {
        "teilnahmen": "Teilnahmen, die im Kalendermonat liefen: Eintritt bis zum Monatsende, kein Austritt vor dem "
        "Monatsbeginn. Ein Wiedereintritt ist eine weitere Teilnahme. Je Kategorie: mit besuchtem Termin der Kategorie "
        "im Monat.",
        "personen": "Verschiedene Personen dieser Teilnahmen. Eine Person zählt einmal, auch wenn mehrere Partner sie "
        "melden, soweit Name und volles Geburtsdatum übereinstimmen.",
        "eintritte": "Teilnahmen, deren erster Tag nach dem vorigen Stichtag und spätestens am Stichtag liegt. Je "
        "Kategorie: Teilnahmen mit ihrem ersten besuchten Termin der Kategorie in dieser Zeit.",
        "eintritte_zaehlbar": countable,
        "austritte": "Teilnahmen, deren Austritt nach dem vorigen Stichtag und spätestens am Stichtag liegt.",
        "bestand": "Teilnahmen am Stichtag: eingetreten und nicht ausgetreten, ob gerade aktiv oder nicht. Bestand = "
        "voriger Bestand + Eintritte (formal) – Austritte.",
        "bestand_aktiv": active,
        "personen_unter_schwelle": below,
        "stunden": "Besuchte Zeit aller Termine im Kalendermonat. Nicht besuchte Zeit wird nicht erhoben.",
    }
    return [(label(name, threshold_min, active_days), texts[name]) for name in _LABELS] + [
        (
            "Nicht zugeordnet",
            "Termine mit einem Aktivitätscode, den die Zuordnung an diesem Tag nicht kennt. Sie werden gezählt und "
            "gezeigt, nie weggelassen.",
        ),
        (
            "Lieferungen x von y",
            "y: Partner der Site, von denen für den Monat eine Lieferung erwartet wird; x: davon geladen. Fehlt eine "
            "Lieferung, sind die Zahlen zu niedrig.",
        ),
        (
            "Stichtag",
            "Tag der Bestandszählung laut Kalender der Site. Zu- und Abgänge laufen vom Tag nach dem vorigen Stichtag "
            "bis zum Stichtag; Teilnahmen, Personen und Stunden gelten für den Kalendermonat.",
        ),
    ]
