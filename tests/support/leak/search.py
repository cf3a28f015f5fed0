"""The search: a few hundred thousand needles in everything that was written, in one pass per view.

A view is the content as it is, or with one kind of encoding undone: escapes, hexadecimal, base64, packed files. The
last eight bytes of every needle stand in one sorted array; a filter of bits tells at once where none of them can be.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import html.entities
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from tests.support.leak.needles import Needles

_KEY = 8
_BITS = 24
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_CHUNK = 1 << 22
_HEX = re.compile(rb"[0-9a-f]{16,}")
_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{11,}")
_ESCAPE = re.compile(
    rb"\\+u([0-9a-f]{4})|%u([0-9a-f]{4})|\\+x([0-9a-f]{2})|%([0-9a-f]{2})|=([0-9a-f]{2})|\\+([0-3][0-7]{2})"
    rb"|&#x([0-9a-f]{1,6});|&#([0-9]{1,7});|&([a-z]{2,8});|=\r?\n"
)
# A number must not be a part of a longer one, of a decimal fraction or of a token.
_WORD = re.compile(rb"(?<![0-9a-z])(?<![0-9][.,])-?[0-9a-z]{4,16}(?![0-9a-z]|\.[0-9])")


@dataclass(frozen=True, order=True)
class Hit:
    """A planted value was found in a place; `view` says what had to be undone to see it."""

    place: str
    label: str
    view: str

    def __str__(self) -> str:
        return f"{self.label} in {self.place} ({self.view})"


class _Index:
    """Byte strings by their last eight bytes."""

    def __init__(self, needles: Mapping[bytes, str]) -> None:
        self._labels = needles
        self._longer: dict[bytes, list[bytes]] = {}
        for needle in needles:
            if len(needle) > _KEY:
                self._longer.setdefault(needle[-_KEY:], []).append(needle)
        exact = [needle for needle in needles if len(needle) == _KEY]
        keys = np.frombuffer(b"".join((*exact, *self._longer)) or bytes(_KEY), dtype="<u8")
        self._keys = np.unique(keys)
        self._filter = np.zeros(1 << _BITS, dtype=np.bool_)
        self._filter[self._slots(keys)] = True

    def _slots(self, keys: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
        return (keys * _SPREAD) >> np.uint64(64 - _BITS)

    def find(self, content: bytes) -> set[str]:
        """Return the labels of the needles that are in `content`."""
        found: set[str] = set()
        for begin in range(0, max(len(content) - _KEY + 1, 0), _CHUNK):
            count = min(_CHUNK, len(content) - _KEY + 1 - begin)
            windows = np.ndarray((count,), dtype="<u8", buffer=content, offset=begin, strides=(1,))
            maybe = np.flatnonzero(self._filter[self._slots(windows)])
            wanted = windows[maybe]
            near = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
            for at in (maybe[self._keys[near] == wanted] + begin).tolist():
                found |= self._at(content, at + _KEY)
        return found

    def _at(self, content: bytes, end: int) -> set[str]:
        """Return the labels of the needles that end at `end`."""
        last = content[end - _KEY : end]
        found = {self._labels[needle] for needle in self._longer.get(last, ()) if content.endswith(needle, 0, end)}
        return found | {self._labels[last]} if last in self._labels else found


class Search:
    """All needles, ready to be looked for."""

    def __init__(self, needles: Needles) -> None:
        self._texts, self._raw = _Index(needles.texts), _Index(needles.raw)
        self._alone, self._cells = needles.alone, needles.cells

    def __call__(self, place: str, content: bytes, *, table: bool = False) -> set[Hit]:
        """Return what is found in `content`; `table`: its numbers are values, one per field."""
        hits: set[Hit] = set()
        for view, seen in _views(content):
            lowered = seen.lower()
            labels = self._texts.find(lowered) | self._raw.find(seen)
            words = set(_WORD.findall(lowered))
            labels |= {self._alone[word] for word in words & self._alone.keys()}
            if table and view == "as it is":
                labels |= {self._cells[word] for word in words & self._cells.keys()}
            hits |= {Hit(place, label, view) for label in labels}
        return hits


def _views(content: bytes) -> Iterator[tuple[str, bytes]]:
    yield "as it is", content
    lowered = content.lower()
    if _ESCAPE.search(lowered):
        yield "escapes as bytes", _ESCAPE.sub(lambda match: _unescaped(match, _byte), lowered)
        yield "escapes as characters", _ESCAPE.sub(lambda match: _unescaped(match, _character), lowered)
    if numbers := [_unhex(match.group()) for match in _HEX.finditer(lowered)]:
        yield "hexadecimal", b"\n".join(numbers)
    if uuids := [bytes.fromhex(match.group().replace(b"-", b"").decode()) for match in _UUID.finditer(lowered)]:
        yield "uuid", b"\n".join(uuids)
    if texts := [_unbase64(match.group()) for match in _BASE64.finditer(content)]:
        yield "base64", b"\n".join(texts)


def _unescaped(match: re.Match[bytes], single: Callable[[int], bytes]) -> bytes:
    for group in (1, 2):
        if match[group]:
            return _character(int(match[group], 16))
    for group in (3, 4, 5):
        if match[group]:
            return single(int(match[group], 16))
    if match[6]:
        return single(int(match[6], 8))
    if match[7]:
        return _character(int(match[7], 16))
    if match[8]:
        return _character(int(match[8]))
    if match[9]:
        point = html.entities.name2codepoint.get(match[9].decode())
        return match[0] if point is None else _character(point)
    return b""  # a soft line break of quoted-printable


def _byte(value: int) -> bytes:
    return bytes((value,))


def _character(point: int) -> bytes:
    return chr(point).encode("utf-8", "ignore") if point <= 0x10FFFF else b""


def _unhex(digits: bytes) -> bytes:
    even = digits[: len(digits) // 2 * 2]
    odd = digits[1 : 1 + (len(digits) - 1) // 2 * 2]
    return bytes.fromhex(even.decode()) + b"\n" + bytes.fromhex(odd.decode())


def _unbase64(text: bytes) -> bytes:
    """Decode from each of the four positions at which a group may begin."""
    text = text.replace(b"-", b"+").replace(b"_", b"/")
    parts = []
    for start in range(4):
        piece = text[start:]
        piece = piece[: len(piece) // 4 * 4] if len(piece) % 4 == 1 else piece + b"=" * (-len(piece) % 4)
        try:
            parts.append(base64.b64decode(piece))
        except binascii.Error:
            continue
    return b"\n".join(parts)


def unpacked(name: str, content: bytes, depth: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield `content` and, when it is a package (zip, gzip, PDF), everything in it."""
    yield name, content
    if depth > 3:
        return
    if content.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for member in archive.namelist():
                    yield f"{name}: name of a member", member.encode()
                    yield from unpacked(f"{name}/{member}", archive.read(member), depth + 1)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError):
            return
    elif content.startswith(b"\x1f\x8b"):
        yield from unpacked(f"{name} (gzip)", gzip.decompress(content), depth + 1)
    elif content.startswith(b"%PDF"):
        from pypdf import PdfReader

        reader = PdfReader(io.BytesIO(content))  # letters stand there as numbers of a font's signs
        text = "\n".join([*(page.extract_text() for page in reader.pages), *map(str, (reader.metadata or {}).values())])
        yield f"{name} (text)", text.encode("utf-8", "replace")
