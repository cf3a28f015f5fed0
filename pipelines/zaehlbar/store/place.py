"""One folder by URL: the only module that reads or writes files of the trusted zone.

Belongs here: local disks (0600, folders 0700, whole or not at all) and everything fsspec speaks. Every byte goes
through `Place.write` and `Place.read`, which encrypt and decrypt it (cipher). Does not belong here: what bytes mean.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from zaehlbar.hardening import make_private
from zaehlbar.pseudonymize.keys import KeyRing
from zaehlbar.store.cipher import Unreadable, is_sealed, key_id_of, seal, unseal

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,99}")


class StoreError(RuntimeError):
    """Something is not in the store, not whole, or not what was put there. Names ids and stages only."""


class Place(ABC):
    """A folder of the trusted zone. Names inside are relative, with `/`; parts other than plain ASCII are refused."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def write(self, name: str, content: bytes) -> None:
        """Write the file `name` (replacing it) whole or not at all, folders included. StoreError when it fails.

        It is encrypted with the active key.
        """
        self._put(_checked(name), seal(self._keys, name, content))

    def read(self, name: str) -> bytes:
        """Return the content of the file `name`. StoreError when there is none, it cannot be read or was changed."""
        sealed = self._get(_checked(name))
        try:
            return unseal(self._keys, name, sealed)
        except Unreadable as problem:
            raise StoreError(f"{name} in the store {problem}") from None

    def reseal(self, name: str) -> bool:
        """Encrypt the file `name` with the active key; return whether it had another. StoreError as `read`."""
        try:
            if key_id_of(self._get(_checked(name))) == self._keys.key_id:
                return False
        except Unreadable as problem:
            raise StoreError(f"{name} in the store {problem}") from None
        self.write(name, self.read(name))
        return True

    def read_plain(self, name: str) -> bytes | None:
        """Return a file from before there was encryption, None when it is sealed. StoreError as `read`."""
        content = self._get(_checked(name))
        return None if is_sealed(content) else content

    @abstractmethod
    def url(self, name: str) -> str:
        """Return the URL of the file `name`."""

    @abstractmethod
    def exists(self, name: str) -> bool:
        """Return whether there is a file `name`."""

    @abstractmethod
    def folders(self, name: str = "") -> tuple[str, ...]:
        """Return the names of the folders directly in the folder `name`, sorted; () when there is no such folder."""

    @abstractmethod
    def files(self, name: str) -> tuple[str, ...]:
        """Return the names of the files directly in the folder `name`, sorted; () when there is no such folder."""

    @abstractmethod
    def delete(self, name: str) -> None:
        """Delete the folder `name` with everything in it; nothing happens when there is none."""

    @abstractmethod
    def _put(self, name: str, parts: Iterable[bytes]) -> None: ...

    @abstractmethod
    def _get(self, name: str) -> bytes: ...


def place(url: str, keys: KeyRing, *, durable: bool) -> Place:
    """Return the folder at `url` (a path, `file://…`, or anything fsspec speaks), encrypted with `keys`.

    `durable`: flush local files to disk before they count as written.
    """
    local = local_path(url)
    return _Local(local, keys, durable=durable) if local is not None else _Remote(url, keys)


def local_path(url: str) -> Path | None:
    """Return the path that a URL or path names on this machine, or None for a URL of another kind."""
    if "://" not in url:
        return Path(url)
    parts = urlsplit(url)
    return Path(url2pathname(parts.path)) if parts.scheme == "file" else None


def last_part(url: str) -> str:
    """Return the last part of a URL or path, decoded: the name its provider gave the file."""
    local = local_path(url)
    return local.name if local is not None else unquote(urlsplit(url).path).rpartition("/")[2]


def read_foreign(url: str) -> bytes:
    """Return the content of a file outside the store, such as one in the inbox. StoreError without its name."""
    local = local_path(url)
    try:
        if local is not None:
            return local.read_bytes()
        from fsspec.core import url_to_fs  # type: ignore[import-untyped]

        system, path = url_to_fs(url)
        return bytes(system.cat_file(path))
    except Exception as error:
        raise StoreError(f"a file of the delivery cannot be read ({type(error).__name__})") from None


