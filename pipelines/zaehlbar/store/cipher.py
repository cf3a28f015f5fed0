"""Encryption at rest: AES-256-GCM in frames, the construction that Tink calls AES-GCM-HKDF streaming.

Why not Parquet's own modular encryption: it would protect the Parquet parts only, and beside them lie raw files as the
providers sent them and JSON documents with their names. One form for every file leaves none to forget, and binds each
to its name.

A sealed file: `ZBAL` · version (1 byte) · length of the key id (1) · key id · salt (32) · nonce prefix (7) · frames.
Each frame holds up to 16 MiB and its tag (16). The key of a file is HKDF(key of purpose ABLAGE, salt); the nonce of a
frame is prefix · number (4) · whether it is the last (1); header and name are the associated data of every frame. So
frames cannot be swapped, left out or taken from another file, and no file can take another one's place.

Belongs here: bytes to sealed bytes and back. Does not belong here: where they lie (place).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from zaehlbar.pseudonymize.keys import KeyRing, KeyRingError, Purpose, hkdf_sha256

FRAME = 16 * 1024 * 1024
_MAGIC, _VERSION = b"ZBAL", 1
_SALT, _PREFIX, _TAG = 32, 7, 16


class Unreadable(Exception):
    """A sealed file cannot be opened; says why in words that follow "the file", never anything of its content."""


def seal(keys: KeyRing, name: str, content: bytes) -> Iterator[bytes]:
    """Yield the parts of the sealed file `name` under the active key."""
    key_id = keys.key_id.encode("ascii")
    salt, prefix = os.urandom(_SALT), os.urandom(_PREFIX)
    header = b"".join((_MAGIC, bytes((_VERSION, len(key_id))), key_id, salt, prefix))
    yield header
    cipher, bound = _cipher(keys, keys.key_id, salt), header + name.encode("utf-8")
    whole = memoryview(content)
    starts = range(0, len(content), FRAME) if content else (0,)
    for number, start in enumerate(starts):
        frame = whole[start : start + FRAME]
        yield cipher.encrypt(_nonce(prefix, number, last=start + FRAME >= len(content)), frame, bound)


def unseal(keys: KeyRing, name: str, sealed: bytes) -> bytes:
    """Return the content of the sealed file `name`. Unreadable when it is not that file, whole and unchanged."""
    key_id, header = _header(sealed)
    bound = sealed[:header] + name.encode("utf-8")
    salt, prefix = sealed[header - _PREFIX - _SALT : header - _PREFIX], sealed[header - _PREFIX : header]
    try:
        cipher = _cipher(keys, key_id, salt)
    except KeyRingError:
        raise Unreadable(f"was encrypted with key {key_id}, which is not in the key ring") from None
    whole = memoryview(sealed)
    bounds = [*range(header, len(sealed), FRAME + _TAG), len(sealed)]
    if len(bounds) == 1:
        raise Unreadable("is not whole")
    try:
        frames = [
            cipher.decrypt(_nonce(prefix, number, last=end == len(sealed)), whole[start:end], bound)
            for number, (start, end) in enumerate(pairwise(bounds))
        ]
    except (InvalidTag, ValueError):
        raise Unreadable("is not whole, was changed, or is another file than its name says") from None
    return frames[0] if len(frames) == 1 else b"".join(frames)


def key_id_of(sealed: bytes) -> str:
    """Return the id of the key a file was sealed with, which nothing proves before it is opened."""
    return _header(sealed)[0]


def is_sealed(content: bytes) -> bool:
    """Return whether the content of a file says that it is sealed; one from before there was encryption does not."""
    return content.startswith(_MAGIC)


def _header(sealed: bytes) -> tuple[str, int]:
    """Return key id and length of the header."""
    if sealed[:4] != _MAGIC or len(sealed) < 6:
        raise Unreadable("is not encrypted as Zählbar does it")
    if sealed[4] != _VERSION:
        raise Unreadable("was written by a newer version; update zaehlbar")
    length = 6 + sealed[5] + _SALT + _PREFIX
    key_id = sealed[6 : 6 + sealed[5]]
    if len(sealed) < length or not key_id.isalnum():
        raise Unreadable("is not whole")
    return key_id.decode("ascii"), length


def _cipher(keys: KeyRing, key_id: str, salt: bytes) -> AESGCM:
    return AESGCM(hkdf_sha256(keys.derive(Purpose.ABLAGE, key_id), b"zaehlbar/v1/datei", salt=salt))


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes((last,))
