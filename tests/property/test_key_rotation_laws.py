"""Laws of the chain: a rotated token is the one a longer ring computes, and earlier keys compute none of it."""

from __future__ import annotations

import hmac

from hypothesis import given, strategies as st

from zaehlbar.pseudonymize import KeyRing, Purpose
from zaehlbar.pseudonymize.keyed import advance_tokens, keyed_tokens

SECRETS = st.lists(st.binary(min_size=32, max_size=32), min_size=2, max_size=5, unique=True)
RINGS = SECRETS.map(lambda found: KeyRing("k1", {f"k{number}": secret for number, secret in enumerate(found, start=1)}))
MESSAGES = st.lists(st.binary(max_size=40), max_size=5)
PURPOSES = st.sampled_from([Purpose.TN_NR, Purpose.ABGLEICH, Purpose.QUITTUNG])
SIZES = st.sampled_from([16, 32])


def slow_token(keys: KeyRing, purpose: Purpose, message: bytes, size: int) -> bytes:
    """The definition, one message at a time."""
    for key_id in keys.key_ids[: keys.key_ids.index(keys.key_id) + 1]:
        message = hmac.digest(keys.derive(purpose, key_id), message, "sha256")[:size]
    return message


@given(RINGS, PURPOSES, MESSAGES, SIZES, st.data())
def test_rotating_is_computing_from_scratch_with_the_longer_ring(
    ring: KeyRing, purpose: Purpose, messages: list[bytes], size: int, data: st.DataObject
) -> None:
    ids = ring.key_ids
    start, stop = sorted(data.draw(st.tuples(st.integers(0, len(ids) - 1), st.integers(0, len(ids) - 1))))
    stored = keyed_tokens(ring.at(ids[start]), purpose, messages, size)
    rotated = advance_tokens(ring, purpose, stored, ids[start], ids[stop])
    assert rotated.shape == (len(messages), size)
    expected = [slow_token(ring.at(ids[stop]), purpose, message, size) for message in messages]
    assert [bytes(token) for token in rotated] == expected
    assert [bytes(token) for token in keyed_tokens(ring.at(ids[stop]), purpose, messages, size)] == expected


@given(RINGS, PURPOSES, SIZES)
def test_tokens_differ_between_purposes_and_keys(ring: KeyRing, purpose: Purpose, size: int) -> None:
    tokens = {
        keyed_tokens(ring.at(key_id), other, [b"TN-1"], size).tobytes() for key_id in ring.key_ids for other in Purpose
    }
    assert len(tokens) == len(ring.key_ids) * len(Purpose)


@given(SECRETS, st.binary(min_size=32, max_size=32), PURPOSES, SIZES)
def test_with_earlier_keys_only_nothing_of_the_new_warehouse_is_computable(
    found: list[bytes], guessed: bytes, purpose: Purpose, size: int
) -> None:
    """Whoever has all keys but the newest, all messages and any other key in its place, hits no token."""
    secrets = {f"k{number}": secret for number, secret in enumerate(found, start=1)}
    newest = f"k{len(found)}"
    if guessed == secrets[newest]:
        return
    messages = [b"a", b"b", b"c"]
    stored = {bytes(token) for token in keyed_tokens(KeyRing(newest, secrets), purpose, messages, size)}
    computed = set()
    theirs = secrets | {newest: guessed}
    for key_id in theirs:
        computed |= {bytes(token) for token in keyed_tokens(KeyRing(key_id, theirs), purpose, messages, size)}
    assert not stored & computed
