"""Results of the stages as one JSON document and some Parquet files, and back: equal in value and in type.

Belongs here: dataclasses, enums, dates, numbers and arrays of the results. Does not belong here: where the files lie.
Only the classes of `_classes()` are ever made from a document: reading one runs no code that it names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DOCUMENT = "inhalt.json"
_KIND = "$"


@cache
def _classes() -> dict[str, type]:
    from zaehlbar.contract import Delivery, Finding, Scope, Severity, SourceFile, Verdict
    from zaehlbar.ingest import Ingested, ReadCount
    from zaehlbar.pseudonymize.result import Pseudonymized
    from zaehlbar.validate import Validated

    known = (Delivery, Finding, Scope, Severity, SourceFile, Verdict, Ingested, ReadCount, Pseudonymized, Validated)
    return {known_class.__name__: known_class for known_class in known}


@dataclass
class Encoder:
    """Collects the tables and masks of one value; `replace` may stand in for a part of it (or return None)."""

    replace: Callable[[object], object | None] = lambda _: None
    tables: dict[str, pa.Table] = field(default_factory=dict)
    masks: dict[int, list[np.ndarray[Any, Any]]] = field(default_factory=dict)

    def files(self, value: object) -> dict[str, bytes]:
        """Return the files that carry `value`, by name. TypeError for a value of a type it does not know."""
        document = json.dumps(self._encode(value), ensure_ascii=False, separators=(",", ":"))
        found = {name: _parquet(table) for name, table in self.tables.items()}
        for length, columns in self.masks.items():
            names = [str(number) for number in range(len(columns))]
            found[_mask_file(length)] = _parquet(pa.table([pa.array(column) for column in columns], names))
        return {**found, DOCUMENT: document.encode("utf-8")}

    def _encode(self, value: object) -> object:
        if (stand_in := self.replace(value)) is not None:
            return stand_in
        if value is None or type(value) in (str, bool, int, float):
            return value
        if isinstance(value, Enum):
            return {_KIND: "enum", "class": _known(value), "value": value.value}
        if is_dataclass(value) and not isinstance(value, type):
            content = {item.name: self._encode(getattr(value, item.name)) for item in fields(value)}
            return {_KIND: "object", "class": _known(value), "fields": content}
        if isinstance(value, pa.Table):
            name = f"tabelle-{len(self.tables)}.parquet"
            self.tables[name] = value
            return {_KIND: "table", "file": name}
        if isinstance(value, np.ndarray):
            return self._encode_array(value)
        return self._encode_plain(value)

    def _encode_plain(self, value: object) -> object:
        if isinstance(value, np.bool_ | np.integer | np.floating):
            return {_KIND: "number", "dtype": value.dtype.str, "value": value.item()}
        if isinstance(value, datetime):
            return {_KIND: "datetime", "value": value.isoformat()}
        if isinstance(value, date):
            return {_KIND: "date", "value": value.isoformat()}
        if isinstance(value, Mapping):
            return {_KIND: "dict", "items": [[self._encode(key), self._encode(one)] for key, one in value.items()]}
        if type(value) is tuple:
            return {_KIND: "tuple", "items": [self._encode(one) for one in value]}
        if type(value) is list:
            return [self._encode(one) for one in value]
        raise TypeError(f"a value of type {type(value).__name__} cannot be staged")

    def _encode_array(self, value: np.ndarray[Any, Any]) -> object:
        if value.ndim != 1 or value.dtype.kind not in "biuf":
            raise TypeError(f"an array of type {value.dtype} with {value.ndim} dimensions cannot be staged")
        if value.dtype.kind != "b":
            return {_KIND: "array", "dtype": value.dtype.str, "values": value.tolist()}
        columns = self.masks.setdefault(len(value), [])
        columns.append(value)
        return {_KIND: "mask", "length": len(value), "column": len(columns) - 1}


@dataclass
class Decoder:
    """Gives a value back from its files; `read` returns the content of a file by name, `restore` a stand-in's value."""

    read: Callable[[str], bytes]
    restore: Callable[[Mapping[str, object]], object] | None = None
    _masks: dict[int, pa.Table] = field(default_factory=dict)

    def value(self) -> Any:
        return self._decode(json.loads(self.read(DOCUMENT)))

    def _decode(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._decode(one) for one in value]
        if not isinstance(value, dict):
            return value
        make = _MAKERS.get(value[_KIND])
        if make is not None:
            return make(self, value)
        if self.restore is not None:
            return self.restore(value)
        raise ValueError("the document has a part of an unknown kind")

    def _object(self, value: Any) -> Any:
        return _classes()[value["class"]](**{name: self._decode(one) for name, one in value["fields"].items()})

    def _table(self, value: Any) -> Any:
        return pq.read_table(pa.BufferReader(self.read(value["file"])))

    def _dict(self, value: Any) -> Any:
        return {self._decode(key): self._decode(one) for key, one in value["items"]}

    def _tuple(self, value: Any) -> Any:
        return tuple(self._decode(one) for one in value["items"])

    def _mask(self, value: Any) -> Any:
        length, column = value["length"], value["column"]
        if length not in self._masks:
            self._masks[length] = pq.read_table(pa.BufferReader(self.read(_mask_file(length))))
        return np.asarray(self._masks[length].column(column), dtype=np.bool_)


_MAKERS: dict[str, Callable[[Decoder, Any], Any]] = {
    "object": Decoder._object,
    "table": Decoder._table,
    "mask": Decoder._mask,
    "dict": Decoder._dict,
    "tuple": Decoder._tuple,
    "enum": lambda _, value: _classes()[value["class"]](value["value"]),
    "array": lambda _, value: np.array(value["values"], dtype=value["dtype"]),
    "number": lambda _, value: np.dtype(value["dtype"]).type(value["value"]),
    "datetime": lambda _, value: datetime.fromisoformat(value["value"]),
    "date": lambda _, value: date.fromisoformat(value["value"]),
}


def _known(value: object) -> str:
    name = type(value).__name__
    if _classes().get(name) is not type(value):
        raise TypeError(f"a value of type {name} cannot be staged")
    return name


def _mask_file(length: int) -> str:
    return f"masken-{length}.parquet"


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", compression_level=1)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]
