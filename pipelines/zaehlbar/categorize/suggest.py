"""What an unmapped code might count as: the mapped codes whose labels are most like its own.

Belongs here: comparing labels. Does not belong here: applying anything; a person reads the proposal, edits the site and
has it released. Labels are a few dozen short texts, for which `difflib` of the standard library is good enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from itertools import takewhile

from zaehlbar.site import Site

_LEAST = 0.55
"""Below, likeness is chance: "Erste Hilfe" and "Ehrenamt" reach 0.4."""
_PREFIX = 5
"""Letters from which a common beginning of two words says something."""
_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_EMPTY = frozenset({"und", "oder", "der", "die", "das", "im", "in", "zu", "bei", "fuer", "mit", "von", "nach"})
_FIELDS = ("aktivitaet_code", "angebot_code")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A category for an unmapped code, because a mapped code is called alike."""

    code: str
    bezeichnung: str
    """The unmapped code's label."""
    kategorie: str
    wie_code: str
    """The mapped code it is like."""
    wie_bezeichnung: str
    aehnlichkeit: float
    """0 to 1."""


def labels_of(site: Site, code: str) -> list[str]:
    """Return what a code is called: in the catalogue, then in the translations of profiles (the providers' words)."""
    found = [entry.name for entry in site.katalog.codes if entry.code == code]
    for profile in site.profile.values():
        for part in profile.dateien:
            for field in _FIELDS:
                found += [text for text, target in part.uebersetzung.get(field, {}).items() if target == code]
    return list(dict.fromkeys(found))


def suggest(site: Site, code: str, most: int = 3) -> list[Suggestion]:
    """Return at most `most` categories for a code, the most alike first; none where no label of it is known.

    Only codes of the same table are compared: an event without a person is never counted as something of a person.
    """
    own = labels_of(site, code)
    tables = {entry.code: entry.tabelle for entry in site.katalog.codes}
    best: dict[str, Suggestion] = {}
    for label in own:
        for other, kategorie in _mapped(site):
            if other == code or tables.get(code, tables.get(other)) != tables.get(other):
                continue
            for text in labels_of(site, other):
                found = Suggestion(code, label, kategorie, other, text, round(likeness(label, text), 2))
                if found.aehnlichkeit >= _LEAST and found.aehnlichkeit > _likeness_of(best.get(kategorie)):
                    best[kategorie] = found
    return sorted(best.values(), key=lambda item: (-item.aehnlichkeit, item.wie_code))[:most]


def likeness(one: str, other: str) -> float:
    """Return how alike two labels are, 0 to 1: as a whole, or word by word (each with the likest one of the other)."""
    first, second = sorted((_words(one), _words(other)), key=lambda words: (len(words), words))
    if not first:
        return 0.0
    words = sum(max(_word_likeness(word, target) for target in second) for word in first) / len(first)
    whole = _ratio(" ".join(first), " ".join(second))
    # A single word found in a long label says less than a label found as a whole.
    return max(whole, words * (0.75 + 0.25 * len(first) / len(second)))


def _word_likeness(one: str, other: str) -> float:
    """Compounds that begin alike are alike: Deutschkurs and Deutschförderung."""
    begin = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    return max(_ratio(one, other), begin / min(len(one), len(other)) if begin >= _PREFIX else 0.0)


def _ratio(one: str, other: str) -> float:
    # It compares from its first side; in a fixed order the result is the same either way.
    return SequenceMatcher(None, min(one, other), max(one, other)).ratio()


def snippet(site: Site, suggestions: list[Suggestion], since: dict[str, date]) -> str:
    """Return lines for kategorien.yaml (and katalog.yaml), to be read and agreed first; `since`: first day in use."""
    known = {entry.code: entry.gueltig_ab for entry in site.katalog.codes}
    best = {item.code: item for item in reversed(suggestions)}
    new = [code for code in best if code not in known]
    lines = ["# VORSCHLAG, nicht abgestimmt: aus ähnlichen Bezeichnungen gebildet, von niemandem geprüft."]
    if new:
        lines += ["# katalog.yaml, unter „codes“ (Version hochzählen):"]
        lines += [
            f'  - {{code: {code}, name: "{best[code].bezeichnung}", gueltig_ab: {since[code]:%Y-%m-01}}}'
            for code in sorted(new)
        ]
    lines += ["# kategorien.yaml, unter „zuordnung“ (Version hochzählen, Zustimmungen neu einholen):"]
    for code, item in sorted(best.items()):
        start = known.get(code) or since[code].replace(day=1)
        reason = f"ähnlich {item.wie_code} „{item.wie_bezeichnung}“ ({item.aehnlichkeit:.0%})"
        lines.append(f"  - {{code: {code}, kategorie: {item.kategorie}, gueltig_ab: {start}}}  # {reason}")
    return "\n".join(lines)


def _mapped(site: Site) -> Iterator[tuple[str, str]]:
    """Yield each mapped code with the category that it has last."""
    last = {entry.code: entry for entry in sorted(site.kategorien.zuordnung, key=lambda item: item.gueltig_ab)}
    for code, entry in sorted(last.items()):
        yield code, entry.kategorie


def _likeness_of(found: Suggestion | None) -> float:
    return found.aehnlichkeit if found else 0.0


def _words(label: str) -> list[str]:
    words = re.findall(r"[a-z0-9]+", label.casefold().translate(_FOLDED))
    return [word for word in words if word not in _EMPTY]
