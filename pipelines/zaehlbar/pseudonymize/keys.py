"""The key ring: where the secrets lie, one derived key per purpose, and how a warehouse recognises its key.

Belongs here: reading and creating the key file, HKDF, check values. Does not belong here: what is done with a derived
key (tokens), whether a key may be created or belongs to a warehouse (load). No secret appears in a repr, an error or a
pickle.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import os
import secrets
import stat
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_BYTES = 32
CHECK_BYTES = 16
_CHECK_MESSAGE = b"zaehlbar"


class Purpose(StrEnum):
    """What a derived key is for; keys of different purposes have nothing to do with each other."""

    TN_NR = "tn_nr"
    ABGLEICH = "abgleich"
    QUITTUNG = "quittung"
    PRUEFWERT = "pruefwert"


class KeyRingError(LookupError):
    """No usable key: says which file and what to do, never anything of a key. Without a key nothing is loaded."""


def hkdf_sha256(secret: bytes, info: bytes, length: int = 32, salt: bytes | None = None) -> bytes:
    """Return `length` bytes derived from `secret` for `info` (RFC 5869 with SHA-256)."""
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)


class KeyRing:
    """Secrets by key id, one of them active. Not to be pickled or copied."""

    __slots__ = ("__secrets", "key_id")

    def __init__(self, active: str, secrets_by_id: Mapping[str, bytes]) -> None:
        """`secrets_by_id`: 32 bytes each; KeyRingError when the active id is not among them or a length is wrong."""
        if active not in secrets_by_id:
            raise KeyRingError("the key ring names an active key that it does not contain")
        if any(len(secret) != SECRET_BYTES for secret in secrets_by_id.values()):
            raise KeyRingError(f"a secret of the key ring has not {SECRET_BYTES} bytes")
        self.key_id = active
        self.__secrets = dict(secrets_by_id)

    @property
    def key_ids(self) -> tuple[str, ...]:
        """All ids, in the order of the file."""
        return tuple(self.__secrets)

    def derive(self, purpose: Purpose | str, key_id: str | None = None) -> bytes:
        """Return the 32-byte key of `purpose` under `key_id` (default: the active one).

        KeyRingError for an id that is not in the ring, ValueError for an unknown purpose.
        """
        wanted = self.key_id if key_id is None else key_id
        if wanted not in self.__secrets:
            raise KeyRingError(
                f"key {wanted!r} is not in the key ring (there: {', '.join(self.key_ids)}); "
                "restore the key file that this warehouse was loaded with"
            )
        return hkdf_sha256(self.__secrets[wanted], b"zaehlbar/v1/" + Purpose(purpose).value.encode("ascii"))

    def check_value(self, key_id: str | None = None) -> bytes:
        """Return 16 bytes that prove which key `key_id` (default: the active one) is without telling it."""
        return hmac.digest(self.derive(Purpose.PRUEFWERT, key_id), _CHECK_MESSAGE, "sha256")[:CHECK_BYTES]

    def __repr__(self) -> str:
        return f"KeyRing(key_id={self.key_id!r}, key_ids={self.key_ids!r})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a key ring is never pickled or copied; load it again from its file")


def load_key_ring(path: Path) -> KeyRing:
    """Return the key ring in `path`; KeyRingError when it is missing, open to others, or not a key ring."""
    try:
        with path.open("rb") as file:
            _refuse_open_to_others(os.fstat(file.fileno()), path, "600")
            _refuse_open_to_others(path.parent.stat(), path.parent, "700")
            content = file.read()
    except FileNotFoundError:
        raise KeyRingError(
            f"there is no key file {path}: nothing can be loaded without it. Restore it from your backup; "
            "a new key is created only while the warehouse is empty"
        ) from None
    except OSError as error:
        raise KeyRingError(f"the key file {path} cannot be read: {error.strerror}") from None
    return _parse(content, path)


def create_key_ring(path: Path) -> KeyRing:
    """Create `path` (0600, its folder 0700) with one fresh key and return the ring; KeyRingError when it exists.

    The file appears whole or not at all: written beside, flushed to disk, then linked to its name unless that is taken.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _refuse_open_to_others(path.parent.stat(), path.parent, "700")
    key_id, secret = "k1", secrets.token_bytes(SECRET_BYTES)
    entry = {
        "id": key_id,
        "erzeugt": datetime.now(UTC).date().isoformat(),
        "geheimnis": base64.b64encode(secret).decode("ascii"),
    }
    content = json.dumps({"version": 1, "aktiv": key_id, "schluessel": [entry]}, indent=1).encode("ascii")
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write_new(beside, content)
        os.link(beside, path)
    except FileExistsError:
        raise KeyRingError(f"the key file {path} exists already and is never overwritten") from None
    finally:
        beside.unlink(missing_ok=True)
    _flush_folder(path.parent)
    return KeyRing(key_id, {key_id: secret})


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_open_to_others(found: os.stat_result, path: Path, mode: str) -> None:
    if os.name == "posix" and stat.S_IMODE(found.st_mode) & 0o077:
        raise KeyRingError(f"{path} is open to other users; close it with: chmod {mode} '{path}'")


def _parse(content: bytes, path: Path) -> KeyRing:
    """Read the JSON; whatever is wrong, the error names the file only (a parser's message could quote a secret)."""
    try:
        document = json.loads(content)
        if document["version"] != 1:
            raise KeyRingError(f"the key file {path} is of another version than 1; update zaehlbar")
        found: dict[str, bytes] = {}
        for entry in document["schluessel"]:
            date.fromisoformat(entry["erzeugt"])
            found[str(entry["id"])] = base64.b64decode(entry["geheimnis"], validate=True)
        if len(found) != len(document["schluessel"]):
            raise KeyRingError(f"the key file {path} has two keys of one id")
        return KeyRing(str(document["aktiv"]), found)
    except KeyRingError as error:
        raise KeyRingError(f"{error} (in {path})" if str(path) not in str(error) else str(error)) from None
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise KeyRingError(f"the key file {path} is damaged; restore it from your backup") from None
