"""The key ring: an ordered chain of secrets, one derived key per purpose, and how a warehouse recognises its keys.

Belongs here: the chain, HKDF, check values, the form a ring is written in. Does not belong here: where a ring lies
(keysource), what is done with a derived key (keyed), which key a warehouse uses (load). No secret appears in a repr, an
error or a pickle.

Under the key `k_n` a token is HMAC(k_n, … HMAC(k_1, message) …). So a stored token becomes that of the next key without
anybody knowing the message, and whoever holds only earlier keys cannot compute one that this warehouse holds.
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

from zaehlbar.hardening import make_private

SECRET_BYTES = 32
CHECK_BYTES = 16
_CHECK_MESSAGE = b"zaehlbar"


class Purpose(StrEnum):
    """What a derived key is for; keys of different purposes have nothing to do with each other."""

    TN_NR = "tn_nr"
    ABGLEICH = "abgleich"
    QUITTUNG = "quittung"
    PRUEFWERT = "pruefwert"
    ABLAGE = "ablage"


class KeyRingError(LookupError):
    """No usable key: says where and what to do, never anything of a key. Without a key nothing is loaded."""


def hkdf_sha256(secret: bytes, info: bytes, length: int = 32, salt: bytes | None = None) -> bytes:
    """Return `length` bytes derived from `secret` for `info` (RFC 5869 with SHA-256)."""
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)


class KeyRing:
    """Secrets in the order in which they were added, one of them active. Not to be pickled or copied."""

    __slots__ = ("__created", "__secrets", "key_id")

    def __init__(
        self, active: str, secrets_by_id: Mapping[str, bytes], created: Mapping[str, date] | None = None
    ) -> None:
        """`secrets_by_id`: 32 bytes each, oldest first; `created`: the days they were made, where known.

        KeyRingError when the active id is not among them, a length is wrong or an id is not plain ASCII.
        """
        if active not in secrets_by_id:
            raise KeyRingError("Der Schlüsselbund enthält den Schlüssel nicht, der gelten soll.")
        if any(len(secret) != SECRET_BYTES for secret in secrets_by_id.values()):
            raise KeyRingError(f"Ein Geheimnis des Schlüsselbunds hat nicht {SECRET_BYTES} Bytes.")
        if not all(key_id.isascii() and key_id.isalnum() and len(key_id) <= 40 for key_id in secrets_by_id):
            raise KeyRingError(
                "Die Kennung eines Schlüssels besteht nicht aus 1 bis 40 Buchstaben und Ziffern (ASCII)."
            )
        self.key_id = active
        self.__secrets = dict(secrets_by_id)
        self.__created = dict(created or {})

    @property
    def key_ids(self) -> tuple[str, ...]:
        """All ids, oldest first; those after the active one belong to a rotation that is not finished."""
        return tuple(self.__secrets)

    @property
    def chain(self) -> tuple[str, ...]:
        """The ids that make a token: all up to the active one."""
        return self.links(None, self.key_id)

    def links(self, after: str | None, to: str) -> tuple[str, ...]:
        """Return the ids that follow `after` (None: from the first) up to and including `to`.

        KeyRingError for an id that is not in the ring, ValueError when `to` comes before `after`.
        """
        for key_id in (to,) if after is None else (after, to):
            self._secret(key_id)
        ids = self.key_ids
        begin, end = 0 if after is None else ids.index(after) + 1, ids.index(to) + 1
        if end < begin:
            raise ValueError("a token is never taken back to an earlier key")
        return ids[begin:end]

    def created(self, key_id: str) -> date | None:
        """Return the day on which the key was made, None when the ring does not say."""
        return self.__created.get(key_id)

    def at(self, key_id: str) -> KeyRing:
        """Return the same ring with `key_id` active; KeyRingError when it is not in the ring."""
        self._secret(key_id)
        return KeyRing(key_id, self.__secrets, self.__created)

    def extended(self) -> KeyRing:
        """Return the ring with one more fresh key at its end, which is active."""
        number = 1 + max((int(one[1:]) for one in self.key_ids if one[1:].isdigit()), default=0)
        return self._with(f"k{number}")

    @classmethod
    def fresh(cls) -> KeyRing:
        """Return a new ring of one fresh key."""
        return cls("k1", {"k1": secrets.token_bytes(SECRET_BYTES)}, {"k1": datetime.now(UTC).date()})

    def derive(self, purpose: Purpose | str, key_id: str | None = None) -> bytes:
        """Return the 32-byte key of `purpose` under `key_id` (default: the active one).

        KeyRingError for an id that is not in the ring, ValueError for an unknown purpose.
        """
        secret = self._secret(self.key_id if key_id is None else key_id)
        return hkdf_sha256(secret, b"zaehlbar/v1/" + Purpose(purpose).value.encode("ascii"))

    def check_value(self, key_id: str | None = None) -> bytes:
        """Return 16 bytes that prove which key `key_id` (default: the active one) is without telling it."""
        return hmac.digest(self.derive(Purpose.PRUEFWERT, key_id), _CHECK_MESSAGE, "sha256")[:CHECK_BYTES]

    def document(self) -> bytes:
        """Return the ring as it is stored (JSON, with the secrets): for `keysource` and a secret store only."""
        entries = [
            {
                "id": key_id,
                "erzeugt": (self.__created.get(key_id) or datetime.now(UTC).date()).isoformat(),
                "geheimnis": base64.b64encode(secret).decode("ascii"),
            }
            for key_id, secret in self.__secrets.items()
        ]
        return json.dumps({"version": 1, "schluessel": entries}, indent=1).encode("ascii")

    def _with(self, key_id: str) -> KeyRing:
        today = datetime.now(UTC).date()
        added = {**self.__secrets, key_id: secrets.token_bytes(SECRET_BYTES)}
        return KeyRing(key_id, added, {**self.__created, key_id: today})

    def _secret(self, key_id: str) -> bytes:
        if key_id not in self.__secrets:
            raise KeyRingError(
                f"Schlüssel {key_id} ist nicht im Schlüsselbund (dort: {', '.join(self.key_ids)}); den Bund "
                "zurückholen, mit dem dieses Warehouse gefüllt wurde."
            )
        return self.__secrets[key_id]

    def __repr__(self) -> str:
        return f"KeyRing(key_id={self.key_id!r}, key_ids={self.key_ids!r})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a key ring is never pickled or copied; load it again from where it lies")


def parse_key_ring(content: bytes | str, where: str) -> KeyRing:
    """Return the ring that `document` wrote, its last key active; `where` names the source in errors.

    Whatever is wrong, the error names the source only: a parser's message could quote a secret.
    """
    problem = None
    try:
        document = json.loads(content)
        if document["version"] != 1:
            problem = f"{where} hat eine andere Version als 1; zaehlbar aktualisieren."
        else:
            entries = document["schluessel"]
            created = {str(entry["id"]): date.fromisoformat(entry["erzeugt"]) for entry in entries}
            found = {str(entry["id"]): base64.b64decode(entry["geheimnis"], validate=True) for entry in entries}
            if len(found) == len(entries) > 0:
                return KeyRing(list(found)[-1], found, created)
            problem = f"{where} hat zwei Schlüssel einer Kennung." if entries else f"{where} hat keinen Schlüssel."
    except KeyRingError as error:
        problem = f"{where}: {error}"
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        problem = f"{where} ist beschädigt; aus der Sicherung zurückholen."
    raise KeyRingError(problem)


def load_key_ring(path: Path) -> KeyRing:
    """Return the key ring in `path`; KeyRingError when it is missing, open to others, or not a key ring."""
    try:
        with path.open("rb") as file:
            refuse_open_to_others(os.fstat(file.fileno()), path, "600")
            refuse_open_to_others(path.parent.stat(), path.parent, "700")
            content = file.read()
    except FileNotFoundError:
        raise KeyRingError(
            f"Es gibt keine Schlüsseldatei {path}; ohne sie wird nichts geladen. Aus der Sicherung zurückholen; ein "
            "neuer Schlüssel entsteht nur, solange das Warehouse leer ist."
        ) from None
    except OSError as error:
        raise KeyRingError(f"Die Schlüsseldatei {path} ist nicht lesbar: {error.strerror}") from None
    return parse_key_ring(content, f"Schlüsseldatei {path}")


def create_key_ring(path: Path) -> KeyRing:
    """Create `path` (0600, its folder 0700) with one fresh key and return the ring; KeyRingError when it exists."""
    ring = KeyRing.fresh()
    write_key_ring(ring, path)
    return ring


def write_key_ring(ring: KeyRing, path: Path, *, replace: bool = False, private_folder: bool = True) -> None:
    """Write `ring` to `path` (0600, folders that have to be made 0700); KeyRingError when it exists.

    The file appears whole or not at all: written beside and flushed to disk, then linked to its name unless that is
    taken. With `replace` it takes the place of the file that is there, which no other process may do at that time.
    `private_folder`: refuse a folder that is open to others.
    """
    make_private(path.parent)
    if private_folder:
        refuse_open_to_others(path.parent.stat(), path.parent, "700")
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write_new(beside, ring.document())
        if replace:
            beside.replace(path)
        else:
            os.link(beside, path)
    except FileExistsError:
        raise KeyRingError(f"Die Schlüsseldatei {path} gibt es schon; sie wird nie überschrieben.") from None
    except OSError as error:
        raise KeyRingError(f"Die Schlüsseldatei {path} lässt sich nicht schreiben: {error.strerror}") from None
    finally:
        for left in path.parent.glob(f".{path.name}.*"):  # also those of a process that was killed at this
            left.unlink(missing_ok=True)
    _flush_folder(path.parent)


def refuse_open_to_others(found: os.stat_result, path: Path, mode: str) -> None:
    """Raise KeyRingError when others than the owner may do anything with `path`."""
    if os.name == "posix" and stat.S_IMODE(found.st_mode) & 0o077:
        raise KeyRingError(f"{path} ist für andere Benutzer offen; schließen mit: chmod {mode} '{path}'")


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
