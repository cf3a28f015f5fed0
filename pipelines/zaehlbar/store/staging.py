"""Staging: what one task leaves for the next one, on whatever disk the URL names.

`<delivery_id>/<stage>/fertig.json` names the folder beside it that holds the finished result. It is written last: a
task that dies leaves the result before or none, never half of one. Everything is encrypted (cipher). Does not belong
here: what is in one (codec).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from zaehlbar.pseudonymize.keys import KeyRing
from zaehlbar.store.codec import Decoder, Encoder
from zaehlbar.store.place import StoreError, place

if TYPE_CHECKING:
    from zaehlbar.ingest import Ingested
    from zaehlbar.pseudonymize.result import Pseudonymized
    from zaehlbar.validate import Validated

_INGEST, _VALIDATE, _PSEUDONYMIZE = "ingest", "validate", "pseudonymize"
_MARKER = "fertig.json"
_STAGED = "staged"


class Staging:
    """Results of the stages by delivery id. All methods raise StoreError, which names delivery and stage only."""

    def __init__(self, url: str, keys: KeyRing) -> None:
        """`url`: a folder as path, `file://…`, or anything fsspec speaks; it is made when first written to."""
        self._place = place(url, keys, durable=False)
        self._last: tuple[Ingested, str] | None = None

    def put_ingested(self, ingested: Ingested) -> None:
        folder = self._put(ingested.delivery.delivery_id, _INGEST, ingested, Encoder())
        self._last = (ingested, folder)

    def get_ingested(self, delivery_id: str) -> Ingested:
        folder = self._folder(delivery_id, _INGEST)
        ingested: Ingested = self._get(delivery_id, _INGEST, Decoder(self._reader(delivery_id, _INGEST, folder)))
        self._last = (ingested, folder)
        return ingested

    def put_validated(self, validated: Validated) -> None:
        """Stage the judgement; the tables it judges are staged only if they are not those of the last put or get."""
        ingested = validated.ingested
        if self._last is None or self._last[0] is not ingested:
            self.put_ingested(ingested)
        assert self._last is not None
        stand_in = {"$": _STAGED, "folder": self._last[1]}
        encoder = Encoder(replace=lambda value: stand_in if value is ingested else None)
        self._put(ingested.delivery.delivery_id, _VALIDATE, validated, encoder)

    def get_validated(self, delivery_id: str) -> Validated:
        def restore(stand_in: Mapping[str, object]) -> object:
            if stand_in["$"] != _STAGED or stand_in["folder"] != self._folder(delivery_id, _INGEST):
                raise StoreError(f"delivery {delivery_id}: ingest ran again after validate; validate it again")
            return self.get_ingested(delivery_id)

        folder = self._folder(delivery_id, _VALIDATE)
        reader = self._reader(delivery_id, _VALIDATE, folder)
        validated: Validated = self._get(delivery_id, _VALIDATE, Decoder(reader, restore))
        return validated

    def put_pseudonymized(self, pseudonymized: Pseudonymized) -> None:
        self._put(pseudonymized.delivery.delivery_id, _PSEUDONYMIZE, pseudonymized, Encoder())

    def get_pseudonymized(self, delivery_id: str) -> Pseudonymized:
        folder = self._folder(delivery_id, _PSEUDONYMIZE)
        reader = self._reader(delivery_id, _PSEUDONYMIZE, folder)
        pseudonymized: Pseudonymized = self._get(delivery_id, _PSEUDONYMIZE, Decoder(reader))
        return pseudonymized

    def has(self, delivery_id: str, stage: str) -> bool:
        """Return whether the delivery's stage (`ingest`, `validate` or `pseudonymize`) is staged and finished."""
        return self._place.exists(f"{delivery_id}/{stage}/{_MARKER}")

    def delivery_ids(self) -> tuple[str, ...]:
        """Return the ids of all deliveries of which something is staged, finished or not."""
        return self._place.folders()

    def drop(self, delivery_id: str) -> None:
        """Delete everything staged of the delivery; nothing happens when there is nothing."""
        self._last = None
        self._place.delete(delivery_id)

    def _put(self, delivery_id: str, stage: str, value: object, encoder: Encoder) -> str:
        base = f"{delivery_id}/{stage}"
        folder = secrets.token_hex(8)
        for name, content in encoder.files(value).items():
            self._place.write(f"{base}/{folder}/{name}", content)
        self._place.write(f"{base}/{_MARKER}", json.dumps({"version": 1, "folder": folder}).encode("ascii"))
        for other in self._place.folders(base):
            if other != folder:
                self._place.delete(f"{base}/{other}")
        return folder

    def _folder(self, delivery_id: str, stage: str) -> str:
        if not self.has(delivery_id, stage):
            raise StoreError(f"delivery {delivery_id}: its stage {stage} is not staged; run that stage first")
        return str(json.loads(self._place.read(f"{delivery_id}/{stage}/{_MARKER}"))["folder"])

    def _reader(self, delivery_id: str, stage: str, folder: str) -> Callable[[str], bytes]:
        return lambda name: self._place.read(f"{delivery_id}/{stage}/{folder}/{name}")

    def _get(self, delivery_id: str, stage: str, decoder: Decoder) -> Any:
        try:
            return decoder.value()
        except StoreError:
            raise
        except Exception as error:
            # Whatever a damaged file makes a parser say could quote the file.
            raise StoreError(
                f"delivery {delivery_id}: its stage {stage} is damaged ({type(error).__name__}); run it again"
            ) from None
