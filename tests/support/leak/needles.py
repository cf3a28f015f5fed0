"""Every way a planted value could be written: spellings, character sets, date formats, hashes without a key.

Belongs here: turning values into byte strings to look for. Does not belong here: escapes, hexadecimal, base64 and
packed files; the search undoes those before it looks (search).
"""

from __future__ import annotations

import hashlib
import itertools
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from tests.support.leak.people import Person, values

from zaehlbar.dates import MONTHS
from zaehlbar.pseudonymize.normalize import search_form

_CODECS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "cp1252", "latin-1", "iso8859-2", "iso8859-15", "cp850")
_MIN = 8
_TRANSLITERATED = dict(
    zip("äöüßøæþđðłħı", ("ae", "oe", "ue", "ss", "oe", "ae", "th", "d", "d", "l", "h", "i"), strict=True)
)
ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s")
_SEPARATORS = ("", "|", ";", ",", " ", "-", "_", "/", ":", "\x1f", "\x00", "\t", "\n", ", ")
EPOCH = date(1970, 1, 1)


@dataclass
class Needles:
    """What to look for → which value it is.

    `texts` are compared with ASCII letters in lower case, `raw` (eight bytes each: beginnings of hashes, binary dates)
    as they are; `alone` are words of digits and letters that must not be part of a longer one; `cells` are numbers to
    look for in tables only, where each is a value of its own.
    """

    texts: dict[bytes, str] = field(default_factory=dict)
    raw: dict[bytes, str] = field(default_factory=dict)
    alone: dict[bytes, str] = field(default_factory=dict)
    cells: dict[bytes, str] = field(default_factory=dict)


def needles(people: Iterable[Person], words: Iterable[str] = ()) -> Needles:
    """Return the needles for all values of `people`, and for other planted `words` (of file, sheet, column names)."""
    found = Needles()
    for nr, person in enumerate(people):
        for name, value in values(person).items():
            label = f"{name} {nr}"
            if isinstance(value, date):
                _date(found, value, label)
            else:
                _text(found, value, label)
        _joined(found, person, f"joined {nr}")
    for word in words:
        _text(found, word, f"word {word}")
    return found


def spellings(value: str) -> set[str]:
    """Return the spellings of a text: Unicode forms, search form, transliterations, its parts, each in every case."""
    lower = value.lower()
    plain = "".join(c for c in unicodedata.normalize("NFKD", value) if not unicodedata.combining(c))
    german = "".join(_TRANSLITERATED.get(c, c) for c in lower)
    german = "".join(c for c in unicodedata.normalize("NFKD", german) if not unicodedata.combining(c))
    forms = {value, plain, german, search_form(value)}
    forms |= {part for part in value.replace("-", " ").replace("'", " ").replace("@", " ").split() if len(part) >= _MIN}
    forms |= {"".join(c for c in form if c.isalnum()) for form in set(forms)}
    forms |= {value.replace(" ", other) for other in ("_", "-", "+")} | {
        value.replace("'", "’"),
        value.replace("'", "''"),
    }
    forms |= {unicodedata.normalize(form, text) for form in ("NFC", "NFD") for text in set(forms)}
    forms |= {
        case(text) for case in (str.lower, str.upper, str.title, str.casefold, str.swapcase) for text in set(forms)
    }
    return {form for form in forms if len(form) >= _MIN}


def _encoded(text: str) -> Iterator[bytes]:
    for codec in _CODECS:
        try:
            yield text.encode(codec)
        except UnicodeEncodeError:
            lossy = text.encode(codec, "replace")
            if lossy.count(b"?") * 3 <= len(lossy):
                yield lossy
    if not text.isascii():
        for wrong in ("cp1252", "latin-1"):
            yield text.encode().decode(wrong, "replace").encode()  # UTF-8 read as another character set


