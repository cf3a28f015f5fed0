"""`docs/datenvertrag.md`, generated from the contract: what providers deliver, in German.

Belongs here: wording that is the same for every site. Does not belong here: a site's own lists (template workbook).
"""

from __future__ import annotations

import sys
from pathlib import Path

from zaehlbar.contract.model import Contract, Field, Table, contract
from zaehlbar.contract.reports import reports

PRIVACY_CLASSES = {
    "O": "offen: kein Personenbezug",
    "P": "personenbezogen: wird pseudonym gespeichert, erscheint nur in Summen",
    "I": "nur Eingang: wird nach Abgleich und Pseudonymisierung gelöscht, verlässt den geschützten Bereich nie",
    "S": "besondere Kategorie (Art. 9 DSGVO): ist kein Teil des Vertrags und wird nie gespeichert",
}
_SCOPES = {
    "bis": "alle Zeilen mit {position} bis zum Ende des Zeitraums",
    "zeitraum": "die Zeilen mit {position} im Zeitraum",
    "stand": "der Stand am Ende des Zeitraums",
    "lieferung": "die Lieferung selbst",
}
_TYPES = {
    "string": "Text",
    "integer": "ganze Zahl",
    "boolean": "ja/nein",
    "date": "Datum",
    "yearmonth": "Monat (JJJJ-MM)",
}
_SITE_LISTS = {
    "katalog": "Aktivitätskatalog des Vorhabenträgers",
    "angebot_katalog": "Aktivitätskatalog des Vorhabenträgers (Ereignisse)",
    "quartier": "Liste der Quartiere des Vorhabens",
    "jobcenter": "Liste der Jobcenter",
    "vorhaben": "Liste der Vorhaben",
    "tvp": "Liste der Teilvorhabenpartner",
}
_HEAD = """\
<!-- Erzeugt aus dem Vertrag: `python -m zaehlbar.contract.docs docs/datenvertrag.md`. Nicht von Hand ändern. -->

# Datenvertrag, Version {version}

Was ein Teilvorhabenpartner liefert, damit die Teilnahme an BIWAQ zählbar wird. Ein amtliches Format gibt es nicht;
dieser Vertrag ist ein Vorschlag. Jedes Feld nennt die Berichte, die es brauchen. Ein Feld, das kein Bericht braucht,
steht nicht darin.

## Wie geliefert wird

- Je Tabelle eine CSV-Datei: UTF-8, Semikolon, eine Kopfzeile mit den Feldnamen, Datum als JJJJ-MM-TT oder TT.MM.JJJJ.
- Dateiname: `BIWAQ_<vorhaben_id>_<tvp_id>_<JJJJ-MM>_<tabelle>_v<NN>.csv`; der Monat ist der letzte des Zeitraums.
- Oder die Vorlage als Excel-Mappe, oder die Ausfuhr des eigenen Programms, wenn der Vorhabenträger dafür ein Profil
  anlegt.
- Nötig ist wenig: {required}. Alles andere darf fehlen.
- **Basislieferung**: die mit „Basis“ bezeichneten Felder (höchstens 15 je Teilnahme) und Monatssummen der besuchten
  Stunden. Sie ist eine vollwertige Lieferung.
- Was bis zum Ende des Zeitraums in einer vollständigen Lieferung fehlt, gilt als nicht mehr vorhanden. Eine Korrektur
  ist die ganze Lieferung noch einmal mit der nächsten Version.

## Was nie geliefert wird

- Kundennummern und BG-Nummern des Jobcenters (§ 51a SGB II), Freitext zu Personen, Fehlzeiten.
- Angaben zu Gesundheit, Sucht, Schulden, Behinderung oder Minderheit einer Person.
- Namen von Fachkräften: Kontakte sind Funktionen.

## Datenschutzklassen

| Klasse | Bedeutung |
| --- | --- |
"""


def render(source: Contract | None = None) -> str:
    """Return the documentation of the contract as Markdown, ending in a line break."""
    described = source or contract()
    teilnahme = described.table("teilnahme")
    given = {"vorhaben_id", "tvp_id"}
    required = ", ".join(field.title for field in teilnahme.fields if field.required and field.name not in given)
    lines = [_HEAD.format(version=described.version, required=required).rstrip("\n")]
    lines += [f"| {key} | {text} |" for key, text in PRIVACY_CLASSES.items()]
    lines += ["", "## Berichte", "", "| Bericht | Wer ihn sieht | Was er zeigt |", "| --- | --- | --- |"]
    lines += [f"| {item.name} (`{key}`) | {item.readers} | {item.description} |" for key, item in reports().items()]
    for table in described.tables:
        lines += _table(table)
    return "\n".join(lines) + "\n"


def _table(table: Table) -> list[str]:
    scope = _SCOPES[table.zaehlbar.scope].format(position=f"`{table.zaehlbar.position}`")
    key = ", ".join(f"`{name}`" for name in table.primary_key)
    lines = [f"\n## {table.title} (`{table.name}`)\n", " ".join(table.description.split())]
    if table.zaehlbar.scope != "lieferung":
        lines.append("")
        lines.append(f"- Eine vollständige Lieferung umfasst: {scope}.")
        again = "; gleiche Zeilen dürfen mehrmals vorkommen" if table.zaehlbar.occurrence else ""
        lines.append(f"- Eindeutig durch: {key}{again}.")
    for link in table.foreign_keys:
        lines.append(f"- Gehört zu einer Zeile der Tabelle `{link.reference}` mit derselben Teilnehmenden-Nr.")
    lines += [
        "",
        "| Feld | Bezeichnung und Hilfe | Form | Klasse | Quelle | Berichte |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [_row(field) for field in table.fields]
    coded = [field for field in table.fields if field.codes]
    if coded:
        lines += ["", f"### Codes in {table.title}", "", "| Feld | Code | Bedeutung |", "| --- | --- | --- |"]
    for field in coded:
        lines += [f"| {field.name} | `{code}` | {label} |" for code, label in field.codes.items()]
    return lines


def _row(field: Field) -> str:
    help_text = " ".join(field.description.split())
    wanted = ", ".join(f"`{key}`" for key in field.zaehlbar.reports)
    label = f"**{field.title}.** {help_text}"
    cells = (f"`{field.name}`", label, form(field), field.zaehlbar.privacy_class.value, field.zaehlbar.source, wanted)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def form(field: Field) -> str:
    """Return type and constraints of a field in a few German words."""
    limits = field.constraints
    words = [_TYPES[field.type]]
    if field.codes:
        words = ["Code, siehe unten"]
    if field.zaehlbar.codes_from:
        extra = f" oder {', '.join(field.codes)}" if field.codes else ""
        words = [f"Code: {_SITE_LISTS[field.zaehlbar.codes_from]}{extra}"]
    if limits.max_length:
        words.append(f"höchstens {limits.max_length} Zeichen")
    if limits.minimum is not None and limits.maximum is not None:
        words.append(f"{limits.minimum} bis {limits.maximum}")
    elif limits.minimum is not None:
        words.append(f"ab {limits.minimum}")
    if limits.pattern:
        words.append(f"Muster `{limits.pattern}`")
    marks = [mark for mark, holds in (("**Pflicht**", field.required), ("Basis", field.zaehlbar.basis)) if holds]
    return "; ".join([*marks, *words])


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render(), encoding="utf-8", newline="\n")
