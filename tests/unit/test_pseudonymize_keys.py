"""The key ring: known answers, a file that only its owner reads, errors that tell what to do and never a secret."""

from __future__ import annotations

import base64
import copy
import hmac
import json
import os
import pickle
import traceback
from pathlib import Path

import pytest

from zaehlbar.pseudonymize import KeyRing, KeyRingError, Purpose, create_key_ring, load_key_ring
from zaehlbar.pseudonymize.keyed import advance_tokens, hmac_sha256, keyed_tokens
from zaehlbar.pseudonymize.keys import hkdf_sha256, parse_key_ring

# RFC 4231, test cases 1 to 4 (cases 5 truncates; 6 and 7 have keys longer than a block, which are never used here).
RFC_4231 = [
    (
        b"\x0b" * 20,
        b"Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (
        b"\xaa" * 20,
        b"\xdd" * 50,
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    ),
    (
        bytes(range(1, 26)),
        b"\xcd" * 50,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
]

# RFC 5869, appendix A.1 to A.3: (secret, salt, info, length, result).
RFC_5869 = [
    (
        b"\x0b" * 22,
        bytes(range(13)),
        bytes(range(0xF0, 0xFA)),
        42,
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    (
        bytes(range(0x50)),
        bytes(range(0x60, 0xB0)),
        bytes(range(0xB0, 0x100)),
        82,
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
        "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
    ),
    (
        b"\x0b" * 22,
        None,
        b"",
        42,
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
]

FROZEN = {
    "tn_nr": "24dcadcd938b8993",
    "abgleich": "c853eaa60ef4da84",
    "quittung": "ac6aa08b8eaf570f",
    "pruefwert": "a37566398c99b317",
    "ablage": "681801d5e7ac9c59",
}
FROZEN_CHECK = "d9d1fc3111986c0f47dfb2d1b9fcf13e"

POSIX = pytest.mark.skipif(os.name != "posix", reason="permissions of this kind exist on POSIX only")


@pytest.mark.parametrize("key,message,digest", RFC_4231)
def test_hmac_gives_the_answers_of_rfc_4231(key: bytes, message: bytes, digest: str) -> None:
    assert hmac_sha256(key, [message, message]).tobytes().hex() == digest * 2


def test_hmac_refuses_keys_that_would_need_hashing() -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        hmac_sha256(bytes(65), [b""])


@pytest.mark.parametrize("secret,salt,info,length,result", RFC_5869)
def test_hkdf_gives_the_answers_of_rfc_5869(
    secret: bytes, salt: bytes | None, info: bytes, length: int, result: str
) -> None:
    assert hkdf_sha256(secret, info, length, salt).hex() == result


def test_derived_keys_never_change() -> None:
    """Tokens in warehouses rest on these: a change of salt, info or purpose name would orphan them all."""
    keys = KeyRing("k1", {"k1": bytes(range(32))})
    assert {purpose.value: keys.derive(purpose).hex()[:16] for purpose in Purpose} == FROZEN
    assert keys.check_value().hex() == FROZEN_CHECK


def test_purposes_and_keys_have_nothing_to_do_with_each_other() -> None:
    keys = KeyRing("k2", {"k1": bytes(32), "k2": bytes(range(32))})
    derived = [keys.derive(purpose, key_id) for purpose in Purpose for key_id in keys.key_ids]
    assert len(set(derived)) == 2 * len(Purpose)
    assert keys.derive("abgleich") == keys.derive(Purpose.ABGLEICH, "k2")
    assert keys.check_value() == keys.check_value("k2") != keys.check_value("k1")
    assert len(keys.check_value()) == 16
    with pytest.raises(ValueError, match="zweck"):
        keys.derive("zweck")


def test_an_unknown_key_id_says_what_to_restore() -> None:
    with pytest.raises(KeyRingError, match=r"k7 ist nicht im Schlüsselbund \(dort: k1\); den Bund zurückholen"):
        KeyRing("k1", {"k1": bytes(32)}).check_value("k7")


def test_a_created_ring_reads_back_and_is_new_every_time(tmp_path: Path) -> None:
    made = create_key_ring(tmp_path / "a" / "keys" / "schluessel.json")
    read = load_key_ring(tmp_path / "a" / "keys" / "schluessel.json")
    other = create_key_ring(tmp_path / "b" / "schluessel.json")
    assert (made.key_id, made.key_ids) == (read.key_id, read.key_ids) == ("k1", ("k1",))
    assert made.check_value() == read.check_value() != other.check_value()
    assert sorted(path.name for path in (tmp_path / "a" / "keys").iterdir()) == ["schluessel.json"]


@POSIX
def test_a_created_ring_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        create_key_ring(tmp_path / "keys" / "schluessel.json")
    finally:
        os.umask(before)
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "keys" / "schluessel.json").stat().st_mode & 0o777 == 0o600


def test_an_existing_ring_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "schluessel.json"
    create_key_ring(path)
    before = path.read_bytes()
    with pytest.raises(KeyRingError, match="nie überschrieben"):
        create_key_ring(path)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["schluessel.json"]


@POSIX
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys" / "schluessel.json"
    create_key_ring(path)
    path.chmod(mode)
    with pytest.raises(KeyRingError, match="chmod 600"):
        load_key_ring(path)


@POSIX
@pytest.mark.parametrize("mode", [0o750, 0o705])
def test_a_folder_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys" / "schluessel.json"
    create_key_ring(path)
    path.parent.chmod(mode)
    try:
        with pytest.raises(KeyRingError, match="chmod 700"):
            load_key_ring(path)
        with pytest.raises(KeyRingError, match="chmod 700"):
            create_key_ring(path.with_name("zweiter.json"))
    finally:
        path.parent.chmod(0o700)


def test_a_missing_file_says_that_nothing_is_loaded_without_it(tmp_path: Path) -> None:
    with pytest.raises(KeyRingError, match="ohne sie wird nichts geladen"):
        load_key_ring(tmp_path / "schluessel.json")


SECRET = base64.b64encode(b"geheim geheim geheim geheim gehe").decode()
ENTRY = {"id": "k1", "erzeugt": "2026-11-22", "geheimnis": SECRET}
BROKEN = {
    "no JSON": f'{{"version": 1, "schluessel": [{{"geheimnis": "{SECRET}"',
    "another version": json.dumps({"version": 2, "schluessel": [ENTRY]}),
    "no key": json.dumps({"version": 1, "schluessel": []}),
    "two of one id": json.dumps({"version": 1, "schluessel": [ENTRY, ENTRY]}),
    "an id that is none": json.dumps({"version": 1, "schluessel": [{**ENTRY, "id": SECRET}]}),
    "short secret": json.dumps({"version": 1, "schluessel": [{**ENTRY, "geheimnis": SECRET[:40]}]}),
    "no base64": json.dumps({"version": 1, "schluessel": [{**ENTRY, "geheimnis": SECRET + "§"}]}),
    "no date": json.dumps({"version": 1, "schluessel": [{**ENTRY, "erzeugt": SECRET}]}),
    "a list": json.dumps([ENTRY]),
    "nothing": "",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_named_and_never_quoted(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys" / "schluessel.json"
    path.parent.mkdir(mode=0o700)
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeyRingError) as raised:
        load_key_ring(path)
    assert str(path) in str(raised.value)
    assert SECRET[:8] not in str(raised.value)
    assert raised.value.__cause__ is None
    assert SECRET[:8] not in "".join(traceback.format_exception(raised.value))


def test_a_ring_shows_no_secret_and_cannot_be_carried_away() -> None:
    keys = KeyRing("k1", {"k1": b"geheim geheim geheim geheim gehe"})
    assert repr(keys.at("k1")) == repr(keys) == str(keys) == "KeyRing(key_id='k1', key_ids=('k1',))"
    assert not hasattr(keys, "__dict__")
    for carry in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="never pickled"):
            carry(keys)


# The chain: a token under k_n is HMAC(k_n, … HMAC(k_1, message)[:size] …)[:size].


class Rfc4231Ring(KeyRing):
    """A ring whose derived keys are those of RFC 4231, in the order of its test cases, for every purpose."""

    __slots__ = ()

    def derive(self, purpose: Purpose | str, key_id: str | None = None) -> bytes:
        return RFC_4231[self.key_ids.index(key_id or self.key_id)][0]


def ring(active: str) -> KeyRing:
    return Rfc4231Ring(active, {f"k{number}": bytes([number]) * 32 for number in (1, 2, 3, 4)})


RING = ring("k3")


@pytest.mark.parametrize("size", [32, 16])
def test_a_chain_is_the_answer_of_rfc_4231_signed_on(size: int) -> None:
    message, answer = RFC_4231[0][1], bytes.fromhex(RFC_4231[0][2])[:size]
    second = hmac.digest(RFC_4231[1][0], answer, "sha256")[:size]
    third = hmac.digest(RFC_4231[2][0], second, "sha256")[:size]
    found = [keyed_tokens(ring(f"k{n}"), Purpose.TN_NR, [message], size).tobytes() for n in (1, 2, 3)]
    assert found == [answer, second, third]


def test_the_chain_ends_at_the_active_key() -> None:
    assert RING.chain == ("k1", "k2", "k3") and RING.at("k1").chain == ("k1",)
    assert RING.links("k1", "k3") == ("k2", "k3") and RING.links("k3", "k3") == ()
    assert RING.at("k2").key_ids == RING.key_ids
    with pytest.raises(ValueError, match="never taken back"):
        RING.links("k3", "k1")
    for unknown in (lambda: RING.at("k9"), lambda: RING.links("k9", "k1"), lambda: RING.links(None, "k9")):
        with pytest.raises(KeyRingError, match="k9 ist nicht im Schlüsselbund"):
            unknown()


def test_no_tokens_stay_no_tokens() -> None:
    assert keyed_tokens(RING, Purpose.TN_NR, [], 16).shape == (0, 16)
    assert advance_tokens(RING, Purpose.TN_NR, keyed_tokens(RING, Purpose.TN_NR, [], 16), "k3", "k4").shape == (0, 16)


def test_a_longer_ring_begins_with_the_same_keys(tmp_path: Path) -> None:
    first = create_key_ring(tmp_path / "keys" / "schluessel.json")
    longer = first.extended()
    assert (longer.key_ids, longer.key_id, longer.extended().key_id) == (("k1", "k2"), "k2", "k3")
    assert longer.check_value("k1") == first.check_value() != longer.check_value("k2")
    assert longer.created("k2") is not None and first.created("k2") is None
    back = parse_key_ring(longer.document(), "here")
    assert (back.key_ids, back.key_id, back.check_value("k2")) == (("k1", "k2"), "k2", longer.check_value())


def test_a_file_of_the_first_version_named_the_active_key_itself(tmp_path: Path) -> None:
    found = parse_key_ring(json.dumps({"version": 1, "aktiv": "k1", "schluessel": [ENTRY]}), "here")
    assert (found.key_id, found.key_ids) == ("k1", ("k1",))