def _text(found: Needles, value: str, label: str) -> None:
    if value.isdigit() or len(value) < _MIN:
        _alone(found, value, label)
        _digests(found.raw, {value}, label)
        return
    forms = spellings(value)
    for text in forms:
        for content in _encoded(text):
            if len(content) >= _MIN:
                found.texts[content.lower()] = label
    _digests(found.raw, forms, label)
    for text in (value, value.lower()):
        _alone(found, f"{zlib.crc32(text.encode()):08x}", f"crc32 of {label}")


def _alone(found: Needles, value: str, label: str) -> None:
    found.alone[value.lower().encode("ascii")] = label
    for codec in ("utf-16-le", "utf-16-be"):
        found.texts[value.lower().encode(codec)] = label


def date_spellings(value: date) -> set[str]:
    """Return a date as texts that cannot be anything else."""
    forms = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y.%m.%d", "%d-%m-%Y", "%Y_%m_%d", "%d %m %Y")
    result = {value.strftime(form) for form in forms}
    day, month, year = value.day, value.month, value.year
    result |= {
        f"{day}.{month}.{year}",
        f"{year}-{month}-{day}",
        f"({year}, {month}, {day}",
        f"{day}. {MONTHS[month - 1]} {year}",
    }
    result |= {
        f"{day}. {MONTHS[month - 1][:3]} {year}",
        f"{value:%B} {day}, {year}",
        f"{day:02d}. {month:02d}. {year}",
    }
    return {text for text in result if len(text) >= _MIN}


def _date(found: Needles, value: date, label: str) -> None:
    texts = date_spellings(value)
    for text in texts:
        for content in _encoded(text):
            found.texts[content.lower()] = label
    found.texts[f"{value:%d.%m.%y}".encode()] = label
    compact = {f"{value:%Y%m%d}", f"{value:%d%m%Y}"}
    for text in compact:
        _alone(found, text, label)
    days = (value - EPOCH).days
    serial = (value - date(1899, 12, 30)).days
    for number in (days, serial):
        found.cells[str(number).encode()] = label
    for factor in (86_400, 86_400_000, 86_400_000_000, 86_400_000_000_000):
        found.texts[str(days * factor).encode()] = label
        found.raw[(days * factor).to_bytes(8, "little", signed=True)] = label
    moment = datetime.combine(value, datetime.min.time())
    _digests(found.raw, texts | compact | {moment.isoformat(), str(moment), str(days), str(serial)}, label)


def _joined(found: Needles, person: Person, label: str) -> None:
    """Add hashes of what a matching without a key would join: names, birth date, PLZ, in usual orders."""
    day = person.geburtsdatum
    dates = {day.isoformat(), f"{day:%d.%m.%Y}", f"{day:%Y%m%d}", f"{day:%d%m%Y}"}
    spelt = ({str}, {str.lower}, {str.upper}, {search_form}, {lambda text: search_form(text).lower()})
    texts: set[str] = set()
    for (form,), when in itertools.product(spelt, sorted(dates)):
        last, first = form(person.nachname), form(person.vorname)
        orders = (
            (last, first, when),
            (first, last, when),
            (when, last, first),
            (last, first),
            (first, last),
            (last, when),
            (last, first, when, person.plz),
            (last, first, person.plz),
        )
        texts |= {separator.join(parts) for parts in orders for separator in _SEPARATORS}
    texts |= {separator.join(("V9001", "T01", person.tn_nr)) for separator in _SEPARATORS}
    _digests(found.raw, texts, label, codecs=("utf-8",))


def _digests(
    target: dict[bytes, str],
    texts: Iterable[str],
    label: str,
    codecs: tuple[str, ...] = ("utf-8", "utf-16-le", "cp1252"),
) -> None:
    """Add the first eight bytes of every hash of every text: a hash cut short is still one."""
    contents = {text.encode(codec, "replace") for text in texts for codec in codecs}
    for content in contents:
        for algorithm in ALGORITHMS:
            target[hashlib.new(algorithm, content).digest()[:8]] = f"{algorithm} of {label}"
