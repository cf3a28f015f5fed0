"""What a list and a notice say; nothing else can get onto them.

Belongs here: the lines and every sentence. Does not belong here: who stands on it (eligible, names), encryption.

A line is what domain.md (d) 19 allows: name, categories of the closed list with the month since when, and the function
mailbox of the Vorhaben. The type has no room for hours, absence, reasons, birth dates or other categories.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from zaehlbar.certificate.document import SUPPLEMENTARY, Typesetter, day
from zaehlbar.dates import MONTHS
from zaehlbar.site import CLOSED_LIST, Jobcenter, ListRecipient, Site
from zaehlbar.transmission.eligible import Candidate, DueLine
from zaehlbar.transmission.names import Name

_HERE = Path(__file__).parent

PURPOSE = (
    "Nur für den Austausch im Einzelfall mit Einwilligung der Person, gebunden an diesen Zweck (§ 78 SGB X). Die "
    "Teilnahme ist freiwillig; aus dieser Liste folgt nichts nach §§ 31, 31a und 32 SGB II, auch nicht daraus, dass "
    "jemand nicht oder nicht mehr auf ihr steht."
)
DELETE = (
    "Jede neue Liste ersetzt die vorige. Diese Liste ist zu löschen, sobald die nächste da ist, spätestens am {bis}. "
    "Werden Zeilen als widerrufen gemeldet, sind sie sofort zu löschen (Art. 17 und 19 DSGVO)."
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list. `since`: (category name, month) in the order of the site's file."""

    zeile_nr: int
    name: str = field(repr=False)
    since: tuple[tuple[str, str], ...]
    postfach: str


def lines(found: Sequence[tuple[Candidate, Name]], site: Site, recipient: ListRecipient) -> list[Line]:
    """Return the lines in the order of `found`, numbered from 1."""
    assert site.uebermittlung is not None
    allowed = set(recipient.kategorien) & set(CLOSED_LIST)
    return [
        Line(
            number,
            f"{name.vorname} {name.nachname}",
            tuple(
                (category.name, _month(one.since[category.kategorie]))
                for category in site.kategorien.kategorien
                if category.kategorie in allowed and category.kategorie in one.since
            ),
            site.uebermittlung.postfaecher[one.vorhaben_id],
        )
        for number, (one, name) in enumerate(found, start=1)
    ]


def list_message(
    number: int,
    found: Sequence[Line],
    jobcenter: Jobcenter,
    recipient: ListRecipient,
    *,
    on: date,
    until: date,
    agreed: bool,
) -> EmailMessage:
    """Return list `number` as a message: a short text and the list as PDF, both in memory only."""
    statements = [PURPOSE, f"Rechtsgrundlage: {recipient.rechtsgrundlage.strip()}", DELETE.format(bis=day(until))]
    data: dict[str, Any] = {
        "titel": f"Liste {number}: Teilnahmen an BIWAQ",
        "empfaenger": f"{jobcenter.name} ({jobcenter.jobcenter_nr})",
        "am": f"Stand {day(on)}",
        "kopf": ["Zeile", "Name", "Bereich", "seit", "Fragen an"],
        "zeilen": [_cells(line) for line in found],
        "saetze": [*statements, SUPPLEMENTARY, *([] if agreed else ["Bereiche: Vorschlag, nicht abgestimmt."])],
    }
    pdf = Typesetter().render("liste", data, _HERE)
    message = EmailMessage()
    message["Subject"] = data["titel"]
    message.set_content("\n\n".join([f"{data['titel']} für {data['empfaenger']}, {data['am']}.", *statements]))
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename=f"liste-{number:04}.pdf")
    return message


def notice_message(number: int, due: Sequence[DueLine], jobcenter: Jobcenter, *, on: date) -> EmailMessage:
    """Return notice `number`: which lines of which lists are to be deleted or left unused. No name, no reason."""
    parts = [f"Widerruf {number} für {jobcenter.name} ({jobcenter.jobcenter_nr}), {day(on)}."]
    for restricted, head in (
        (False, "Bitte löschen Sie diese Zeilen und alles, was daraus übernommen wurde (Art. 17, 19 DSGVO):"),
        (True, "Bitte verwenden Sie diese Zeilen bis auf Weiteres nicht (Art. 18, 19 DSGVO):"),
    ):
        by_list: dict[int, list[int]] = {}
        for line in due:
            if line.restricted is restricted:
                by_list.setdefault(line.uebermittlung_nr, []).append(line.zeile_nr)
        if by_list:
            rows = (f"  Liste {key}: Zeile {', '.join(map(str, values))}" for key, values in by_list.items())
            parts.append("\n".join([head, *rows]))
    parts.append("Aus dieser Meldung folgt nichts nach §§ 31, 31a und 32 SGB II.")
    message = EmailMessage()
    message["Subject"] = f"Widerruf {number} zu Listen über Teilnahmen an BIWAQ"
    message.set_content("\n\n".join(parts))
    return message


def _cells(line: Line) -> Mapping[str, Any]:
    return {
        "nr": str(line.zeile_nr),
        "name": line.name,
        "seit": [list(one) for one in line.since],
        "postfach": line.postfach,
    }


def _month(value: date) -> str:
    return f"{MONTHS[value.month - 1]} {value.year}"
