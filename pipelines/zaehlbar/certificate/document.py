"""The printed page: every sentence of a Teilnahmebescheinigung, and its PDF.

Belongs here: words and typesetting (Typst; the template beside this file has the layout). Does not belong here: what is
said about a person (content). The PDF is PDF/UA-1: tagged, with title and language, so that it can be read aloud.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zaehlbar.certificate.content import Attended, Certificate, Extent, Stay
from zaehlbar.dates import MONTHS

if TYPE_CHECKING:
    import typst

_HERE = Path(__file__).parent
FONTS = _HERE / "fonts"

TITLE = "Teilnahmebescheinigung"
PROGRAMME = "BIWAQ – Bildung, Wirtschaft, Arbeit im Quartier"
SUPPLEMENTARY = (
    "Ergänzende Größe: Teilnahmen an BIWAQ (freiwillig; nicht Teil von K3E2 nach § 48a SGB II; nicht addierbar)."
)
VOLUNTARY = (
    "Die Teilnahme ist freiwillig. Es besteht keine Pflicht, diese Bescheinigung vorzulegen. Wer sie nicht vorlegt "
    "oder die Teilnahme beendet, hat deswegen keine Rechtsfolgen nach §§ 31, 31a SGB II."
)
HANDED_OVER = (
    "Diese Bescheinigung wird nur der teilnehmenden Person ausgehändigt. Die Person entscheidet selbst, ob und wem "
    "sie sie zeigt (§ 67a Abs. 2 SGB X)."
)
LEFT_OUT = (
    "Genannt sind nur berufsbezogene Angebote. Stunden, Fehlzeiten, Gründe eines Austritts sowie Angaben zu Gesundheit "
    "und persönlicher Lage enthält die Bescheinigung nie; dass etwas nicht genannt ist, lässt keinen Schluss zu."
)
FULL_WARNING = (
    "Ausführliche Fassung für die eigenen Unterlagen. Sie nennt Stunden und Angebote zur persönlichen Lage und ist "
    "nicht zur Vorlage bei einer Behörde bestimmt; dafür gibt es die kurze Fassung."
)
FULL_LEFT_OUT = "Fehlzeiten und Gründe eines Austritts enthält auch diese Fassung nicht."
PROPOSAL = "Vorschlag, nicht abgestimmt"

_ONE_LINE = b"""
#set document(title: "x")
#set text(lang: "de", font: "Zaehlbar Sans")
#json(bytes(sys.inputs.daten))
"""


class DocumentError(RuntimeError):
    """A PDF could not be set; says nothing of whom it was about."""


class Typesetter:
    """Sets certificates and lists; the fonts are read once. Not to be used by several threads."""

    def pdf(self, certificate: Certificate) -> bytes:
        """Return the certificate as PDF/UA-1. Raises DocumentError."""
        return self.render("bescheinigung", words(certificate))

    def render(self, template: str, data: dict[str, Any], folder: Path = _HERE) -> bytes:
        """Return the PDF of `<folder>/<template>.typ` with `data`.

        Texts are composed (NFC) and stripped of control characters, which could turn a name round. DocumentError also
        for a letter outside the fonts; `prints` tells.
        """
        result = self._compiled((folder / f"{template}.typ").read_bytes(), json.dumps(_clean(data), ensure_ascii=False))
        if result is None:
            raise DocumentError(f"the template {template} could not be set; install zaehlbar again")
        return result

    def prints(self, name: str) -> bool:
        """Whether the fonts have all letters of `name`: those of DIN 91379, its Greek and Cyrillic ones too."""
        return self._compiled(_ONE_LINE, json.dumps(_clean(name), ensure_ascii=False)) is not None

    def _compiled(self, source: bytes, text: str) -> bytes | None:
        try:
            result = self._compiler.compile(
                input=source, format="pdf", sys_inputs={"daten": text}, pdf_standards=["ua-1"]
            )
        except RuntimeError:  # its text quotes what was to be printed
            return None
        return result if isinstance(result, bytes) else None

    @cached_property
    def _compiler(self) -> typst.Compiler:
        import typst  # heavy: only when a document is wanted

        return typst.Compiler(font_paths=typst.Fonts(False, False, [str(FONTS)]))


def _clean(value: Any) -> Any:
    """Return `value` with all its texts composed and without control and format characters."""
    if isinstance(value, str):
        return "".join(one for one in unicodedata.normalize("NFC", value) if unicodedata.category(one)[0] != "C")
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list | tuple) else value


def words(certificate: Certificate) -> dict[str, Any]:
    """Return everything the template prints, in German."""
    full = certificate.umfang is Extent.VOLL
    name = f"{certificate.vorname} {certificate.nachname}"
    statements = [VOLUNTARY, HANDED_OVER, FULL_LEFT_OUT if full else LEFT_OUT, SUPPLEMENTARY]
    proposal = "" if certificate.abgestimmt else f" ({PROPOSAL})"
    return {
        "titel": TITLE,
        "aussteller": certificate.partner,
        "programm": PROGRAMME,
        "hinweis": FULL_WARNING if full else "",
        "einleitung": "Hiermit wird bescheinigt:",
        "name": name,
        "geboren": f"geboren am {day(certificate.geburtsdatum)}" if certificate.geburtsdatum else "",
        "teilgenommen": "hat freiwillig an diesem Vorhaben teilgenommen:",
        "angaben": [
            ["Vorhaben", f"{certificate.vorhaben} ({certificate.vorhaben_id})"],
            ["durchgeführt von", certificate.partner],
            *(["Teilnahme", _stay(stay)] for stay in certificate.teilnahmen),
            ["Stand der Angaben", day(certificate.stand)],
        ],
        "ueberschrift_kategorien": "Woran die Person teilgenommen hat",
        "stunden": full,
        "kopf_kategorien": ["Bereich", "Zeitraum", *(["Stunden"] if full else [])],
        "kategorien": [_category(one) for one in certificate.kategorien],
        "fassung": f"Bereiche nach Fassung {certificate.kategorien_version} der Zuordnung{proposal}.",
        "ueberschrift_schritte": "Was die Person erreicht hat",
        "kopf_schritte": ["Schritt", "Datum"],
        "schritte": [[step.name, day(step.datum)] for step in certificate.schritte],
        "saetze": statements,
        "unterschrift": ["Ort, Datum", f"Unterschrift und Stempel: {certificate.partner}"],
        "fuss": f"{TITLE} · {PROGRAMME}",
    }


def _stay(stay: Stay) -> str:
    return f"{day(stay.von)} bis {day(stay.bis)}" if stay.bis else f"seit {day(stay.von)}"


def _category(attended: Attended) -> Sequence[str]:
    first, last = (f"{MONTHS[one.month - 1]} {one.year}" for one in (attended.von, attended.bis))
    cells = [attended.name, first if first == last else f"{first} bis {last}"]
    if attended.minuten is not None:
        cells.append(f"{attended.minuten / 60:.2f}".replace(".", ","))
    return cells


def day(value: date) -> str:
    """Return a day as it is written in German letters."""
    return f"{value.day:02}.{value.month:02}.{value.year:04}"
