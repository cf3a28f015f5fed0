"""HMAC-SHA-256 over many values, and tokens under a key ring.

Belongs here: how a message becomes a token, and a token that of a later key. Does not belong here: what the message is
(tokens), the keys (keys).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from zaehlbar.pseudonymize.keys import KeyRing, Purpose

_BLOCK = 64  # of SHA-256, in bytes

Digests = npt.NDArray[np.uint8]
"""Shape (number of tokens, size of one)."""


def hmac_sha256(key: bytes, messages: Iterable[bytes | memoryview]) -> Digests:
    """Return the HMAC-SHA-256 (RFC 2104) of each message under one key, shape (messages, 32).

    `key` is at most 64 bytes (ValueError). Both keyed states are prepared once and copied, which takes less than half
    the time of `hmac.digest` per message; tests hold it to that function and to the vectors of RFC 4231.
    """
    if len(key) > _BLOCK:
        raise ValueError(f"a key has at most {_BLOCK} bytes")
    padded = key.ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))
    digests = []
    for message in messages:
        within, around = inner.copy(), outer.copy()
        within.update(message)
        around.update(within.digest())
        digests.append(around.digest())
    return np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, 32)


def keyed_tokens(keys: KeyRing, purpose: Purpose, messages: Iterable[bytes], size: int = 32) -> Digests:
    """Return the token of each message for `purpose` under the active key: its first `size` bytes (16 or 32)."""
    first = hmac_sha256(keys.derive(purpose, keys.key_ids[0]), messages)[:, :size]
    return advance_tokens(keys, purpose, first, keys.key_ids[0], keys.key_id)


def advance_tokens(keys: KeyRing, purpose: Purpose, tokens: Digests, from_id: str, to_id: str) -> Digests:
    """Return the tokens under `to_id` of the messages whose tokens under `from_id` these are; their size stays.

    ValueError when `to_id` is the earlier one, KeyRingError when one is not in the ring.
    """
    size = tokens.shape[1]
    result = np.ascontiguousarray(tokens)
    for key_id in keys.links(from_id, to_id):
        whole = memoryview(result.tobytes())
        parts = (whole[at : at + size] for at in range(0, len(whole), size))
        result = np.ascontiguousarray(hmac_sha256(keys.derive(purpose, key_id), parts)[:, :size])
    return result
