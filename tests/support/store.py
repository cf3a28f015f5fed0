"""Comparing results of the stages by value and type, for the tests of the store."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pyarrow as pa


def equal(one: Any, other: Any) -> bool:
    """Return whether two values are equal in value, in type, and in the types of all they contain."""
    if type(one) is not type(other):
        return False
    if isinstance(one, pa.Table):
        return bool(one.schema.equals(other.schema, check_metadata=True) and one.equals(other))
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if is_dataclass(one):
        return all(equal(getattr(one, item.name), getattr(other, item.name)) for item in fields(one))
    if isinstance(one, dict):
        return list(one) == list(other) and all(equal(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other)
