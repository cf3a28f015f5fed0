"""Making a file fit for the fast parser: byte order marks, UTF-16, codecs of several bytes, unusual delimiters.

After `prepare` the bytes are in an ASCII-compatible codec, and delimiter and quote are single ASCII bytes.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field

from zaehlbar.contract import Severity
from zaehlbar.ingest.csv_lines import Dialect
from zaehlbar.ingest.rules import Issue, Rule
from zaehlbar.ingest.text import proves_utf8
from zaehlbar.site import CsvFormat

_SPARE = (b"\x1f", b"\x1e", b"\x1d", b"\x1c", b"\x01", b"\x02", b"\x03", b"\x04")
_FOREIGN = (
    (b"PK\x03\x04", "excel_oder_zip"),
    (b"\xd0\xcf\x11\xe0", "excel_alt"),
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"),
)


@dataclass(slots=True)
class Prepared:
    """The file's bytes without byte order mark, in an ASCII-compatible codec, and the dialect in bytes."""

    data: bytes
    encoding: str
    dialect: Dialect
    issues: list[Issue] = field(default_factory=list)
    fatal: bool = False


def prepare(data: bytes, declared: CsvFormat) -> Prepared:
    """Return the file ready to be cut into lines, or a fatal result that says why it is none."""
    issues: list[Issue] = []
    for magic, kind in _FOREIGN:
        if data.startswith(magic):
            return _fatal({"grund": "falsches_format", "format": kind})
    if data[:400].lstrip().lower().startswith((b"<html", b"<!doctype html", b"<?xml", b"<table")):
        return _fatal({"grund": "falsches_format", "format": "html"})
    try:
        data, encoding = _transcode(data, declared.zeichensatz, issues)
    except (LookupError, UnicodeError, ValueError):
        return _fatal({"grund": "zeichensatz", "zeichensatz": declared.zeichensatz})
    if not data[:1000].strip() and not data.strip():
        return _fatal({"grund": "leer"})
    return _with_ascii_dialect(data, encoding, declared, issues)


def _transcode(data: bytes, declared: str, issues: list[Issue]) -> tuple[bytes, str]:
    """Return the bytes in an ASCII-compatible codec, and that codec. Raises LookupError or UnicodeError.

    What the bytes prove (byte order mark, UTF-16, a whole file of valid UTF-8) overrules the declaration.
    """
    found = _byte_order_mark(data) or _looks_like_utf16(data)
    unicode = codecs.lookup(declared).name in ("utf-8", "utf-8-sig", "ascii")
    if found and found != "utf-8-sig":
        if not codecs.lookup(declared).name.startswith(("utf-16", "utf-32")):
            issues.append(_charset(declared, "utf-16"))
        return data.decode(found).lstrip("\ufeff").encode("utf-8"), "utf-8"
    if not found and not _bytewise(declared):
        return data.decode(declared).encode("utf-8"), "utf-8"
    if found or (not unicode and not data.isascii() and proves_utf8(data)):
        if not unicode:
            issues.append(_charset(declared, "utf-8"))
        return data[3:] if found else data, "utf-8"
    return data, "utf-8" if unicode else declared


def _fatal(params: dict[str, str | int]) -> Prepared:
    issue = Issue(Rule.FILE, Severity.ERROR, count=1, params=params)
    return Prepared(b"", "utf-8", Dialect(b";", b"", b""), [issue], fatal=True)


def _charset(declared: str, found: str) -> Issue:
    params: dict[str, str | int] = {"grund": "datei", "zeichensatz": declared, "vermutet": found}
    return Issue(Rule.CHARSET, Severity.WARNING, count=1, params=params)


def looks_like_cp1252(declared: str) -> Issue:
    """Return the hint that a file declared as UTF-8 is Windows-1252."""
    return _charset(declared, "cp1252")


def _byte_order_mark(data: bytes) -> str | None:
    for mark, codec in (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return codec
    return None


def _looks_like_utf16(data: bytes) -> str | None:
    """Recognise UTF-16 without byte order mark: in the beginning every second byte is zero, and no other."""
    head = data[:200]
    if len(head) < 4 or b"\0" not in head:
        return None
    for codec, zeros, others in (("utf-16-le", head[1::2], head[0::2]), ("utf-16-be", head[0::2], head[1::2])):
        if zeros.count(0) * 10 >= len(zeros) * 8 and 0 not in others:
            return codec
    return None


def _bytewise(encoding: str) -> bool:
    """Whether the codec keeps ASCII and can be read byte by byte (UTF-8, and every codec of one byte per character)."""
    if codecs.lookup(encoding).name in ("utf-8", "utf-8-sig"):
        return True
    every = bytes(range(128))
    if every.decode(encoding, "replace") != every.decode("ascii"):
        return False
    return all(len(bytes([b, b]).decode(encoding, "replace")) == 2 for b in range(128, 256))


def is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _with_ascii_dialect(data: bytes, encoding: str, declared: CsvFormat, issues: list[Issue]) -> Prepared:
    """Put an unused control character in place of a delimiter, quote or escape character that is not ASCII."""
    escape = "" if declared.fluchtzeichen == declared.anfuehrung else declared.fluchtzeichen
    signs = []
    for sign in (declared.trennzeichen, declared.anfuehrung, escape):
        if sign.isascii():
            signs.append(sign.encode("ascii"))
            continue
        spare = next((byte for byte in _SPARE if byte not in data and byte not in signs), None)
        try:
            encoded = sign.encode(encoding)
        except UnicodeEncodeError:
            spare = None
        if spare is None:
            return _fatal({"grund": "trennzeichen", "trennzeichen": sign})
        data = data.replace(encoded, spare)
        signs.append(spare)
    skip = declared.leerzeichen_nach_trennzeichen
    return Prepared(data, encoding, Dialect(signs[0], signs[1], signs[2], skip), issues)
