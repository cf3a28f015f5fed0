"""What every measure means and where its rule comes from; what the figures are not."""

from __future__ import annotations

from zaehlbar.publish import words

_STATISTICS = "wie die Förderstatistik der BA: Zugang, Bestand am Stichtag, Abgang"
_SOURCES = {
    "teilnahmen": "wie die Förderstatistik der BA: Teilnahmen",
    "personen": "wie die Förderstatistik der BA: Personen; Abgleichregeln der Site (abgleich.yaml)",
    "eintritte": _STATISTICS,
    "eintritte_zaehlbar": "Zählregeln der Site (schwelle_stunden), Praxis der Länder",
    "austritte": _STATISTICS,
    "bestand": _STATISTICS,
    "bestand_aktiv": "Zählregeln der Site (aktiv_tage)",
    "bestand_zaehlbar": "Zählregeln der Site (schwelle_stunden), Praxis der Länder",
    "austritte_zaehlbar": "Zählregeln der Site (schwelle_stunden), Praxis der Länder",
    "personen_unter_schwelle": "Zählregeln der Site (schwelle_stunden), Praxis der Länder",
    "stunden": "Datenvertrag, Tabelle Aktivität",
}
_OTHERS = (
    (
        "Personen je Kategorie",
        "Personen mit besuchtem Termin der Kategorie. Wer in zwei Kategorien etwas tut, zählt in jeder, insgesamt "
        "einmal; die Zeilen ergeben nicht die Summe.",
        "Zuordnung der Site (kategorien.yaml)",
    ),
    (
        "Nicht zugeordnet",
        "Termine mit einem Aktivitätscode, den die Zuordnung an diesem Tag nicht kennt. Sie werden gezählt und "
        "gezeigt, nie weggelassen.",
        "Zuordnung der Site (kategorien.yaml)",
    ),
    (
        "Ereignisse",
        "Besuche offener Angebote, Verweise und Kontakte: gezählt nach Kalendertagen, ohne Personenbezug. Quartiere "
        "ordnet die Site einem Jobcenter zu.",
        "Datenvertrag, Tabelle Angebot",
    ),
    (
        "Zwischenschritt",
        "Etwas Erreichtes unterhalb einer Arbeitsaufnahme, mit Datum; nie Gesundheit, Sucht oder Schulden.",
        "Datenvertrag, Tabelle Zwischenschritt",
    ),
    (
        "Angegebener Anschluss",
        "Was nach der Teilnahme folgt, nach eigener Angabe; gezählt sind die Austritte des Zeitraums.",
        "Datenvertrag, Tabelle Teilnahme",
    ),
    (
        "ESF-Angabe nach 6 Monaten",
        "Austritte, deren Tag sechs Monate danach in den Zeitraum fällt. gefragt: ja, nein oder keine Angabe möglich; "
        "geantwortet: ja oder nein.",
        "VO (EU) 2021/1057 Anhang I, EECR05 und EECR06",
    ),
    (
        "Überschneidung",
        "Teilnahmen und Personen mit der Angabe, gleichzeitig an einer Maßnahme des Jobcenters teilzunehmen. In den "
        "übrigen Zahlen enthalten.",
        "Datenvertrag, Tabelle Teilnahme",
    ),
    (
        "Quartal, zwölf Monate, Jahr",
        "Jeder Zeitraum für sich gezählt: Personen einmal im ganzen Zeitraum, Zu- und Abgänge vom Stichtag davor bis "
        "zu seinem letzten Stichtag.",
        "Zählregeln und Kalender der Site",
    ),
    (
        "Lieferungen x von y",
        "y: Partner der Site, von denen für den Monat eine Lieferung erwartet wird; x: davon geladen. Fehlt eine "
        "Lieferung, sind die Zahlen zu niedrig.",
        "Vorhaben und Partner der Site (vorhaben.yaml)",
    ),
    (
        "Stichtag",
        "Tag der Bestandszählung laut Kalender der Site. Zu- und Abgänge laufen vom Tag nach dem vorigen Stichtag "
        "bis zum Stichtag; Teilnahmen, Personen und Stunden gelten für den Kalendermonat.",
        "Kalender der Site (kalender.yaml)",
    ),
    (
        "vorläufig, endgültig",
        "vorläufig: Nachlieferungen und Korrekturen können die Zahlen noch ändern. endgültig: die Wartezeit der Site "
        "ist um.",
        "Zählregeln der Site (vorlaeufig_monate)",
    ),
)


def definitions(threshold_min: int | None, active_days: int | None) -> list[tuple[str, str, str]]:
    """Return (label, definition, source of the rule) of every measure; a rule that the site switched off says so."""
    if threshold_min is None:
        countable = "Die Stundenschwelle ist abgeschaltet: Jeder formale Eintritt ist zählbar."
        below = "Die Stundenschwelle ist abgeschaltet; die Größe entfällt."
    else:
        limit = words.hours(threshold_min)
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
        "bestand_zaehlbar": "Teilnahmen im Bestand, die die Stundenschwelle bis zum Stichtag erreicht haben. Bestand "
        "(zählbar) = voriger Bestand (zählbar) + Eintritte (zählbar) – Austritte, davon zählbar.",
        "austritte_zaehlbar": "Austritte von Teilnahmen, die die Stundenschwelle erreicht hatten.",
        "personen_unter_schwelle": below,
        "stunden": "Besuchte Zeit aller Termine im Kalendermonat. Nicht besuchte Zeit wird nicht erhoben.",
    }
    return [
        (words.label(name, threshold_min, active_days), texts[name], _SOURCES[name]) for name in words.LABELS
    ] + list(_OTHERS)


def not_meant() -> list[tuple[str, str]]:
    """Return what nobody may read into the figures."""
    return [
        ("Kein Teil der Kennzahlen", words.DISTINCTION),
        (
            "Neben der Kennzahl desselben Monats",
            "Die Zahlen können neben der amtlichen Kennzahl K3E2 desselben Monats stehen, als solche benannt. Sie "
            "werden nie zu ihr addiert und nie auf ihren Nenner bezogen: Das Lager kennt Langzeitleistungsbezug nicht.",
        ),
        ("Freiwilligkeit", "Die Teilnahme ist freiwillig. Aus den Zahlen folgt nichts für einzelne Personen."),
        (
            "Weitergabe",
            f"{words.NOTE}: Kleine Zahlen sind nicht unterdrückt; einzelne Personen könnten erkennbar sein.",
        ),
    ]
