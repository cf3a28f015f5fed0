"""The archive: the raw files of a delivery, as delivered, until its correction window ends.

Files lie by content under `<delivery_id>/<sha256>`. The names that the provider gave them count as personal: they
stand in `<delivery_id>/lieferung.json` and in no path. Everything is encrypted (cipher). Does not belong here: when one
is kept, opened or deleted.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from zaehlbar.contract import Delivery, SourceFile
from zaehlbar.hardening import make_private
from zaehlbar.pseudonymize.keys import KeyRing
from zaehlbar.store.codec import DOCUMENT, Decoder, Encoder
from zaehlbar.store.place import StoreError, last_part, place, read_foreign

log = logging.getLogger(__name__)

_RECORD = "lieferung.json"
_GOING = "loeschen.json"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Archive:
    """Raw deliveries by id. All methods raise StoreError, which names the delivery only."""

    def __init__(self, url: str, keys: KeyRing) -> None:
        """`url`: a folder as path, `file://…`, or anything fsspec speaks; it is made when first written to."""
        self._place = place(url, keys, durable=True)

    def keep(self, delivery: Delivery) -> Delivery:
        """Copy the delivery's files into the archive and return it with the URLs there.

        A delivery that is there already stays as it is. StoreError when a file changed since its fingerprint was taken.
        """
        delivery_id = delivery.delivery_id
        if not self.has(delivery_id):
            for file in delivery.files:
                content = read_foreign(file.url)
                _verify(content, file, delivery_id, "changed since it was found; it is taken when it no longer changes")
                self._place.write(f"{delivery_id}/{file.sha256}", content)
            named = replace(delivery, files=tuple(replace(file, url=last_part(file.url)) for file in delivery.files))
            # Written last: without it the delivery is not in the archive.
            self._place.write(f"{delivery_id}/{_RECORD}", Encoder().files(named)[DOCUMENT])
        files = (replace(file, url=self._place.url(f"{delivery_id}/{file.sha256}")) for file in delivery.files)
        return replace(delivery, files=tuple(files))

    def has(self, delivery_id: str) -> bool:
        return self._place.exists(f"{delivery_id}/{_RECORD}")

    def delivery_ids(self) -> tuple[str, ...]:
        """Return the ids of all deliveries in the archive, sorted."""
        return tuple(one for one in self._place.folders() if self.has(one))

    def entries(self) -> tuple[str, ...]:
        """Return the ids of everything in the archive, also of deliveries that are not whole, sorted."""
        return self._place.folders()

    @contextmanager
    def open(self, delivery_id: str, work: Path | None = None) -> Iterator[Delivery]:
        """Give the delivery as it was found: local copies under the provider's names, checked against their SHA-256.

        The copies lie in a folder of their own (0700) below `work` (default: the system's folder for temporary files)
        and are gone when the block ends.
        """
        named = self._record(delivery_id)
        if work is not None:
            make_private(work)
        with tempfile.TemporaryDirectory(prefix="lieferung-", dir=work) as folder:
            files = (self._copy(delivery_id, file, Path(folder, str(at))) for at, file in enumerate(named.files))
            yield replace(named, files=tuple(files))

    def begin_delete(self, delivery: Delivery) -> None:
        """Remember which files outside the archive (`delivery.files`) are to be deleted with it.

        Half of a delivery's files tells nobody any more which delivery they were: a killed deletion needs to know.
        """
        self._place.write(f"{delivery.delivery_id}/{_GOING}", Encoder().files(delivery)[DOCUMENT])

    def deleting(self, delivery_id: str) -> tuple[SourceFile, ...]:
        """Return the files that a deletion begun earlier remembered; none when there was none."""
        if not self._place.exists(f"{delivery_id}/{_GOING}"):
            return ()
        return self._read(delivery_id, _GOING).files

    def delete(self, delivery_id: str) -> None:
        """Delete the delivery with its names; nothing happens when there is none."""
        self._place.delete(delivery_id)

    def seal_plain(self) -> int:
        """Encrypt deliveries kept before there was encryption; return their number. May be killed and called again.

        Only a delivery is taken whose record bears its id and whose files all have the SHA-256 it names. Anything else
        stays as it is, and unreadable.
        """
        return sum(self._seal_plain(delivery_id) for delivery_id in self.delivery_ids())

    def _seal_plain(self, delivery_id: str) -> bool:
        record = f"{delivery_id}/{_RECORD}"
        content = self._place.read_plain(record)
        if content is None:
            return False
        try:
            named = _decoded(content)
            if named is None or named.delivery_id != delivery_id:
                raise StoreError(f"delivery {delivery_id}: its record in the archive is damaged")
            for file in named.files:
                plain = self._place.read_plain(f"{delivery_id}/{file.sha256}")
                if plain is not None:
                    _verify(plain, file, delivery_id, "is damaged in the archive; ask its provider for the original")
                    self._place.write(f"{delivery_id}/{file.sha256}", plain)
        except StoreError as error:
            log.warning("%s", error)
            return False
        self._place.write(record, content)
        return True

    def reseal(self) -> int:
        """Encrypt with the active key what has an older one; return the number of files. May be repeated any time.

        A delivery that cannot be opened with the ring stays as it is.
        """
        number = 0
        for delivery_id in self._place.folders():
            for name in self._place.files(delivery_id):
                try:
                    number += self._place.reseal(f"{delivery_id}/{name}")
                except StoreError as error:
                    log.warning("%s", error)
        return number

    def _record(self, delivery_id: str) -> Delivery:
        if not self.has(delivery_id):
            raise StoreError(f"delivery {delivery_id} is not in the archive; its provider has the original")
        return self._read(delivery_id, _RECORD)

    def _read(self, delivery_id: str, name: str) -> Delivery:
        found = _decoded(self._place.read(f"{delivery_id}/{name}"))
        if found is None:
            raise StoreError(f"delivery {delivery_id}: its record in the archive is damaged")
        return found

    def _copy(self, delivery_id: str, file: SourceFile, folder: Path) -> SourceFile:
        content = self._place.read(f"{delivery_id}/{file.sha256}")
        _verify(content, file, delivery_id, "is damaged in the archive; ask its provider for the original")
        path = folder / last_part(file.url)
        try:
            folder.mkdir(mode=0o700)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(descriptor, "wb") as copy:
                copy.write(content)
        except OSError as error:  # its text would tell the name
            raise StoreError(
                f"delivery {delivery_id}: a file cannot be copied for reading ({error.strerror})"
            ) from None
        return replace(file, url=path.as_uri())


def _decoded(content: bytes) -> Delivery | None:
    """Return the delivery that a record describes, None when it is damaged in whatever way."""
    try:
        found = Decoder(lambda _: content).value()
    except Exception:  # a damaged document fails in as many ways as it has parts
        return None
    return found if isinstance(found, Delivery) else None


def _verify(content: bytes, file: SourceFile, delivery_id: str, otherwise: str) -> None:
    if not _SHA256.fullmatch(file.sha256) or hashlib.sha256(content).hexdigest() != file.sha256:
        raise StoreError(f"delivery {delivery_id}: a file {otherwise}")
