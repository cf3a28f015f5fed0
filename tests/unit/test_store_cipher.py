"""Encryption at rest: nothing readable on disk, nothing changed, cut or moved goes unnoticed, old keys still open."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest
from tests.support.pseudonymize import KEYS

from zaehlbar.pseudonymize import KeyRing
from zaehlbar.store import Archive, StoreError, cipher
from zaehlbar.store.cipher import Unreadable, key_id_of, seal, unseal
from zaehlbar.store.place import place

NAME = "00112233445566ff/ingest/inhalt.json"
LONGER = KeyRing("k2", {"k1": bytes(range(32)), "k2": bytes(range(1, 33))})


@pytest.fixture(autouse=True)
def small_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cipher, "FRAME", 10)


def sealed(content: bytes, name: str = NAME, keys: KeyRing = KEYS) -> bytes:
    return b"".join(seal(keys, name, content))


@pytest.mark.parametrize("length", [0, 1, 9, 10, 11, 20, 21, 35])
def test_what_is_sealed_opens_again_whatever_its_length(length: int) -> None:
    content = os.urandom(length)
    assert unseal(KEYS, NAME, sealed(content)) == content


def test_equal_contents_look_different_and_show_nothing() -> None:
    content = b"nachname;Muster;nachname;Muster"
    one, other = sealed(content), sealed(content)
    assert one[6 + 2 :] != other[6 + 2 :]
    assert b"Muster" not in one and b"nachname" not in one


def test_every_changed_bit_is_noticed() -> None:
    whole = sealed(b"nachname;Muster;vorname")
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1
        with pytest.raises(Unreadable) as raised:
            unseal(KEYS, NAME, bytes(changed))
        assert "Muster" not in str(raised.value)


def test_every_cut_is_noticed_between_frames_too() -> None:
    whole = sealed(b"nachname;Muster;vorname;Erika;tag")
    for length in range(len(whole)):
        with pytest.raises(Unreadable):
            unseal(KEYS, NAME, whole[:length])
    with pytest.raises(Unreadable):
        unseal(KEYS, NAME, whole + bytes(26))


def test_frames_cannot_change_places_or_files() -> None:
    whole = sealed(bytes(30))
    head = len(whole) - 3 * 26
    frames = [whole[head + at * 26 : head + (at + 1) * 26] for at in range(3)]
    for order in itertools.permutations(range(3)):
        mixed = whole[:head] + b"".join(frames[at] for at in order)
        if order == (0, 1, 2):
            assert unseal(KEYS, NAME, mixed) == bytes(30)
        else:
            with pytest.raises(Unreadable):
                unseal(KEYS, NAME, mixed)
    other = sealed(bytes(30))
    with pytest.raises(Unreadable):
        unseal(KEYS, NAME, whole[:head] + other[head:])


def test_a_file_cannot_take_anothers_place() -> None:
    with pytest.raises(Unreadable, match="another file than its name says"):
        unseal(KEYS, "00112233445566ff/ingest/tabelle-0.parquet", sealed(b"x"))


def test_earlier_keys_of_the_ring_open_and_new_files_use_the_active_one() -> None:
    old, new = sealed(b"alt"), sealed(b"neu", keys=LONGER)
    assert (key_id_of(old), key_id_of(new)) == ("k1", "k2")
    assert unseal(LONGER, NAME, old) == b"alt"
    with pytest.raises(Unreadable, match="encrypted with key k2, which is not in the key ring"):
        unseal(KEYS, NAME, new)
    with pytest.raises(Unreadable):
        unseal(KeyRing("k1", {"k1": bytes(32)}), NAME, old)


def test_the_form_never_changes() -> None:
    """Files in archives rest on it: a change of header, derivation or nonce would lose them all."""
    frozen = bytes.fromhex("5a42414c01026b31" + "00" * 39 + "01f00aa1456c948bf529a1f7e1b3a34832940371de")
    assert unseal(KEYS, NAME, frozen) == b"Probe"


def test_a_place_shows_nothing_and_says_nothing(tmp_path: Path) -> None:
    store = place(str(tmp_path), KEYS, durable=False)
    store.write(NAME, b"nachname;Muster;" * 9)
    (file,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert b"Muster" not in file.read_bytes()
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(StoreError, match=f"{NAME} in the store is not whole, was changed") as raised:
        store.read(NAME)
    assert raised.value.__suppress_context__ and "Muster" not in str(raised.value)
    file.write_bytes(b"nachname;Muster")
    with pytest.raises(StoreError, match="is not encrypted"):
        store.read(NAME)


def test_after_a_rotation_no_file_needs_an_earlier_key(tmp_path: Path) -> None:
    old = place(str(tmp_path), KEYS, durable=True)
    for name in ("aa/lieferung.json", "aa/" + "0" * 64, "bb/lieferung.json"):
        old.write(name, name.encode())
    archive = Archive(str(tmp_path), LONGER)
    assert (archive.reseal(), archive.reseal()) == (3, 0)
    only_new = place(str(tmp_path), LONGER, durable=True)
    assert {key_id_of(path.read_bytes()) for path in tmp_path.rglob("*") if path.is_file()} == {"k2"}
    assert only_new.read("bb/lieferung.json") == b"bb/lieferung.json"


@pytest.mark.skipif(os.name != "posix", reason="permissions of this kind exist on POSIX only")
def test_folders_of_the_store_that_were_opened_are_closed_again(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "aa" / "ingest").mkdir(parents=True)
    for folder in (tmp_path / "aa", tmp_path / "aa" / "ingest"):
        folder.chmod(0o777)
    place(str(tmp_path), KEYS, durable=False).write("aa/ingest/inhalt.json", b"")
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "aa", tmp_path / "aa" / "ingest")] == [0o700, 0o700]
    assert tmp_path.stat().st_mode & 0o777 == 0o755
