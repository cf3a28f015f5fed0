"""Decoding columns of bytes; what is no text in the declared character set becomes null and is marked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Mask = npt.NDArray[np.bool_]

BLANKS = " \t\r\n\x0b\x0c\u00a0\u2002\u2003\u2007\u2009\u200b\u202f\u2060\ufeff"

_CONTROL = r"[\x00-\x08\x0e-\x1f\x7f-\x9f\x{fffd}]"
"""Control characters and the replacement character: the sender's software lost or mixed something."""

_TWICE = "\u00c3[" + bytes(b for b in range(0x80, 0xC0)).decode("cp1252", "ignore") + "]|\u00e2\u20ac"
"""UTF-8 taken for Windows-1252 and encoded again: a capital A with tilde before what can only be a second byte."""


def decode(column: pa.Array, encoding: str, *, plain: bool = False) -> tuple[pa.Array, Mask | None]:
    """Decode a binary array to strings; returns them (null where not decodable) and the mask of those, None for none.

    `plain`: the bytes are known to be printable ASCII. A value that is UTF-8 in a file of one byte per character counts
    as not decodable, too: to read it as declared would be mojibake.
    """
    if plain:
        return column.cast(pa.string()), None
    try:
        texts = column.cast(pa.string())
        if encoding != "utf-8" and not pc.all(pc.string_is_ascii(texts)).as_py():
            texts = None
    except pa.ArrowInvalid:
        texts = None
    if texts is None:
        texts = pa.array([_decode(value, encoding) for value in column.to_pylist()], pa.string())
    lost = texts.is_null()
    for pattern in (_CONTROL, _TWICE):
        lost = pc.or_(lost, pc.fill_null(pc.match_substring_regex(texts, pattern), False))
    mask: Mask = lost.to_numpy(zero_copy_only=False)
    if not mask.any():
        return texts, None
    return pc.if_else(lost, pa.scalar(None, pa.string()), texts), mask


def _decode(value: bytes | None, encoding: str) -> str | None:
    if value is None:
        return None
    if value.isascii():
        return value.decode("ascii")
    try:
        if encoding != "utf-8" and proves_utf8(value):
            return None
        return value.decode(encoding)
    except UnicodeDecodeError:
        return None


def proves_utf8(data: bytes) -> bool:
    """Whether bytes declared to be of another codec are evidently UTF-8.

    Two letters of a code page can be a UTF-8 character by chance; they hardly ever are a Latin one, nor all of three.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    if len(text) - len(text.encode("ascii", "ignore")) > 2:
        return True
    found = [sign for sign in text if sign > "\x7f"]
    return bool(found) and all(sign < "\u0250" or "\u1e00" <= sign < "\u20d0" for sign in found)


def tidy(texts: pa.Array, empty: tuple[str, ...], *, plain: bool = False) -> pa.Array:
    """Trim outer blanks (non-breaking and invisible ones, too), bring to NFC, and turn the `empty` texts into null."""
    if plain:
        texts = pc.ascii_trim_whitespace(texts)
    else:
        texts = pc.utf8_normalize(pc.utf8_trim(texts, characters=BLANKS), form="NFC")
    nothing = pa.array(sorted({"", *empty, *(text.lower() for text in empty)}), pa.string())
    return pc.if_else(pc.is_in(texts, value_set=nothing), pa.scalar(None, pa.string()), texts)