def _checked(name: str) -> str:
    parts = name.split("/")
    if not all(_NAME.fullmatch(part) for part in parts):
        raise StoreError("a name in the store has other characters than letters, digits, '_', '-' and '.'")
    return name


class _Local(Place):
    def __init__(self, root: Path, keys: KeyRing, *, durable: bool) -> None:
        super().__init__(keys)
        self._root = root.absolute()
        self._durable = durable

    def url(self, name: str) -> str:
        return (self._root / name).as_uri()

    def exists(self, name: str) -> bool:
        return (self._root / _checked(name)).is_file()

    def folders(self, name: str = "") -> tuple[str, ...]:
        folder = self._root / name
        return tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_dir())) if folder.is_dir() else ()

    def files(self, name: str) -> tuple[str, ...]:
        folder = self._root / name
        if not folder.is_dir():
            return ()
        # Those with a dot are what a writer that died left beside its file.
        return tuple(sorted(one.name for one in folder.iterdir() if one.is_file() and not one.name.startswith(".")))

    def delete(self, name: str) -> None:
        folder = self._root / _checked(name)
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise StoreError(f"{name} cannot be deleted from the store ({error.strerror})") from None

    def _put(self, name: str, parts: Iterable[bytes]) -> None:
        path = self._root / name
        beside = path.with_name(f".{secrets.token_hex(8)}")
        try:
            make_private(path.parent)
            self._close(path.parent)
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(descriptor, "wb") as file:
                for part in parts:
                    file.write(part)
                if self._durable:
                    file.flush()
                    os.fsync(file.fileno())
            beside.replace(path)
        except OSError as error:
            raise StoreError(f"{name} cannot be written to the store ({error.strerror})") from None
        finally:
            beside.unlink(missing_ok=True)

    def _close(self, folder: Path) -> None:
        """Close folders of the store that somebody opened to others; the store's own folder is its owner's matter."""
        while os.name == "posix" and folder != self._root:
            if folder.stat().st_mode & 0o077:
                folder.chmod(0o700)
            folder = folder.parent

    def _get(self, name: str) -> bytes:
        try:
            return (self._root / name).read_bytes()
        except OSError as error:
            raise StoreError(f"{name} cannot be read from the store ({error.strerror})") from None


class _Remote(Place):
    """Whole-object writes are what an object store gives by itself; permissions are those of its bucket."""

    def __init__(self, url: str, keys: KeyRing) -> None:
        from fsspec.core import url_to_fs

        super().__init__(keys)
        self._url = url.rstrip("/")
        self._system, root = url_to_fs(url)
        self._root = str(root).rstrip("/")

    def url(self, name: str) -> str:
        return f"{self._url}/{name}"

    def exists(self, name: str) -> bool:
        self._system.invalidate_cache()
        return bool(self._system.isfile(f"{self._root}/{_checked(name)}"))

    def folders(self, name: str = "") -> tuple[str, ...]:
        return self._entries(name, "directory")

    def files(self, name: str) -> tuple[str, ...]:
        return self._entries(name, "file")

    def _entries(self, name: str, kind: str) -> tuple[str, ...]:
        self._system.invalidate_cache()
        try:
            entries = self._system.ls(f"{self._root}/{name}".rstrip("/"), detail=True)
        except FileNotFoundError:
            return ()
        found = (str(entry["name"]).rstrip("/") for entry in entries if entry["type"] == kind)
        return tuple(sorted(entry.rpartition("/")[2] for entry in found))

    def delete(self, name: str) -> None:
        self._system.invalidate_cache()
        try:
            self._system.rm(f"{self._root}/{_checked(name)}", recursive=True)
        except FileNotFoundError:
            pass
        except Exception as error:
            raise StoreError(f"{name} cannot be deleted from the store ({type(error).__name__})") from None

    def _put(self, name: str, parts: Iterable[bytes]) -> None:
        path = f"{self._root}/{name}"
        try:
            self._system.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._system.pipe_file(path, b"".join(parts))
        except Exception as error:
            raise StoreError(f"{name} cannot be written to the store ({type(error).__name__})") from None

    def _get(self, name: str) -> bytes:
        try:
            return bytes(self._system.cat_file(f"{self._root}/{name}"))
        except Exception as error:
            raise StoreError(f"{name} cannot be read from the store ({type(error).__name__})") from None
