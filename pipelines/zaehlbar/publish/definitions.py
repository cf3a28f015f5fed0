"""The sheet "Definitionen": what every measure means, and the rules that the figures of the workbook rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaehlbar.publish import words
from zaehlbar.publish.report import Report
from zaehlbar.publish.sheets import head, page, section
from zaehlbar.publish.style import HEAD_ROWS, Sheet

if TYPE_CHECKING:
    from xlsxwriter import Workbook


def definitions(book: Workbook, report: Report) -> None:
    """Write the sheet."""
    rules = report.count.rules
    sheet = Sheet(book, "Definitionen", (40, 112))
    head(sheet, report, "Was die Zahlen bedeuten und nach welchen Regeln sie gezählt sind")
    sheet.header_row(HEAD_ROWS, ["Größe", "Definition"], left=2, height=20)
    row = HEAD_ROWS
    for name, meaning in words.definitions(rules.schwelle_minuten, rules.aktiv_tage):
        row = _entry(sheet, row + 1, name, meaning)
    if report.legal_basis is not None:
        meaning = f"{words.WITHOUT_CONSENT_MEANING} Rechtsgrundlage: {report.legal_basis}"
        row = _entry(sheet, row + 1, words.WITHOUT_CONSENT, meaning)
    for title, entries in (("Regeln dieser Zählung", _rules(report)), ("Was diese Zahlen nicht sind", _not())):
        row += 1
        section(sheet, row, title)
        for name, meaning in entries:
            row = _entry(sheet, row + 1, name, meaning)
    page(sheet, report, freeze=(HEAD_ROWS + 1, 1), repeat=HEAD_ROWS, last_row=row)


def _entry(sheet: Sheet, row: int, name: str, meaning: str) -> int:
    sheet.write(row, 0, name, bold=True, text_wrap=True, valign="top")
    sheet.write(row, 1, meaning, text_wrap=True, valign="top")
    sheet.raw.set_row(row, 16 + 13 * (len(meaning) // 130))
    return row


def _rules(report: Report) -> list[tuple[str, str]]:
    count, rules = report.count, report.count.rules
    threshold = "abgeschaltet" if rules.schwelle_minuten is None else f"{words.hours(rules.schwelle_minuten)} Stunden"
    active = "abgeschaltet" if rules.aktiv_tage is None else f"{rules.aktiv_tage} Tage"
    state = "abgestimmt" if rules.kategorien_abgestimmt else words.PROPOSAL
    return [
        ("Site", f"{rules.site}, Version {rules.site_version}"),
        ("Betriebsmodell", rules.betriebsmodell),
        ("Aktivitätenkatalog", f"Version {rules.katalog_version}"),
        ("Zuordnung zu Kategorien", f"Version {rules.kategorien_version} ({state})"),
        ("Zählregeln", f"Version {rules.zaehlregeln_version}: Stundenschwelle {threshold}, davon aktiv {active}"),
        ("Kalender der Stichtage", f"Version {rules.kalender_version}"),
        ("Abgleichregeln", f"Version {rules.abgleich_version or '–'}: wer eine Person ist"),
        (
            "Prüfregeln",
            f"Schwellen Version {rules.validierung_version}, Regelpaket {rules.regelpaket_version[:12]}",
        ),
        (
            "Stand der Zahlen",
            f"{report.current.state}; endgültig {rules.vorlaeufig_monate} ganze Monate nach Monatsende",
        ),
        ("Lauf", f"Nr. {count.lauf_id}"),
        ("Gezählt am", f"{count.gezaehlt_am:%d.%m.%Y %H:%M}"),
    ]


def _not() -> list[tuple[str, str]]:
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
