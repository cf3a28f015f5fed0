"""Whether what was read is right: findings, rejected rows, and the verdict on a delivery.

Belongs here: running the rules of `expectations/` (judged by Great Expectations), thresholds, reports about one
delivery, and `zaehlbar check`. Does not belong here: reading files (ingest), anything that needs the warehouse: what is
known of earlier deliveries is handed in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zaehlbar.validate.api import validate
    from zaehlbar.validate.result import Earlier, Validated

__all__ = ["Earlier", "Validated", "validate"]


def __getattr__(name: str) -> object:
    # Lazy, because the command line imports this package at start-up and `check` must answer at once.
    if name == "validate":
        from zaehlbar.validate.api import validate

        return validate
    if name in ("Earlier", "Validated"):
        from zaehlbar.validate import result

        return getattr(result, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
