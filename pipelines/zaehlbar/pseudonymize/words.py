"""What stands in a name field: words, and among them titles, salutations, particles, and words for "no name".

Belongs here: the lists, and how a field is cut into words. Does not belong here: which word belongs to which name
(names), letters (normalize). A change of any result needs a new NORMALIZER_VERSION.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from zaehlbar.pseudonymize.normalize import search_form


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


PARTICLES = _listed(
    """
    VON VOM VAN VANT ZU ZUM ZUR DER DEM DEN DES DE DEL DELA DELLA DI DA DO DAS DOS DU LA LE LAS LOS TEN TER TE T AUF
    AN AM IM UND Y E AL EL UL BIN BEN IBN BINT ABU O MC MAC SAN SANTA ST SANKT
    """
)
RANKS = _listed(
    """
    GRAF GRAEFIN FREIHERR FREIFRAU FREIIN FRHR BARON BARONIN PRINZ PRINZESSIN FUERST FUERSTIN RITTER EDLER EDLE
    """
)
"""Since 1919 part of the Nachname, and names of their own."""
BEHIND = _listed("JUN JUNIOR JR SEN SENIOR SR II III")
"""Words that stand behind a name, and tell father and son apart."""
_STARTERS = _listed("VON VOM VAN ZU ZUM ZUR DE DEL DELLA DI DOS")
"""A run of particles at the end of a field is one only if it begins like this: "Le" and "Da" are names, too."""
_SHORT = {"V": "VON", "D": "DER", "Z": "ZU"}

_TITLES = _listed("DR DRES DOKTOR PROF PROFESSOR PROFESSORIN DIPL MAG PRIV DOZ PD DDR")
_TITLES_WITH_DOT = _listed("MAG PRIV DOZ PD DDR")
"""Without a dot they may be names."""
_FACULTIES = _listed(
    """
    MED DENT VET PHIL JUR IUR RER NAT POL OEC PUBL SOC TECHN THEOL UNIV HABIL HC H C MULT ING INF KFM KFFR BETRW VW BW
    PSYCH PAED CHEM PHYS BIOL MATH GEOL SOZ VERW FH EH IN
    """
)
"""Behind a title only, and there only with a dot, in small letters, or after a hyphen."""
_DEGREES = _listed("MA BA MSC BSC LLM LLB PHD BENG MENG MED BED MBA")
_DEGREES_IN_ONE = _listed("MSC BSC MBA LLM LLB PHD")
_SALUTATIONS = _listed("HERR HERRN FRAU FRAEULEIN HR FR FRL")
_SALUTATIONS_WITH_DOT = _listed("HR FR FRL")
_BORN = _listed("GEB GEBORENE GEBORENER NEE")
_NOBODY = _listed("NN UNBEKANNT NICHTBEKANNT KEINEANGABE OHNEANGABE OHNENAME OHNENAMEN KEINNAME ANONYM ANONYMUS")

# They are part of a word (and vanish in search form): apostrophes and what is typed for one, the Catalan middle dot.
_WITHIN = "'`\u00b4\u2018\u2019\u201b\u2032\uff07\u00b7\u2027"
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


@dataclass(frozen=True, slots=True)
class _Word:
    form: str
    small: bool
    """Written in small letters."""
    then: str
    """The signs and blanks that follow."""

    @property
    def dotted(self) -> bool:
        return self.then.startswith(".")


@cache
def _cuts() -> re.Pattern[str]:
    """Return the pattern of what stands between words: blanks, hyphens and dashes of all kinds, dots, other signs."""
    categories = {"Zs", "Zl", "Zp", "Cc", "Pd", "Pc", "Po", "Ps", "Pe", "Pi", "Pf", "Sm", "Sc", "So"}
    points = (*range(0x3100), *range(0xFE00, 0x10000))
    signs = [sign for sign in map(chr, points) if unicodedata.category(sign) in categories and sign not in _WITHIN]
    return re.compile(f"([{re.escape(''.join(signs))}]+)")


def is_one_word(text: str) -> bool:
    """Return whether the text is letters only, so that there is nothing to cut, to move or to leave out."""
    return text.isalpha() and text.upper() not in _TITLES


def stands_before(word: str, following: str) -> bool:
    """Return whether `word` only leads to the name: a particle, or a rank with one behind it ("Graf von Moltke")."""
    return word in PARTICLES or (word in RANKS and following in PARTICLES)


def are_particles(words: tuple[str, ...]) -> bool:
    """Return whether the words behind a comma belong before the name ("Leyen, von der"; "Moltke, Graf von")."""
    return all(word in PARTICLES or word in RANKS for word in words)


def means_nobody(form: str) -> bool:
    """Return whether a name in search form says that there is none: "N.N.", "unbekannt", "XXX"."""
    return form in _NOBODY or (len(form) > 1 and not form.strip("X"))


def segments(text: str, *, degrees: bool = False) -> list[tuple[str, ...]]:
    """Return the words in search form between the commas of a name field, without titles and the like.

    Segments of nothing but titles are left out. `degrees`: of a Nachname, where degrees behind it go, too ("Müller
    M.A."), and "v. d." is "von der".
    """
    composed = unicodedata.normalize("NFC", text)
    plain = _BRACKETS.sub(" ", composed)
    found: list[tuple[str, ...]] = []
    for segment in (plain if search_form(plain) else composed).split(","):
        words = _without_titles(_cut(segment), first=not found)
        if degrees:
            words = _without_degrees(words, alone=bool(found))
        if words:
            found.append(tuple(_SHORT[one.form] if degrees and _is_short(one) else one.form for one in words))
    return found


def without_trailing_particles(words: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words without the particles at their end, and these: "Ursula von der", "Leyen von der"."""
    at = len(words)
    while at > 1 and words[at - 1] in PARTICLES:
        at -= 1
    while at < len(words) and words[at] not in _STARTERS:
        at += 1
    return words[:at], words[at:]


def _is_short(word: _Word) -> bool:
    return word.small and word.dotted and word.form in _SHORT


def _cut(segment: str) -> list[_Word]:
    pieces = _cuts().split(segment)
    pairs = zip(pieces[::2], [*pieces[1::2], ""], strict=True)
    return [_Word(form, piece.islower(), then) for piece, then in pairs if (form := search_form(piece))]


def _without_titles(words: list[_Word], *, first: bool) -> list[_Word]:
    kept: list[_Word] = []
    title = ""  # what followed the title just passed; "" when the word before was none
    for word in words:
        if (kept or not first) and word.form in _BORN and (word.small or word.dotted):
            break  # what follows is the name at birth
        if _is_title(word, first=first and not kept) or (title and _is_faculty(word, title)):
            title = word.then or " "
        else:
            kept.append(word)
            title = ""
    return kept


def _is_title(word: _Word, *, first: bool) -> bool:
    if first and word.form in _SALUTATIONS:
        return word.dotted if word.form in _SALUTATIONS_WITH_DOT else word.then.isspace()
    return word.form in _TITLES and (word.dotted or word.form not in _TITLES_WITH_DOT)


def _is_faculty(word: _Word, before: str) -> bool:
    if len(word.form) == 1 and not word.small:
        return False  # an initial: "Dr. C. Müller"
    return word.form in _FACULTIES and (word.dotted or word.small or "-" in before)


def _without_degrees(words: list[_Word], *, alone: bool) -> list[_Word]:
    """Return the words without degrees at their end; `alone`: nothing else has to stay (they follow a comma)."""
    least = 0 if alone else 1
    while len(words) > least:
        if words[-1].form in _DEGREES_IN_ONE:
            words = words[:-1]
        elif len(words) >= least + 2 and words[-2].dotted and words[-2].form + words[-1].form in _DEGREES:
            words = words[:-2]
        else:
            break
    return words
