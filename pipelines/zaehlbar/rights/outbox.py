"""Notes to the partners: stop delivering a person, deliver corrected data. The partner's own feedback channel.

Belongs here: their words, where they are put. Does not belong here: when one is due. A partner's own tn_nr may stand
here and nowhere else (statement 5); names and birth dates never, not even theirs.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from zaehlbar.rights.correct import Planned
from zaehlbar.settings import Settings
from zaehlbar.site import Site

Partner = tuple[str, str]
"""Vorhaben and TVP."""

_UNSAFE = re.compile(r"[^0-9A-Za-z_-]")


def note_path(settings: Settings, site: Site, partner: Partner, name: str) -> Path:
    """Return where a note to the partner lies: in its folder of the outbox."""
    known = site.partner(*partner)
    folder = settings.outbox / (partner[1] if known is None else known[1].eingang)
    return folder / f"{name}-{_UNSAFE.sub('_', '-'.join(partner))}.txt"


def write_note(path: Path, content: str) -> Path:
    """Write a note (0600, replacing it) whole or not at all; return its path."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\r\n") as file:
            file.write(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def erasure_note(receipt: int, partner: Partner, numbers: Sequence[str]) -> str:
    """Return the text that asks the partner to deliver a person no more."""
    return "\n".join(
        [
            f"Löschung nach Art. 17 DSGVO, Quittung {receipt}",
            f"Vorhaben {partner[0]}, Teilvorhabenpartner {partner[1]}",
            "",
            *_who(numbers),
            "",
            "Bitte liefern Sie diese Person ab sofort nicht mehr, auch nicht in korrigierten Fassungen früherer",
            "Lieferungen. Würde sie noch einmal geliefert, entstünde sie hier neu. Prüfen Sie, ob auch Ihre eigenen",
            "Unterlagen zu löschen sind; Aufbewahrungspflichten des ESF (Art. 82 VO (EU) 2021/1060) gehen vor.",
            "Lieferungen, die die Person enthielten, wurden hier gelöscht. War eine davon noch nicht geladen, liefern",
            "Sie sie bitte ohne die Person neu.",
            "",
        ]
    )


def correction_note(partner: Partner, numbers: Sequence[str], planned: Sequence[Planned]) -> str:
    """Return the text that asks the partner to deliver corrected data."""
    lines = []
    for one in planned:
        what = f"  Eintritt {one.entry:%d.%m.%Y}, {one.title} ({one.name})"
        if one.overlaid:
            what += f": {one.value if one.value is not None else 'keine Angabe'}"
        else:
            what += ": bitte mit der Person klären"
        lines.append(what)
    return "\n".join(
        [
            "Berichtigung nach Art. 16 DSGVO",
            f"Vorhaben {partner[0]}, Teilvorhabenpartner {partner[1]}",
            "",
            *_who(numbers),
            "",
            "Bitte prüfen und mit der nächsten Lieferung berichtigt liefern:",
            *lines,
            "",
            "Bis dahin gilt hier die berichtigte Angabe, wo eine genannt ist. Teilnehmenden-Nr. und Eintritt bitte nur",
            "in einer Lieferung mit höherer Version ändern; die alte Zeile entfällt dann.",
            "",
        ]
    )


def _who(numbers: Sequence[str]) -> list[str]:
    if numbers:
        return [f"Teilnehmenden-Nr.: {', '.join(numbers)}"]
    return ["Die Teilnehmenden-Nr. ist hier nicht gespeichert. Der Vorhabenträger nennt Ihnen die Person gesondert."]


def numbers_by_partner(known: Sequence[tuple[Partner, str]]) -> dict[Partner, list[str]]:
    """Return the numbers of each partner, sorted, each once."""
    found: dict[Partner, set[str]] = {}
    for partner, number in known:
        found.setdefault(partner, set()).add(number)
    return {partner: sorted(numbers) for partner, numbers in found.items()}
